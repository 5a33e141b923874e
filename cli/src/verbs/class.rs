//! `class`: what can be asked about classes.

use std::path::PathBuf;

use clap::{Subcommand, ValueEnum, ValueHint};

use super::parsers::text;

/// A language that clients are written in.
#[derive(Clone, Copy, Debug, ValueEnum)]
pub(crate) enum Language {
    /// Python 3.6 and later, with Ceph's module `rados`
    Python,
    /// C99 and later, and C++, with librados
    C,
    /// Rust 1.82 and later, with librados
    Rust,
}

impl Language {
    /// Its name in `--lang`.
    pub(crate) const fn name(self) -> &'static str {
        match self {
            Language::Python => "python",
            Language::C => "c",
            Language::Rust => "rust",
        }
    }
}

/// What can be asked about classes. None of it opens the store.
#[derive(Debug, Subcommand)]
pub(crate) enum ClassVerb {
    /// List the classes that can be found, and their state
    #[command(after_help = "Examples:\n  radula class ls\n  radula class ls --json")]
    Ls,
    /// Print a class's file, digest and methods
    #[command(after_help = "Examples:\n  radula class show hellolua")]
    Show {
        /// The class
        #[arg(value_parser = text("names of classes"))]
        name: String,
    },
    /// Print the methods of a class with the types of input and output, for whoever calls them
    ///
    /// A type is one line in the notation of Ceph's formats (docs/classes.md), or `json`; with --json it comes as a tree too.
    #[command(
        after_help = "Examples:\n  radula class describe lock\n  radula class describe lock --json"
    )]
    Describe {
        /// The class
        #[arg(value_parser = text("names of classes"))]
        name: String,
    },
    /// Print code that calls a class through a stock binding of librados
    ///
    /// It encodes what the methods take and decodes what they answer, by the types that `class describe` shows; a method without
    /// types takes and answers bytes. It needs the binding and nothing of Radula, and works with a cluster as with `radula serve`.
    #[command(
        after_help = "Examples:\n  radula class stub lock --lang python > lock_client.py\n  radula class stub lock --lang c > lock_client.h"
    )]
    Stub {
        /// The class
        #[arg(value_parser = text("names of classes"))]
        name: String,
        /// The language
        #[arg(long, value_enum, value_name = "LANGUAGE")]
        lang: Language,
    },
    /// Print every file that could provide a class, in order, and why one is chosen
    #[command(after_help = "Examples:\n  radula class explain hellolua")]
    Explain {
        /// The class
        #[arg(value_parser = text("names of classes"))]
        name: String,
    },
    /// Check a class file before it is installed
    #[command(after_help = "Examples:\n  radula class check ./cls_mine.lua")]
    Check {
        /// The file
        #[arg(value_hint = ValueHint::FilePath)]
        file: PathBuf,
    },
}
