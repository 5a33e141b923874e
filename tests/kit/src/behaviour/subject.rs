//! Subjects: the ways to run a case.

use std::{fmt, sync::Arc};

use store::StoreEngine;

use super::{case::Feature, osd::OsdHost};

/// How a class reaches the engine.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Delivery {
    /// As a class file of one runtime, found by the loader.
    Installed {
        /// The runtime, as trials name it; also the folder of its classes in the corpus.
        runtime: &'static str,
        /// The configuration key of its class directories.
        directories: &'static str,
    },
    /// As a script in the request, run by class `lua`.
    LuaEval,
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
    let deliveries = [
        Delivery::Installed {
            runtime: "lua",
            directories: "lua_class_dir",
        },
        Delivery::LuaEval,
        Delivery::Installed {
            runtime: "native",
            directories: "class_dir",
        },
        Delivery::Installed {
            runtime: "wasm",
            directories: "wasm_class_dir",
        },
        // The same runtime through the SDK for C.
        Delivery::Installed {
            runtime: "wasm-c",
            directories: "wasm_class_dir",
        },
    ];
    let stores = [StoreKind::Memory, StoreKind::Disk];
    let pairs = deliveries
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
    pub fn with_store_behind(
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

    /// `RUNTIME/STORE`.
    #[must_use]
    pub fn name(&self) -> String {
        let runtime = match self.delivery {
            Delivery::Installed { runtime, .. } => runtime,
            Delivery::LuaEval => "lua-eval",
        };
        let store = match self.store {
            StoreKind::Memory => "memory",
            StoreKind::Disk => "disk",
            StoreKind::Osd => "osd",
        };
        format!("{runtime}/{store}")
    }

    /// Whether it offers all of `features`.
    #[must_use]
    pub fn offers(&self, features: &[Feature]) -> bool {
        let lua = !matches!(self.delivery, Delivery::Installed { runtime, .. } if runtime != "lua");
        let installed = self.delivery != Delivery::LuaEval;
        let confined =
            !matches!(self.delivery, Delivery::Installed { runtime, .. } if runtime == "native");
        features.iter().all(|feature| match feature {
            Feature::Actor => true,
            Feature::Flags | Feature::Installed => installed,
            Feature::Lua => lua,
            Feature::Eval => !installed,
            Feature::Confined => confined,
        })
    }
}
