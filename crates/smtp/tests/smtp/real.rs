//! Mails to a foreign server, aiosmtpd, with TLS and passwords.

use std::{
    io::{BufRead, BufReader},
    path::{Path, PathBuf},
    process::{Child, Command, Stdio},
};

use domain::ports::{MailError, Mailer};
use mail_parser::MessageParser;
use tempfile::TempDir;
use tokio::sync::mpsc;

use super::{
    common::{at, mail},
    hostile::{arrived, assert_one_plain_mail, mails},
};

/// A running server; it ends with this value.
struct Smtpd {
    child: Child,
    port: u16,
    lines: mpsc::Receiver<String>,
    certificate: PathBuf,
    _folder: TempDir,
}

impl Smtpd {
    fn start(mode: &str, user: &str) -> Self {
        let folder = TempDir::new().unwrap();
        let (certificate, key) = certify(folder.path());
        let python = std::env::var_os("TEST_PYTHON").unwrap();
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../tests/mail/smtpd.py");
        let mut command = Command::new(python);
        command.arg(script).arg(mode).arg(&certificate).arg(key).args([user, "pass: wörd%/"]);
        let mut child = command.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
        let mut output = BufReader::new(child.stdout.take().unwrap()).lines();
        let port = output.next().unwrap().unwrap().parse().unwrap();
        // It prints before it replies, so its output must be read meanwhile.
        let (sender, lines) = mpsc::channel(100);
        std::thread::spawn(move || {
            output.map_while(Result::ok).try_for_each(|line| sender.blocking_send(line))
        });
        Self { child, port, lines, certificate, _folder: folder }
    }

    /// Its `SMTP_URL` with its certificate as the CA: `smtp` and `?tls=required&`.
    fn url(&self, scheme: &str, credentials: &str, options: &str) -> String {
        let (port, ca) = (self.port, self.certificate.display());
        format!("{scheme}://{credentials}localhost:{port}{options}ca={ca}")
    }

    async fn next(&mut self) -> ReceivedMail {
        serde_json::from_str(&self.lines.recv().await.unwrap()).unwrap()
    }
}

impl Drop for Smtpd {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[derive(Debug, serde::Deserialize)]
struct ReceivedMail {
    from: String,
    to: Vec<String>,
    tls: bool,
    signed_in: bool,
    raw: String,
}

/// Creates a self-signed certificate for `localhost`.
fn certify(folder: &Path) -> (PathBuf, PathBuf) {
    let (certificate, key) = (folder.join("ca.pem"), folder.join("key.pem"));
    let mut openssl = Command::new("openssl");
    openssl.args(["req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1"]);
    openssl.args(["-nodes", "-days", "2", "-subj", "/CN=localhost"]);
    openssl.args(["-addext", "subjectAltName=DNS:localhost"]);
    openssl.args(["-addext", "basicConstraints=critical,CA:FALSE"]);
    openssl.arg("-keyout").arg(&key).arg("-out").arg(&certificate);
    let made = openssl.output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    (certificate, key)
}

const ADA: &str = "ada:pass%3A%20w%C3%B6rd%25%2F@";

fn decoded(taken: &ReceivedMail) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(&taken.raw).unwrap()
}

async fn all_arrive(scheme: &str, mode: &str, options: &str) {
    let mut server = Smtpd::start(mode, "ada");
    let mailer = at(&server.url(scheme, ADA, options));
    for mail in mails() {
        assert_eq!(mailer.send(mail.clone()).await, Ok(()), "{mail:?}");
        let taken = server.next().await;
        assert!(taken.tls && taken.signed_in, "{taken:?}");
        assert_eq!((taken.from.as_str(), taken.to.len()), ("orders@example.com", 1));
        assert_eq!(taken.to[0], mail.to.1.as_str());
        let raw = decoded(&taken);
        assert_one_plain_mail(&raw, &mail);
        let parsed = MessageParser::default().parse(&raw).unwrap();
        assert_eq!(parsed.body_text(0).unwrap(), arrived(&mail.text));
        assert_eq!(parsed.body_html(0).unwrap(), arrived(&mail.html));
        assert_eq!(parsed.message_id(), Some(mail.message_id.as_str()));
    }
}

#[tokio::test]
#[ignore = "needs aiosmtpd: `cargo xtask test` runs it"]
async fn hostile_mails_arrive_as_one_mail_each_after_starttls() {
    all_arrive("smtp", "starttls", "?tls=required&").await;
}

#[tokio::test]
#[ignore = "needs aiosmtpd: `cargo xtask test` runs it"]
async fn hostile_mails_arrive_as_one_mail_each_within_tls() {
    all_arrive("smtps", "tls", "?").await;
}

#[tokio::test]
#[ignore = "needs aiosmtpd: `cargo xtask test` runs it"]
async fn a_wrong_or_missing_password_is_no_refusal_of_the_mail() {
    let server = Smtpd::start("starttls", "ada");
    for (credentials, code) in [("ada:wrong@", "535"), ("", "530")] {
        let mailer = at(&server.url("smtp", credentials, "?tls=required&"));
        let error = mailer.send(mail(1)).await.unwrap_err();
        assert!(matches!(error, MailError::Unavailable(_)), "{error}");
        let said = error.to_string();
        assert!(said.contains(code) && said.contains("SMTP_URL"), "{said}");
    }
}

#[tokio::test]
#[ignore = "needs aiosmtpd: `cargo xtask test` runs it"]
async fn a_certificate_must_be_trusted_and_match_the_name() {
    for (mode, scheme, options) in [("starttls", "smtp", "?tls=required&"), ("tls", "smtps", "?")] {
        let server = Smtpd::start(mode, "");
        let other_name = server.url(scheme, "", options).replace("localhost", "127.0.0.1");
        let not_trusted = format!("{scheme}://localhost:{}{options}timeout_s=9", server.port);
        for url in [other_name, not_trusted] {
            let sent = at(&url).send(mail(1)).await;
            assert!(matches!(sent, Err(MailError::Unavailable(_))), "{url}: {sent:?}");
        }
        assert_eq!(at(&server.url(scheme, "", options)).send(mail(1)).await, Ok(()));
    }
}

#[tokio::test]
#[ignore = "needs aiosmtpd: `cargo xtask test` runs it"]
async fn with_required_tls_nothing_is_sent_without_it() {
    let mut server = Smtpd::start("plain", "");
    let required = at(&server.url("smtp", "", "?tls=required&"));
    let sent = required.send(mail(1)).await;
    assert!(
        matches!(&sent, Err(MailError::Unavailable(e)) if e.reason.contains("STARTTLS")),
        "{sent:?}"
    );
    let opportunistic = at(&server.url("smtp", "", "?tls=opportunistic&"));
    assert_eq!(opportunistic.send(mail(2)).await, Ok(()));
    assert!(!server.next().await.tls);
}
