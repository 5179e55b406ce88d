//! Facts in the mails, in both forms.

use domain::{
    fixtures,
    language::Language,
    money::Currency,
    number::OrderNumber,
    payment::{DeclineReason, PaymentState},
    ports::MailKind,
    tax::Prices,
    text::ZoneName,
};

use super::{
    LINK, at, cancelled, changed, confirmed, every_occasion, named, occasions, on_its_way, pickup,
    read_in, ready,
};
use crate::email::letters::{
    CancelledBy, Occasion, OrderMoney, Settlement, slip, words, write_mail,
};

/// The text of a page without its tags.
fn text_of(html: &str) -> String {
    let body = html.split("<body").nth(1).unwrap();
    body.split('<').filter_map(|part| part.split_once('>')).map(|(_, text)| text).collect()
}

#[test]
fn text_and_page_have_the_same_facts() {
    let rich = fixtures::rich_order();
    let taxed = [Prices::Inclusive, Prices::Exclusive].map(|p| fixtures::taxed(&rich, p));
    let [inclusive, exclusive] = taxed;
    let orders = [named(&rich), pickup(), inclusive, exclusive];
    let number = OrderNumber::try_from(42).ok();
    for order in Language::ALL.iter().flat_map(|l| orders.each_ref().map(|o| read_in(*l, o))) {
        for occasion in every_occasion() {
            let (mail, letter) = (
                write_mail(&order, number, &occasion, LINK),
                words::letter(&order, number, &occasion),
            );
            let said = text_of(&mail.html);
            let action = letter.action.to_owned();
            let mut facts = vec![letter.heading, action, letter.slip];
            facts.extend(letter.body.into_iter().chain(letter.said));
            facts.extend(words::foot(&order, number, &occasion));
            facts.extend(letter.facts.into_iter().flat_map(|(name, value)| [name.into(), value]));
            for row in slip::rows(&order) {
                facts.extend([row.dish, row.amount]);
                facts.extend(row.details);
            }
            let sums = slip::sums(&order, letter.total);
            facts.extend(sums.into_iter().flat_map(|sum| [sum.label, sum.amount]));
            for fact in facts {
                assert!(mail.text.contains(&fact), "the text lacks {fact:?}: {}", mail.text);
                let fact = maud::html! { (fact) }.into_string();
                assert!(said.contains(&fact), "the page lacks {fact:?}: {said}");
            }
        }
    }
}

#[test]
fn a_mail_says_which_order_it_is_about_and_who_sold() {
    let (number, order) = (OrderNumber::try_from(42).ok(), named(&fixtures::rich_order()));
    for (language, called) in [(Language::En, "Order 42"), (Language::It, "Ordine 42")] {
        for occasion in occasions() {
            let mail = write_mail(&read_in(language, &order), number, &occasion, LINK);
            assert!(mail.subject.starts_with(&format!("{called} · ")), "{}", mail.subject);
            let foot = mail.text.split("\n-- \n").nth(1).unwrap();
            for fact in
                ["Bella Napoli S.r.l.", "IT 01234567890", "80138 Napoli NA", "REA NA", called]
            {
                assert!(foot.contains(fact), "{fact}: {foot}");
            }
            let is_receipt = matches!(
                occasion,
                Occasion::Confirmed { settlement: Settlement::Paid, .. } | Occasion::Paid { .. }
            );
            let says = foot.contains("Not a fiscal document") || foot.contains("non fiscale");
            assert_eq!(says, is_receipt, "{foot}");
        }
    }
    // Neither is known of every order.
    let occasion = ready(Settlement::Paid);
    let mail = write_mail(&fixtures::rich_order(), None, &occasion, LINK);
    assert!(!mail.subject.contains('·') && !mail.text.contains("number"), "{}", mail.text);
}

#[test]
fn taxes_stand_where_they_count() {
    let occasion = confirmed(Settlement::Paid);
    let text_with = |prices| {
        write_mail(&fixtures::taxed(&fixtures::rich_order(), prices), None, &occasion, LINK).text
    };
    let inclusive = "Tip: €1.05\n  Total, paid: €32.05\n  Including VAT 10 %: €2.18\n  \
        Including VAT 22 %: €1.27\n";
    let exclusive = "Tip: €1.05\n  VAT 10 %: €2.39\n  VAT 22 %: €1.56\n  Total, paid: €36.00\n";
    for (prices, sums) in [(Prices::Inclusive, inclusive), (Prices::Exclusive, exclusive)] {
        let text = text_with(prices);
        assert!(text.contains(sums), "{text}");
    }
}

#[test]
fn a_receipt_has_all_that_was_bought() {
    let occasion = confirmed(Settlement::Paid);
    let text = write_mail(&fixtures::rich_order(), None, &occasion, LINK).text;
    for part in [
        "2 × Margherita – €22.00\n      Extra cheese +€1.50\n      Note: ohne Öl, \"danke\" 🙏\n",
        "1 × Tiramisù – €6.50\n",
        "Subtotal: €28.50\n  Delivery: €2.50\n  Tip: €1.05\n  Total, paid: €32.05\n",
        "Deliver to: Straße des 17. Juni 135, שלום\n",
        "Paid: Sunday 22 November 2026, 13:05\n",
        "Payment reference: pi_3OaBcD\n",
    ] {
        assert!(text.contains(part), "{part:?} is not in {text}");
    }
}

#[test]
fn money_and_time_are_the_restaurants() {
    let order = changed(|parts| {
        parts.currency = Currency::JPY;
        parts.seller.time_zone = "Asia/Tokyo".parse::<ZoneName>().unwrap();
    });
    let occasion = confirmed(Settlement::Paid);
    let text = write_mail(&order, None, &occasion, LINK).text;
    assert!(text.contains("Total, paid: ¥3,205\n"), "{text}");
    assert!(text.contains("Paid: Sunday 22 November 2026, 21:05\n"), "{text}");
}

