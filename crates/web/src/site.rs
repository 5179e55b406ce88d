//! The public address of the shop and its host names.

use std::net::IpAddr;

use axum::http::{HeaderMap, Request, header};
use url::{Host, Url};

use super::problem::Problem;

/// Paths served under any host name, for probes and metrics collectors, which use internal names.
pub(super) const ANY_HOST_PATHS: [&str; 3] = ["/livez", "/readyz", "/metrics"];
/// Webhooks, which are served under any host name since their requests are signed.
const WEBHOOK_PATHS: &str = "/webhooks/";
/// Assets of the page for a foreign host; they are public.
const ASSET_PATHS: &str = "/assets/";

/// The public address of an installation.
///
/// Requests for a foreign host are refused: with DNS rebinding, a browser would attribute the
/// responses to the attacker's site and let its scripts read them.
#[derive(Clone, Debug)]
pub struct Site {
    public: Url,
    /// True if it listens on loopback only.
    is_loopback: bool,
    /// Additional host names, in lower case.
    names: Vec<String>,
}

/// An invalid public URL.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address such as https://shop.example, with nothing behind it")]
pub struct InvalidPublicUrl(String);

impl Site {
    /// The site with a public URL and additional host names, listening on loopback only or not.
    pub fn new(
        public_url: &str,
        is_loopback: bool,
        names: &[String],
    ) -> Result<Self, InvalidPublicUrl> {
        let wrong = || InvalidPublicUrl(public_url.to_owned());
        let public = Url::parse(public_url.trim()).map_err(|_| wrong())?;
        let is_plain = matches!(public.scheme(), "http" | "https")
            && public.host().is_some()
            && public.username().is_empty()
            && public.password().is_none()
            && public.path() == "/"
            && public.query().is_none()
            && public.fragment().is_none();
        if !is_plain {
            return Err(wrong());
        }
        let names = names.iter().map(|name| name.trim().to_ascii_lowercase()).collect();
        Ok(Self { public, is_loopback, names })
    }

    /// True if pages are served over HTTPS.
    pub fn is_secure(&self) -> bool {
        self.public.scheme() == "https"
    }

    /// True if `origin` (scheme, host and port) is that of our own pages, for a request to `host`.
    ///
    /// A proxy that terminates TLS passes on neither scheme nor port, and may pass on another host.
    /// Therefore the public URL counts, and over HTTPS no other origin of its host. Under
    /// additional names, the origin must equal the request's host, with HTTPS if the shop has it.
    pub(super) fn is_own(&self, origin: &str, host: Option<&str>) -> bool {
        let Ok(origin) = Url::parse(origin) else { return false };
        if origin.origin() == self.public.origin() {
            return true;
        }
        let there = host.and_then(|host| Url::parse(&format!("{}://{host}", origin.scheme())).ok());
        let is_there = there.is_some_and(|there| there.origin() == origin.origin());
        let is_public_name = origin.host() == self.public.host();
        let is_safe = !self.is_secure() || (origin.scheme() == "https" && !is_public_name);
        is_there && is_safe
    }

    /// Refuses a request for a foreign host, or without exactly one host.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<(), Problem> {
        let path = request.uri().path();
        let is_for_any_host =
            [WEBHOOK_PATHS, ASSET_PATHS].iter().any(|folder| path.starts_with(folder));
        if ANY_HOST_PATHS.contains(&path) || is_for_any_host {
            return Ok(());
        }
        let named = authority(request).ok_or_else(Problem::no_host)?;
        match self.answers_to(&named) {
            true => Ok(()),
            false => Err(Problem::other_host(&named)),
        }
    }

    /// True for the public host and additional ones. On loopback also for every name of this
    /// machine; otherwise for IP addresses, which DNS rebinding cannot use.
    fn answers_to(&self, authority: &str) -> bool {
        let Ok(url) = Url::parse(&format!("http://{authority}/")) else { return false };
        let Some(host) = url.host() else { return false };
        let is_public = self.public.host().is_some_and(|public| public == host);
        let text = host.to_string();
        is_public
            || self.names.contains(&text)
            || match host {
                Host::Domain(name) => name == "localhost" || name.ends_with(".localhost"),
                Host::Ipv4(ip) => !self.is_loopback || ip.is_loopback(),
                Host::Ipv6(ip) => !self.is_loopback || IpAddr::V6(ip).to_canonical().is_loopback(),
            }
    }
}

