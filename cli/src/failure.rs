//! How a command fails: one line, one exit status, one JSON object.

use std::{io, path::Path};

use ceph_install::InstallError;
use radula::{
    ConfigError, LimitKind, Limits, OpenError, Usage,
    runtime::{self, ClassUnavailable},
};
use serde_json::{Map, Value, json};

/// Why a command failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Failure {
    #[error(transparent)]
    Engine(#[from] radula::Error),
    #[error(transparent)]
    Config(#[from] ConfigError),
    #[error("{}", with_causes(.0))]
    Open(OpenError),
    #[error("class {class}: {}: {}", .error.errno(), .error.reason())]
    Class {
        class: String,
        error: ClassUnavailable,
    },
    #[error("file {file}: {}: {}", .error.errno(), .error.reason())]
    ClassFile {
        file: String,
        error: ClassUnavailable,
    },
    #[error("cannot {verb} {path}: {source}")]
    File {
        verb: &'static str,
        path: String,
        source: io::Error,
    },
    #[error("cannot {verb} {path}: {}", with_causes(&**.error))]
    Archive {
        verb: &'static str,
        path: String,
        error: Box<dyn std::error::Error + Send + Sync>,
    },
    #[error("{}", unanswered(.failed))]
    Filter {
        objects: Vec<Value>,
        failed: Vec<radula::Error>,
    },
    #[error("class {class}, method {method}: {what}")]
    Args {
        class: String,
        method: String,
        what: String,
    },
    #[error("standard input carries the commands: name a file")]
    StdinTaken,
    #[error("standard input and the script cannot both be -")]
    TwoFromStdin,
    #[error("{0}")]
    Line(LineError),
    #[error(transparent)]
    Install(#[from] InstallError),
    #[error(
        "there is no class directory of Ceph where its packages have it: install ceph-osd, or name the directory with --dest"
    )]
    NoClassDirectory,
    #[error(
        "{file} is not beside this command: name it with --engine or --stub, or build both with `cargo xtask ceph`"
    )]
    NoPart { file: &'static str },
    #[error("there is no class {class} in the class directories")]
    NoClassToInstall { class: String },
    #[error("class {class} changed while it was read: try again")]
    ClassChanged { class: String },
    #[cfg_attr(
        not(feature = "review"),
        expect(dead_code, reason = "this build has no review")
    )]
    #[error("{}", with_causes(&**.error))]
    Review {
        error: Box<dyn std::error::Error + Send + Sync>,
        /// Whether what was asked for cannot be reviewed at all.
        is_usage: bool,
    },
    #[cfg_attr(feature = "review", expect(dead_code, reason = "this build has it"))]
    #[error("this build has no security review: build it with the feature `review`")]
    NoReview,
    #[error("{}", with_causes(.0))]
    Serve(#[from] server::ServeError),
    #[error("the report has no JSON form: {0}")]
    Json(#[from] serde_json::Error),
    /// The reader of our output left; nobody is there to be told.
    #[error("output closed")]
    OutputClosed,
    #[error("cannot write to standard output: {0}")]
    Output(io::Error),
}

/// What is wrong with a line of `radula shell` before it runs.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LineError {
    #[error("a quote is not closed, or a backslash in $'...' has no meaning")]
    Quotes,
    #[error("{summary}")]
    Usage { summary: String },
}

impl From<OpenError> for Failure {
    fn from(error: OpenError) -> Self {
        Failure::Open(error)
    }
}

impl From<io::Error> for Failure {
    /// For standard output, the only stream whose errors are not given a path.
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::BrokenPipe {
            Failure::OutputClosed
        } else {
            Failure::Output(error)
        }
    }
}

impl Failure {
    pub(crate) fn file(verb: &'static str, path: &Path, source: io::Error) -> Self {
        Failure::File {
            verb,
            path: path.display().to_string(),
            source,
        }
    }

    /// 2 when the command could not be understood or was set up wrongly, 1 when it was tried and failed.
    pub(crate) fn exit_code(&self) -> u8 {
        match self {
            Failure::Config(_)
            | Failure::Args { .. }
            | Failure::StdinTaken
            | Failure::TwoFromStdin
            | Failure::Line(_)
            | Failure::NoReview
            | Failure::Review { is_usage: true, .. } => 2,
            Failure::Engine(_)
            | Failure::Install(_)
            | Failure::NoClassDirectory
            | Failure::NoPart { .. }
            | Failure::NoClassToInstall { .. }
            | Failure::ClassChanged { .. }
            | Failure::Open(_)
            | Failure::Review { .. }
            | Failure::Serve(_)
            | Failure::Json(_)
            | Failure::Class { .. }
            | Failure::ClassFile { .. }
            | Failure::File { .. }
            | Failure::Archive { .. }
            | Failure::Filter { .. }
            | Failure::Output(_) => 1,
            Failure::OutputClosed => 0,
        }
    }

