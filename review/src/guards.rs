//! The engine with guards off, for `--unhardened`: proof that the harness sees what they prevent.

use std::{fmt, path::Path, str::FromStr};

use radula::{Config, OpenError, Radula, runtime::LoaderConfig};
use runtime::Runtime;
use sandbox::Trust;
use serde::{Deserialize, Serialize};

/// What can be switched off. Budget, limits of the host, flags and transactions are no switches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Guard {
    /// What is built into Lua's core: charges in library functions, keyed hashes, no finalizers, hidden addresses.
    Lua,
    /// Every call starts from the memory image.
    Image,
    /// Functions that reach the object look at the clock.
    Clock,
    /// Reading a request to class `lua` pays and looks at the clock.
    Requests,
    /// The image of a Lua class counts as memory.
    Memory,
    /// The checks of class files and directories.
    Files,
    /// Instructions of WASM guests are counted, and the clock ends them.
    WasmMeter,
    /// Memory and tables of WASM guests are bounded by the limit, and so is what the host gathers for them.
    WasmMemory,
}

/// A word that names no guard.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "no guard {0:?}: use lua, image, clock, requests, memory, files, wasm-meter or wasm-memory"
)]
pub struct UnknownGuard(String);

impl Guard {
    /// The word on the command line.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Guard::Lua => runtime::LUA.name,
            Guard::Image => "image",
            Guard::Clock => "clock",
            Guard::Requests => "requests",
            Guard::Memory => "memory",
            Guard::Files => "files",
            Guard::WasmMeter => "wasm-meter",
            Guard::WasmMemory => "wasm-memory",
        }
    }

    /// Cases known to succeed against an engine without this guard. A harness that does not report them is blind. A case
    /// that is only somewhat late without it (L051) is none: on a fast machine it is in time.
    #[must_use]
    pub const fn known_breaches(self) -> &'static [&'static str] {
        match self {
            Guard::Lua => &[
                "L016", "L021", "L040", "L043", "L044", "L045", "L054", "L055", "L056", "L057",
                "L069", "L072", "L087", "L090", "L091", "L133",
            ],
            Guard::Image => &["L123", "L124", "L128", "L129", "L175", "T48"],
            // Each has a second one beside it, which holds the cases: what the host walks has a clock of its own, and a
            // request is scanned faster than a deadline passes. The runtime's own tests see what happens without them.
            Guard::Clock | Guard::Requests => &[],
            Guard::Memory => &["L407"],
            Guard::Files => &[
                "F01", "F04", "F06", "F12", "F14", "F142", "F15", "F152", "F153", "F16",
            ],
            Guard::WasmMeter => &["W001", "W002", "W317"],
            Guard::WasmMemory => &["W440"],
        }
    }
}

impl fmt::Display for Guard {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

impl FromStr for Guard {
    type Err = UnknownGuard;

    fn from_str(word: &str) -> Result<Self, UnknownGuard> {
        let guards = [
            Guard::Lua,
            Guard::Image,
            Guard::Clock,
            Guard::Requests,
            Guard::Memory,
            Guard::Files,
            Guard::WasmMeter,
            Guard::WasmMemory,
        ];
        let found = guards.into_iter().find(|guard| guard.word() == word);
        found.ok_or_else(|| UnknownGuard(word.to_owned()))
    }
}

/// Opens an engine whose classes lie in `directory`, without the guards `off`. For a child process of the review
/// only.
pub(crate) fn open_without(
    off: &[Guard],
    config: Config,
    directory: &Path,
) -> Result<Radula, OpenError> {
    let radula = Radula::builder()
        .config(config)
        .runtimes(runtimes(off))
        .open()?;
    let trust = if off.contains(&Guard::Files) {
        Trust::unchecked_for_review()
    } else {
        Trust::default()
    };
    radula.loader().reconfigure(LoaderConfig {
        dirs: runtime::KINDS
            .map(|kind| (kind.name, vec![directory.to_owned()]))
            .into(),
        trust,
        ..LoaderConfig::default()
    });
    Ok(radula)
}

/// The runtimes of this build, without the guards `off`.
fn runtimes(off: &[Guard]) -> Vec<Runtime> {
    let mut runtimes = runtime::default_runtimes();
    for row in &mut runtimes {
        if row.kind == runtime::LUA {
            row.backend = bare_lua(off);
        }
        if row.kind == runtime::WASM
            && (off.contains(&Guard::WasmMeter) || off.contains(&Guard::WasmMemory))
        {
            row.backend = bare_wasm(off);
        }
    }
    runtimes
}

#[cfg(feature = "lua")]
mod bare {
    use std::sync::Arc;

    use radula::runtime::ClassBackend;
    use runtime_lua::{Guards, LuaBackend};

    use super::Guard;

    pub(super) fn bare_lua(off: &[Guard]) -> Option<Arc<dyn ClassBackend>> {
        let mut guards = Guards::ALL;
        if off.contains(&Guard::Lua) {
            guards.core = Guards::NONE.core;
        }
        guards.image = !off.contains(&Guard::Image);
        guards.clock = !off.contains(&Guard::Clock);
        guards.requests = !off.contains(&Guard::Requests);
        guards.memory = !off.contains(&Guard::Memory);
        Some(Arc::new(LuaBackend::with_guards(guards)))
    }
}

#[cfg(feature = "lua")]
use bare::bare_lua;

#[cfg(not(feature = "lua"))]
fn bare_lua(_off: &[Guard]) -> Option<std::sync::Arc<dyn radula::runtime::ClassBackend>> {
    None
}

#[cfg(feature = "wasm")]
mod bare_wasm {
    use std::sync::Arc;

    use radula::runtime::ClassBackend;
    use runtime_wasm::{Guards, WasmBackend, WasmOptions};

    use super::Guard;

    pub(super) fn bare_wasm(off: &[Guard]) -> Option<Arc<dyn ClassBackend>> {
        let mut options = WasmOptions::default();
        options.guards = Guards {
            fuel: !off.contains(&Guard::WasmMeter),
            deadline: !off.contains(&Guard::WasmMeter),
            memory: !off.contains(&Guard::WasmMemory),
            ..Guards::ALL
        };
        Some(Arc::new(WasmBackend::with_options(options)))
    }
}

#[cfg(feature = "wasm")]
use bare_wasm::bare_wasm;

#[cfg(not(feature = "wasm"))]
fn bare_wasm(_off: &[Guard]) -> Option<std::sync::Arc<dyn radula::runtime::ClassBackend>> {
    None
}
