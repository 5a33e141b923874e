//! Every test, after installing what is missing: what the README's second command does.

use crate::{
    classes::build_native_classes,
    install::install,
    run::{TaskResult, cargo, run},
};

/// Runs every test; `filter` is passed on to the test binaries.
pub(crate) fn test(filter: &[String]) -> TaskResult {
    install()?;
    build_native_classes("debug")?;
    run(cargo().args(["test", "--workspace", "--"]).args(filter))
}
