//! A class file checked for its author, before it is installed.

use std::{
    path::{Path, PathBuf},
    sync::Arc,
};

use objclass::{ClassName, Digest, Method, Module};
use sandbox::{FileRefused, ScopedDir};

use crate::{ClassUnavailable, Loader, open_class::OpenedFrom, resolve::Walk, search::Place};

/// A class file that loads.
#[derive(Debug)]
pub struct CheckReport {
    /// The class it defines.
    pub class: ClassName,
    /// The runtime that runs it.
    pub runtime: &'static str,
    /// The file.
    pub path: PathBuf,
    /// Its size in bytes.
    pub size: u64,
    /// Digest of its content.
    pub digest: Digest,
    /// Its methods.
    pub methods: Vec<Method>,
    /// What it depends on.
    pub dependencies: Vec<ClassName>,
    /// The dependencies that do not open here, and why.
    pub missing: Vec<ClassUnavailable>,
    /// What would have it refused where it lies: its owner, mode, hard links, directory.
    pub objections: Vec<FileRefused>,
}

impl Loader {
    /// Loads the class file at `path` as if it were installed, under the limits of its class, and forgets it again.
    /// `path` is the operator's; lists and switches of the configuration do not matter.
    ///
    /// # Errors
    /// [`ClassUnavailable`] when the file cannot define a class: its name, its kind, its content.
    pub fn check_file(&self, path: &Path) -> Result<CheckReport, ClassUnavailable> {
        let layout = self.layout();
        let (place, class) = place_of(&layout.search.places, path)?;
        let Some(backend) = &place.backend else {
            let file = Some(path.to_owned());
            return Err(ClassUnavailable::not_built_in(&class, file, &place.kind));
        };
        let inspected = ScopedDir::inspect(path, &layout.config.trust, backend.max_module_size())
            .map_err(|refused| ClassUnavailable::File {
            class: class.clone(),
            source: Arc::new(refused),
        })?;
        let file = inspected.file;
        let module = Module {
            class: class.clone(),
            file: place.file_name(&class),
            bytes: file.bytes,
            digest: file.digest,
        };
        let origin = OpenedFrom {
            path: path.to_owned(),
            identity: file.identity,
            digest: file.digest,
        };
        let loaded = self.open_module(
            &layout,
            &module,
            origin,
            place.kind.name,
            backend.as_ref(),
            None,
        )?;
        let implied = backend.implied_dependencies();
        let declared = loaded.class.dependencies().iter();
        let dependencies: Vec<_> = implied
            .iter()
            .chain(declared.filter(|declared| !implied.contains(declared)))
            .cloned()
            .collect();
        let missing = dependencies
            .iter()
            .filter_map(|dependency| {
                let mut walk = Walk::from(&class);
                self.resolve_dependency(&layout, &class, dependency, false, &mut walk)
                    .err()
            })
            .collect();
        Ok(CheckReport {
            class,
            runtime: place.kind.name,
            path: path.to_owned(),
            size: file.identity.size(),
            digest: file.digest,
            methods: loaded.class.methods().to_vec(),
            dependencies,
            missing,
            objections: inspected.objections,
        })
    }
}

fn place_of<'a>(
    places: &'a [Place],
    path: &Path,
) -> Result<(&'a Place, ClassName), ClassUnavailable> {
    let name = path
        .file_name()
        .and_then(|name| name.to_str())
        .unwrap_or_default();
    let found = places
        .iter()
        .find_map(|place| Some((place, place.class_of(name)?)));
    match found {
        Some((place, class)) => Ok((place, class?)),
        None => Err(ClassUnavailable::NotAClassFile {
            file: path.to_owned(),
            forms: places
                .iter()
                .map(|place| place.kind.file_name("NAME"))
                .collect(),
        }),
    }
}
