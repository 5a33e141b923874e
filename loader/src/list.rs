//! What there is: classes, and the directories they come from.

use std::{collections::BTreeMap, path::PathBuf};

use objclass::{ClassName, Digest};
use sandbox::{DirRefused, Skipped};

use crate::{
    ClassState, ClassUnavailable, Kind, Loader,
    layout::Layout,
    search::{Directory, Place},
};

/// Every class that has a file, is part of a runtime, or is open.
#[derive(Debug)]
pub struct ClassTable {
    /// In order of names.
    pub classes: Vec<ClassStatus>,
    /// In order of precedence.
    pub directories: Vec<DirectoryStatus>,
}

/// Where one class stands.
#[derive(Clone, Debug)]
pub struct ClassStatus {
    /// The class.
    pub name: ClassName,
    /// The runtime of the file that decides, or that the class is part of.
    pub runtime: &'static str,
    /// The file that decides; none for a class that is part of its runtime.
    pub file: Option<PathBuf>,
    /// Files of the same class that are not used.
    pub shadowed: Vec<PathBuf>,
    /// Where it stands. [`Unknown`](ClassState::Unknown) until somebody wants it.
    pub state: ClassState,
    /// Whether it is on `class_load_list`.
    pub permitted: bool,
    /// Whether it is on `class_default_list`.
    pub by_default: bool,
    /// Digest of the content that runs, once loaded from a file.
    pub digest: Option<Digest>,
    /// Number of the version that runs, once loaded.
    pub version: Option<u64>,
    /// How many methods it has, once loaded.
    pub methods: Option<usize>,
    /// Why it is not open, if that was tried or is known without trying.
    pub error: Option<ClassUnavailable>,
    /// Why the last reload did not take the file's new content, if so.
    pub reload_error: Option<ClassUnavailable>,
}

/// One configured directory.
#[derive(Debug)]
pub struct DirectoryStatus {
    /// The runtime whose files it holds.
    pub runtime: &'static str,
    /// Where it is, as configured.
    pub path: PathBuf,
    /// How many files in it are named like class files of its runtime.
    pub class_files: usize,
    /// How many files in it are named otherwise, impossible class names included.
    pub other_files: usize,
    /// Entries that were left out.
    pub skipped: Skipped,
    /// Whether it has too many entries to look at all of them.
    pub truncated: bool,
    /// Why it is not used, if so.
    pub refused: Option<DirRefused>,
}

/// What came of opening all classes.
#[derive(Debug)]
pub struct PreloadReport {
    /// How many classes are open.
    pub opened: usize,
    /// Every class that should have opened and did not.
    pub failures: Vec<(ClassName, ClassUnavailable)>,
    /// Every directory that is refused. Directories that do not exist are not counted.
    pub directories: Vec<DirRefused>,
}

impl Loader {
    /// Lists all classes without opening any.
    #[must_use]
    pub fn list(&self) -> ClassTable {
        let layout = self.layout();
        let mut classes = BTreeMap::new();
        let mut directories = Vec::new();
        for place in &layout.search.places {
            for dir in &place.dirs {
                directories.push(scan(place, dir, |name| {
                    let path = dir.configured.join(place.file_name(&name));
                    classes
                        .entry(name)
                        .and_modify(|known: &mut Sighting| known.shadowed.push(path.clone()))
                        .or_insert_with(|| Sighting::of_file(place, path));
                }));
            }
        }
        for (name, builtin) in &self.builtins {
            let shadowed = classes
                .remove(name)
                .map(Sighting::all_files)
                .unwrap_or_default();
            let sighting = Sighting {
                runtime: builtin.runtime,
                lacking: None,
                file: None,
                shadowed,
            };
            classes.insert(name.clone(), sighting);
        }
        for slot in self.all_slots() {
            // Open, though its file is gone.
            if let Some(loaded) = slot.view().loaded {
                classes
                    .entry(slot.name.clone())
                    .or_insert_with(|| Sighting {
                        runtime: loaded.runtime,
                        lacking: None,
                        file: loaded.origin.as_ref().map(|origin| origin.path.clone()),
                        shadowed: Vec::new(),
                    });
            }
        }
        let classes = classes
            .into_iter()
            .map(|(name, sighting)| self.status(&layout, name, sighting))
            .collect();
        ClassTable {
            classes,
            directories,
        }
    }

