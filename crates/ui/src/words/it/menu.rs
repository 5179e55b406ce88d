//! Italian: the menu and the cart.

use domain::menu::Dietary;

use crate::words::{Cart, Menu, Search, Sheet, Sums};

pub(super) const MENU: Menu = Menu {
    all_restaurants: "Tutti i ristoranti",
    categories: "Categorie",
    empty: "Il menù è vuoto.",
    empty_hint: "Torna più tardi.",
    contains: "Contiene",
    sold_out: "Oggi esaurito",
    only_left: |left| {
        if left == 1 { "Ne resta solo 1".to_owned() } else { format!("Ne restano solo {left}") }
    },
    dietary: |tag| match tag {
        Dietary::Vegetarian => "Vegetariano",
        Dietary::Vegan => "Vegano",
        Dietary::Halal => "Halal",
        Dietary::Kosher => "Kosher",
        Dietary::Spicy => "Piccante",
    },
    allergen,
};

/// The allergens of Regulation (EU) 1169/2011, Annex II, as menus mostly write them.
fn allergen(name: &str) -> Option<&'static str> {
    Some(match name {
        "gluten" => "glutine",
        "wheat" => "frumento",
        "crustaceans" => "crostacei",
        "egg" | "eggs" => "uova",
        "fish" => "pesce",
        "peanut" | "peanuts" => "arachidi",
        "soya" | "soy" | "soybeans" => "soia",
        "milk" | "dairy" => "latte",
        "nuts" | "tree nuts" => "frutta a guscio",
        "celery" => "sedano",
        "mustard" => "senape",
        "sesame" => "sesamo",
        "sulphites" | "sulfites" => "solfiti",
        "lupin" => "lupini",
        "molluscs" | "mollusks" => "molluschi",
        _ => return None,
    })
}

pub(super) const SEARCH: Search = Search {
    label: "Cerca e filtra il menù",
    placeholder: "Cerca nel menù",
    without: "Senza",
    show: "Mostra",
    clear: "Mostra tutto",
    none: "Nessun piatto è così.",
    none_hint: "Togli un filtro, o cerca un’altra parola.",
};

pub(super) const SHEET: Sheet = Sheet {
    rule: |min, max| match (min, max) {
        (0, 1) => "Se vuoi, scegline uno".to_owned(),
        (0, max) => format!("Scegline fino a {max}"),
        (1, 1) => "Scegline uno".to_owned(),
        (min, max) if min == max => format!("Scegline {min}"),
        (min, max) => format!("Scegline da {min} a {max}"),
    },
    note: "Nota per la cucina",
    quantity: "Quantità",
    one_less: "Uno in meno",
    one_more: "Uno in più",
    add: "Aggiungi",
    to_order: "all’ordine",
};

pub(super) const CART: Cart = Cart {
    title: "Il tuo ordine",
    blank: "La comanda è ancora bianca.",
    blank_hint: "Tocca un piatto per aggiungerlo.",
    dishes: |n| if n == 1 { "1 piatto".to_owned() } else { format!("{n} piatti") },
    view: "Vedi l’ordine",
    say: |dishes, sum| format!("Il tuo ordine: {dishes}, {sum}"),
    tax_is_added: "Le imposte si aggiungono alla cassa.",
    more_for_delivery: |sum| format!("Ancora {sum} per la consegna. Il ritiro è sempre possibile."),
    to_checkout: "Vai alla cassa",
    not_yet: |who| format!("{who} adesso non prende ordini. Teniamo il tuo fino ad allora."),
    less_of: |dish| format!("{dish}: uno in meno"),
    more_of: |dish| format!("{dish}: uno in più"),
};

pub(super) const SUMS: Sums = Sums {
    dishes: "Piatti",
    delivery: "Consegna",
    tip: "Mancia",
    total: "Totale",
    including: |tax| format!("Di cui {tax}"),
};
