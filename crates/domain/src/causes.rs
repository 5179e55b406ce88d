//! Errors with their causes, as text.

use std::error::Error;

/// An error and its causes in one line, the outermost first. A cause that is already in the text is
/// not repeated.
pub fn with_causes(error: &dyn Error) -> String {
    let (mut text, mut cause) = (error.to_string(), error.source());
    while let Some(error) = cause {
        let because = error.to_string();
        if !text.contains(&because) {
            text = format!("{text}: {because}");
        }
        cause = error.source();
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[derive(Debug, thiserror::Error)]
    #[error("{text}")]
    struct Layer {
        text: &'static str,
        #[source]
        cause: Option<Box<Layer>>,
    }

    fn layers(texts: &[&'static str]) -> Layer {
        let (text, rest) = texts.split_first().unwrap();
        Layer { text, cause: (!rest.is_empty()).then(|| Box::new(layers(rest))) }
    }

    #[test]
    fn every_cause_is_named_once() {
        let named = |texts: &[&'static str]| with_causes(&layers(texts));
        assert_eq!(named(&["a file", "no space"]), "a file: no space");
        assert_eq!(named(&["a call", "a connection", "refused"]), "a call: a connection: refused");
        assert_eq!(
            named(&["a call (refused): try again", "refused"]),
            "a call (refused): try again"
        );
    }
}
