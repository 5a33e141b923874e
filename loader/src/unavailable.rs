//! Why a class cannot be used.

use std::{error::Error, path::PathBuf, sync::Arc};

use objclass::{ClassName, Errno, FailureKind, InvalidName, OpenError};
use sandbox::{DirRefused, FileRefused};

use crate::Kind;

/// Why a class did not open. Each variant has a text of its own; [`errno`](ClassUnavailable::errno) is what
/// Ceph's clients see.
///
/// Cheap to clone: an answer is kept and given again until the file changes.
#[derive(Clone, Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ClassUnavailable {
    /// No class can have this name. No file was looked for.
    #[error(transparent)]
    InvalidName(#[from] InvalidName),
    /// The class is not on `class_load_list`.
    #[error("class {class} is not on class_load_list")]
    NotPermitted {
        /// The class.
        class: ClassName,
    },
    /// The class is switched off in the configuration.
    #[error("class {class} is switched off in the configuration")]
    Disabled {
        /// The class.
        class: ClassName,
    },
    /// Nothing defines the class.
    #[error("there is no class {class}: {}", looked_for(.searched))]
    Missing {
        /// The class.
        class: ClassName,
        /// The files that were looked for, in order.
        searched: Vec<PathBuf>,
    },
    /// The class's runtime is not part of this build.
    #[error("class {class}{} needs the {runtime} runtime, which this build lacks: build with cargo feature {feature:?}", in_file(.file))]
    NotBuiltIn {
        /// The class.
        class: ClassName,
        /// Its file; none for a class that is part of the runtime.
        file: Option<PathBuf>,
        /// The runtime.
        runtime: &'static str,
        /// The cargo feature.
        feature: &'static str,
    },
    /// The class's runtime is switched off in the configuration.
    #[error("class {class}{} needs the {runtime} runtime, which is switched off in the configuration", in_file(.file))]
    RuntimeOff {
        /// The class.
        class: ClassName,
        /// Its file; none for a class that is part of the runtime.
        file: Option<PathBuf>,
        /// The runtime.
        runtime: &'static str,
    },
    /// A class it depends on does not open, for the reason given as the source.
    #[error("class {class} needs class {dependency}, which is not available")]
    Dependency {
        /// The class.
        class: ClassName,
        /// The class it depends on.
        dependency: ClassName,
        /// What is wrong with that one.
        #[source]
        source: Box<ClassUnavailable>,
    },
    /// It depends on itself.
    #[error("classes depend on each other in a circle: {}", arrows(.cycle))]
    Cycle {
        /// The circle, beginning and ending with the same class.
        cycle: Vec<ClassName>,
    },
    /// Its dependencies are nested too deeply.
    #[error("class {class} is reached through more than {limit} dependencies")]
    TooDeep {
        /// The class given up at.
        class: ClassName,
        /// How deep dependencies may be nested.
        limit: usize,
    },
    /// A directory it may lie in is not fit for use.
    #[error("class {class} was not looked for in a directory that is refused")]
    Directory {
        /// The class.
        class: ClassName,
        /// What is wrong with the directory.
        #[source]
        source: Arc<DirRefused>,
    },
    /// Its file was refused before its content was looked at.
    #[error("the file of class {class} is refused")]
    File {
        /// The class.
        class: ClassName,
        /// What is wrong with the file.
        #[source]
        source: Arc<FileRefused>,
    },
    /// Its file is broken.
    #[error("class {class} does not load from {}", file.display())]
    Module {
        /// The class.
        class: ClassName,
        /// Its file.
        file: PathBuf,
        /// What the runtime said.
        #[source]
        source: Arc<OpenError>,
    },
    /// The file is not named like a class file, so that it defines none. Only when a file is checked by path.
    #[error("{} is not named like a class file: {}", file.display(), .forms.join(", "))]
    NotAClassFile {
        /// The file.
        file: PathBuf,
        /// How class files are named.
        forms: Vec<String>,
    },
    /// Its file registers no method.
    #[error("class {class} registers no method in {}", file.display())]
    NoMethods {
        /// The class.
        class: ClassName,
        /// Its file.
        file: PathBuf,
    },
}

