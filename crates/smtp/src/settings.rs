//! Parses `SMTP_URL`.

use std::time::Duration;

use lettre::transport::smtp::{
    SMTP_PORT, SUBMISSION_PORT, SUBMISSIONS_PORT,
    authentication::Credentials,
    client::{Certificate, CertificateStore, TlsParameters},
    extension::ClientId,
};
use percent_encoding::percent_decode_str;
use url::Url;

use super::{
    SetupError,
    server::{Security, Server},
};

/// Default timeout per step.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(20);

/// Query parameters.
#[derive(Default)]
struct Options {
    tls: Option<String>,
    ca: Option<String>,
    timeout_s: Option<String>,
}

fn refuse(reason: impl Into<Box<dyn std::error::Error + Send + Sync>>) -> SetupError {
    SetupError::Url(reason.into())
}

/// Parses an `SMTP_URL`.
pub(super) fn parse(url: &str) -> Result<Server, SetupError> {
    let url: Url = url.parse().map_err(refuse)?;
    let host = url.host_str().filter(|host| !host.is_empty());
    let host = host.ok_or_else(|| refuse("it names no host"))?;
    // The brackets of an IPv6 address belong to the URL.
    let host = host.trim_matches(['[', ']']).to_owned();
    let options = parse_options(&url)?;
    let tls = || tls_parameters(&host, options.ca.as_deref());
    let (port, security) = match (url.scheme(), options.tls.as_deref()) {
        ("smtp", None) => (SMTP_PORT, Security::Plain),
        ("smtp", Some("required")) => (SUBMISSION_PORT, Security::StartTls(tls()?)),
        ("smtp", Some("opportunistic")) => (SUBMISSION_PORT, Security::StartTlsIfOffered(tls()?)),
        ("smtps", None) => (SUBMISSIONS_PORT, Security::Tls(tls()?)),
        ("smtp", Some(_)) => return Err(refuse("tls is required or opportunistic")),
        ("smtps", Some(_)) => return Err(refuse("smtps:// is always TLS; leave tls= out")),
        _ => return Err(refuse("it begins with smtp:// or smtps://")),
    };
    let credentials = parse_credentials(&url)?;
    let is_plain = matches!(security, Security::Plain);
    if is_plain && options.ca.is_some() {
        return Err(refuse("there is no TLS for which to trust ca; add tls=required"));
    }
    if is_plain && credentials.is_some() && !Server::is_local(&host) {
        return Err(refuse("a password is not sent in the clear; add ?tls=required, or smtps://"));
    }
    let name = match url.path().trim_matches('/') {
        "" => ClientId::default(),
        name => ClientId::Domain(name.to_owned()),
    };
    let limit = parse_timeout(options.timeout_s.as_deref())?;
    Ok(Server { host, port: url.port().unwrap_or(port), security, credentials, name, limit })
}

/// Unknown parameters are refused: `?tsl=required` must not mean no TLS.
fn parse_options(url: &Url) -> Result<Options, SetupError> {
    let mut options = Options::default();
    for (name, value) in url.query_pairs() {
        let parameter = match name.as_ref() {
            "tls" => &mut options.tls,
            "ca" => &mut options.ca,
            "timeout_s" => &mut options.timeout_s,
            _ => return Err(refuse(format!("{name:?} is not tls, ca or timeout_s"))),
        };
        *parameter = Some(value.into_owned());
    }
    Ok(options)
}

fn parse_credentials(url: &Url) -> Result<Option<Credentials>, SetupError> {
    let decoded = |text: &str| {
        let text = percent_decode_str(text).decode_utf8().map_err(refuse)?;
        Ok::<_, SetupError>(text.into_owned())
    };
    match (url.username(), url.password()) {
        ("", None) => Ok(None),
        (_, None) => Err(refuse("it has a user name and no password")),
        (user, Some(password)) => Ok(Some(Credentials::new(decoded(user)?, decoded(password)?))),
    }
}

/// With `ca`, only that authority is trusted, and no public one.
fn tls_parameters(host: &str, ca: Option<&str>) -> Result<TlsParameters, SetupError> {
    let builder = TlsParameters::builder(host.to_owned());
    let Some(path) = ca else { return builder.build().map_err(refuse) };
    let pem = std::fs::read(path).map_err(|e| refuse(format!("cannot read {path}: {e}")))?;
    let begin = b"-----BEGIN CERTIFICATE-----";
    if !pem.windows(begin.len()).any(|part| part == begin) {
        return Err(refuse(format!("{path} holds no certificate in PEM")));
    }
    let certificate =
        Certificate::from_pem(&pem).map_err(|e| refuse(format!("cannot use {path}: {e}")))?;
    let trusting =
        builder.certificate_store(CertificateStore::None).add_root_certificate(certificate);
    trusting.build().map_err(refuse)
}

fn parse_timeout(timeout_s: Option<&str>) -> Result<Duration, SetupError> {
    let Some(text) = timeout_s else { return Ok(DEFAULT_TIMEOUT) };
    match text.parse() {
        Ok(seconds @ 1..=600) => Ok(Duration::from_secs(seconds)),
        _ => Err(refuse("timeout_s is a whole number of seconds, 1 to 600")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_follows_from_the_protocol() {
        let port = |url| parse(url).unwrap().port;
        assert_eq!(port("smtp://mail.example.com"), 25);
        assert_eq!(port("smtp://mail.example.com?tls=required"), 587);
        assert_eq!(port("smtps://mail.example.com"), 465);
        assert_eq!(port("smtps://mail.example.com:2465"), 2465);
    }

    #[test]
    fn credentials_are_percent_decoded() {
        let server = parse("smtps://cook%40example.com:a%2Fb@mail.example.com").unwrap();
        let expected = Credentials::new("cook@example.com".to_owned(), "a/b".to_owned());
        assert!(server.credentials == Some(expected));
    }

    #[test]
    fn tls_modes_are_parsed() {
        let security = |url| parse(url).unwrap().security;
        assert!(matches!(security("smtp://a"), Security::Plain));
        assert!(matches!(security("smtp://a?tls=required"), Security::StartTls(_)));
        assert!(matches!(security("smtp://a?tls=opportunistic"), Security::StartTlsIfOffered(_)));
        assert!(matches!(security("smtps://a"), Security::Tls(_)));
        assert!(parse("smtp://u:p@127.0.0.1").is_ok() && parse("smtp://u:p@[::1]").is_ok());
    }

    #[test]
    fn the_limit_is_configurable() {
        assert_eq!(parse("smtp://a").unwrap().limit, DEFAULT_TIMEOUT);
        assert_eq!(parse("smtp://a?timeout_s=3").unwrap().limit, Duration::from_secs(3));
    }

    #[test]
    fn invalid_urls_are_refused() {
        for url in [
            "mail.example.com",
            "http://a",
            "smtp://",
            "smtp:/a",
            "smtp://a?tls=maybe",
            "smtp://a?tsl=required",
            "smtps://a?tls=opportunistic",
            "smtp://a?timeout_s=0",
            "smtp://a?ca=/ca.pem",
            "smtps://a?ca=/no/such/file",
            "smtp://user@a?tls=required",
            "smtp://user:password@a",
        ] {
            assert!(parse(url).is_err(), "{url}");
        }
    }
}
