//! Native classes through the whole engine.

mod command;
mod files;
mod hello;
mod panics;
mod threads;

use std::{path::Path, sync::Arc};

use radula::{Config, Errno, Error, IoCtx, Radula};
use testkit::{
    behaviour::StoreKind,
    engine::{hermetic_config, set},
    fixture::Scratch,
    native::native_classes,
};

/// An engine with native and Lua class directories of its own.
struct World {
    radula: Radula,
    scratch: Scratch,
}

impl World {
    /// With the classes in `native/` and `lua/` of `scratch`.
    fn open(scratch: Scratch, store: StoreKind) -> Self {
        let mut config = hermetic_config(&scratch);
        config = set(config, "class_dir", scratch.dir("native"));
        config = set(config, "lua_class_dir", scratch.dir("lua"));
        if store == StoreKind::Disk {
            config = set(config, "store", scratch.path().join("store"));
        }
        let radula = Radula::open(config).expect("the engine opens");
        Self { radula, scratch }
    }

    /// With the built native classes and the bundled ones in Lua, on the memory store.
    fn with_bundled_classes() -> Self {
        let scratch = Scratch::new();
        let _ = scratch.copy_of("native", &native_classes());
        let _ = scratch.copy_of("lua", &testkit::corpus::bundled_lua_classes());
        Self::open(scratch, StoreKind::Memory)
    }

    fn objects(&self) -> IoCtx {
        self.radula.ioctx("test")
    }

    fn exec(&self, class: &str, method: &str, input: &str) -> Result<String, Error> {
        let reply = self
            .objects()
            .exec("object", class, method, input.as_bytes())?;
        Ok(String::from_utf8_lossy(&reply.output).into_owned())
    }

    /// Applies the configuration again, which has the loader look at the files again.
    fn look_again(&self) {
        let config: Config = self.radula.config();
        self.radula.reconfigure(config).expect("nothing changed");
    }

    /// What the loader says about a class: for each candidate whether it decides, and why.
    fn candidates(&self, class: &str) -> Vec<(String, bool, String)> {
        let explanation = self.radula.loader().explain(class).expect("a valid name");
        explanation
            .candidates
            .iter()
            .map(|candidate| {
                (
                    name_of(&candidate.path),
                    candidate.chosen,
                    candidate.reason.clone(),
                )
            })
            .collect()
    }
}

fn name_of(path: &Path) -> String {
    path.file_name()
        .expect("a candidate is a file")
        .to_string_lossy()
        .into_owned()
}

fn errno(result: Result<String, Error>) -> Option<Errno> {
    result.err().map(|error| error.errno())
}

/// The error with its causes, as the command line prints it.
fn whole(error: &Error) -> String {
    let mut text = error.to_string();
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        text.push_str(": ");
        text.push_str(&error.to_string());
        cause = error.source();
    }
    text
}

/// The content of a built class file.
#[expect(clippy::disallowed_methods, reason = "reads what the kit built")]
fn built(file: &str) -> Arc<[u8]> {
    std::fs::read(native_classes().join(file))
        .expect("the kit built it")
        .into()
}
