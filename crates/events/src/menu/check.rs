//! From a body to the domain; errors list everything that is wrong.

use domain::{
    hours::Pause,
    ids::RestaurantId,
    menu::{Category, Choice, Dietary, Item, Menu, OptionGroup},
    money::MAX_ORDER_MINOR,
    restaurant::{CashRules, DEFAULT_BUSINESS_DAY_STARTS, Restaurant},
    text::Name,
    violation::{Checks, Violations},
};

use super::body::{CashBody, CategoryBody, GroupBody, ItemBody, MenuBody, RestaurantBody};

impl RestaurantBody {
    /// Checks everything and returns the restaurant `id`.
    pub fn check(&self, id: RestaurantId) -> Result<Restaurant, Violations> {
        let mut checks = Checks::default();
        let name = checks.ok_or_add("name", self.name.parse());
        let currency = checks.ok_or_add("currency", self.currency.parse());
        let time_zone = checks.ok_or_add("time_zone", self.time_zone.parse());
        let tagline = self.tagline.as_deref().filter(|text| !text.trim().is_empty());
        let tagline = tagline.map(|text| checks.ok_or_add("tagline", text.parse()));
        let amounts = [
            ("delivery_fee_minor", self.delivery_fee_minor.unwrap_or(0)),
            ("minimum_order_minor", self.minimum_order_minor),
        ];
        for (field, amount) in amounts {
            if !(0..=domain::money::MAX_ORDER_MINOR).contains(&amount) {
                checks.add(field, "must be 0 or more, and an amount that can be charged");
            } else if let Some(currency) = currency {
                checks.check_step(currency, field, amount);
            }
        }
        if !(60..=86_400).contains(&self.accept_within_s) {
            checks.add("accept_within_s", "must be 60 to 86400 seconds");
        }
        if self.preparation_min > 600 {
            checks.add("preparation_min", "must be at most 600 minutes");
        }
        let hours = self.opening_hours.as_ref();
        let hours = hours.and_then(|hours| checks.absorb("opening_hours.", hours.check()));
        if self.paused_until.is_some() && !self.paused {
            checks.add("paused_until", "must be null unless paused is true");
        }
        let tax = self.tax.as_ref().and_then(|tax| checks.absorb("tax.", tax.check()));
        let capture = self.capture.as_deref();
        let capture = capture.and_then(|text| {
            let wrong = |_| "must be at_order or at_acceptance";
            checks.ok_or_add("capture", text.parse().map_err(wrong))
        });
        let cash = self.cash.map(|body| check_cash(body, &mut checks)).unwrap_or_default();
        let business_day_starts = (self.business_day_starts.as_deref())
            .and_then(|text| checks.ok_or_add("business_day_starts", text.parse()))
            .unwrap_or(DEFAULT_BUSINESS_DAY_STARTS);
        let legal = self.legal.as_ref().and_then(|legal| checks.absorb("legal.", legal.check()));
        let address = self.address.as_ref();
        let address = address.and_then(|address| checks.absorb("address.", address.check()));
        let whole = name.zip(currency).zip(time_zone);
        checks.finish(whole.map(|((name, currency), time_zone)| Restaurant {
            id,
            name,
            tagline: tagline.flatten(),
            currency,
            time_zone,
            auto_accept: self.auto_accept,
            accept_within_s: self.accept_within_s,
            delivery_fee_minor: self.delivery_fee_minor,
            minimum_order_minor: self.minimum_order_minor,
            preparation_min: self.preparation_min,
            opening_hours: hours,
            pause: self.paused.then(|| self.paused_until.map_or(Pause::UntilResumed, Pause::Until)),
            tax,
            capture,
            cash,
            business_day_starts,
            legal,
            address,
        }))
    }
}

fn check_cash(body: CashBody, checks: &mut Checks) -> CashRules {
    if body.limit_minor.is_some_and(|limit| !(1..=MAX_ORDER_MINOR).contains(&limit)) {
        checks.add("cash.limit_minor", format!("must be 1 to {MAX_ORDER_MINOR}, or null"));
    }
    CashRules { is_allowed: body.allowed, limit_minor: body.limit_minor }
}

