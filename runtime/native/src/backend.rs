//! The native backend, as the loader sees it.

use std::{
    collections::{BTreeMap, btree_map::Entry},
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

use class_abi as abi;
use objclass::{Class, ClassBackend, Limits, Module, OpenError};

use crate::{
    Identity, ceph,
    class::NativeClass,
    demands::Demands,
    elf::Image,
    host,
    identity::refuse,
    library::{Library, Scope},
    open,
};

/// The largest class file accepted. Rust classes with debug information take a few megabytes.
const MAX_MODULE_SIZE: u64 = 64 << 20;

/// Opens classes in native code.
///
/// Every open library stays in this process. The same bytes are opened once, however often and by however many backends:
/// a class that is switched off and on does not grow the process, only one whose file changes does.
#[derive(Clone, Copy)]
pub struct NativeBackend {
    table: &'static abi::Host,
    loaded: &'static Mutex<Loads>,
}

/// What was loaded so far. The lock also keeps two threads from loading one file twice.
type Loads = BTreeMap<[u8; 32], Loaded>;

/// What this process loaded, by digest.
static LOADED: Mutex<Loads> = Mutex::new(BTreeMap::new());

struct Loaded {
    library: Library,
    /// Absent while its initialisation has not succeeded.
    class: Option<Arc<dyn Class>>,
}

impl NativeBackend {
    /// The backend of this process.
    #[must_use]
    pub fn new() -> Self {
        Self {
            table: &host::TABLE,
            loaded: &LOADED,
        }
    }

    /// A backend whose classes see `table`, with nothing loaded.
    #[cfg(test)]
    pub(crate) fn with_table(table: &'static abi::Host) -> Self {
        Self {
            table,
            loaded: Box::leak(Box::default()),
        }
    }
}

impl Default for NativeBackend {
    fn default() -> Self {
        Self::new()
    }
}

impl fmt::Debug for NativeBackend {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("NativeBackend").finish_non_exhaustive()
    }
}

impl ClassBackend for NativeBackend {
    fn max_module_size(&self) -> u64 {
        MAX_MODULE_SIZE
    }

    /// Judges the file, then loads it. Constructors and `objclass_init`, or `__cls_init`, run unconfined: `limits` cannot bind native code.
    fn open(&self, module: &Module, _limits: &Limits) -> Result<Arc<dyn Class>, OpenError> {
        let image = Image::check(&module.bytes).map_err(refuse)?;
        let demands = Demands::of(&image).map_err(refuse)?;
        image.check_demands(&module.file, demands).map_err(refuse)?;
        if demands.is_for_ceph {
            return self.open_of_ceph(module, &image);
        }
        let identity = Identity::of(&image, &module.class)?;
        self.once(module, |library| {
            let registered = open::register(library.init()?, self.table)?;
            Ok(Arc::new(NativeClass::new(identity, registered, self.table)))
        })
    }
}

impl NativeBackend {
    fn open_of_ceph(
        &self,
        module: &Module,
        image: &Image<'_>,
    ) -> Result<Arc<dyn Class>, OpenError> {
        let host = ceph::HostLibrary::get()?;
        ceph::check_release(image, host)?;
        self.once(module, |library| {
            ceph::open(host, library, &module.class, self.table)
        })
    }

    /// The class of these bytes: their library is opened once, then `make` is tried until it succeeds.
    fn once(
        &self,
        module: &Module,
        make: impl FnOnce(Library) -> Result<Arc<dyn Class>, OpenError>,
    ) -> Result<Arc<dyn Class>, OpenError> {
        let mut loaded = self.loaded.lock().unwrap_or_else(PoisonError::into_inner);
        let entry = match loaded.entry(module.digest.0) {
            Entry::Occupied(entry) => entry.into_mut(),
            Entry::Vacant(entry) => entry.insert(Loaded {
                library: Library::open(&module.file, &module.bytes, Scope::Own)?,
                class: None,
            }),
        };
        if let Some(class) = &entry.class {
            return Ok(class.clone());
        }
        let class = make(entry.library)?;
        entry.class = Some(class.clone());
        Ok(class)
    }
}
