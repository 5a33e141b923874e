//! Where a setting's value came from.

use std::{fmt, path::PathBuf};

/// Where a value came from. Later variants override earlier ones.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Origin {
    /// Built into the program.
    BuiltIn,
    /// A line of a configuration file.
    File {
        /// The file.
        path: PathBuf,
        /// The line of the key, from 1.
        line: usize,
    },
    /// An environment variable.
    Environment {
        /// Its name.
        variable: String,
    },
    /// A flag of the command line.
    Flag {
        /// The flag as written, such as `--pool`.
        flag: String,
    },
    /// The embedding program, through [`Settings::set`](super::Settings::set).
    Program,
}

impl Origin {
    /// Which layer this is; a higher one overrides a lower one.
    #[must_use]
    pub fn layer(&self) -> u8 {
        match self {
            Origin::BuiltIn => 0,
            Origin::File { .. } => 1,
            Origin::Environment { .. } => 2,
            Origin::Flag { .. } => 3,
            Origin::Program => 4,
        }
    }

    /// One word for machines: `built-in`, `file`, `environment`, `flag` or `program`.
    #[must_use]
    pub fn kind(&self) -> &'static str {
        match self {
            Origin::BuiltIn => "built-in",
            Origin::File { .. } => "file",
            Origin::Environment { .. } => "environment",
            Origin::Flag { .. } => "flag",
            Origin::Program => "program",
        }
    }
}

impl fmt::Display for Origin {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Origin::BuiltIn => f.write_str("built-in"),
            Origin::File { path, line } => write!(f, "{}:{line}", path.display()),
            Origin::Environment { variable } => write!(f, "environment {variable}"),
            Origin::Flag { flag } => write!(f, "flag {flag}"),
            Origin::Program => f.write_str("this program"),
        }
    }
}
