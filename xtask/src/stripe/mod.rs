//! Compares the test gateway with Stripe's API, which Stripe publishes as an `OpenAPI` document,
//! and with stripe-mock, which accepts every request that the document allows. Stripe's own client
//! uses the gateway, too.

mod http;
mod money;
mod schema;

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use anyhow::{Context, Result, bail, ensure};
use serde_json::Value;

use self::{
    http::{Response, Server},
    schema::Spec,
};
use crate::{
    engines::FEATURES,
    step::{Report, print_progress, read, run},
    tools,
};

const MODULE: &str = "github.com/stripe/stripe-mock";
const VERSION: &str = "v0.203.0";

/// Installs missing tools, starts both servers, and sends both the same requests.
pub(crate) fn run_steps(report: &mut Report) {
    let Some(folder) = report.step("stripe-mock: installed", install) else { return };
    report.step("the test gateway: same requests and shapes as Stripe", || compare(&folder));
    let Some(python) = report.step("Stripe's client: installed", tools::ensure_python) else {
        return;
    };
    report.step("the test gateway: Stripe's client uses it", || run_client(&python));
}

/// Installs stripe-mock and its document, and returns their folder.
fn install() -> Result<PathBuf> {
    let folder = tools::target().join("stripe");
    let mark = folder.join("installed");
    if fs::read_to_string(&mark).is_ok_and(|installed| installed == VERSION) {
        print_progress(format!("    {MODULE} {VERSION}: installed in {}", folder.display()));
        return Ok(folder);
    }
    tools::ensure_go()?;
    fs::create_dir_all(&folder)?;
    let folder = folder.canonicalize()?;
    let module = format!("{MODULE}@{VERSION}");
    run(Command::new("go").args(["install", &module]).env("GOBIN", &folder))?;
    let printed = read(Command::new("go").args(["mod", "download", "-json", &module]))?;
    let printed: Value = serde_json::from_str(&printed)?;
    let source = printed["Dir"].as_str().context("go does not say where the module is")?;
    let bytes = fs::read(Path::new(source).join("embedded/openapi/spec3.json"))?;
    fs::write(folder.join("spec3.json"), bytes)?;
    fs::write(mark, VERSION)?;
    Ok(folder)
}

/// Both servers, and the findings so far.
struct Pair {
    stripe: Server,
    ours: Server,
    spec: Spec,
    findings: Vec<String>,
    asked: usize,
}

fn compare(folder: &Path) -> Result<()> {
    // The same selection as `cargo test --workspace`, so that nothing is compiled again.
    run(&mut tools::cargo(&["build", "--workspace", FEATURES, "--all-targets"]))?;
    with_gateway(|gateway| send_to_both(folder, gateway))
}

fn run_client(python: &Path) -> Result<()> {
    let script = tools::root().join("tests/peers/stripe_client.py");
    with_gateway(|gateway| {
        let address = format!("http://{}", gateway.address());
        print_progress(format!(
            "    {}",
            read(Command::new(python).arg(script).arg(address))?.trim()
        ));
        Ok(())
    })
}

/// Runs `with` a test gateway that has an empty folder.
fn with_gateway(with: impl FnOnce(Server) -> Result<()>) -> Result<()> {
    let data = std::env::temp_dir().join(format!("comanda-stripe-{}", std::process::id()));
    fs::create_dir_all(&data)?;
    let mut gateway = Command::new(tools::target().canonicalize()?.join("debug/comanda"));
    gateway.env_clear().args(["gateway", "--gateway-port=0", "--data"]).arg(data.join("data"));
    let outcome = Server::start(gateway.current_dir(&data), "http://").and_then(with);
    let _ = fs::remove_dir_all(&data);
    outcome
}

fn send_to_both(folder: &Path, ours: Server) -> Result<()> {
    let mut mock = Command::new(folder.join("stripe-mock"));
    mock.args(["-http-addr", "127.0.0.1:"]);
    let mut pair = Pair {
        stripe: Server::start(&mut mock, "Listening for HTTP at address: ")?,
        ours,
        spec: Spec::read(&folder.join("spec3.json"))?,
        findings: Vec::new(),
        asked: 0,
    };
    pair.send_all()?;
    ensure!(pair.findings.is_empty(), "it differs:\n      {}", pair.findings.join("\n      "));
    let version = pair.spec.version();
    print_progress(format!("    {} answers are as Stripe describes them in {version}", pair.asked));
    Ok(())
}