impl MenuBody {
    /// Checks everything and returns the menu.
    pub fn check(&self) -> Result<Menu, Violations> {
        let mut checks = Checks::default();
        let currency = self.currency.as_deref();
        let currency = currency.and_then(|code| checks.ok_or_add("currency", code.parse()));
        let mut categories = Vec::with_capacity(self.categories.len());
        for (c, body) in self.categories.iter().enumerate() {
            let at = format!("categories[{c}].");
            categories.extend(checks.absorb(&at, body.check()));
        }
        if !checks.is_clean() {
            return checks.finish(None);
        }
        Ok(Menu::new(categories)?.priced_in(currency))
    }
}

impl CategoryBody {
    fn check(&self) -> Result<Category, Violations> {
        let mut checks = Checks::default();
        let id = checks.ok_or_add("id", self.id.parse());
        let name = checks.ok_or_add("name", self.name.parse());
        let mut items = Vec::with_capacity(self.items.len());
        for (i, body) in self.items.iter().enumerate() {
            items.extend(checks.absorb(&format!("items[{i}]."), body.check()));
        }
        checks.finish(id.zip(name).map(|(id, name)| Category { id, name, items }))
    }
}

impl ItemBody {
    fn check(&self) -> Result<Item, Violations> {
        let mut checks = Checks::default();
        let id = checks.ok_or_add("id", self.id.parse());
        let name = checks.ok_or_add("name", self.name.parse());
        let description = Some(self.description.trim()).filter(|text| !text.is_empty());
        let description = description.map(|text| checks.ok_or_add("description", text.parse()));
        let allergens = check_allergens(&self.allergens, "", &mut checks);
        let dietary = check_dietary(&self.dietary, &mut checks);
        let mut tax_id = |field: &str, id: &Option<String>| {
            id.as_ref().and_then(|id| checks.ok_or_add(field, id.parse()))
        };
        let (tax, tax_delivery) =
            (tax_id("tax", &self.tax), tax_id("tax_delivery", &self.tax_delivery));
        let mut option_groups = Vec::with_capacity(self.option_groups.len());
        for (g, body) in self.option_groups.iter().enumerate() {
            option_groups.extend(checks.absorb(&format!("option_groups[{g}]."), body.check()));
        }
        checks.finish(id.zip(name).map(|(id, name)| Item {
            id,
            name,
            description: description.flatten(),
            price_minor: self.price_minor,
            allergens,
            dietary,
            stock: self.stock,
            low_stock: self.low_stock,
            tax,
            tax_delivery,
            hidden: self.hidden,
            option_groups,
        }))
    }
}

fn check_allergens(texts: &[String], at: &str, checks: &mut Checks) -> Vec<Name> {
    let name = |(n, text): (usize, &String)| {
        checks.ok_or_add(format!("{at}allergens[{n}]"), text.to_lowercase().parse())
    };
    texts.iter().enumerate().filter_map(name).collect()
}

fn check_dietary(texts: &[String], checks: &mut Checks) -> Vec<Dietary> {
    let mut known = Vec::with_capacity(texts.len());
    for (n, text) in texts.iter().enumerate() {
        match text.parse::<Dietary>() {
            Ok(tag) if known.contains(&tag) => {
                checks.add(format!("dietary[{n}]"), format!("{tag} is there twice"));
            }
            Ok(tag) => known.push(tag),
            Err(error) => checks.add(format!("dietary[{n}]"), error.to_string()),
        }
    }
    known
}

impl GroupBody {
    fn check(&self) -> Result<OptionGroup, Violations> {
        let mut checks = Checks::default();
        let id = checks.ok_or_add("id", self.id.parse());
        let name = checks.ok_or_add("name", self.name.parse());
        let mut options = Vec::with_capacity(self.options.len());
        for (o, body) in self.options.iter().enumerate() {
            let id = checks.ok_or_add(format!("options[{o}].id"), body.id.parse());
            let name = checks.ok_or_add(format!("options[{o}].name"), body.name.parse());
            let allergens =
                check_allergens(&body.allergens, &format!("options[{o}]."), &mut checks);
            let price_minor = body.price_minor;
            let choice = |(id, name)| Choice { id, name, price_minor, allergens };
            options.extend(id.zip(name).map(choice));
        }
        let (min, max) = (self.min, self.max);
        checks.finish(id.zip(name).map(|(id, name)| OptionGroup { id, name, min, max, options }))
    }
}