    fn kind(&self) -> &'static str {
        match self {
            Failure::Engine(error) => error.kind().word(),
            Failure::Class { error, .. } | Failure::ClassFile { error, .. } => error.kind().word(),
            Failure::Config(_) => "config",
            Failure::Install(_)
            | Failure::NoClassDirectory
            | Failure::NoPart { .. }
            | Failure::NoClassToInstall { .. }
            | Failure::ClassChanged { .. } => "install",
            Failure::Open(_) => "open",
            Failure::File { .. } => "file",
            Failure::Archive { .. } => "archive",
            Failure::Filter { .. } => "filter",
            Failure::Output(_) | Failure::OutputClosed | Failure::Json(_) => "output",
            Failure::Review { .. } | Failure::NoReview => "review",
            Failure::Serve(_) => "serve",
            Failure::Args { .. }
            | Failure::StdinTaken
            | Failure::TwoFromStdin
            | Failure::Line(_) => "usage",
        }
    }

    /// The failure as `--json` prints it: the same members as a success of `exec`.
    pub(crate) fn json(&self) -> Value {
        if let Failure::Filter { objects, failed } = self {
            let failed: Vec<_> = failed.iter().map(radula::Error::report).collect();
            return json!({ "ok": false, "objects": objects, "failed": failed });
        }
        let report = match self {
            Failure::Engine(error) => Some(error.report()),
            _ => None,
        };
        let report = report.as_ref();
        let spent = match self {
            Failure::Engine(error) => error.spent(),
            _ => None,
        };
        let failure = match self {
            Failure::Class { error, .. } | Failure::ClassFile { error, .. } => {
                Some(runtime::Failure::from(error))
            }
            _ => report.map(|report| report.failure.clone()),
        };
        let class = match self {
            Failure::Class { class, .. } => Some(class.clone()),
            _ => report.and_then(|report| report.class.clone()),
        };
        let ret = failure.as_ref().map(|failure| failure.errno.to_return());
        let mut error = match failure {
            Some(failure) => json!(failure),
            None => json!({
                "errno": null, "code": null, "kind": self.kind(), "message": self.to_string(),
                "location": null, "limit": null,
            }),
        };
        error["step"] = json!(report.and_then(|report| report.step));
        json!({
            "ok": false,
            "object": report.map(|report| &report.object),
            "class": class,
            "method": report.and_then(|report| report.method.as_ref()),
            "ret": ret,
            "output": null,
            "version": null,
            "limits": spent.map(|(limits, _)| limits_json(limits)),
            "usage": spent.map(|(_, usage)| usage_json(usage)),
            "error": error,
        })
    }
}

/// Most objects named one by one.
const NAMED: usize = 20;

/// What a filter could not find out, in one line.
fn unanswered(failed: &[radula::Error]) -> String {
    let named: Vec<_> = failed.iter().take(NAMED).map(ToString::to_string).collect();
    let more = failed.len().saturating_sub(NAMED);
    let more = match more {
        0 => String::new(),
        more => format!("; and {more} more"),
    };
    format!(
        "{} objects did not answer: {}{more}",
        failed.len(),
        named.join("; ")
    )
}

pub(crate) fn limits_json(limits: &Limits) -> Value {
    by_name(|kind| limits.get(kind))
}

pub(crate) fn usage_json(usage: &Usage) -> Value {
    by_name(|kind| usage.get(kind))
}

fn by_name(value: impl Fn(LimitKind) -> u64) -> Value {
    let members: Map<_, _> = LimitKind::ALL
        .iter()
        .map(|&kind| (kind.name().to_owned(), json!(value(kind))))
        .collect();
    Value::Object(members)
}

/// Errors of the engine's opening chain their causes and do not repeat them.
fn with_causes(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut next = error.source();
    while let Some(cause) = next {
        line.push_str(": ");
        line.push_str(&cause.to_string());
        next = cause.source();
    }
    line.replace('\n', " ")
}
