//! From a name to a loaded class whose dependencies are open.
//!
//! No lock is held while dependencies are followed, so classes that depend on each other cannot lock each other
//! out; circles are found on the path of each walk.

use std::{collections::HashMap, sync::Arc, time::Instant};

use objclass::{ClassBackend, ClassName, Module, OpenError};
use tracing::{info, warn};

use crate::{
    ClassUnavailable, Kind, Loader,
    loader::Setting,
    lock::lock,
    open_class::{Loaded, Origin, method_index},
    search::{FoundFile, Located},
};

/// How deep dependencies may be nested: far more than anyone builds, and no strain on the stack.
const MAX_DEPTH: usize = 32;

/// One walk along dependencies.
#[derive(Debug, Default)]
pub(crate) struct Walk {
    /// From the class asked for to the one being resolved.
    path: Vec<ClassName>,
    /// What was resolved on the way: a class that many depend on is looked at once.
    done: HashMap<ClassName, Arc<Loaded>>,
}

impl Walk {
    /// A walk that begins at `class`, which is at hand already.
    pub(crate) fn from(class: &ClassName) -> Self {
        Self {
            path: vec![class.clone()],
            done: HashMap::new(),
        }
    }
}

impl Loader {
    /// Loads `class` and opens everything it depends on. The load list is the caller's business.
    pub(crate) fn resolve(
        &self,
        setting: &Setting,
        class: &ClassName,
        walk: &mut Walk,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        if let Some(loaded) = walk.done.get(class) {
            return Ok(Arc::clone(loaded));
        }
        if let Some(start) = walk.path.iter().position(|on_path| on_path == class) {
            let mut cycle = walk.path[start..].to_vec();
            cycle.push(class.clone());
            return Err(ClassUnavailable::Cycle { cycle });
        }
        if walk.path.len() >= MAX_DEPTH {
            return Err(ClassUnavailable::TooDeep {
                class: class.clone(),
                limit: MAX_DEPTH,
            });
        }
        walk.path.push(class.clone());
        let result = self.resolve_step(setting, class, walk);
        walk.path.pop();
        if let Some(slot) = self.slot(class) {
            match &result {
                Ok(_) => slot.settle(setting.search.id),
                Err(error) => slot.note(error),
            }
        }
        let loaded = result?;
        walk.done.insert(class.clone(), Arc::clone(&loaded));
        Ok(loaded)
    }

    fn resolve_step(
        &self,
        setting: &Setting,
        class: &ClassName,
        walk: &mut Walk,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        let loaded = self.obtain(setting, class, walk)?;
        // A class may repeat what its runtime implies: that was resolved before it was loaded.
        let implied = match &loaded.origin {
            Some(_) => self.implied_by(loaded.runtime),
            None => &[],
        };
        for dependency in loaded.class.dependencies() {
            if !implied.contains(dependency) {
                self.resolve_dependency(setting, class, dependency, true, walk)?;
            }
        }
        Ok(loaded)
    }

    /// A declared dependency obeys the load list, unlike in Ceph. An implied one does not: it is part of the
    /// runtime, and whoever may load a Lua class need not be able to call class `lua`.
    pub(crate) fn resolve_dependency(
        &self,
        setting: &Setting,
        class: &ClassName,
        dependency: &ClassName,
        declared: bool,
        walk: &mut Walk,
    ) -> Result<(), ClassUnavailable> {
        let result = if declared && !setting.config.load_list.contains(dependency) {
            Err(ClassUnavailable::NotPermitted {
                class: dependency.clone(),
            })
        } else {
            self.resolve(setting, dependency, walk).map(drop)
        };
        result.map_err(|error| match error {
            // A circle names its members itself.
            ClassUnavailable::Cycle { cycle } if cycle.contains(class) => {
                ClassUnavailable::Cycle { cycle }
            }
            ClassUnavailable::TooDeep { .. } => error,
            error => ClassUnavailable::Dependency {
                class: class.clone(),
                dependency: dependency.clone(),
                source: Box::new(error),
            },
        })
    }

