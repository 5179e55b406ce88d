//! `/backoffice/r/{restaurant}/dishes/{dish}`: everything about one dish.

use domain::{menu::Dietary, money::Currency, violation::Violation};
use maud::{Markup, html};

use super::{
    OfficeNotice, RestaurantHeader,
    form::{Form, Line, check},
    restaurant_page,
};
use crate::icons;

/// The allergens that the European Union requires to be named (Regulation 1169/2011, annex II), as
/// menus write them.
const ALLERGENS: [&str; 14] = [
    "gluten",
    "crustaceans",
    "eggs",
    "fish",
    "peanuts",
    "soy",
    "milk",
    "nuts",
    "celery",
    "mustard",
    "sesame",
    "sulphites",
    "lupin",
    "molluscs",
];

/// The form of a dish, with texts as typed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DishForm {
    /// The heading's id.
    pub category: String,
    /// As typed.
    pub name: String,
    /// As typed.
    pub description: String,
    /// In major units, as typed.
    pub price: String,
    /// Allergens that are chosen, in lower case.
    pub allergens: Vec<String>,
    /// Further allergens, with commas between them.
    pub more_allergens: String,
    /// Names of [`Dietary`] that are chosen.
    pub dietary: Vec<String>,
    /// First stock value, as typed; empty for not counted.
    pub stock: String,
    /// From where on it is low, as typed.
    pub low_stock: String,
    /// Id of the tax rate; empty for the usual one.
    pub tax: String,
    /// Id of the tax rate when delivered; empty for the same.
    pub tax_delivery: String,
    /// True if it is hidden.
    pub hidden: bool,
    /// The questions.
    pub groups: Vec<GroupForm>,
}

/// An option group in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct GroupForm {
    /// Its id, if it has one.
    pub id: String,
    /// As typed.
    pub name: String,
    /// As typed.
    pub min: String,
    /// As typed.
    pub max: String,
    /// What can be chosen.
    pub options: Vec<OptionForm>,
}

/// An option in the form.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct OptionForm {
    /// Its id, if it has one.
    pub id: String,
    /// As typed.
    pub name: String,
    /// In major units, as typed.
    pub price: String,
    /// With commas between them.
    pub allergens: String,
}

impl DishForm {
    /// True for an allergen that has a box of its own.
    pub fn is_listed(allergen: &str) -> bool {
        ALLERGENS.contains(&allergen)
    }
}

/// The page of a dish.
#[derive(Clone, Debug)]
pub struct DishPage<'a> {
    /// The header of the restaurant's pages.
    pub header: RestaurantHeader<'a>,
    /// The dish's id; `None` for a new one.
    pub id: Option<&'a str>,
    /// The version of the menu that the form is about.
    pub version: i64,
    /// The currency of prices.
    pub currency: Currency,
    /// Headings: ids and names.
    pub categories: Vec<(&'a str, &'a str)>,
    /// Tax rates of the restaurant: ids and names.
    pub rates: Vec<(&'a str, &'a str)>,
    /// The content of the form.
    pub form: &'a DishForm,
    /// The violations by field.
    pub violations: &'a [Violation],
    /// Concurrent changes of another user: field and their value.
    pub theirs: Vec<(String, String)>,
    /// The notice about the last request.
    pub notice: Option<OfficeNotice>,
}

/// The page of a dish.
pub fn dish(page: &DishPage<'_>) -> Markup {
    let words = &page.header.reader.words().office;
    let title = match page.id {
        Some(_) if !page.form.name.trim().is_empty() => page.form.name.as_str(),
        Some(_) => words.dish,
        None => words.new_dish,
    };
    let to = match page.id {
        Some(id) => page.header.at(&format!("/dishes/{id}")),
        None => page.header.at("/dishes/new"),
    };
    let content = html! {
        @if !page.theirs.is_empty() {
            div.panel.theirs {
                h2 { (words.theirs) }
                dl {
                    @for (field, text) in &page.theirs { div { dt { (field) } dd { (text) } } }
                }
            }
        }
        form.office-form method="post" action=(to) data-guard novalidate {
            input type="hidden" name="version" value=(page.version);
            // Enter in a field saves; without this it would press the first button of the form.
            button.visually-hidden type="submit" name="do" value="save" tabindex="-1"
                aria-hidden="true" { (words.save) }
            (basics(page))
            (fitness(page))
            (questions(page))
            div.save-bar {
                a.second href=(page.header.at("")) { (words.back_to_menu) }
                button.primary type="submit" name="do" value="save" { (words.save) }
            }
        }
        @if let Some(id) = page.id {
            details.panel.office-more.danger-zone {
                summary { (words.remove_dish) }
                form method="post" action=(page.header.at(&format!("/dishes/{id}"))) {
                    input type="hidden" name="version" value=(page.version);
                    p { (words.remove_dish_text) }
                    button.danger type="submit" name="do" value="remove" { (words.remove) }
                }
            }
        }
    };
    restaurant_page(page.header, "", title, page.notice.as_ref(), &content)
}

fn form<'a>(page: &DishPage<'a>) -> Form<'a> {
    Form { reader: page.header.reader, violations: page.violations }
}

