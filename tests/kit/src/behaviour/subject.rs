//! Subjects: the ways to run a case.

use std::{fmt, sync::Arc};

use behaviour::{Feature, RunsCases, Script, Stage};
use runtime::Kind;
use store::StoreEngine;

use super::osd::OsdHost;
use crate::engine::TestEngine;

/// How a class reaches the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As a Lua class file.
    Lua,
    /// As a script in the request, run by class `lua`.
    LuaEval,
    /// As a shared library.
    Native,
    /// As a component.
    Wasm,
    /// As a component made by the SDK for C.
    WasmC,
}

impl Delivery {
    const ALL: [Delivery; 5] = [
        Delivery::Lua,
        Delivery::LuaEval,
        Delivery::Native,
        Delivery::Wasm,
        Delivery::WasmC,
    ];

    /// As trials call it.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            Delivery::LuaEval => "lua-eval",
            Delivery::WasmC => "wasm-c",
            _ => self.kind().name,
        }
    }

    /// The folder of its classes in the corpus.
    #[must_use]
    pub fn folder(self) -> &'static str {
        match self {
            Delivery::WasmC => "wasm-c",
            _ => self.kind().name,
        }
    }

    /// The runtime.
    #[must_use]
    pub fn kind(self) -> Kind {
        match self {
            Delivery::Lua | Delivery::LuaEval => runtime::LUA,
            Delivery::Native => runtime::NATIVE,
            Delivery::Wasm | Delivery::WasmC => runtime::WASM,
        }
    }
}

/// Where objects live.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StoreKind {
    /// The memory store.
    Memory,
    /// The disk store, in a fresh directory.
    Disk,
    /// A pool of a Ceph cluster, where classes run in the OSD.
    Osd,
}

/// Every subject of this build. A runtime or store joins the suite by one line here.
#[must_use]
pub fn subjects() -> Vec<Subject> {
    let stores = [StoreKind::Memory, StoreKind::Disk];
    let pairs = Delivery::ALL
        .iter()
        .flat_map(|&delivery| stores.map(|store| (delivery, store)));
    pairs
        .map(|(delivery, store)| Subject::new(delivery, store))
        .collect()
}

/// Stands between the engine and its store.
type Wrapper = Arc<dyn Fn(Arc<dyn StoreEngine>) -> Arc<dyn StoreEngine> + Send + Sync>;

/// A runtime with its way to deliver a class, and a store.
#[derive(Clone)]
pub struct Subject {
    pub(crate) delivery: Delivery,
    pub(crate) store: StoreKind,
    /// The cluster, once there is one.
    pub(crate) osd: Option<Arc<OsdHost>>,
    /// Makes the store wrong, to see the suite fail.
    pub(crate) wrapper: Option<Wrapper>,
    /// Makes the actor wrong, to see the suite fail: a text in its source and what stands there instead.
    pub(crate) actor_edit: Option<(String, String)>,
}

impl fmt::Debug for Subject {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.name())
    }
}

impl Subject {
    /// Classes in Lua, installed as files.
    #[must_use]
    pub fn lua(store: StoreKind) -> Self {
        Self::new(Delivery::Lua, store)
    }

    /// A subject as it is.
    #[must_use]
    pub fn new(delivery: Delivery, store: StoreKind) -> Self {
        Self {
            delivery,
            store,
            osd: None,
            wrapper: None,
            actor_edit: None,
        }
    }

    /// This subject with the cluster it needs in place of a store.
    #[must_use]
    pub fn on(mut self, host: Arc<OsdHost>) -> Self {
        self.osd = Some(host);
        self
    }

    /// This subject with something between the engine and its store.
    #[must_use]
    pub fn with_store_wrapped(
        mut self,
        wrapper: impl Fn(Arc<dyn StoreEngine>) -> Arc<dyn StoreEngine> + Send + Sync + 'static,
    ) -> Self {
        self.wrapper = Some(Arc::new(wrapper));
        self
    }

    /// This subject with an edited actor.
    #[must_use]
    pub fn with_actor_edited(mut self, text: &str, instead: &str) -> Self {
        self.actor_edit = Some((text.into(), instead.into()));
        self
    }
}

impl RunsCases for Subject {
    fn name(&self) -> String {
        let store = match self.store {
            StoreKind::Memory => "memory",
            StoreKind::Disk => "disk",
            StoreKind::Osd => "osd",
        };
        format!("{}/{store}", self.delivery.name())
    }

    fn offers(&self, feature: Feature) -> bool {
        let installed = self.delivery != Delivery::LuaEval;
        match feature {
            Feature::Actor => true,
            Feature::Flags | Feature::Installed => installed,
            Feature::Lua => self.delivery.kind() == runtime::LUA,
            Feature::Eval => !installed,
            Feature::Confined => self.delivery != Delivery::Native,
        }
    }

    fn stage(&self, script: Option<&Script>) -> Box<dyn Stage> {
        Box::new(TestEngine::of(self, script))
    }

    fn in_turn(&self, reads_log: bool, trial: &mut dyn FnMut()) {
        match &self.osd {
            None => trial(),
            Some(host) => host.in_turn(reads_log, trial),
        }
    }
}