    /// Opens every class that may be loaded and is not switched off, and reports every failure. (Ceph stops at the
    /// first.) Failures are logged as well.
    pub fn preload(&self) -> PreloadReport {
        let table = self.list();
        let mut report = PreloadReport {
            opened: 0,
            failures: Vec::new(),
            directories: Vec::new(),
        };
        for class in table.classes {
            // Switched off, not in this build or not on the list: that is what was asked for, not a failure.
            if class.state == ClassState::Disabled {
                continue;
            }
            match self.open(class.name.as_str()) {
                Ok(_) => report.opened += 1,
                Err(error) => report.failures.push((class.name, error)),
            }
        }
        for directory in table.directories {
            if let Some(refused) = directory.refused.filter(|refused| !refused.is_missing()) {
                tracing::warn!("class directory refused: {refused}");
                report.directories.push(refused);
            }
        }
        report
    }

    fn status(&self, layout: &Layout, name: ClassName, sighting: Sighting) -> ClassStatus {
        let view = self.slot(&name).map(|slot| slot.view());
        let open = self.published(&name);
        let loaded = view.as_ref().and_then(|view| view.loaded.as_ref());
        let builtin = self.builtins.get(&name);
        let running = loaded.or(builtin);
        let disabled = self.why_disabled(layout, &name, &sighting);
        let (state, error) = match (disabled, &view) {
            (Some(error), _) => (ClassState::Disabled, Some(error)),
            (None, _) if open.is_some() || builtin.is_some() => (ClassState::Open, None),
            (None, Some(view)) => (view.state, view.last_error.clone()),
            (None, None) => (ClassState::Unknown, None),
        };
        ClassStatus {
            runtime: loaded.map_or(sighting.runtime, |loaded| loaded.runtime),
            file: loaded
                .and_then(|loaded| loaded.origin.as_ref())
                .map(|origin| origin.path.clone())
                .or(sighting.file),
            shadowed: sighting.shadowed,
            state,
            permitted: layout.config.load_list.contains(&name),
            by_default: layout.config.default_list.contains(&name),
            digest: loaded
                .and_then(|loaded| loaded.origin.as_ref())
                .map(|origin| origin.digest),
            version: running.map(|loaded| loaded.version),
            methods: running.map(|loaded| loaded.index.len()),
            error,
            reload_error: view.and_then(|view| view.reload_error),
            name,
        }
    }

    /// Why the class would be refused whatever its file holds.
    fn why_disabled(
        &self,
        layout: &Layout,
        name: &ClassName,
        sighting: &Sighting,
    ) -> Option<ClassUnavailable> {
        let class = name.clone();
        if !layout.config.load_list.contains(name) {
            return Some(ClassUnavailable::NotPermitted { class });
        }
        if layout.config.disabled_classes.contains(name) {
            return Some(ClassUnavailable::Disabled { class });
        }
        let file = sighting.file.clone();
        let runtime = sighting.runtime;
        if let Some(kind) = &sighting.lacking {
            return Some(ClassUnavailable::not_built_in(name, file, kind));
        }
        layout
            .config
            .disabled_runtimes
            .contains(runtime)
            .then_some(ClassUnavailable::RuntimeOff {
                class,
                file,
                runtime,
            })
    }
}

/// Where a class was seen.
struct Sighting {
    runtime: &'static str,
    /// The runtime's kind when this build lacks it.
    lacking: Option<Kind>,
    file: Option<PathBuf>,
    shadowed: Vec<PathBuf>,
}

impl Sighting {
    fn of_file(place: &Place, path: PathBuf) -> Self {
        Self {
            runtime: place.kind.name,
            lacking: place.backend.is_none().then_some(place.kind),
            file: Some(path),
            shadowed: Vec::new(),
        }
    }

    fn all_files(self) -> Vec<PathBuf> {
        self.file.into_iter().chain(self.shadowed).collect()
    }
}

fn scan(place: &Place, dir: &Directory, mut seen: impl FnMut(ClassName)) -> DirectoryStatus {
    let mut status = DirectoryStatus {
        runtime: place.kind.name,
        path: dir.configured.clone(),
        class_files: 0,
        other_files: 0,
        skipped: Skipped::default(),
        truncated: false,
        refused: None,
    };
    let listing = match dir.open().and_then(|dir| dir.names()) {
        Ok(listing) => listing,
        Err(refused) => {
            status.refused = Some(refused);
            return status;
        }
    };
    status.skipped = listing.skipped;
    status.truncated = listing.truncated;
    for name in &listing.names {
        match place.class_of(name) {
            Some(Ok(class)) => {
                status.class_files += 1;
                seen(class);
            }
            Some(Err(_)) | None => status.other_files += 1,
        }
    }
    status
}
