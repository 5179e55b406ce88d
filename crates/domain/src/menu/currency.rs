//! The currency of a menu's prices.

use super::{Category, Menu};
use crate::{
    money::{Currency, ExchangeRate},
    violation::{Checks, Violations},
};

impl Menu {
    /// The currency of its prices, if it says so.
    pub const fn currency(&self) -> Option<Currency> {
        self.currency
    }

    /// The same menu with a currency.
    #[must_use]
    pub fn priced_in(self, currency: Option<Currency>) -> Self {
        Self { currency, ..self }
    }

    /// True if its prices may be in this currency. While a restaurant changes its currency, its new
    /// terms may be known before the new menu, or after it.
    pub fn may_be_in(&self, currency: Currency) -> bool {
        self.currency.is_none_or(|own| own == currency)
    }

    /// The menu in another currency: every price by one rate.
    pub fn exchanged(
        &self,
        from: Currency,
        to: Currency,
        rate: ExchangeRate,
    ) -> Result<Self, Violations> {
        let mut categories = self.categories.clone();
        let mut checks = Checks::default();
        for (price_minor, field) in prices(&mut categories) {
            match rate.convert(*price_minor, from, to) {
                Some(exchanged) => *price_minor = exchanged,
                None => checks.add(field, "is more than anything may cost at this rate"),
            }
        }
        checks.finish(Some(()))?;
        Ok(Self::new(categories)?.priced_in(Some(to)))
    }
}

/// Every price with its path.
fn prices(categories: &mut [Category]) -> Vec<(&mut i64, String)> {
    let mut all = Vec::new();
    for (c, category) in categories.iter_mut().enumerate() {
        for (i, item) in category.items.iter_mut().enumerate() {
            let at = format!("categories[{c}].items[{i}]");
            all.push((&mut item.price_minor, format!("{at}.price_minor")));
            for (g, group) in item.option_groups.iter_mut().enumerate() {
                for (o, option) in group.options.iter_mut().enumerate() {
                    let field = format!("{at}.option_groups[{g}].options[{o}].price_minor");
                    all.push((&mut option.price_minor, field));
                }
            }
        }
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::fixtures;

    fn prices_of(menu: &Menu) -> Vec<i64> {
        let mut categories = menu.categories().to_vec();
        prices(&mut categories).into_iter().map(|(minor, _)| *minor).collect()
    }

    #[test]
    fn every_price_is_exchanged() {
        let menu = fixtures::menu();
        let rate: ExchangeRate = "160".parse().unwrap();
        let yen = menu.exchanged(Currency::EUR, Currency::JPY, rate).unwrap();
        assert_eq!(yen.currency(), Some(Currency::JPY));
        let expected: Vec<_> = prices_of(&menu).iter().map(|cents| (cents * 16 + 5) / 10).collect();
        assert_eq!(prices_of(&yen), expected);
        assert!(prices_of(&menu).len() > menu.items().count(), "options have prices, too");
        assert!(yen.may_be_in(Currency::JPY) && !yen.may_be_in(Currency::EUR));
        assert!(menu.may_be_in(Currency::EUR) && menu.may_be_in(Currency::JPY));
    }

    #[test]
    fn prices_beyond_all_amounts_are_refused() {
        let rate = "999999999".parse().unwrap();
        let Violations(wrong) =
            fixtures::menu().exchanged(Currency::EUR, Currency::JPY, rate).unwrap_err();
        assert_eq!(wrong[0].field, "categories[0].items[0].price_minor");
    }

    #[test]
    fn edits_and_hidden_dishes_keep_the_currency() {
        let menu = fixtures::menu().priced_in(Some(Currency::CHF));
        assert_eq!(menu.shown().currency(), Some(Currency::CHF));
        let edit = crate::menu::Edit::Hide("margherita".parse().unwrap(), true);
        assert_eq!(menu.apply_edit(edit).unwrap().currency(), Some(Currency::CHF));
    }
}
