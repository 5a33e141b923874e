//! What verbs act on: objects, files, inputs and values.

use std::{ffi::OsString, path::PathBuf};

use clap::{Args, ValueHint};

use super::parsers::{OID, method, text};
use crate::files::Source;

#[derive(Args, Debug)]
pub(crate) struct ExecArgs {
    /// The object
    #[arg(value_parser = text(OID))]
    pub(crate) oid: String,
    /// The class
    #[arg(value_parser = text("names of classes"))]
    pub(crate) class: String,
    /// The method
    #[arg(value_parser = text("names of methods"))]
    pub(crate) method: String,
    #[command(flatten)]
    pub(crate) input: InputArgs,
    /// The input as JSON, encoded as the method's type says; the answer is printed as JSON too. `null` is no input
    #[arg(long, value_name = "JSON", conflicts_with_all = ["input", "input_file"])]
    pub(crate) args: Option<String>,
}

#[derive(Args, Debug)]
pub(crate) struct EvalArgs {
    /// The object
    #[arg(value_parser = text(OID))]
    pub(crate) oid: String,
    /// The script, or `-` for standard input
    #[arg(value_name = "SCRIPT.lua", value_hint = ValueHint::FilePath)]
    pub(crate) script: PathBuf,
    /// The handler to call; if empty, only the body runs
    #[arg(value_parser = text("names of handlers"))]
    pub(crate) handler: String,
    #[command(flatten)]
    pub(crate) input: InputArgs,
}

#[derive(Args, Debug)]
pub(crate) struct InputArgs {
    /// The input as it stands here; `-` reads standard input
    #[arg(conflicts_with = "input_file", allow_negative_numbers = true)]
    pub(crate) input: Option<OsString>,
    /// Read the input from this file; `-` is standard input
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) input_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct ValueArgs {
    /// The value as it stands here; without one, or with `-`, standard input is read
    #[arg(conflicts_with = "input_file", allow_negative_numbers = true)]
    pub(crate) value: Option<OsString>,
    /// Read the value from this file; `-` is standard input
    #[arg(short, long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    pub(crate) input_file: Option<PathBuf>,
}

#[derive(Args, Debug)]
pub(crate) struct FileArgs {
    /// The object
    #[arg(value_parser = text(OID))]
    pub(crate) oid: String,
    /// The file; `-` is standard input or output
    #[arg(value_hint = ValueHint::FilePath)]
    pub(crate) file: PathBuf,
}

impl InputArgs {
    /// Where the input comes from.
    pub(crate) fn source(&self) -> Source<'_> {
        Source::new(self.input.as_ref(), self.input_file.as_ref())
    }
}

impl ValueArgs {
    /// Where the value comes from: without one from standard input, as for `rados`.
    pub(crate) fn source(&self) -> Source<'_> {
        match (&self.value, &self.input_file) {
            (None, None) => Source::Standard,
            (value, file) => Source::new(value.as_ref(), file.as_ref()),
        }
    }
}

#[derive(Args, Debug)]
pub(crate) struct LsArgs {
    /// Only objects whose names begin with this
    #[arg(long, default_value = "", value_parser = text(OID))]
    pub(crate) prefix: String,
    /// All namespaces; each line is NAMESPACE, a tab, the name
    #[arg(long)]
    pub(crate) all: bool,
    /// Only objects this method accepts
    #[arg(long, value_name = "CLASS.METHOD", value_parser = method, conflicts_with = "all")]
    pub(crate) filter: Option<(String, String)>,
    /// The input of the method, for each object; `-` reads standard input
    #[arg(
        long,
        value_name = "INPUT",
        requires = "filter",
        allow_hyphen_values = true
    )]
    pub(crate) filter_input: Option<OsString>,
    /// Read the input of the method from this file; `-` is standard input
    #[arg(long, value_name = "FILE", requires = "filter", conflicts_with = "filter_input", value_hint = ValueHint::FilePath)]
    pub(crate) filter_input_file: Option<PathBuf>,
}

impl LsArgs {
    /// Where the input of the filter comes from.
    pub(crate) fn filter_input(&self) -> Source<'_> {
        Source::new(self.filter_input.as_ref(), self.filter_input_file.as_ref())
    }
}

#[derive(Args, Debug)]
pub(crate) struct BackupArgs {
    /// A file, a directory (a timestamped file is created in it) or `-` for standard output
    #[arg(value_hint = ValueHint::AnyPath)]
    pub(crate) file: PathBuf,
    /// Check the file instead of writing it; `-` is standard input. Needs no store
    #[arg(long)]
    pub(crate) verify: bool,
}