    /// The class itself, loaded now if need be; what it declares to depend on is not looked at.
    fn obtain(
        &self,
        setting: &Setting,
        class: &ClassName,
        walk: &mut Walk,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        if setting.config.disabled_classes.contains(class) {
            return Err(ClassUnavailable::Disabled {
                class: class.clone(),
            });
        }
        if let Some(builtin) = self.builtins.get(class) {
            check_runtime_on(setting, class, None, builtin.runtime)?;
            return Ok(Arc::clone(builtin));
        }
        if let Some(kind) = self.kind_that_would_have(class) {
            return Err(ClassUnavailable::NotBuiltIn {
                class: class.clone(),
                file: None,
                runtime: kind.runtime,
                feature: kind.feature,
            });
        }
        let opened = self
            .slot(class)
            .and_then(|slot| slot.opened(setting.search.id));
        let keep = match &opened {
            Some((loaded, true)) => {
                return self.keep(setting, loaded, walk);
            }
            Some((loaded, false)) => loaded.origin.as_ref().map(|origin| origin.path.as_path()),
            None => None,
        };
        match setting.search.locate(class, keep) {
            Ok(Located::Found(found)) => self.load_found(setting, class, &found, walk),
            Ok(Located::Keep) => {
                let Some((loaded, _)) = &opened else {
                    unreachable!("only what is open is kept");
                };
                self.keep(setting, loaded, walk)
            }
            Err(error) => {
                if matches!(error, ClassUnavailable::Missing { .. }) {
                    self.forget_slot(class);
                }
                Err(error)
            }
        }
    }

    /// An open class is used as it is; its file may have changed or gone.
    fn keep(
        &self,
        setting: &Setting,
        loaded: &Arc<Loaded>,
        walk: &mut Walk,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        let file = loaded.origin.as_ref().map(|origin| origin.path.clone());
        check_runtime_on(setting, &loaded.name, file, loaded.runtime)?;
        self.resolve_implied(setting, &loaded.name, loaded.runtime, walk)?;
        Ok(Arc::clone(loaded))
    }

    fn load_found(
        &self,
        setting: &Setting,
        class: &ClassName,
        found: &FoundFile<'_>,
        walk: &mut Walk,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        let slot = self.slot_for_file_of(class);
        let backend = runnable(setting, class, found)?;
        self.resolve_implied(setting, class, backend.name(), walk)?;
        // Whoever waited for a turn finds the work done.
        let _turn = lock(&slot.turn);
        if let Some(known) = slot.recall(&found.path, &found.identity, Instant::now()) {
            return known;
        }
        slot.begin();
        match self.load(setting, class, found, backend) {
            Ok(loaded) => {
                slot.loaded(&loaded);
                log_shadowed(setting, class, found);
                Ok(loaded)
            }
            Err(error) => {
                slot.failed(&found.path, found.identity, &error, Instant::now());
                Err(error)
            }
        }
    }

    /// Reads the file and has the backend open it.
    fn load(
        &self,
        setting: &Setting,
        class: &ClassName,
        found: &FoundFile<'_>,
        backend: &Arc<dyn ClassBackend>,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        let (module, origin) = read_module(class, found, backend.as_ref())?;
        self.open_module(setting, &module, origin, backend.as_ref())
    }

