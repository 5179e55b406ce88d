//! Services in processes of their own, any number of each, as in production.

use std::{fs, ops::Deref, path::Path};

use mail_sink::MailSink;
use reqwest::Method;
use serde_json::Value;
use tempfile::TempDir;
use test_gateway::Gateway;

use super::{
    Api, Engine,
    api::send,
    engine::Namespace,
    instance::Instance,
    platform::{COMANDA, comanda_of_release},
    register::services,
    view::View,
    wait_until,
};

/// The staff token.
pub const STAFF_TOKEN: &str = "the token of the fleet, of 32 characters";
const RESTAURANTS: &[&str] = &["bella-napoli", "golden-wok"];

/// A running fleet.
pub struct Fleet {
    view: View,
    env: Vec<(&'static str, String)>,
    started: usize,
    pub instances: Vec<Instance>,
    gateway: Gateway,
    sink: MailSink,
    folder: TempDir,
    /// The last field, so that it is dropped last.
    namespace: Namespace,
}

impl Deref for Fleet {
    type Target = View;

    fn deref(&self) -> &View {
        &self.view
    }
}

impl Fleet {
    /// Starts `of_each` instances of every service, with restaurants.
    pub async fn start(of_each: usize) -> Self {
        let mut fleet = Self::empty().await;
        for service in services() {
            for _ in 0..of_each {
                fleet.add_instance(service).await;
            }
        }
        fleet.open_restaurants().await;
        fleet
    }

    /// Starts an instance of every service of another release, with restaurants.
    pub async fn start_release(program: &Path) -> Self {
        let mut fleet = Self::empty().await;
        for service in services() {
            fleet.add_release_instance(program, service).await;
        }
        fleet.open_restaurants().await;
        fleet
    }

    async fn empty() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let namespace = Namespace::claim(Engine::Real).await;
        let any = "127.0.0.1:0".parse().unwrap();
        let config = test_gateway::Config::new(any, folder.path().join("gateway"));
        let gateway = Gateway::start(config).await.unwrap();
        let config = mail_sink::Config::new(any, folder.path().join("mail"));
        let sink = MailSink::start(config).await.unwrap();
        let gateway_url = format!("http://{}", gateway.address());
        let mut env = namespace.env();
        env.extend([
            ("COMANDA_SECRET", "the secret of the fleet".to_owned()),
            ("COMANDA_STAFF_TOKEN", STAFF_TOKEN.to_owned()),
            ("STRIPE_SECRET_KEY", "sk_test_fleet".to_owned()),
            ("PAYMENT_GATEWAY_URL", gateway_url.clone()),
            ("SMTP_URL", format!("smtp://{}", sink.address())),
            ("COMANDA_PUBLIC_URL", "https://shop.example".to_owned()),
            ("COMANDA_ORDERS_PER_MINUTE", "0".to_owned()),
        ]);
        let view = View {
            api: Api::new(),
            brokers: env.iter().find(|(name, _)| *name == "KAFKA_BROKERS").unwrap().1.clone(),
            prefix: namespace.prefix.clone(),
            gateway: gateway_url,
            data: folder.path().join("data"),
            env: env.clone(),
        };
        Self { view, env, started: 0, instances: Vec::new(), gateway, sink, folder, namespace }
    }

    /// Starts one more instance of a service.
    pub async fn add_instance(&mut self, service: &'static str) {
        self.add_release_instance(Path::new(COMANDA), service).await;
    }

    /// The same of another release.
    pub async fn add_release_instance(&mut self, program: &Path, service: &'static str) {
        self.started += 1;
        let (number, folder) = (self.started, self.folder.path());
        let command =
            comanda_of_release(program, &folder.join("data"), &["run", service, "--port=0"]);
        self.instances.push(Instance::start(command, service, number, folder, &self.env).await);
        self.update_addresses();
    }

    /// Removes the oldest instance of a service from the fleet.
    pub fn take_instance(&mut self, service: &str) -> Instance {
        let first = self.instances.iter().position(|i| i.service == service);
        let instance = self.instances.remove(first.expect("one of it runs"));
        self.update_addresses();
        instance
    }

    /// Sends requests to the running instances only, like a proxy.
    fn update_addresses(&self) {
        let addresses = self.instances.iter().map(|i| (i.service, i.address.clone()));
        self.api.point_to_fleet(addresses.collect(), STAFF_TOKEN);
    }

    async fn open_restaurants(&self) {
        for id in RESTAURANTS {
            let file = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("demo/{id}.json"));
            let demo: Value = serde_json::from_slice(&fs::read(file).unwrap()).unwrap();
            for (path, part) in [("", "restaurant"), ("/menu", "menu")] {
                let path = format!("/api/restaurants/{id}{path}");
                let put = self.api.as_staff(Method::PUT, &path).json(&demo[part]);
                let answer = send(put).await.unwrap();
                assert!(answer.status < 300, "{answer:?}");
            }
            wait_until(&format!("every storefront shows {id}"), async || {
                for shop in self.instances.iter().filter(|i| i.service == "storefront") {
                    let menu = format!("{}/api/restaurants/{id}/menu", shop.address);
                    let answer = self.api.try_get(&menu).await?;
                    if answer.status != 200 {
                        return Err(answer.text);
                    }
                }
                Ok(())
            })
            .await;
        }
    }

    /// The number of mails about its outcome for each of `orders`. Mails about a slow charge, which
    /// happen on a busy machine, are left out.
    pub async fn mails(&self, orders: impl IntoIterator<Item = &String>) -> Vec<(String, usize)> {
        let mailbox = self.sink.mailbox();
        let mut texts = Vec::new();
        for id in 1..=mailbox.count() {
            let mail = mailbox.read(id).await.unwrap().expect("it was kept");
            texts.push(mail.text.unwrap_or_default());
        }
        texts.retain(|text| !text.contains("still checking your payment"));
        let about = |order: &String| texts.iter().filter(|text| text.contains(order)).count();
        orders.into_iter().map(|order| (order.clone(), about(order))).collect()
    }

    /// Waits until all is idle, asserts a clean audit, and stops every process.
    pub async fn finish(self) {
        self.wait_until_idle().await;
        self.assert_clean_audit(&[]).await;
        for instance in self.instances {
            instance.stop().await;
        }
        self.gateway.shutdown().await;
        self.sink.shutdown().await;
        drop(self.namespace);
    }
}
