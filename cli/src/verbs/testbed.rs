//! `testbed`: a cluster for as long as one program runs.

use std::ffi::OsString;

use clap::Args;

#[derive(Args, Debug)]
pub(crate) struct TestbedArgs {
    /// The program, and its arguments
    #[arg(
        required = true,
        trailing_var_arg = true,
        allow_hyphen_values = true,
        value_name = "COMMAND"
    )]
    pub(crate) command: Vec<OsString>,
}
