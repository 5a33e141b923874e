//! From a name to a loaded class whose dependencies are open.
//!
//! No lock is held while dependencies are followed, so classes that depend on each other cannot lock each other
//! out; circles are found on the path of each walk.

use std::{collections::HashMap, path::PathBuf, sync::Arc, time::Instant};

use objclass::ClassName;

use crate::{
    ClassUnavailable, Loader, Runtime, layout::Layout, open_class::Loaded, search::Located,
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
    /// When the call that asked is over; `None` when no call did.
    pub(crate) deadline: Option<Instant>,
}

impl Walk {
    /// A walk for a call that has until `deadline`.
    pub(crate) fn until(deadline: Option<Instant>) -> Self {
        Self {
            deadline,
            ..Self::default()
        }
    }

    /// A walk that begins at `class`, which is at hand already.
    pub(crate) fn from(class: &ClassName) -> Self {
        Self {
            path: vec![class.clone()],
            ..Self::default()
        }
    }
}

impl Loader {
    /// Loads `class` and opens everything it depends on. The load list is the caller's business.
    pub(crate) fn resolve(
        &self,
        layout: &Layout,
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
        let result = self.resolve_step(layout, class, walk);
        walk.path.pop();
        if let Some(slot) = self.slot(class) {
            match &result {
                Ok(_) => slot.settle(layout.search.id),
                Err(error) => slot.note(error),
            }
        }
        let loaded = result?;
        walk.done.insert(class.clone(), Arc::clone(&loaded));
        Ok(loaded)
    }

    fn resolve_step(
        &self,
        layout: &Layout,
        class: &ClassName,
        walk: &mut Walk,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        let loaded = self.obtain(layout, class, walk)?;
        // A class may repeat what its runtime implies: that was resolved before it was loaded.
        let implied = match &loaded.origin {
            Some(_) => self.implied_by(loaded.runtime),
            None => &[],
        };
        for dependency in loaded.class.dependencies() {
            if !implied.contains(dependency) {
                self.resolve_dependency(layout, class, dependency, true, walk)?;
            }
        }
        Ok(loaded)
    }

    /// A declared dependency obeys the load list, unlike in Ceph. An implied one does not: it is part of the
    /// runtime, and a client that may load a Lua class need not be able to call class `lua`.
    pub(crate) fn resolve_dependency(
        &self,
        layout: &Layout,
        class: &ClassName,
        dependency: &ClassName,
        declared: bool,
        walk: &mut Walk,
    ) -> Result<(), ClassUnavailable> {
        let result = if declared && !layout.config.load_list.contains(dependency) {
            Err(ClassUnavailable::NotPermitted {
                class: dependency.clone(),
            })
        } else {
            self.resolve(layout, dependency, walk).map(drop)
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
        layout: &Layout,
        class: &ClassName,
        walk: &mut Walk,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        if layout.config.disabled_classes.contains(class) {
            return Err(ClassUnavailable::Disabled {
                class: class.clone(),
            });
        }
        if let Some(builtin) = self.builtins.get(class) {
            check_runtime_on(layout, class, None, builtin.runtime)?;
            return Ok(Arc::clone(builtin));
        }
        for Runtime { kind, backend } in &self.runtimes {
            if backend.is_none() && kind.builtin.contains(&class.as_str()) {
                return Err(ClassUnavailable::not_built_in(class, None, kind));
            }
        }
        let opened = self
            .slot(class)
            .and_then(|slot| slot.opened(layout.search.id));
        let keep = match &opened {
            Some((loaded, true)) => {
                return self.keep(layout, loaded, walk);
            }
            Some((loaded, false)) => loaded.origin.as_ref().map(|origin| origin.path.as_path()),
            None => None,
        };
        match layout.search.locate(class, keep) {
            Ok(Located::Found(found)) => self.load_found(layout, class, &found, walk),
            Ok(Located::Keep) => {
                let Some((loaded, _)) = &opened else {
                    unreachable!("only what is open is kept");
                };
                self.keep(layout, loaded, walk)
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
        layout: &Layout,
        loaded: &Arc<Loaded>,
        walk: &mut Walk,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        let file = loaded.origin.as_ref().map(|origin| origin.path.clone());
        check_runtime_on(layout, &loaded.name, file, loaded.runtime)?;
        self.resolve_implied(layout, &loaded.name, loaded.runtime, walk)?;
        Ok(Arc::clone(loaded))
    }

    pub(crate) fn resolve_implied(
        &self,
        layout: &Layout,
        class: &ClassName,
        runtime: &str,
        walk: &mut Walk,
    ) -> Result<(), ClassUnavailable> {
        self.implied_by(runtime)
            .iter()
            .filter(|implied| *implied != class)
            .try_for_each(|implied| self.resolve_dependency(layout, class, implied, false, walk))
    }

    fn implied_by(&self, runtime: &str) -> &[ClassName] {
        let found = self.runtimes.iter().find(|row| row.kind.name == runtime);
        found
            .and_then(|row| row.backend.as_ref())
            .map_or(&[], |backend| backend.implied_dependencies())
    }
}

pub(crate) fn check_runtime_on(
    layout: &Layout,
    class: &ClassName,
    file: Option<PathBuf>,
    runtime: &'static str,
) -> Result<(), ClassUnavailable> {
    if layout.config.disabled_runtimes.contains(runtime) {
        return Err(ClassUnavailable::RuntimeOff {
            class: class.clone(),
            file,
            runtime,
        });
    }
    Ok(())
}
