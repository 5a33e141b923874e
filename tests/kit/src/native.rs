//! Native classes, built for tests as their authors build them.
#![expect(
    clippy::disallowed_methods,
    reason = "builds fixtures with cargo and cc"
)]

use std::{
    path::{Path, PathBuf},
    process::Command,
    sync::OnceLock,
};

use crate::{corpus::repository, fixture::Scratch};

/// The cargo packages of native classes tests use.
const PACKAGES: &[&str] = &["radula-class-actor", "radula-class-hello"];

/// A directory with `libcls_actor.so`, `libcls_hello.so` and `libcls_hello_c.so`, fit to be a class directory: each file
/// has one name and can be written by its owner only.
///
/// Built on first use, beside what the tests themselves were built of.
///
/// # Panics
/// When a class does not build.
#[must_use]
pub fn native_classes() -> PathBuf {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(build).clone()
}

#[expect(
    clippy::disallowed_methods,
    reason = "builds fixtures with cargo and cc"
)]
fn build() -> PathBuf {
    let test = std::env::current_exe().expect("a test is a file");
    // <target>/<profile>/deps/<test>
    let target = test
        .ancestors()
        .nth(3)
        .expect("a test lies in a target directory");
    let directory = target.join("testkit/native");
    std::fs::create_dir_all(&directory).expect("a writable target directory");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let packages = PACKAGES.iter().flat_map(|package| ["--package", package]);
    run(Command::new(cargo)
        .args(["build", "--quiet", "--target-dir"])
        .arg(target)
        .args(packages)
        .current_dir(repository()));
    for class in ["actor", "hello"] {
        let file = format!("libcls_{class}.so");
        install(&target.join("debug").join(&file), &directory, &file);
    }
    // In C, and so without cargo.
    let built = directory.join(format!("hello_c.{}", std::process::id()));
    run(Command::new("cc")
        .args([
            "-std=c11",
            "-O1",
            "-fPIC",
            "-shared",
            "-fvisibility=hidden",
            "-I",
        ])
        .arg(repository().join("abi"))
        .arg(repository().join("classes/native/hello_c/hello_c.c"))
        .arg("-o")
        .arg(&built));
    install(&built, &directory, "libcls_hello_c.so");
    std::fs::remove_file(built).expect("our own file");
    directory
}

/// A class directory with `libcls_NAME.so`, built from `source` in C++ as an author builds a class for an OSD, against the
/// headers Ceph's packages install.
///
/// # Panics
/// When it does not build.
#[must_use]
pub fn ceph_class(scratch: &Scratch, name: &str, source: &str) -> PathBuf {
    let directory = scratch.dir("ceph-classes");
    let text = scratch.file(&format!("{name}.cc"), source);
    let library = directory.join(format!("libcls_{name}.so"));
    run(Command::new("c++")
        .args(["-std=c++17", "-O2", "-fPIC", "-shared", "-o"])
        .arg(&library)
        .arg(text));
    crate::fixture::set_mode(&library, 0o644);
    directory
}

/// A copy under a name of its own: cargo hard-links what it builds. Renamed into place, since another test process may
/// be reading it.
fn install(from: &Path, directory: &Path, file: &str) {
    let new = directory.join(format!("{file}.{}", std::process::id()));
    std::fs::copy(from, &new).expect("the class was built");
    crate::fixture::set_mode(&new, 0o644);
    std::fs::rename(&new, directory.join(file)).expect("a rename within a directory");
}

fn run(command: &mut Command) {
    let output = command
        .output()
        .expect("cargo and cc are needed to build test classes");
    assert!(
        output.status.success(),
        "{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
