//! Where class files may lie, in order.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
};

use objclass::{ClassBackend, ClassName};
use sandbox::{DirRefused, FileIdentity, ScopedDir, Trust};

use crate::{ClassUnavailable, Kind, LoaderConfig, Runtime, lock::lock};

/// All directories of all kinds, in order of precedence.
#[derive(Debug)]
pub(crate) struct Search {
    /// Tells one search from the next: directories are opened anew with each.
    pub(crate) id: u64,
    pub(crate) places: Vec<Place>,
}

/// One kind of class files and its directories.
#[derive(Debug)]
pub(crate) struct Place {
    pub(crate) kind: Kind,
    /// None when this build cannot run the kind.
    pub(crate) backend: Option<Arc<dyn ClassBackend>>,
    pub(crate) dirs: Vec<Directory>,
}

/// A directory, opened when it is first needed and again when it was missing.
#[derive(Debug)]
pub(crate) struct Directory {
    pub(crate) configured: PathBuf,
    trust: Trust,
    open: Mutex<Option<Arc<ScopedDir>>>,
}

/// A file that exists and would define the class.
#[derive(Debug)]
pub(crate) struct FoundFile<'a> {
    pub(crate) place: &'a Place,
    pub(crate) dir: Arc<ScopedDir>,
    pub(crate) name: String,
    pub(crate) path: PathBuf,
    pub(crate) identity: FileIdentity,
}

/// What a search came to.
#[derive(Debug)]
pub(crate) enum Located<'a> {
    /// The first file there is.
    Found(FoundFile<'a>),
    /// Nothing comes before the file to be kept, which may be gone.
    Keep,
}

impl Search {
    pub(crate) fn new(id: u64, runtimes: &[Runtime], config: &LoaderConfig) -> Self {
        let places = runtimes.iter().map(|runtime| Place::new(runtime, config));
        Self {
            id,
            places: places.collect(),
        }
    }

    /// Finds the first file of class `class`; whatever comes before `keep` counts.
    ///
    /// A directory that is refused ends the search: a file in it might have come first. Unless this build cannot
    /// run its files anyway.
    pub(crate) fn locate(
        &self,
        class: &ClassName,
        keep: Option<&Path>,
    ) -> Result<Located<'_>, ClassUnavailable> {
        let mut searched = Vec::new();
        for place in &self.places {
            let name = place.file_name(class);
            for dir in &place.dirs {
                let path = dir.configured.join(&name);
                if keep == Some(&path) {
                    return Ok(Located::Keep);
                }
                match dir.look(place, class, &name, &path)? {
                    Some(found) => return Ok(Located::Found(found)),
                    None => searched.push(path),
                }
            }
        }
        Err(ClassUnavailable::Missing {
            class: class.clone(),
            searched,
        })
    }

    /// Every file of class `class`, in order; the first one is used.
    pub(crate) fn files_of(&self, class: &ClassName) -> Vec<PathBuf> {
        let mut files = Vec::new();
        for place in &self.places {
            let name = place.file_name(class);
            for dir in &place.dirs {
                let path = dir.configured.join(&name);
                if matches!(dir.look(place, class, &name, &path), Ok(Some(_))) {
                    files.push(path);
                }
            }
        }
        files
    }
}

impl Place {
    fn new(runtime: &Runtime, config: &LoaderConfig) -> Self {
        Self {
            kind: runtime.kind,
            backend: runtime.backend.clone(),
            dirs: directories(runtime.kind.name, config),
        }
    }

    pub(crate) fn file_name(&self, class: &ClassName) -> String {
        self.kind.file_name(class.as_str())
    }

    /// The class a file name stands for. `Err` when the name has the shape but the class name is impossible.
    pub(crate) fn class_of(
        &self,
        file_name: &str,
    ) -> Option<Result<ClassName, objclass::InvalidName>> {
        Some(ClassName::new(self.kind.class_part(file_name)?))
    }
}

fn directories(runtime: &str, config: &LoaderConfig) -> Vec<Directory> {
    let mut directories: Vec<Directory> = Vec::new();
    let paths = config
        .dirs
        .iter()
        .filter(|(of, _)| *of == runtime)
        .flat_map(|(_, paths)| paths);
    for path in paths {
        // Named twice, a directory would seem to hide its own files.
        if directories.iter().all(|known| known.configured != *path) {
            directories.push(Directory {
                configured: path.clone(),
                trust: config.trust.clone(),
                open: Mutex::new(None),
            });
        }
    }
    directories
}

impl Directory {
    /// The open directory. Kept once it is open, until it is removed or the search is made anew.
    pub(crate) fn open(&self) -> Result<Arc<ScopedDir>, DirRefused> {
        let mut open = lock(&self.open);
        if let Some(dir) = open.as_ref()
            && !dir.is_removed()
        {
            return Ok(Arc::clone(dir));
        }
        *open = None;
        let dir = Arc::new(ScopedDir::open(&self.configured, &self.trust)?);
        *open = Some(Arc::clone(&dir));
        Ok(dir)
    }

    fn look<'a>(
        &self,
        place: &'a Place,
        class: &ClassName,
        name: &str,
        path: &Path,
    ) -> Result<Option<FoundFile<'a>>, ClassUnavailable> {
        let dir = match self.open() {
            Ok(dir) => dir,
            Err(refused) if refused.is_missing() || place.backend.is_none() => return Ok(None),
            Err(refused) => {
                return Err(ClassUnavailable::Directory {
                    class: class.clone(),
                    source: Arc::new(refused),
                });
            }
        };
        let identity = dir
            .identity(name)
            .map_err(|refused| ClassUnavailable::File {
                class: class.clone(),
                source: Arc::new(refused),
            })?;
        Ok(identity.map(|identity| FoundFile {
            place,
            dir,
            name: name.to_owned(),
            path: path.to_owned(),
            identity,
        }))
    }
}
