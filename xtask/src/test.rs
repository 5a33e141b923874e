//! Every test, after installing what is missing: what the README's second command does.
#![expect(
    clippy::disallowed_methods,
    reason = "xtask looks at the machine and at what it built"
)]

use crate::{
    ceph::{build_plugin, can_build_plugin},
    classes::build_native_classes,
    install::install,
    outside::outside,
    run::{RELEASE, TaskResult, cargo, run},
};

/// Runs every test; `filter` is passed on to the test binaries.
pub(crate) fn test(filter: &[String]) -> TaskResult {
    install()?;
    build_native_classes("debug")?;
    // Tests on Ceph clusters load it. Where Ceph cannot be had they are left out, and say so; not on CI.
    if can_build_plugin() || std::env::var_os("CI").is_some() {
        build_plugin(RELEASE)?;
    }
    run(cargo().args(["test", "--workspace", "--"]).args(filter))?;
    if filter.is_empty() {
        outside()?;
    }
    Ok(())
}