/// True for a host name or address without scheme, port or path.
pub fn is_host_name(text: &str) -> bool {
    let text = text.trim().to_ascii_lowercase();
    let url = Url::parse(&format!("http://{text}/"));
    url.is_ok_and(|url| url.host_str() == Some(text.as_str()) && url.port().is_none())
}

/// The host of a request: in its target (RFC 9112 §3.2.2), else in its single `Host`.
fn authority<B>(request: &Request<B>) -> Option<String> {
    if let Some(authority) = request.uri().authority() {
        return Some(authority.as_str().to_owned());
    }
    one_host(request.headers()).map(str::to_owned)
}

fn one_host(headers: &HeaderMap) -> Option<&str> {
    let mut hosts = headers.get_all(header::HOST).iter();
    let host = hosts.next()?.to_str().ok()?;
    let is_plain = !host.is_empty() && !host.contains(['/', '\\', '@', '?', '#']);
    (is_plain && hosts.next().is_none()).then_some(host)
}

/// The path of a URL reference within this site; `None` if it leads to another site. Browsers parse
/// it by the URL standard, which drops tabs and newlines and reads `\` as `/`.
pub fn own_path(address: &str) -> Option<String> {
    let base = Url::parse("http://this.invalid/").ok()?;
    let url = address.starts_with('/').then(|| base.join(address))?.ok()?;
    let path = &url[url::Position::BeforePath..];
    // The result must parse to the same URL: `/.//x` has the path `//x`, which would name a host.
    let again = base.join(path).ok()?;
    (url.origin() == base.origin() && again == url).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_to_other_sites_are_refused() {
        for (own, path) in [
            ("/analytics", "/analytics"),
            ("/kitchen?restaurant=a&x=1", "/kitchen?restaurant=a&x=1"),
            ("/r/a/../b#menu", "/r/b#menu"),
            ("/orders/1?next=//evil.example", "/orders/1?next=//evil.example"),
        ] {
            assert_eq!(own_path(own).as_deref(), Some(path), "{own}");
        }
        for bad in [
            "",
            "analytics",
            "//evil.example",
            "https://evil.example",
            "/\\evil.example",
            "/\t/evil.example",
            "/\n\\evil.example",
            "\t//evil.example",
            "/.//evil.example",
            "/x/..//evil.example",
            "///evil.example",
            "javascript:alert(1)",
        ] {
            assert_eq!(own_path(bad), None, "{bad:?}");
        }
    }

    fn answers(site: &Site, host: &str) -> bool {
        let request = Request::get("/x").header("host", host).body(()).unwrap();
        site.check(&request).is_ok()
    }

    #[test]
    fn host_names_have_nothing_around_them() {
        for name in ["shop.example", "Shop.Example", "localhost", "192.0.2.7", "[2001:db8::7]"] {
            assert!(is_host_name(name), "{name}");
        }
        for wrong in
            ["", "a b", "http://a/b", "shop.example:80", "shop.example/x", "me@shop.example", "a?b"]
        {
            assert!(!is_host_name(wrong), "{wrong}");
        }
    }

    #[test]
    fn only_own_hosts_are_accepted() {
        let more = ["Shop.Internal".to_owned()];
        let here = Site::new("https://shop.example", true, &more).unwrap();
        let everywhere = Site::new("https://shop.example", false, &more).unwrap();
        for own in ["shop.example", "SHOP.example:443", "shop.internal:8080", "localhost:1"] {
            assert!(answers(&here, own) && answers(&everywhere, own), "{own}");
        }
        for loopback in ["127.0.0.1:8080", "127.1.2.3", "[::1]:8080", "a.localhost"] {
            assert!(answers(&here, loopback), "{loopback}");
        }
        for address in ["192.0.2.1:8080", "[2001:db8::1]"] {
            assert!(!answers(&here, address) && answers(&everywhere, address), "{address}");
        }
        for foreign in ["evil.example", "shop.example.evil.example", "", "a b", "x@shop.example"] {
            assert!(!answers(&here, foreign) && !answers(&everywhere, foreign), "{foreign}");
        }
    }

    #[test]
    fn exactly_one_host_is_required() {
        let site = Site::new("http://shop.example", false, &[]).unwrap();
        let none = Request::get("/x").body(()).unwrap();
        assert_eq!(site.check(&none).unwrap_err().status, 400);
        let two = Request::get("/x").header("host", "shop.example").header("host", "shop.example");
        assert_eq!(site.check(&two.body(()).unwrap()).unwrap_err().status, 400);
        let whole = Request::get("http://evil.example/x").header("host", "shop.example");
        assert_eq!(site.check(&whole.body(()).unwrap()).unwrap_err().status, 421);
        for path in ["/livez", "/metrics", "/webhooks/stripe"] {
            let probe = Request::get(path).header("host", "storefront-7:8081").body(()).unwrap();
            assert_eq!(site.check(&probe), Ok(()), "{path}");
        }
    }

    #[test]
    fn a_public_url_is_required() {
        for wrong in ["", "shop.example", "ftp://shop.example", "http://"] {
            assert!(Site::new(wrong, true, &[]).is_err(), "{wrong}");
        }
        let site = Site::new("https://shop.example/", true, &[]).unwrap();
        assert!(site.is_secure());
    }

    #[test]
    fn own_pages_have_the_scheme_host_and_port_of_the_site() {
        let names = ["kitchen.example".to_owned()];
        let site = |url| Site::new(url, false, &names).unwrap();
        let (safe, other_port) = (site("https://shop.example"), site("https://shop.example:8443"));
        let plain = site("http://127.0.0.1:8080");
        for (site, origin, host) in [
            (&safe, "https://shop.example", "shop.example"),
            (&safe, "https://shop.example:443", "shop.example:443"),
            (&safe, "https://SHOP.example", "storefront-7:8081"),
            (&safe, "https://kitchen.example", "kitchen.example"),
            (&other_port, "https://shop.example:8443", "shop.example"),
            (&plain, "http://127.0.0.1:8080", "127.0.0.1:8080"),
            (&plain, "http://127.0.0.1:9000", "127.0.0.1:9000"),
            (&plain, "https://kitchen.example", "kitchen.example"),
        ] {
            assert!(site.is_own(origin, Some(host)), "{origin} at {host}");
        }
        for (site, origin, host) in [
            (&safe, "http://shop.example", "shop.example"),
            (&safe, "http://shop.example:443", "shop.example:443"),
            (&safe, "https://shop.example:8443", "shop.example"),
            (&safe, "https://shop.example:8443", "shop.example:8443"),
            (&safe, "http://kitchen.example", "kitchen.example"),
            (&safe, "http://127.0.0.1:8080", "127.0.0.1:8080"),
            (&safe, "null", "shop.example"),
            (&safe, "", "shop.example"),
            (&other_port, "https://shop.example", "shop.example"),
            (&plain, "http://127.0.0.1:9000", "127.0.0.1:8080"),
            (&plain, "http://127.0.0.1", "127.0.0.1:8080"),
            (&plain, "https://127.0.0.1:8080", "kitchen.example:8080"),
            (&plain, "file://", ""),
        ] {
            assert!(!site.is_own(origin, Some(host)), "{origin} at {host}");
        }
    }
}
