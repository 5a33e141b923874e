//! Why there is no report.

use std::{io, path::PathBuf};

use crate::CorpusError;

/// The harness itself cannot work.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ReviewError {
    /// The corpus cannot be used.
    #[error(transparent)]
    Corpus(#[from] CorpusError),
    /// A child cannot be started.
    #[error("cannot start the child process {program}")]
    Child {
        /// The program.
        program: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Every case needs a class in Lua, if only as its canary.
    #[error(
        "this build cannot run Lua classes, which every case needs: build with cargo feature \"lua\""
    )]
    NoLua,
    /// The path of the running program, which children are started from, is not known.
    #[error("the path of this program is not known")]
    Program(#[source] io::Error),
    /// A search that cannot be made.
    #[error("the programs of the search cannot be run: {0}")]
    Search(String),
    /// No working directory for a case.
    #[error("cannot make a temporary directory for a case")]
    Directory(#[source] io::Error),
}
