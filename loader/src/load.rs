//! From a file to a loaded class.

use std::{sync::Arc, time::Instant};

use objclass::{ClassBackend, ClassName, LimitHit, LimitKind, Limits, Module, OpenError};
use tracing::{info, warn};

use crate::{
    ClassUnavailable, Loader,
    layout::Layout,
    lock::lock_until,
    open_class::{Loaded, OpenedFrom, method_index},
    resolve::{Walk, check_runtime_on},
    search::FoundFile,
};

impl Loader {
    /// Loads a class from the file that decides, unless that was done or failed a short while ago.
    pub(crate) fn load_found(
        &self,
        layout: &Layout,
        class: &ClassName,
        found: &FoundFile<'_>,
        walk: &mut Walk,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        let slot = self.slot_for_file_of(class);
        let backend = runnable(layout, class, found)?;
        self.resolve_implied(layout, class, found.place.kind.name, walk)?;
        // A thread that waited for its turn finds the work done.
        let deadline = walk.deadline;
        let Some(_turn) = lock_until(&slot.turn, deadline) else {
            return Err(out_of_time(class, found));
        };
        if let Some(known) = slot.recall(&found.path, &found.identity, Instant::now()) {
            return known;
        }
        slot.begin();
        match self.load(layout, class, found, backend, deadline) {
            Ok(loaded) => {
                slot.loaded(&loaded);
                log_shadowed(layout, class, found);
                Ok(loaded)
            }
            // Given more time it may well open: the next caller is not told that it is broken.
            Err(error) if deadline.is_some_and(|deadline| Instant::now() >= deadline) => Err(error),
            Err(error) => {
                slot.failed(&found.path, found.identity, &error, Instant::now());
                Err(error)
            }
        }
    }

    /// Reads the file and has the backend open it.
    fn load(
        &self,
        layout: &Layout,
        class: &ClassName,
        found: &FoundFile<'_>,
        backend: &Arc<dyn ClassBackend>,
        deadline: Option<Instant>,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        if deadline.is_some_and(|deadline| Instant::now() >= deadline) {
            return Err(out_of_time(class, found));
        }
        let (module, origin) = read_module(class, found, backend.as_ref())?;
        self.open_module(
            layout,
            &module,
            origin,
            found.place.kind.name,
            backend.as_ref(),
            deadline,
        )
    }

    pub(crate) fn open_module(
        &self,
        layout: &Layout,
        module: &Module,
        origin: OpenedFrom,
        runtime: &'static str,
        backend: &dyn ClassBackend,
        deadline: Option<Instant>,
    ) -> Result<Arc<Loaded>, ClassUnavailable> {
        let class = &module.class;
        let broken = |error| ClassUnavailable::Module {
            class: class.clone(),
            file: origin.path.clone(),
            source: Arc::new(error),
        };
        let limits = left_of(layout.config.policy.limits_for(class, false), deadline);
        let opened = match deadline {
            Some(until) => backend.open_until(module, &limits, until),
            None => backend.open(module, &limits),
        };
        let opened = opened.map_err(broken)?;
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
            runtime,
            origin: Some(origin),
            version,
            class: opened,
            index: Arc::new(index),
        }))
    }
}

/// The lower of both deadlines.
fn left_of(mut limits: Limits, deadline: Option<Instant>) -> Limits {
    if let Some(deadline) = deadline {
        let left = deadline.saturating_duration_since(Instant::now());
        let left = u64::try_from(left.as_millis()).unwrap_or(u64::MAX);
        limits.deadline_ms = limits.deadline_ms.min(left);
    }
    limits
}

/// What a call hears that is over before the class is loaded.
fn out_of_time(class: &ClassName, found: &FoundFile<'_>) -> ClassUnavailable {
    let hit = LimitHit {
        kind: LimitKind::Deadline,
        limit: 0,
    };
    ClassUnavailable::Module {
        class: class.clone(),
        file: found.path.clone(),
        source: Arc::new(OpenError::Trap(hit.into())),
    }
}

/// The backend for a file, if it may be used.
pub(crate) fn runnable<'a>(
    layout: &Layout,
    class: &ClassName,
    found: &'a FoundFile<'_>,
) -> Result<&'a Arc<dyn ClassBackend>, ClassUnavailable> {
    let kind = &found.place.kind;
    let Some(backend) = &found.place.backend else {
        let file = Some(found.path.clone());
        return Err(ClassUnavailable::not_built_in(class, file, kind));
    };
    check_runtime_on(layout, class, Some(found.path.clone()), kind.name)?;
    Ok(backend)
}

/// Verifies and reads the file.
pub(crate) fn read_module(
    class: &ClassName,
    found: &FoundFile<'_>,
    backend: &dyn ClassBackend,
) -> Result<(Module, OpenedFrom), ClassUnavailable> {
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
    let origin = OpenedFrom {
        path: found.path.clone(),
        identity: file.identity,
        digest: file.digest,
    };
    Ok((module, origin))
}

/// Says, once per load, which files of the same class are not used.
fn log_shadowed(layout: &Layout, class: &ClassName, used: &FoundFile<'_>) {
    for path in layout.search.files_of(class) {
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
