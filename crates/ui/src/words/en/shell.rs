//! English: the shell, problems, signing in.

use crate::words::{ProblemText, ProblemWords, Shell, SignIn};

pub(super) const SHELL: Shell = Shell {
    skip: "Skip to the content",
    theme: "Switch between light and dark",
    staff: "Staff",
    for_staff: "For staff",
    kitchen: "Kitchen",
    analytics: "Analytics",
    mailbox: "Mailbox",
    back_office: "Back office",
    account: "Account",
    sign_out: "Sign out",
    motto: "Comanda takes the order from the table to the kitchen.",
    language: "Language",
    optional: "(optional)",
    close: "Close",
    restaurant: "Restaurant",
    show: "Show",
    not_live: "Not live: looking again every 10 s.",
};

pub(super) const PROBLEM: ProblemWords = ProblemWords {
    not_found: ProblemText {
        title: "Not found",
        detail: "There is nothing at this address.",
        advice: "It may be mistyped, or the link incomplete. Links in our mails always work whole.",
    },
    too_many: ProblemText {
        title: "A little too fast",
        detail: "There were very many requests from your connection.",
        advice: "This one was not carried out: nothing was ordered, charged or changed.",
    },
    too_many_tries: ProblemText {
        title: "Too many tries to sign in",
        detail: "Too many wrong passwords or tokens came from your connection, or for this account. \
            To keep guessers out, nothing more is looked at for a while, not even the right password.",
        advice: "If it was not you, tell whoever runs the restaurant.",
    },
    again: |seconds| match seconds {
        ..60 => format!("Try again in {seconds} s."),
        _ => format!("Try again in {} min.", seconds.div_ceil(60)),
    },
    unavailable: ProblemText {
        title: "Not available at the moment",
        detail: "A part of our kitchen does not answer.",
        advice: "Nothing is lost. Try again in a moment.",
    },
    cross_site: ProblemText {
        title: "Refused",
        detail: "This request came from another site.",
        advice: "Open this page here, and try it again.",
    },
    not_staff: ProblemText {
        title: "This is for staff",
        detail: "You are not signed in.",
        advice: "Sign in, and try it again.",
    },
    not_allowed: ProblemText {
        title: "Not allowed",
        detail: "Your account may not do this here.",
        advice: "Whoever runs the restaurant can change what your account may do.",
    },
    other_host: ProblemText {
        title: "Not the address of this shop",
        detail: "The shop does not answer to the name in your browser’s address bar.",
        advice: "Check the address. Whoever runs the shop can set its address \
            (COMANDA_PUBLIC_URL), or add this name to it (COMANDA_HOSTS).",
    },
    wrong_method: ProblemText {
        title: "Not this way",
        detail: "This address is there, but it cannot be opened like this.",
        advice: "Start from the page before it.",
    },
    too_large: ProblemText {
        title: "Too large",
        detail: "What was sent is more than can be taken.",
        advice: "Go back, and make it shorter.",
    },
    late: ProblemText {
        title: "Too slow",
        detail: "What was sent took too long to arrive.",
        advice: "Check your connection, and send it again.",
    },
    unreadable: ProblemText {
        title: "This cannot be read",
        detail: "Something is wrong with the address or with what was sent.",
        advice: "Go back to the page before, and try it again from there.",
    },
    broken: ProblemText {
        title: "Something is broken",
        detail: "This did not work, and it is our fault.",
        advice: "Try again in a moment. If it stays so, tell the restaurant.",
    },
    refused: ProblemText {
        title: "This cannot be done as it is",
        detail: "Something in the form was not as expected.",
        advice: "Go back and try it another way.",
    },
    to_restaurants: "To the restaurants",
    to_sign_in: "Sign in",
};

pub(super) const SIGN_IN: SignIn = SignIn {
    title: "Staff",
    token: "Staff token",
    hint: "Whoever runs this Comanda has it: it is told at the start.",
    wrong: "This is not the staff token. Check it for missing characters.",
    email: "E-mail",
    password: "Password",
    wrong_password: "The e-mail or the password is wrong. Check both, and try again.",
    enter: "Sign in",
    by_token: "Sign in with the staff token",
    enter_by_token: "Sign in with the token",
};
