//! The kind of a dish, derived from the words of its menu.

use domain::menu::Item;

/// The kinds of drawings.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    Pizza,
    Calzone,
    Pasta,
    Lasagne,
    Noodles,
    Soup,
    Rice,
    Wok,
    Curry,
    Bowl,
    Salad,
    Caprese,
    Burger,
    Sandwich,
    Wrap,
    Taco,
    Quesadilla,
    Nachos,
    Corn,
    Fries,
    Rings,
    Nigiri,
    Maki,
    Dumplings,
    Bread,
    Croissant,
    CreamBun,
    Churros,
    Cake,
    Pudding,
    IceCream,
    Coffee,
    Tea,
    Beer,
    Wine,
    Water,
    Juice,
    Soda,
    Plate,
}

/// Words with their kind. The first match decides, so narrow ones stand first.
const MEANINGS: &[(Kind, &str)] = &[
    (Kind::Nachos, "nachos guacamole totopos"),
    (Kind::Corn, "elote elotes cob"),
    (Kind::Fries, "fries chips frites pommes wedges poutine"),
    (Kind::Rings, "rings calamari"),
    (Kind::Calzone, "calzone empanada empanadas pasty"),
    (Kind::Lasagne, "lasagne lasagna moussaka cannelloni parmigiana"),
    (Kind::IceCream, "gelato sorbet sundae affogato icecream"),
    (Kind::Pudding, "panna pudding flan mousse custard pavlova yoghurt brulee mochi"),
    (Kind::Churros, "churro"),
    (Kind::Croissant, "croissant cornetto cornetti"),
    (Kind::CreamBun, "maritozzo maritozzi profiterole eclair"),
    (Kind::Cake, "cake cheesecake tiramisu brownie tart pie muffin strudel baklava cookie donut"),
    (Kind::Burger, "burger cheeseburger hamburger slider"),
    (Kind::Maki, "maki roll futomaki uramaki temaki"),
    (Kind::Nigiri, "nigiri sushi sashimi"),
    (Kind::Noodles, "noodle ramen udon soba pho laksa pad chow"),
    (Kind::Soup, "soup minestrone broth bisque chowder borscht gazpacho ribollita goulash"),
    (Kind::Dumplings, "dumpling gyoza bao momo pierogi wonton dim manti"),
    (Kind::Curry, "curry masala korma tikka vindaloo dal daal biryani paneer"),
    (Kind::Bowl, "bowl poke bibimbap donburi buddha"),
    (Kind::Rice, "rice risotto paella nasi jollof pilaf"),
    (Kind::Wok, "wok stirfry kung mapo teriyaki"),
    (Kind::Quesadilla, "quesadilla"),
    (Kind::Taco, "taco tostada"),
    (Kind::Wrap, "burrito wrap fajita enchilada kebab shawarma gyros doner durum"),
    (Kind::Caprese, "caprese"),
    (Kind::Salad, "salad insalata caesar tabbouleh coleslaw slaw"),
    (
        Kind::Pasta,
        "pasta spaghetti tagliatelle penne linguine carbonara gnocchi rigatoni fusilli ravioli \
         tortellini",
    ),
    (Kind::Pizza, "pizza margherita pinsa flammkuchen"),
    (Kind::Sandwich, "sandwich panino panini toastie tramezzino"),
    (Kind::Bread, "bread focaccia ciabatta naan baguette toast bruschetta pita"),
    (Kind::Tea, "tea chai matcha"),
    (Kind::Coffee, "coffee espresso cappuccino latte macchiato americano flat mocha"),
    (Kind::Beer, "beer birra ale lager pils pilsner ipa stout cider"),
    (Kind::Wine, "wine vino prosecco chianti riesling merlot champagne rose"),
    (Kind::Water, "water acqua"),
    (Kind::Juice, "juice smoothie orange aranciata lassi"),
    (Kind::Soda, "soda cola coke lemonade limonade tonic spritz kombucha horchata"),
];

/// Kinds by heading, for dishes without a match of their own.
const HEADINGS: &[(Kind, &str)] =
    &[(Kind::Soda, "drink beverage"), (Kind::Cake, "dessert sweet dolci"), (Kind::Fries, "side")];

/// The words of a dish, in lower case.
pub(super) struct Words {
    name: Vec<String>,
    category: Vec<String>,
    description: Vec<String>,
}

fn split(text: &str) -> Vec<String> {
    let parts = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    parts.map(str::to_lowercase).collect()
}

/// True if a word of a menu is a known word, or its plural.
fn is(word: &str, known: &str) -> bool {
    word.strip_prefix(known).is_some_and(|rest| matches!(rest, "" | "s" | "es"))
}

fn has(words: &[String], known: &str) -> bool {
    known.split(' ').any(|known| words.iter().any(|word| is(word, known)))
}

impl Words {
    pub(super) fn new(item: &Item, category: &str) -> Self {
        Self {
            name: split(&format!("{} {}", item.name, item.id)),
            category: split(category),
            description: item.description.as_ref().map(|d| split(d.as_str())).unwrap_or_default(),
        }
    }

    /// True if name or description hold one of the words, which are separated by spaces.
    pub(super) fn say(&self, known: &str) -> bool {
        has(&self.name, known) || has(&self.description, known)
    }
}

/// What a dish is. Its name knows best, then its heading, then its description.
pub(super) fn of(words: &Words) -> Kind {
    let among = |table: &[(Kind, &str)], words: &[String]| {
        table.iter().find(|(_, known)| has(words, known)).map(|(kind, _)| *kind)
    };
    among(MEANINGS, &words.name)
        .or_else(|| among(MEANINGS, &words.category))
        .or_else(|| among(MEANINGS, &words.description))
        .or_else(|| among(HEADINGS, &words.category))
        .unwrap_or(Kind::Plate)
}
