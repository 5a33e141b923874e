//! Ceph's own class libraries, as the machine's packages install them, opened by the embedded engine.

mod authors;
mod eighteen;
mod recorded;
mod refused;
mod stock;

use std::path::PathBuf;

use radula::{IoCtx, Radula};
use testkit::{
    cluster::{Release, gone_without_ceph},
    engine::{hermetic_config, set},
    fixture::Scratch,
};

/// An engine whose native classes are those of an installed Ceph, in the directory its packages use.
struct Stock {
    radula: Radula,
    _scratch: Scratch,
}

impl Stock {
    fn open() -> Self {
        let scratch = Scratch::new();
        let config = set(hermetic_config(&scratch), "class_dir", stock_classes());
        Self {
            radula: Radula::open(config).expect("the engine opens"),
            _scratch: scratch,
        }
    }

    fn objects(&self) -> IoCtx {
        self.radula.ioctx("rbd")
    }
}

/// Where the libraries lie: where the variable says, or where the packages put them.
fn stock_classes() -> PathBuf {
    named().unwrap_or_else(|| Release::Installed.stock_classes())
}

/// Set where the tests of this module run again, with another release of Ceph.
const STOCK_CLASSES: &str = "RADULA_TEST_STOCK_CLASSES";

#[expect(
    clippy::disallowed_methods,
    reason = "a test talks to itself in another process"
)]
fn named() -> Option<PathBuf> {
    std::env::var_os(STOCK_CLASSES).map(PathBuf::from)
}

/// Whether the libraries are those of 18.2. Debian builds it without class `kvs`.
fn is_newer() -> bool {
    named().is_some()
}

/// Whether the machine has them; says so where it has not.
fn are_here(what: &str) -> bool {
    if named().is_some() {
        return true;
    }
    match Release::Installed.check_classes() {
        Ok(()) => true,
        Err(missing) => {
            gone_without_ceph(what, &missing);
            false
        }
    }
}
