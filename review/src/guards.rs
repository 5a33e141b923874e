//! The engine with its guards off, for `--unhardened`: proof that the harness sees what they prevent.

use radula::{Config, OpenError, Radula};

/// Opens an engine without guards. For a child process of the review only.
pub(crate) fn open_without(config: Config) -> Result<Radula, OpenError> {
    Radula::open(config)
}