    pub(crate) fn open_module(
        &self,
        setting: &Setting,
        module: &Module,
        origin: Origin,
        backend: &dyn ClassBackend,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        let class = &module.class;
        let broken = |error| ClassUnavailable::Module {
            class: class.clone(),
            file: origin.path.clone(),
            source: Arc::new(error),
        };
        let limits = setting.config.policy.limits_for(class, false);
        let opened = backend.open(module, &limits).map_err(broken)?;
        let index = method_index(opened.as_ref())
            .map_err(|method| broken(OpenError::DuplicateMethod { method }))?;
        if index.is_empty() {
            return Err(ClassUnavailable::NoMethods {
                class: class.clone(),
                file: origin.path,
            });
        }
        let version = self.new_version();
        info!(
            class = class.as_str(),
            version,
            "class {class} loaded from {} (blake3 {})",
            origin.path.display(),
            origin.digest
        );
        Ok(Arc::new(Loaded {
            name: class.clone(),
            runtime: backend.name(),
            origin: Some(origin),
            version,
            class: opened,
            index: Arc::new(index),
        }))
    }

    fn resolve_implied(
        &self,
        setting: &Setting,
        class: &ClassName,
        runtime: &str,
        walk: &mut Walk,
    ) -> Result<(), ClassUnavailable> {
        self.implied_by(runtime)
            .iter()
            .filter(|implied| *implied != class)
            .try_for_each(|implied| self.resolve_dependency(setting, class, implied, false, walk))
    }

    fn implied_by(&self, runtime: &str) -> &[ClassName] {
        self.backend(runtime)
            .map_or(&[], |backend| backend.implied_dependencies())
    }

    pub(crate) fn backend(&self, runtime: &str) -> Option<&Arc<dyn ClassBackend>> {
        self.backends
            .iter()
            .find(|backend| backend.name() == runtime)
    }

    /// The runtime that is not in this build and would bring the class along.
    fn kind_that_would_have(&self, class: &ClassName) -> Option<&'static Kind> {
        crate::KINDS.iter().find(|kind| {
            kind.builtin.contains(&class.as_str()) && self.backend(kind.runtime).is_none()
        })
    }
}

/// The backend for a file, if it may be used.
pub(crate) fn runnable<'a>(
    setting: &Setting,
    class: &ClassName,
    found: &'a FoundFile<'_>,
) -> Result<&'a Arc<dyn ClassBackend>, ClassUnavailable> {
    let runtime = found.place.runtime;
    let Some(backend) = &found.place.backend else {
        return Err(ClassUnavailable::NotBuiltIn {
            class: class.clone(),
            file: Some(found.path.clone()),
            runtime,
            feature: Kind::of_runtime(runtime).map_or(runtime, |kind| kind.feature),
        });
    };
    check_runtime_on(setting, class, Some(found.path.clone()), runtime)?;
    Ok(backend)
}

/// Verifies and reads the file.
pub(crate) fn read_module(
    class: &ClassName,
    found: &FoundFile<'_>,
    backend: &dyn ClassBackend,
) -> Result<(Module, Origin), ClassUnavailable> {
    let file = found
        .dir
        .read_verified(&found.name, backend.max_module_size())
        .map_err(|refused| ClassUnavailable::File {
            class: class.clone(),
            source: Arc::new(refused),
        })?;
    let module = Module {
        class: class.clone(),
        file: found.name.clone(),
        bytes: file.bytes,
        digest: file.digest,
    };
    let origin = Origin {
        path: found.path.clone(),
        identity: file.identity,
        digest: file.digest,
    };
    Ok((module, origin))
}

fn check_runtime_on(
    setting: &Setting,
    class: &ClassName,
    file: Option<std::path::PathBuf>,
    runtime: &'static str,
) -> Result<(), ClassUnavailable> {
    if setting.config.disabled_runtimes.contains(runtime) {
        return Err(ClassUnavailable::RuntimeOff {
            class: class.clone(),
            file,
            runtime,
        });
    }
    Ok(())
}

/// Says, once per load, which files of the same class are not used.
fn log_shadowed(setting: &Setting, class: &ClassName, used: &FoundFile<'_>) {
    for path in setting.search.files_of(class) {
        if path != used.path {
            warn!(
                class = class.as_str(),
                "class {class} is loaded from {}; {} is not used",
                used.path.display(),
                path.display()
            );
        }
    }
}
