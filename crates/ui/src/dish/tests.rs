use domain::menu::Item;

use super::*;

fn item(name: &str, description: &str) -> Item {
    Item {
        id: name.to_lowercase().replace(' ', "-").parse().unwrap(),
        name: name.parse().unwrap(),
        description: description.parse().ok(),
        price_minor: 100,
        allergens: vec![],
        dietary: vec![],
        stock: None,
        low_stock: None,
        tax: None,
        tax_delivery: None,
        hidden: false,
        option_groups: vec![],
    }
}

fn kind_of(name: &str, category: &str, description: &str) -> Kind {
    kind::of(&Words::new(&item(name, description), category))
}

#[test]
fn words_choose_what_is_drawn() {
    assert_eq!(kind_of("Diavola", "Pizza", "Salami"), Kind::Pizza);
    assert_eq!(kind_of("Smash burger", "Mains", ""), Kind::Burger);
    assert_eq!(kind_of("Vino rosso", "Drinks", ""), Kind::Wine);
    assert_eq!(kind_of("House special", "Drinks", "With ice"), Kind::Soda);
    assert_eq!(kind_of("Wonton soup", "Soups", "Prawn wontons"), Kind::Soup);
    assert_eq!(kind_of("Burrito bowl", "Burritos and bowls", ""), Kind::Bowl);
    assert_eq!(kind_of("Burrito", "Burritos and bowls", ""), Kind::Wrap);
    assert_eq!(kind_of("Egg fried rice", "Noodles and rice", ""), Kind::Rice);
    assert_eq!(kind_of("Chips and guacamole", "Sides", ""), Kind::Nachos);
    assert_eq!(kind_of("Crispy duck", "From the wok", "With pancakes"), Kind::Wok);
    assert_eq!(kind_of("Steak", "From the grill", "With butter"), Kind::Plate);
    assert_eq!(kind_of("Three scoops", "Dessert", "Gelato"), Kind::IceCream);
}

#[test]
fn a_dish_always_looks_the_same_and_like_itself() {
    let (one, other) = (item("Margherita", "Basil"), item("Marinara", "Basil"));
    assert_eq!(draw(&one, "Pizza"), draw(&one, "Pizza"));
    assert_ne!(draw(&one, "Pizza"), draw(&other, "Pizza"));
}

#[test]
fn no_picture_takes_text_from_the_menu() {
    let hostile = item("Pizza", "\"><script>alert(1)</script>");
    let page = picture(&hostile, "<b>").into_string();
    assert!(!page.contains("script") && !page.contains("<b>"));
}
