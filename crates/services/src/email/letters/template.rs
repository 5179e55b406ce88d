//! The templates: MJML, made HTML once a process, then filled for each mail.
//!
//! MJML is what turns a few sections into the tables that mail programs understand; making them
//! takes longer than writing the whole mail.

use std::{collections::HashMap, sync::LazyLock};

use domain::ports::MailKind;
use maud::Markup;
use mrml::prelude::render::RenderOptions;

/// What the templates share.
const PARTS: &[(&str, &str)] = &[
    ("_head.mjml", include_str!("../templates/_head.mjml")),
    ("_top.mjml", include_str!("../templates/_top.mjml")),
    ("_facts.mjml", include_str!("../templates/_facts.mjml")),
    ("_go.mjml", include_str!("../templates/_go.mjml")),
    ("_slip.mjml", include_str!("../templates/_slip.mjml")),
    ("_foot.mjml", include_str!("../templates/_foot.mjml")),
];

macro_rules! gaps {
    ($($name:ident $text:literal),* $(,)?) => {
        /// Where a template is filled: `{{heading}}`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Gap { $($name,)* }

        impl Gap {
            fn named(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

gaps! {
    Lang "lang", Stamp "stamp", Subject "subject", Preheader "preheader", Seller "seller", Heading "heading", Body "body",
    Facts "facts", Link "link", Action "action", Slip "slip", Lines "lines", Foot "foot",
}

/// Why a template cannot be used.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum Broken {
    #[error("it is no MJML: {0}")]
    Parse(String),
    #[error("it has no HTML: {0}")]
    Render(String),
    #[error("{0} is no element of MJML, or not in this place")]
    Element(String),
    #[error("{{{{{0}}}}} is nothing that it can be filled with")]
    Gap(String),
    #[error("a {{{{ is not closed")]
    Open,
}

/// A template as HTML, with gaps.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template {
    /// HTML, and the gap after it.
    pieces: Vec<(String, Gap)>,
    rest: String,
}

/// The template of a kind; `None` if it is broken, which is told once.
pub(super) fn of(kind: MailKind) -> Option<&'static Template> {
    made(kind).as_ref().ok()
}

/// What became of the template of a kind.
pub(super) fn made(kind: MailKind) -> &'static Result<Template, Broken> {
    macro_rules! once {
        ($file:literal) => {{
            static MADE: LazyLock<Result<Template, Broken>> =
                LazyLock::new(|| told($file, include_str!(concat!("../templates/", $file))));
            &MADE
        }};
    }
    match kind {
        MailKind::Confirmed | MailKind::Ready | MailKind::OnItsWay => once!("good.mjml"),
        MailKind::Refunded | MailKind::Checking => once!("calm.mjml"),
        MailKind::Cancelled => once!("cancelled.mjml"),
        // Nothing has happened yet, so there are no facts to list.
        MailKind::Declined => once!("declined.mjml"),
    }
}

fn told(file: &str, mjml: &str) -> Result<Template, Broken> {
    let made = Template::from_mjml(mjml);
    if let Err(error) = &made {
        tracing::error!(file, %error, "a mail template is broken; its mails go out as plain text");
    }
    made
}

impl Template {
    /// Makes HTML of MJML.
    pub(super) fn from_mjml(mjml: &str) -> Result<Self, Broken> {
        // Not left to the compiler (6.0): it forgets the width of what it includes.
        let include = |mjml: String, (file, part): &(&str, &str)| {
            mjml.replace(&format!("<mj-include path=\"{file}\" />"), part)
        };
        let mjml = PARTS.iter().fold(mjml.to_owned(), include);
        let parsed = mrml::parse(mjml).map_err(|error| Broken::Parse(error.to_string()))?;
        if let Some(warning) = parsed.warnings.first() {
            return Err(Broken::Parse(format!("{warning:?}")));
        }
        // Nothing is fetched when a mail is opened, no fonts either: that would tell on its reader.
        let options = RenderOptions { fonts: HashMap::new(), ..RenderOptions::default() };
        let html = parsed.element.render(&options);
        let html = html.map_err(|error| Broken::Render(error.to_string()))?;
        // What it does not know, it lets pass.
        match html.split_once("<mj") {
            Some((_, rest)) => {
                let name = rest.split([' ', '>', '/']).next().unwrap_or_default();
                Err(Broken::Element(format!("mj{name}")))
            }
            None => Self::from_html(&html),
        }
    }

    fn from_html(html: &str) -> Result<Self, Broken> {
        let (mut pieces, mut rest) = (Vec::new(), html);
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").ok_or(Broken::Open)?;
            let gap = Gap::named(name).ok_or_else(|| Broken::Gap(name.to_owned()))?;
            pieces.push((before.to_owned(), gap));
            rest = after;
        }
        Ok(Self { pieces, rest: rest.to_owned() })
    }

    /// Fills each gap once. What a gap is filled with is never looked at again, so it may contain
    /// what looks like a gap.
    pub(super) fn fill(&self, with: impl Fn(Gap) -> Markup) -> String {
        let mut html = String::new();
        for (piece, gap) in &self.pieces {
            html.push_str(piece);
            html.push_str(&with(*gap).into_string());
        }
        html + &self.rest
    }

    /// Whether it is filled with something.
    #[cfg(test)]
    pub(super) fn has(&self, gap: Gap) -> bool {
        self.pieces.iter().any(|(_, found)| *found == gap)
    }
}
