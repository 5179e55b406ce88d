//! English: the closing report of a day.

use domain::payment_method::MethodKind;

use crate::words::Books;

pub(super) const BOOKS: Books = Books {
    tab: "Days",
    title: |day| format!("Closing report, {day}"),
    date: |day, year| format!("{day} {year}"),
    other_day: "Another day",
    show: "Show",
    days: "Other days",
    closed: "Closed",
    open: "Not over yet",
    span: |from, to| format!("From {from} to {to}"),
    nothing: "No money moved on this day.",
    received: "Received",
    sales: "Sales",
    refunds: "Refunds",
    balance: "Balance",
    sold: |n| if n == 1 { "1 sale".to_owned() } else { format!("{n} sales") },
    returned: |n| if n == 1 { "1 refund".to_owned() } else { format!("{n} refunds") },
    what_for: "What was paid for",
    dishes: "Dishes",
    delivery: "Delivery",
    net: "Net",
    tax: "Tax",
    gross: "Gross",
    tips: "Tips",
    total: "Total",
    by_method: "By payment method",
    method: |method| match method {
        MethodKind::Card => "Card",
        MethodKind::Cash => "Cash",
    },
    by_rate: "Tax by rate, after refunds",
    print: "Print",
    spreadsheet: "Spreadsheet (CSV)",
    printed: |at| format!("Figures as of {at}"),
    explained: "Cards count when they are charged, cash when the order is handed over, refunds when they are made. The payment provider’s fees and payouts are not part of this report.",
};
