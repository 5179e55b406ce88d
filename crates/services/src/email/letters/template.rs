//! The HTML templates: MJML, compiled once per process and filled for each mail.
//!
//! MJML compiles a few sections into the tables that mail programs understand. Compiling takes
//! longer than writing a mail.

use std::{collections::HashMap, sync::LazyLock};

use domain::ports::MailKind;
use maud::Markup;
use mrml::prelude::render::RenderOptions;

/// Parts that the templates include.
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
        /// A placeholder of a template: `{{heading}}`.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(super) enum Gap { $($name,)* }

        impl Gap {
            fn from_name(text: &str) -> Option<Self> {
                match text { $($text => Some(Self::$name),)* _ => None }
            }
        }
    };
}

gaps! {
    Lang "lang", Stamp "stamp", Subject "subject", Preheader "preheader", Seller "seller", Heading "heading", Body "body",
    Facts "facts", Link "link", Action "action", Slip "slip", Lines "lines", Foot "foot",
}

/// Why a template is invalid.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub(super) enum TemplateError {
    #[error("invalid MJML: {0}")]
    Parse(String),
    #[error("MJML that cannot be rendered: {0}")]
    Render(String),
    #[error("{0} is not an MJML element, or not allowed here")]
    Element(String),
    #[error("{{{{{0}}}}} is not a known gap")]
    Gap(String),
    #[error("a {{{{ is not closed")]
    Open,
}

/// A compiled template.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Template {
    /// HTML with the gap that follows it.
    pieces: Vec<(String, Gap)>,
    rest: String,
}

/// The template of a kind; `None` if it is invalid, which is logged once.
pub(super) fn template_for(kind: MailKind) -> Option<&'static Template> {
    compiled_template(kind).as_ref().ok()
}

/// The compiled template of a kind, or why it is invalid.
pub(super) fn compiled_template(kind: MailKind) -> &'static Result<Template, TemplateError> {
    macro_rules! compiled {
        ($file:literal) => {{
            static TEMPLATE: LazyLock<Result<Template, TemplateError>> = LazyLock::new(|| {
                compile_template($file, include_str!(concat!("../templates/", $file)))
            });
            &TEMPLATE
        }};
    }
    match kind {
        MailKind::Confirmed | MailKind::Receipt | MailKind::Ready | MailKind::OnItsWay => {
            compiled!("good.mjml")
        }
        MailKind::Refunded | MailKind::Checking | MailKind::Authentication => {
            compiled!("calm.mjml")
        }
        MailKind::Cancelled => compiled!("cancelled.mjml"),
        // A declined order has no facts to list.
        MailKind::Declined => compiled!("declined.mjml"),
    }
}

fn compile_template(file: &str, mjml: &str) -> Result<Template, TemplateError> {
    let compiled = Template::from_mjml(mjml);
    if let Err(error) = &compiled {
        tracing::error!(file, %error, "a mail template is invalid; its mails are plain text");
    }
    compiled
}

impl Template {
    /// Compiles MJML.
    pub(super) fn from_mjml(mjml: &str) -> Result<Self, TemplateError> {
        // mrml 6.0 loses the width of included parts, so includes are expanded here.
        let include = |mjml: String, (file, part): &(&str, &str)| {
            mjml.replace(&format!("<mj-include path=\"{file}\" />"), part)
        };
        let mjml = PARTS.iter().fold(mjml.to_owned(), include);
        let parsed = mrml::parse(mjml).map_err(|error| TemplateError::Parse(error.to_string()))?;
        if let Some(warning) = parsed.warnings.first() {
            return Err(TemplateError::Parse(format!("{warning:?}")));
        }
        // No remote fonts: a request on opening the mail would track its reader.
        let options = RenderOptions { fonts: HashMap::new(), ..RenderOptions::default() };
        let html = parsed.element.render(&options);
        let html = html.map_err(|error| TemplateError::Render(error.to_string()))?;
        // mrml leaves unknown elements in its output.
        match html.split_once("<mj") {
            Some((_, rest)) => {
                let name = rest.split([' ', '>', '/']).next().unwrap_or_default();
                Err(TemplateError::Element(format!("mj{name}")))
            }
            None => Self::from_html(&html),
        }
    }

    fn from_html(html: &str) -> Result<Self, TemplateError> {
        let (mut pieces, mut rest) = (Vec::new(), html);
        while let Some((before, after)) = rest.split_once("{{") {
            let (name, after) = after.split_once("}}").ok_or(TemplateError::Open)?;
            let gap = Gap::from_name(name).ok_or_else(|| TemplateError::Gap(name.to_owned()))?;
            pieces.push((before.to_owned(), gap));
            rest = after;
        }
        Ok(Self { pieces, rest: rest.to_owned() })
    }

    /// Fills each gap once. Content is not scanned for gaps, so it may contain `{{`.
    pub(super) fn fill(&self, with: impl Fn(Gap) -> Markup) -> String {
        let mut html = String::new();
        for (piece, gap) in &self.pieces {
            html.push_str(piece);
            html.push_str(&with(*gap).into_string());
        }
        html + &self.rest
    }

    /// True if the template has a gap.
    #[cfg(test)]
    pub(super) fn has(&self, gap: Gap) -> bool {
        self.pieces.iter().any(|(_, found)| *found == gap)
    }
}
