//! Amounts as people of a language write them: `€1,024.50`, `1.024,50 €`.

use domain::{
    language::Language,
    money::{Currency, Money},
};
use jiff::civil::Weekday;

use super::words;

/// How amounts of one currency are written in one language.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Pattern {
    /// Before the figures.
    pub before: &'static str,
    /// After the figures; a space that does not break is put between.
    pub after: &'static str,
    /// Before the decimals.
    pub point: char,
    /// Between thousands.
    pub group: char,
}

/// How a language writes counts, amounts and days.
pub trait Notation: Copy {
    /// How amounts of `currency` are written.
    fn pattern(self, currency: Currency) -> Pattern;

    /// A count as people write it.
    fn number(self, number: i64) -> String;

    /// An amount as people write it.
    fn money(self, money: Money) -> String;

    /// An amount without its currency, for tables that name it once.
    fn amount(self, money: Money) -> String;

    /// A day of the week, as it stands within a sentence.
    fn weekday(self, day: Weekday) -> &'static str;
}

impl Notation for Language {
    fn pattern(self, currency: Currency) -> Pattern {
        (words(self).pattern)(currency)
    }

    fn number(self, number: i64) -> String {
        let group = self.pattern(Currency::JPY).group;
        let plain = number.unsigned_abs().to_string();
        let mut text = if number < 0 { "-".to_owned() } else { String::new() };
        for (n, c) in plain.chars().enumerate() {
            if n > 0 && (plain.len() - n).is_multiple_of(3) {
                text.push(group);
            }
            text.push(c);
        }
        text
    }

    fn money(self, money: Money) -> String {
        let Pattern { before, after, .. } = self.pattern(money.currency);
        let amount = self.amount(money);
        let (minus, plain) = match amount.strip_prefix('-') {
            Some(positive) => ("-", positive),
            None => ("", amount.as_str()),
        };
        let space = if after.is_empty() { "" } else { "\u{a0}" };
        format!("{minus}{before}{plain}{space}{after}")
    }

    fn amount(self, money: Money) -> String {
        let Pattern { point, group, .. } = self.pattern(money.currency);
        let decimal = money.shown_decimal();
        let (minus, plain) = match decimal.strip_prefix('-') {
            Some(positive) => ("-", positive),
            None => ("", decimal.as_str()),
        };
        let whole = plain.find('.').unwrap_or(plain.len());
        let mut text = String::with_capacity(plain.len() + 4);
        text.push_str(minus);
        for (n, c) in plain.chars().enumerate() {
            if n > 0 && n < whole && (whole - n).is_multiple_of(3) {
                text.push(group);
            }
            text.push(if n == whole { point } else { c });
        }
        text
    }

    fn weekday(self, day: Weekday) -> &'static str {
        words(self).dates.weekday(day)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_language_has_its_own_way_with_amounts() {
        let texts = |minor, currency| {
            [Language::En, Language::It].map(|lang| lang.money(Money::new(minor, currency)))
        };
        assert_eq!(texts(2_450, Currency::EUR), ["€24.50", "24,50\u{a0}€"]);
        assert_eq!(texts(-5, Currency::USD), ["-$0.05", "-0,05\u{a0}$"]);
        assert_eq!(texts(1_200, Currency::JPY), ["¥1,200", "1.200\u{a0}¥"]);
        assert_eq!(texts(120_000, Currency::HUF), ["HUF 1,200", "1.200\u{a0}HUF"]);
        assert_eq!(texts(120_050, Currency::HUF), ["HUF 1,200.50", "1.200,50\u{a0}HUF"]);
        assert_eq!(texts(1_250, Currency::KWD), ["KWD 1.250", "1,250\u{a0}KWD"]);
        assert_eq!(
            texts(103_500_048, Currency::CHF),
            ["CHF 1,035,000.48", "1.035.000,48\u{a0}CHF"]
        );
    }

    #[test]
    fn english_writes_amounts_as_the_api_does() {
        for currency in Currency::LIST {
            for minor in [0, 5, 99_999, -123_456_789] {
                let money = Money::new(minor, *currency);
                assert_eq!(Language::En.money(money), money.to_string());
            }
        }
    }
}
