//! The files that pages link to, compiled in, at addresses that change with their content.

use std::sync::LazyLock;

/// A static asset. Its URL contains a hash of its content, so it may be cached forever.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asset {
    /// The address: `/assets/style-0123456789abcdef.css`.
    pub path: &'static str,
    /// The value of the header `content-type`.
    pub content_type: &'static str,
    /// The content.
    pub bytes: &'static [u8],
}

struct AssetFile {
    stem: &'static str,
    extension: &'static str,
    content_type: &'static str,
    bytes: &'static [u8],
}

const STYLE: &str = concat!(
    include_str!("tokens.css"),
    include_str!("base.css"),
    include_str!("parts.css"),
    include_str!("forms.css"),
    include_str!("slip.css"),
    include_str!("shop.css"),
    include_str!("search.css"),
    include_str!("menu.css"),
    include_str!("cart.css"),
    include_str!("checkout.css"),
    include_str!("order.css"),
    include_str!("travel.css"),
    include_str!("small-pages.css"),
    include_str!("kitchen.css"),
    include_str!("ticket.css"),
    include_str!("ticket-do.css"),
    include_str!("kitchen-sheets.css"),
    include_str!("analytics.css"),
    include_str!("charts.css"),
    include_str!("chart-rows.css"),
    include_str!("wall.css"),
    include_str!("office.css"),
    include_str!("office-menu.css"),
    include_str!("office-form.css"),
    include_str!("office-hours.css"),
    include_str!("office-lists.css"),
    include_str!("office-day.css"),
    include_str!("office-refunds.css"),
    include_str!("print.css"),
);

const JS: &str = "text/javascript; charset=utf-8";

const FILES: [AssetFile; 9] = [
    AssetFile {
        stem: "style",
        extension: "css",
        content_type: "text/css; charset=utf-8",
        bytes: STYLE.as_bytes(),
    },
    AssetFile {
        stem: "comanda",
        extension: "js",
        content_type: JS,
        bytes: include_bytes!("comanda.js"),
    },
    AssetFile {
        stem: "theme",
        extension: "js",
        content_type: JS,
        bytes: include_bytes!("theme.js"),
    },
    AssetFile { stem: "menu", extension: "js", content_type: JS, bytes: include_bytes!("menu.js") },
    AssetFile {
        stem: "kitchen",
        extension: "js",
        content_type: JS,
        bytes: include_bytes!("kitchen.js"),
    },
    AssetFile {
        stem: "office",
        extension: "js",
        content_type: JS,
        bytes: include_bytes!("office.js"),
    },
    AssetFile { stem: "pay", extension: "js", content_type: JS, bytes: include_bytes!("pay.js") },
    AssetFile {
        stem: "checkout",
        extension: "js",
        content_type: JS,
        bytes: include_bytes!("checkout.js"),
    },
    AssetFile {
        stem: "favicon",
        extension: "svg",
        content_type: "image/svg+xml",
        bytes: include_bytes!("favicon.svg"),
    },
];

static PATHS: LazyLock<[String; 9]> = LazyLock::new(|| {
    FILES.each_ref().map(|s| format!("/assets/{}-{:016x}.{}", s.stem, digest(s.bytes), s.extension))
});

/// FNV-1a. It guards caches, not secrets: a change of content must change the address.
const fn digest(bytes: &[u8]) -> u64 {
    let (mut hash, mut at) = (0xcbf2_9ce4_8422_2325_u64, 0);
    while at < bytes.len() {
        hash = (hash ^ bytes[at] as u64).wrapping_mul(0x0100_0000_01b3);
        at += 1;
    }
    hash
}

/// Every asset.
pub fn all() -> impl Iterator<Item = Asset> {
    let paths: &'static [String; 9] = &PATHS;
    FILES.iter().zip(paths).map(|(source, path)| Asset {
        path,
        content_type: source.content_type,
        bytes: source.bytes,
    })
}

/// The asset at an address such as `/assets/style-0123456789abcdef.css`.
pub fn asset(path: &str) -> Option<Asset> {
    all().find(|asset| asset.path == path)
}

/// The address of the style sheet.
pub(crate) fn style() -> &'static str {
    &PATHS[0]
}

/// The address of the script.
pub(crate) fn script() -> &'static str {
    &PATHS[1]
}

/// The address of the small script that sets the theme before the first paint.
pub(crate) fn theme() -> &'static str {
    &PATHS[2]
}

/// The address of the menu page's script.
pub(crate) fn menu() -> &'static str {
    &PATHS[3]
}

/// The address of the kitchen's script.
pub(crate) fn kitchen() -> &'static str {
    &PATHS[4]
}

/// The address of the back office's script.
pub(crate) fn office() -> &'static str {
    &PATHS[5]
}

/// The address of the checkout's script.
pub(crate) fn checkout() -> &'static str {
    &PATHS[7]
}

/// The address of the script of the page to authenticate at.
pub(crate) fn pay() -> &'static str {
    &PATHS[6]
}

/// The address of the icon.
pub(crate) fn favicon() -> &'static str {
    &PATHS[8]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_asset_is_found_at_its_own_address_only() {
        assert_eq!(all().count(), 9);
        for found in all() {
            assert_eq!(asset(found.path), Some(found));
        }
        assert_eq!(asset("/assets/style.css"), None);
        assert!(asset(style()).is_some_and(|a| a.content_type.starts_with("text/css")));
    }
}