impl ClassUnavailable {
    pub(crate) fn not_built_in(class: &ClassName, file: Option<PathBuf>, kind: &Kind) -> Self {
        Self::NotBuiltIn {
            class: class.clone(),
            file,
            runtime: kind.name,
            feature: kind.feature,
        }
    }

    /// The error number a client sees.
    ///
    /// | why | errno |
    /// |---|---|
    /// | impossible name, also of a file | `EINVAL` |
    /// | not on `class_load_list` | `EPERM` |
    /// | no such class, switched off, runtime not in this build | `EOPNOTSUPP` |
    /// | file or directory refused, module broken, circle of dependencies | `EIO` |
    /// | a dependency does not open | as the dependency |
    #[must_use]
    pub fn errno(&self) -> Errno {
        match self {
            ClassUnavailable::InvalidName(_) | ClassUnavailable::NotAClassFile { .. } => {
                Errno::EINVAL
            }
            ClassUnavailable::NotPermitted { .. } => Errno::EPERM,
            ClassUnavailable::Disabled { .. }
            | ClassUnavailable::Missing { .. }
            | ClassUnavailable::NotBuiltIn { .. }
            | ClassUnavailable::RuntimeOff { .. } => Errno::EOPNOTSUPP,
            ClassUnavailable::Dependency { source, .. } => source.errno(),
            ClassUnavailable::Cycle { .. }
            | ClassUnavailable::TooDeep { .. }
            | ClassUnavailable::Directory { .. }
            | ClassUnavailable::File { .. }
            | ClassUnavailable::Module { .. }
            | ClassUnavailable::NoMethods { .. } => Errno::EIO,
        }
    }

    /// What kind of failure it is.
    #[must_use]
    pub fn kind(&self) -> FailureKind {
        match self {
            ClassUnavailable::InvalidName(_) => FailureKind::InvalidName,
            ClassUnavailable::NotPermitted { .. } => FailureKind::NotPermitted,
            ClassUnavailable::Disabled { .. } => FailureKind::Disabled,
            ClassUnavailable::Missing { .. } => FailureKind::Missing,
            ClassUnavailable::NotBuiltIn { .. } => FailureKind::NotBuiltIn,
            ClassUnavailable::RuntimeOff { .. } => FailureKind::RuntimeOff,
            ClassUnavailable::Dependency { .. } => FailureKind::Dependency,
            ClassUnavailable::Cycle { .. } => FailureKind::Cycle,
            ClassUnavailable::TooDeep { .. } => FailureKind::TooDeep,
            ClassUnavailable::Directory { .. } => FailureKind::DirectoryRefused,
            ClassUnavailable::File { .. } => FailureKind::FileRefused,
            ClassUnavailable::Module { .. } => FailureKind::Broken,
            ClassUnavailable::NotAClassFile { .. } => FailureKind::NotAClassFile,
            ClassUnavailable::NoMethods { .. } => FailureKind::NoMethods,
        }
    }

    /// The whole story in one line: this error and its causes, for logs and listings.
    #[must_use]
    pub fn reason(&self) -> String {
        let mut line = self.to_string();
        let mut cause = self.source();
        while let Some(error) = cause {
            line.push_str(": ");
            line.push_str(&error.to_string());
            cause = error.source();
        }
        line
    }
}

fn looked_for(searched: &[PathBuf]) -> String {
    if searched.is_empty() {
        return "no class directory is configured".to_owned();
    }
    let paths: Vec<_> = searched
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    let verb = if paths.len() == 1 {
        "does not exist"
    } else {
        "do not exist"
    };
    format!("{} {verb}", paths.join(", "))
}

fn in_file(file: &Option<PathBuf>) -> String {
    file.as_ref()
        .map_or_else(String::new, |path| format!(" ({})", path.display()))
}

fn arrows(cycle: &[ClassName]) -> String {
    let names: Vec<_> = cycle.iter().map(ClassName::as_str).collect();
    names.join(" -> ")
}
