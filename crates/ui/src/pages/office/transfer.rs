//! `/backoffice/r/{restaurant}/transfer`: export and import of a menu.

use domain::changes::Difference;
use maud::{Markup, html};

use super::{OfficeNotice, RestaurantHeader, changes::differences, restaurant_page};

/// What an import would change.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Preview {
    /// Each difference to the menu as it is.
    pub differences: Vec<Difference>,
    /// Dishes of the new menu.
    pub dishes: usize,
}

/// Export and import of a menu.
#[derive(Clone, Debug)]
pub struct TransferPage<'a> {
    /// The header of the restaurant's pages.
    pub header: RestaurantHeader<'a>,
    /// The version that an import replaces.
    pub version: i64,
    /// What was pasted.
    pub text: &'a str,
    /// Why it cannot be read: sentences that name line and column.
    pub errors: &'a [String],
    /// What it would change, once it can be read.
    pub preview: Option<&'a Preview>,
    /// The notice about the last request.
    pub notice: Option<OfficeNotice>,
}

/// Export and import of a menu.
pub fn transfer(page: &TransferPage<'_>) -> Markup {
    let words = &page.header.reader.words().office;
    let content = html! {
        p.back { a href=(page.header.at("")) { (words.menu) } }
        section.panel aria-labelledby="export" {
            h2 #export { (words.export) }
            p { (words.export_text) }
            p.office-tools {
                a.second href=(page.header.at("/menu.csv")) download { (words.as_csv) }
                a.second href=(page.header.at("/menu.json")) download { (words.as_json) }
            }
        }
        section.panel aria-labelledby="import" {
            h2 #import { (words.import) }
            p { (words.import_text) }
            @if !page.errors.is_empty() {
                div.notice.bad role="alert" {
                    ul { @for error in page.errors { li { (error) } } }
                }
            }
            @if let Some(preview) = page.preview { (shown(page, preview)) }
            form.office-form method="post" action=(page.header.at("/transfer")) {
                input type="hidden" name="version" value=(page.version);
                div.field {
                    label for="file" data-needs-script hidden { (words.choose_file) }
                    input id="file" type="file" accept=".csv,.json,text/csv,application/json"
                        data-reads-into="text" data-needs-script hidden;
                    label for="text" { (words.paste) }
                    textarea id="text" name="text" rows="10" spellcheck="false" required { (page.text) }
                }
                button.second type="submit" name="do" value="look" { (words.look_first) }
            }
        }
    };
    restaurant_page(page.header, "", words.transfer, page.notice.as_ref(), &content)
}

fn shown(page: &TransferPage<'_>, preview: &Preview) -> Markup {
    let words = &page.header.reader.words().office;
    html! {
        div.preview {
            h3 { (words.would_change) }
            @if preview.differences.is_empty() { p { (words.no_difference) } }
            @else {
                (differences(page.header.reader, &preview.differences))
                form method="post" action=(page.header.at("/transfer")) {
                    input type="hidden" name="version" value=(page.version);
                    input type="hidden" name="text" value=(page.text);
                    button.primary type="submit" name="do" value="apply" {
                        ((words.apply)(preview.dishes))
                    }
                }
            }
        }
    }
}
