//! Pages stay small.

use std::collections::HashMap;

use crate::{
    build::{cart_line, menu_of},
    sample,
};

#[test]
fn a_menu_of_fifty_dishes_stays_small() {
    let all = [sample::NAPOLI, sample::GARDEN, sample::CORNER].concat();
    // Categories of several kitchens share names: number them to keep ids unique.
    let mut n = 0;
    let text: String = all
        .lines()
        .map(|line| {
            n += 1;
            match line.strip_prefix("# ") {
                Some(name) => format!("# {name} {n}\n"),
                None => format!("{line}\n"),
            }
        })
        .collect();
    let extra = "# More\nCarbonara | 900 | eggs | e | x\nTonno | 900 | fish | e | x\n\
        Ramen shoyu | 900 | soy | e | x\nPoke | 900 | soy | e | x\nPho | 900 | soy | e | x\n";
    let menu = sample::menu(&(text + extra));
    assert!(menu.categories().iter().map(|c| c.items.len()).sum::<usize>() >= 50);
    let page = menu_of(&menu, &HashMap::new(), &[cart_line("margherita", &["large"])]);
    let compressed = compressed(&page);
    assert!(compressed < 30_000, "{compressed} bytes compressed, {} plain", page.len());
}

pub(crate) fn compressed(page: &str) -> usize {
    use std::io::Write;
    let mut gzip = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    gzip.write_all(page.as_bytes()).unwrap();
    gzip.finish().unwrap().len()
}
