//! SMTP tests with a foreign server: aiosmtpd, with TLS and passwords.

use anyhow::Result;

use crate::{step::run, tools};

/// Runs the tests of SMTP, with those that need aiosmtpd and OpenSSL's program for certificates.
pub(crate) fn check() -> Result<()> {
    tools::ensure_openssl()?;
    let python = tools::ensure_python()?;
    let test = ["test", "-p", "smtp", "--test", "smtp", "--", "--include-ignored"];
    run(tools::cargo(&test).env("TEST_PYTHON", python))
}
