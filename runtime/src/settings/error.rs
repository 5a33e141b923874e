//! Why a configuration was refused.

use std::path::PathBuf;

use objclass::InvalidName;
use sandbox::{DirRefused, FileRefused};

use super::{InvalidValue, Origin};

/// Why a configuration was refused. Nothing of a refused configuration takes effect.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ConfigError {
    /// The file named by the user does not exist, or cannot be reached.
    #[error("{named_by}: there is no configuration file {}", path.display())]
    Missing {
        /// The file.
        path: PathBuf,
        /// Who named it.
        named_by: Origin,
    },
    /// The file's directory could be changed by somebody else, or not be opened.
    #[error("cannot trust the configuration: {0}")]
    Directory(DirRefused),
    /// The file could have been written by somebody else, or not be read.
    #[error("cannot trust the configuration: {0}")]
    File(FileRefused),
    /// The file is not UTF-8.
    #[error("{} is not UTF-8 text", path.display())]
    NotText {
        /// The file.
        path: PathBuf,
    },
    /// The file is not TOML.
    #[error("{place}: {message}")]
    Syntax {
        /// File and line.
        place: Origin,
        /// What the parser said, in one line.
        message: String,
    },
    /// There is no such key.
    #[error("{place}: unknown key {key:?}{}", did_you_mean(.nearest))]
    UnknownKey {
        /// Where it was given.
        place: Origin,
        /// The key as given, dotted.
        key: String,
        /// The most similar key there is.
        nearest: Option<String>,
    },
    /// A value does not fit its key.
    #[error("{place}: {key}: {invalid}")]
    Value {
        /// Where it was given.
        place: Origin,
        /// The key, dotted.
        key: String,
        /// What is wrong; already part of the text.
        invalid: InvalidValue,
    },
    /// A key names a class that cannot be.
    #[error("{place}: {name}")]
    ClassName {
        /// Where it was given.
        place: Origin,
        /// What is wrong; already part of the text.
        name: InvalidName,
    },
    /// A variable that ought to hold an absolute path does not.
    #[error("environment {variable}: {path:?} is not an absolute path")]
    RelativeVariable {
        /// The variable.
        variable: &'static str,
        /// What it holds.
        path: PathBuf,
    },
}

fn did_you_mean(name: &Option<String>) -> String {
    name.as_ref()
        .map(|name| format!("; did you mean {name:?}?"))
        .unwrap_or_default()
}
