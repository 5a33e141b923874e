//! Why nothing, or not all, was done.

use std::{io, path::PathBuf};

/// Why an installation or removal did not end well. What was done by then is in the manifest, so it can be repeated.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum InstallError {
    /// The class directory is not there.
    #[error("{path:?} is no directory: name the OSDs' class directory with --dest (osd_class_dir)")]
    NoDirectory {
        /// The directory.
        path: PathBuf,
    },
    /// A file or directory could not be used.
    #[error("cannot {what} {path:?}: {source}")]
    File {
        /// What was tried.
        what: &'static str,
        /// With what.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// What was given as engine or stub is neither.
    #[error("{path:?} is no {what} of Radula; `cargo xtask ceph` builds both")]
    NotOurs {
        /// What it was to be.
        what: &'static str,
        /// The file.
        path: PathBuf,
    },
    /// The manifest cannot be read.
    #[error("{path:?} cannot be understood: {reason}; move it away, and install with --force")]
    Manifest {
        /// The manifest.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// Somebody else's files are in the places that were asked for, or ours were changed.
    #[error("others' files, or changed since they were installed, and not replaced without --force: {}", shown(.paths))]
    Foreign {
        /// The files.
        paths: Vec<PathBuf>,
    },
    /// A class that Ceph's own services need.
    #[error(
        "class {class} is one of Ceph's own, which its services call: `--replace {class}` puts yours in its place"
    )]
    Stock {
        /// The class.
        class: String,
    },
    /// Another process installs or removes.
    #[error("another installation in {path:?} is under way")]
    Busy {
        /// The class directory.
        path: PathBuf,
    },
    /// Nothing is there to remove.
    #[error("nothing of Radula is installed in {path:?}")]
    NotInstalled {
        /// The class directory.
        path: PathBuf,
    },
    /// The installation was to stop here, to see what is left.
    #[error("stopped before step {step}")]
    Stopped {
        /// The step.
        step: usize,
    },
}

fn shown(paths: &[PathBuf]) -> String {
    let paths: Vec<String> = paths
        .iter()
        .map(|path| path.display().to_string())
        .collect();
    paths.join(", ")
}