#[test]
fn customers_read_their_own_language() {
    let order = read_in(Language::It, &fixtures::rich_order());
    let occasion = confirmed(Settlement::Paid);
    let mail = write_mail(&order, None, &occasion, LINK);
    assert!(mail.subject.ends_with("il tuo ordine è confermato"), "{}", mail.subject);
    assert!(mail.html.contains("<html lang=\"it\""), "{}", mail.html);
    for part in [
        "2 × Margherita – 22,00\u{a0}€\n",
        "Nota: ohne Öl, \"danke\" 🙏\n",
        "Totale pagato: 32,05\u{a0}€\n",
        "Pagato: domenica 22 novembre 2026, 13:05\n",
    ] {
        assert!(mail.text.contains(part), "{part:?} is not in {}", mail.text);
    }
    let english =
        |text: &str| ["Your ", "order", "paid", "Total,"].iter().any(|w| text.contains(w));
    for occasion in every_occasion() {
        let letter = words::letter(&order, None, &occasion);
        let mut said = vec![letter.subject, letter.preheader, letter.heading, letter.slip];
        said.extend([letter.stamp, letter.total, letter.action].map(str::to_owned));
        said.extend(letter.body.into_iter().chain(words::foot(&order, None, &occasion)));
        said.extend(letter.facts.into_iter().map(|(name, _)| name.to_owned()));
        let left: Vec<_> = said.iter().filter(|text| english(text)).collect();
        assert!(left.is_empty(), "{occasion:?} is half English: {left:?}");
    }
}

#[test]
fn a_cancellation_says_what_happens_to_the_money() {
    let order = fixtures::rich_order();
    let untouched = "No money was taken.";
    let declined = |reason: &DeclineReason| Occasion::Declined { reason: *reason };
    for occasion in DeclineReason::ALL.iter().map(declined) {
        assert!(write_mail(&order, None, &occasion, LINK).text.contains(untouched), "{occasion:?}");
    }
    for by in [CancelledBy::Customer, CancelledBy::Restaurant, CancelledBy::TimeOut] {
        let text = |paid| write_mail(&order, None, &cancelled(by, paid), LINK).text;
        let paid = text(OrderMoney::GoesBack);
        assert!(paid.contains("€32.05 is on its way back to you.") && !paid.contains(untouched));
        let unpaid = text(OrderMoney::Nothing);
        assert!(unpaid.contains(untouched) && !unpaid.contains("refund"), "{unpaid}");
        let refunded = text(OrderMoney::WentBack);
        assert!(refunded.contains("€32.05 went back to you.") && !refunded.contains(untouched));
    }
}

#[test]
fn an_unknown_charge_promises_nothing() {
    let order = fixtures::rich_order();
    let text =
        write_mail(&order, None, &cancelled(CancelledBy::Customer, OrderMoney::NotKnown), LINK)
            .text;
    for promise in ["No money was taken", "is on its way back", "went back", "not charged"] {
        assert!(!text.contains(promise), "{promise:?}: {text}");
    }
    assert!(text.contains("If it did, all of it goes back"), "{text}");
    assert!(text.contains("If it did not, it will not be charged"), "{text}");
}

#[test]
fn the_money_follows_from_the_payment_state() {
    for state in PaymentState::ALL {
        let expected = match state.name() {
            "captured" | "refund_pending" | "partly_refunded" | "collected" => OrderMoney::GoesBack,
            "refunded" => OrderMoney::WentBack,
            "declined" | "void" | "authorized" | "due" => OrderMoney::Nothing,
            _ => OrderMoney::NotKnown,
        };
        assert_eq!(OrderMoney::from(Some(*state)), expected, "{state}");
    }
    assert_eq!(OrderMoney::from(None), OrderMoney::NotKnown, "the charge may yet begin");
}

#[test]
fn a_partial_refund_says_so() {
    let refunded = |amount_minor| {
        let occasion = Occasion::Refunded { amount_minor, at: at(), refund_id: "re_1".to_owned() };
        write_mail(&fixtures::rich_order(), None, &occasion, LINK).text
    };
    assert!(refunded(3205).contains("That is all you paid"));
    assert!(refunded(500).contains("That is a part of the €32.05 you paid"));
    assert!(refunded(500).contains("Refunded: €5.00\n"));
}

#[test]
fn food_is_collected_or_delivered() {
    let ready = ready(Settlement::Paid);
    let collect = write_mail(&pickup(), None, &ready, LINK).text;
    assert!(collect.starts_with("Your order is ready to collect."), "{collect}");
    assert!(collect.contains("In the name of: Zoë 山田 O'Brien\n"));
    let brought = write_mail(&fixtures::rich_order(), None, &ready, LINK).text;
    assert!(brought.contains("waits for the courier") && !brought.contains("collect"));
    let without_phone = changed(|parts| parts.customer.phone = None);
    let way = write_mail(&without_phone, None, &on_its_way(Settlement::Paid), LINK).text;
    assert!(way.contains("no number to call"), "{way}");
}

#[test]
fn all_mails_of_an_order_follow_its_receipt() {
    let order = fixtures::rich_order();
    let receipt = format!("confirmed.{}@comanda", order.id);
    for occasion in occasions() {
        let mail = write_mail(&order, None, &occasion, LINK);
        assert_eq!(mail.message_id, format!("{}.{}@comanda", occasion.kind(), order.id));
        let follows = (occasion.kind() != MailKind::Confirmed).then(|| receipt.clone());
        assert_eq!(mail.follows, follows);
    }
}
