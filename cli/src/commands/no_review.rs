//! `review` in a build without it.

use std::process::ExitCode;

use crate::{failure::Failure, output::Output, terminal, verbs::ReviewArgs};

pub(crate) fn run(_: ReviewArgs, _: bool, _: &mut Output) -> Result<bool, Failure> {
    Err(Failure::NoReview)
}

/// No review of this build starts a case.
pub(crate) fn child_main() -> ExitCode {
    terminal::say_line(&format!("radula: {}", Failure::NoReview));
    ExitCode::from(Failure::NoReview.exit_code())
}
