//! The frame of every page, and the pages of problems and sign-in.

/// Header, footer and what forms have in common.
pub(crate) struct Shell {
    pub(crate) skip: &'static str,
    pub(crate) theme: &'static str,
    pub(crate) staff: &'static str,
    pub(crate) for_staff: &'static str,
    pub(crate) kitchen: &'static str,
    pub(crate) analytics: &'static str,
    pub(crate) mailbox: &'static str,
    pub(crate) back_office: &'static str,
    pub(crate) account: &'static str,
    pub(crate) sign_out: &'static str,
    pub(crate) motto: &'static str,
    pub(crate) language: &'static str,
    /// After a label.
    pub(crate) optional: &'static str,
    pub(crate) close: &'static str,
    pub(crate) restaurant: &'static str,
    pub(crate) show: &'static str,
    /// The event stream is closed, and the page polls.
    pub(crate) not_live: &'static str,
}

/// The texts of a problem: what happened, what it means, what to do.
pub(crate) struct ProblemText {
    pub(crate) title: &'static str,
    pub(crate) detail: &'static str,
    pub(crate) advice: &'static str,
}

/// The page of a problem.
pub(crate) struct ProblemWords {
    pub(crate) not_found: ProblemText,
    pub(crate) too_many: ProblemText,
    pub(crate) too_many_tries: ProblemText,
    /// When to try again, in seconds.
    pub(crate) again: fn(u32) -> String,
    pub(crate) unavailable: ProblemText,
    pub(crate) cross_site: ProblemText,
    pub(crate) not_staff: ProblemText,
    pub(crate) not_allowed: ProblemText,
    pub(crate) other_host: ProblemText,
    pub(crate) wrong_method: ProblemText,
    pub(crate) too_large: ProblemText,
    pub(crate) late: ProblemText,
    pub(crate) unreadable: ProblemText,
    pub(crate) broken: ProblemText,
    pub(crate) refused: ProblemText,
    pub(crate) to_restaurants: &'static str,
    pub(crate) to_sign_in: &'static str,
}

/// The sign-in page for staff.
pub(crate) struct SignIn {
    pub(crate) title: &'static str,
    pub(crate) token: &'static str,
    pub(crate) hint: &'static str,
    pub(crate) wrong: &'static str,
    pub(crate) email: &'static str,
    pub(crate) password: &'static str,
    pub(crate) wrong_password: &'static str,
    pub(crate) enter: &'static str,
    pub(crate) by_token: &'static str,
    pub(crate) enter_by_token: &'static str,
}