fn basics(page: &DishPage<'_>) -> Markup {
    let (words, f, dish) = (&page.header.reader.words().office, form(page), page.form);
    let price = format!("{} ({})", words.price, page.currency.sign().trim());
    html! {
        section.panel {
            (f.line(Line::new("name", words.name, &dish.name)))
            (f.line(Line::new("description", words.description, &dish.description)
                .hint(words.description_hint).optional()))
            div.field-row {
                (f.line(Line::new("price", &price, &dish.price).kind("decimal")))
                (f.select("category", words.category, &page.categories, &dish.category))
            }
            (tax(page))
            (check("hidden", words.hide_box, Some(words.hide_hint), dish.hidden))
        }
    }
}

/// The choices of tax rates, at a restaurant that has some.
fn tax(page: &DishPage<'_>) -> Markup {
    let (words, f, dish) = (&page.header.reader.words().office.tax, form(page), page.form);
    let with = |first| [("", first)].into_iter().chain(page.rates.iter().copied());
    let (usual, delivered): (Vec<_>, Vec<_>) =
        (with(words.usual_rate).collect(), with(words.same_rate).collect());
    html! {
        @if page.rates.is_empty() {
            input type="hidden" name="tax" value=(dish.tax);
            input type="hidden" name="tax_delivery" value=(dish.tax_delivery);
        } @else {
            div.field-row {
                (f.select("tax", words.of_dish, &usual, &dish.tax))
                (f.select("tax_delivery", words.of_delivered_dish, &delivered, &dish.tax_delivery))
            }
        }
    }
}

fn fitness(page: &DishPage<'_>) -> Markup {
    let (words, f, dish) = (&page.header.reader.words().office, form(page), page.form);
    let has = |all: &[String], value: &str| all.iter().any(|one| one == value);
    let allergens: Vec<_> =
        ALLERGENS.iter().map(|a| (*a, (words.allergen)(a), has(&dish.allergens, a))).collect();
    let dietary: Vec<_> = Dietary::ALL
        .iter()
        .map(|tag| (tag.name(), (words.dietary)(*tag), has(&dish.dietary, tag.name())))
        .collect();
    html! {
        section.panel {
            (f.chips("dietary", words.fit_for, &dietary))
            (f.chips("allergens", words.allergens, &allergens))
            (f.line(Line::new("more_allergens", words.more_allergens, &dish.more_allergens)
                .hint(words.more_allergens_hint).optional()))
            div.field-row {
                (f.line(Line::new("low_stock", words.low_stock, &dish.low_stock)
                    .hint(words.low_stock_hint).kind("numeric").optional()))
                @if page.id.is_none() {
                    (f.line(Line::new("stock", words.first_stock, &dish.stock)
                        .hint(words.first_stock_hint).kind("numeric").optional()))
                } @else {
                    input type="hidden" name="stock" value=(dish.stock);
                }
            }
        }
    }
}

fn questions(page: &DishPage<'_>) -> Markup {
    let words = &page.header.reader.words().office;
    html! {
        section.panel aria-labelledby="questions" {
            h2 #questions { (words.options) }
            p.soft { (words.options_hint) }
            @for (n, group) in page.form.groups.iter().enumerate() { (question(page, n, group)) }
            button.second type="submit" name="do" value="add-group" formnovalidate {
                (icons::plus()) (words.add_group)
            }
        }
    }
}

fn question(page: &DishPage<'_>, n: usize, group: &GroupForm) -> Markup {
    let (words, f) = (&page.header.reader.words().office, form(page));
    let name = |part: &str| format!("g{n}.{part}");
    html! {
        fieldset.option-group {
            legend.visually-hidden { (words.group) " " (n + 1) }
            input type="hidden" name=(name("id")) value=(group.id);
            div.field-row.with-button {
                (f.line(Line::new(&name("name"), words.group_name, &group.name)))
                (f.line(Line::new(&name("min"), words.at_least, &group.min).kind("numeric")))
                (f.line(Line::new(&name("max"), words.at_most, &group.max).kind("numeric")))
                button.icon-button type="submit" name="do" value={ "remove-group:" (n) } formnovalidate
                    aria-label={ (words.remove) ": " (group.name) } title=(words.remove) {
                    (icons::close())
                }
            }
            ul.option-rows {
                @for (o, option) in group.options.iter().enumerate() {
                    li { (choice(page, n, o, option)) }
                }
            }
            (f.errors(words.options, &name("options")))
            button.quiet type="submit" name="do" value={ "add-option:" (n) } formnovalidate {
                (icons::plus()) (words.add_option)
            }
        }
    }
}

fn choice(page: &DishPage<'_>, n: usize, o: usize, option: &OptionForm) -> Markup {
    let (words, f) = (&page.header.reader.words().office, form(page));
    let name = |part: &str| format!("g{n}.o{o}.{part}");
    html! {
        input type="hidden" name=(name("id")) value=(option.id);
        div.field-row.with-button {
            (f.line(Line::new(&name("name"), words.option, &option.name)))
            (f.line(Line::new(&name("price"), words.more_price, &option.price).kind("decimal")
                .optional().plain()))
            (f.line(Line::new(&name("allergens"), words.allergens, &option.allergens).optional().plain()))
            button.icon-button type="submit" name="do" value={ "remove-option:" (n) ":" (o) }
                formnovalidate aria-label={ (words.remove) ": " (option.name) } title=(words.remove) {
                (icons::close())
            }
        }
    }
}