impl Pair {
    /// Sends a request to both. A response of ours that does not match the document is a finding.
    /// `path` is that of the document, with `id` in place of its parameter.
    fn send(
        &mut self,
        method: &str,
        path: &str,
        id: &str,
        form: &str,
        status: u16,
    ) -> Result<Value> {
        let (before, after) = path.split_once('{').unwrap_or((path, "}"));
        let after = after.split_once('}').map_or("", |(_, after)| after);
        let mut address = format!("{before}{}{after}", if path.contains('{') { id } else { "" });
        let mut body = form;
        if method == "GET" && !form.is_empty() {
            address = format!("{address}?{form}");
            body = "";
        }
        let Response { status: printed, body: answer } = self.ours.send(method, &address, body)?;
        let what = format!("{method} {path} {form}");
        ensure!(printed == status, "{what}: {printed} instead of {status}: {answer}");
        let findings = self.spec.findings(method, path, status, &answer);
        self.findings.extend(findings.iter().map(|finding| format!("{what}: {finding}")));
        let mock = self.stripe.send(method, &address, body)?;
        // stripe-mock has no state, so it accepts requests that Stripe would refuse for theirs.
        if mock.status != 200 && status != 400 {
            bail!("{what}: Stripe's own mock refuses it: {}", mock.body);
        }
        self.asked += 1;
        Ok(answer)
    }

    fn send_all(&mut self) -> Result<()> {
        const INTENTS: &str = "/v1/payment_intents";
        const INTENT: &str = "/v1/payment_intents/{intent}";
        const CONFIRM: &str = "/v1/payment_intents/{intent}/confirm";
        const CANCEL: &str = "/v1/payment_intents/{intent}/cancel";
        const REFUNDS: &str = "/v1/refunds";
        let create = "amount=1250&currency=eur&payment_method_types[]=card&metadata[order_id]=o-1";
        let paid = self.send("POST", INTENTS, "", create, 200)?;
        let paid = text(&paid, "id")?;
        let method = |token: &str| format!("payment_method=pm_card_{token}");
        self.send("POST", CONFIRM, &paid, "", 400)?;
        self.send("POST", CONFIRM, &paid, &method("authenticationRequired"), 200)?;
        for token in ["chargeDeclined", "chargeDeclinedExpiredCard", "chargeDeclinedIncorrectCvc"] {
            self.send("POST", CONFIRM, &paid, &method(token), 402)?;
        }
        self.send("GET", INTENT, &paid, "", 200)?;
        self.send("POST", CONFIRM, &paid, &method("visa"), 200)?;
        self.send("GET", INTENT, &paid, "", 200)?;
        self.send("POST", CANCEL, &paid, "", 400)?;
        let other = self.send("POST", INTENTS, "", "amount=700&currency=usd&description=d", 200)?;
        let other = text(&other, "id")?;
        self.send("POST", CANCEL, &other, "cancellation_reason=abandoned", 200)?;
        self.send("POST", INTENTS, "", "amount=0&currency=eur", 400)?;
        self.send("POST", INTENTS, "", "currency=eur", 400)?;
        self.send("GET", INTENT, "pi_none", "", 404)?;
        self.send("GET", INTENTS, "", "limit=1", 200)?;
        let back = format!("payment_intent={paid}&amount=250&reason=requested_by_customer");
        let refund = self.send("POST", REFUNDS, "", &back, 200)?;
        self.send("POST", REFUNDS, "", &format!("payment_intent={paid}&amount=1001"), 400)?;
        self.send("GET", "/v1/refunds/{refund}", &text(&refund, "id")?, "", 200)?;
        self.send("GET", REFUNDS, "", &format!("payment_intent={paid}"), 200)?;
        self.send("GET", "/v1/charges", "", &format!("payment_intent={paid}"), 200)?;
        self.ask_about_money()?;
        let events = self.send("GET", "/v1/events", "", "limit=100", 200)?;
        let kinds = events["data"].as_array().map_or(0, Vec::len);
        ensure!(kinds >= 10, "only {kinds} events: {events}");
        let event = text(&events["data"][0], "id")?;
        self.send("GET", "/v1/events/{id}", &event, "", 200)?;
        self.send("GET", "/v1/events", "", "type=charge.refunded", 200)?;
        Ok(())
    }
}

fn text(object: &Value, field: &str) -> Result<String> {
    let text = object[field].as_str();
    Ok(text.with_context(|| format!("{field} is missing in {object}"))?.to_owned())
}
