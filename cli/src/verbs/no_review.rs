//! `review` in a build without it: accepts what is written, to say what is missing.

use std::ffi::OsString;

use clap::Args;

#[derive(Args, Debug)]
pub(crate) struct ReviewArgs {
    /// This build has no security review
    #[arg(trailing_var_arg = true, allow_hyphen_values = true, hide = true)]
    rest: Vec<OsString>,
}
