//! x
use crate::{cli::AuditArgs, config::Settings, fault::Fault};
pub(crate) async fn audit(_s: Settings, _a: &AuditArgs) -> Result<std::process::ExitCode, Fault> {
    Err(Fault::usage("later"))
}
