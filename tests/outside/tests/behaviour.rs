//! The behaviour suite on the runtime and the store of this crate.
#![expect(
    clippy::disallowed_methods,
    reason = "each trial has a directory of classes"
)]

use std::{
    fs::{self, Permissions},
    os::unix::fs::PermissionsExt as _,
    path::PathBuf,
    sync::atomic::{AtomicU32, Ordering},
};

use behaviour::{Feature, RunsCases, Script, Stage, trials};
use outside::{acts, tree};
use radula::{
    Config, IoCtx, Limits, Radula, Sources,
    store::{self, Store},
};

/// The runtime on one store.
struct Ours {
    store: &'static str,
    open: fn() -> Store,
}

/// An engine with its directory of classes.
#[derive(Debug)]
struct Opened {
    radula: Radula,
    classes: PathBuf,
}

impl RunsCases for Ours {
    fn name(&self) -> String {
        format!("acts/{}", self.store)
    }

    fn offers(&self, feature: Feature) -> bool {
        match feature {
            Feature::Actor | Feature::Flags | Feature::Installed | Feature::Confined => true,
            Feature::Lua | Feature::Eval => false,
        }
    }

    fn stage(&self, _: Option<&Script>) -> Box<dyn Stage> {
        static NEXT: AtomicU32 = AtomicU32::new(0);
        let number = NEXT.fetch_add(1, Ordering::Relaxed);
        let own = format!("radula-outside-{}-{number}", std::process::id());
        let classes = std::env::temp_dir().join(own);
        let file = classes.join("cls_actor.acts");
        fs::create_dir_all(&classes).expect("a temporary directory");
        fs::write(&file, "r r\nw w\nrw rw\n").expect("a class file");
        // A class file that others could change is refused.
        for (path, mode) in [(&classes, 0o755), (&file, 0o644)] {
            fs::set_permissions(path, Permissions::from_mode(mode)).expect("our own file");
        }
        let sources = Sources {
            runtimes: vec![acts::ACTS],
            ..Sources::default()
        };
        let config = Config::builtin(&sources)
            .with_classes(&acts::ACTS, [&classes])
            .with_limits(&Limits {
                deadline_ms: 30_000,
                ..Limits::INSTALLED
            });
        let radula = Radula::builder()
            .config(config)
            .runtimes(vec![acts::runtime()])
            .store((self.open)())
            .open()
            .unwrap_or_else(|error| panic!("{error}"));
        Box::new(Opened { radula, classes })
    }
}

impl Stage for Opened {
    fn objects(&self) -> IoCtx {
        self.radula.ioctx("test")
    }
}

impl Drop for Opened {
    fn drop(&mut self) {
        // What stays is in the directory of temporary files.
        let _ = fs::remove_dir_all(&self.classes);
    }
}

/// Runs every trial; returns how many there are, and those that fail.
fn examined(subject: Ours) -> (usize, Vec<String>) {
    let trials = trials(vec![subject]);
    let failed = trials.iter().filter_map(|trial| {
        let mismatch = trial.run().err()?;
        Some(format!("{}: {mismatch}", trial.name))
    });
    (trials.len(), failed.collect())
}

fn passes(subject: Ours) {
    let (count, failed) = examined(subject);
    assert!(failed.is_empty(), "{}", failed.join("\n"));
    // Everything of the suite that is not about Lua.
    assert!(count > 80, "only {count} trials were run");
}

#[test]
fn an_own_runtime_on_an_own_store_passes_the_behaviour_suite() {
    passes(Ours {
        store: "tree",
        open: tree::tree,
    });
}

#[test]
fn an_own_runtime_on_the_memory_store_passes_the_behaviour_suite() {
    passes(Ours {
        store: "memory",
        open: store::memory,
    });
}

#[test]
fn an_own_store_that_forgets_does_not_pass() {
    let (_, failed) = examined(Ours {
        store: "forgetful",
        open: tree::forgetful,
    });
    let about_headers = |name: &String| name.contains("header");
    assert!(failed.iter().any(about_headers), "{failed:?}");
}
