//! From a name to a loaded class whose dependencies are open.
//!
//! No lock is held while dependencies are followed, so classes that depend on each other cannot lock each other
//! out; circles are found on the path of each walk.

use std::{collections::HashMap, path::PathBuf, sync::Arc};

use objclass::{ClassBackend, ClassName};

use crate::{ClassUnavailable, Kind, Loader, loader::Setting, open_class::Loaded, search::Located};

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

    pub(crate) fn resolve_implied(
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

pub(crate) fn check_runtime_on(
    setting: &Setting,
    class: &ClassName,
    file: Option<PathBuf>,
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
