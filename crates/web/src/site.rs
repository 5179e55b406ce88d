//! Where the shop is: under which address people reach it, and which names it answers to.

use std::net::IpAddr;

use axum::http::{HeaderMap, Request, header};
use url::{Host, Url};

use super::problem::Problem;

/// What is asked by tools that know a process by whichever name it has in its network: probes and
/// collectors of metrics, and payment gateways, whose word is signed.
pub(super) const BY_ANY_NAME: [&str; 3] = ["/livez", "/readyz", "/metrics"];
const SIGNED: &str = "/webhooks/";
/// Style and script of the page that says so; they are the same for everybody.
const ASSETS: &str = "/assets/";

/// An installation's address on the web.
///
/// A browser that was led here by a name of somebody else's takes our answers for that site's own,
/// and lets its scripts read them (DNS rebinding): a name that is not ours is not answered to.
#[derive(Clone, Debug)]
pub struct Site {
    public: Url,
    /// True if only this machine reaches it.
    is_loopback: bool,
    /// Further names, in lower case.
    names: Vec<String>,
}

/// A public URL that is none.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0:?} is not an address such as https://shop.example, with nothing behind it")]
pub struct NoAddress(String);

impl Site {
    /// The site that customers reach at `public_url`, and that listens on loopback or elsewhere.
    pub fn new(public_url: &str, is_loopback: bool, names: &[String]) -> Result<Self, NoAddress> {
        let wrong = || NoAddress(public_url.to_owned());
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

    /// True where pages are served over HTTPS.
    pub fn is_secure(&self) -> bool {
        self.public.scheme() == "https"
    }

    /// True if our own pages come from `origin` (scheme, host and port), when a request that one of
    /// them sends names `host`.
    ///
    /// A proxy that ends TLS tells us neither scheme nor port, and may tell a host of its own: so the
    /// public address counts, and over HTTPS nothing else under its name. Under further names of ours
    /// pages come from where their requests go, and by HTTPS where the shop does.
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

    /// Refuses a request that was meant for another host, or that names none or two.
    pub(super) fn check<B>(&self, request: &Request<B>) -> Result<(), Problem> {
        let path = request.uri().path();
        let is_for_all = [SIGNED, ASSETS].iter().any(|folder| path.starts_with(folder));
        if BY_ANY_NAME.contains(&path) || is_for_all {
            return Ok(());
        }
        let named = authority(request).ok_or_else(Problem::no_host)?;
        match self.answers_to(&named) {
            true => Ok(()),
            false => Err(Problem::other_host(&named)),
        }
    }

    /// True for the public host and those that were added. On loopback further for every name of
    /// this machine; elsewhere for addresses, by which nobody can be led here as by a name.
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

/// The host that a request names: in its address (RFC 9112 §3.2.2), else in its one `Host`.
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

/// An address of this site, as a path; nothing if a browser would leave the site by it. Browsers
/// read addresses as the URL standard has it, which drops tabs and line ends, and takes `\` for `/`.
pub fn own_path(address: &str) -> Option<String> {
    let base = Url::parse("http://this.invalid/").ok()?;
    let url = address.starts_with('/').then(|| base.join(address))?.ok()?;
    let path = &url[url::Position::BeforePath..];
    // What is written anew must mean the same: `/.//x` means the path `//x`, which would be a host.
    let again = base.join(path).ok()?;
    (url.origin() == base.origin() && again == url).then(|| path.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nobody_is_sent_to_another_site() {
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
    fn only_names_of_ours_are_answered_to() {
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
    fn one_host_is_named() {
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
    fn an_address_is_needed() {
        for wrong in ["", "shop.example", "ftp://shop.example", "http://"] {
            assert!(Site::new(wrong, true, &[]).is_err(), "{wrong}");
        }
        let site = Site::new("https://shop.example/", true, &[]).unwrap();
        assert!(site.is_secure());
    }

    #[test]
    fn pages_of_ours_have_our_scheme_host_and_port() {
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
