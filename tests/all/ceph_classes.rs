//! Ceph's own class libraries, as the machine's packages install them, opened by the embedded engine.

mod authors;
mod recorded;
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

/// Where the libraries lie.
fn stock_classes() -> PathBuf {
    Release::Installed.stock_classes()
}

/// Whether the machine has them; says so where it has not.
fn are_here(what: &str) -> bool {
    match Release::Installed.check_classes() {
        Ok(()) => true,
        Err(missing) => {
            gone_without_ceph(what, &missing);
            false
        }
    }
}
