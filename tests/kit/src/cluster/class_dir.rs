//! The class directory of an OSD: Ceph's own classes, and ours among them.
#![expect(
    clippy::disallowed_methods,
    reason = "lays out files of the test's own scratch"
)]

use std::{
    fs,
    os::unix::fs::symlink,
    path::{Path, PathBuf},
    process::{Command, Stdio},
    sync::OnceLock,
};

use super::release::Release;
use crate::{
    corpus::repository,
    fixture::{Scratch, make_dir, set_mode},
};

/// A directory for `osd_class_dir`. Files change as an operator must change them under a running OSD: written beside
/// and renamed.
#[derive(Debug)]
pub struct ClassDir {
    path: PathBuf,
    _scratch: Scratch,
}

impl ClassDir {
    /// Ceph's classes of `release`, and nothing else.
    ///
    /// # Panics
    /// When they cannot be listed.
    #[must_use]
    pub fn stock(release: Release) -> Self {
        let scratch = Scratch::new();
        let path = scratch.dir("rados-classes");
        let stock = release.stock_classes();
        let entries = fs::read_dir(&stock).unwrap_or_else(|e| panic!("{}: {e}", stock.display()));
        for entry in entries {
            let name = entry.expect("a readable directory").file_name();
            // Behind `libcls_hello.so` are names with versions, which the OSD does not look for.
            if name.as_encoded_bytes().ends_with(b".so") {
                symlink(stock.join(&name), path.join(&name)).expect("a link in the scratch");
            }
        }
        Self {
            path,
            _scratch: scratch,
        }
    }

    /// Ceph's classes with our engine beside them and our class `lua` in place of Ceph's.
    ///
    /// # Panics
    /// When the plugin does not build.
    #[must_use]
    pub fn with_plugin(release: Release) -> Self {
        let classes = Self::stock(release);
        classes.put("radula/libradula_ceph.so", &built("libradula_ceph.so"));
        classes.put("radula/radula.toml", b"");
        for runtime in ["native", "lua", "wasm"] {
            make_dir(&classes.path.join("radula/classes").join(runtime));
        }
        classes.put_stub("lua");
        classes.put_stub("radula/libcls_methods");
        classes
    }

    /// Where it is.
    #[must_use]
    pub fn path(&self) -> &Path {
        &self.path
    }

    /// Installs a class in Lua.
    pub fn put_lua(&self, class: &str, source: impl AsRef<[u8]>) {
        self.put(
            &format!("radula/classes/lua/cls_{class}.lua"),
            source.as_ref(),
        );
        self.put_stub(class);
    }

    /// Installs a class in WASM.
    pub fn put_wasm(&self, class: &str, component: impl AsRef<[u8]>) {
        let file = format!("radula/classes/wasm/cls_{class}.wasm");
        self.put(&file, component.as_ref());
        self.put_stub(class);
    }

    /// Installs one of our native classes.
    ///
    /// # Panics
    /// When `library` cannot be read.
    pub fn put_native(&self, class: &str, library: &Path) {
        let library =
            fs::read(library).unwrap_or_else(|error| panic!("{}: {error}", library.display()));
        let file = format!("radula/classes/native/libcls_{class}.so");
        self.put(&file, &library);
        self.put_stub(class);
    }

    /// Installs every class file of a directory.
    ///
    /// # Panics
    /// When it cannot be read.
    pub fn put_all(&self, directory: &Path) {
        let entries =
            fs::read_dir(directory).unwrap_or_else(|e| panic!("{}: {e}", directory.display()));
        for entry in entries {
            let file = entry.expect("a readable directory").path();
            let name = file.file_name().unwrap_or_default().to_string_lossy();
            let source = || fs::read(&file).expect("a readable file");
            if let Some(class) = class_of(&name, "cls_", ".lua") {
                self.put_lua(class, source());
            } else if let Some(class) = class_of(&name, "cls_", ".wasm") {
                self.put_wasm(class, source());
            } else if let Some(class) = class_of(&name, "libcls_", ".so") {
                self.put_native(class, &file);
            }
        }
    }

    /// Makes the OSD ask our engine for a class.
    pub fn put_stub(&self, class: &str) {
        self.put(&format!("libcls_{class}.so"), &built("libcls_stub.so"));
    }

    /// Writes any file, below the directory; what it was before stays with those who have it open.
    ///
    /// # Panics
    /// When it cannot be written.
    pub fn put(&self, file: &str, content: &[u8]) {
        let file = self.path.join(file);
        make_dir(file.parent().expect("a file is in a directory"));
        let new = file.with_extension("new");
        fs::write(&new, content).expect("a file in the scratch");
        set_mode(&new, 0o644);
        fs::rename(&new, &file).expect("a rename within a directory");
    }

    /// Removes a file.
    ///
    /// # Panics
    /// When it is not there.
    pub fn remove(&self, file: &str) {
        fs::remove_file(self.path.join(file)).unwrap_or_else(|error| panic!("{file}: {error}"));
    }
}

fn class_of<'a>(file: &'a str, prefix: &str, suffix: &str) -> Option<&'a str> {
    file.strip_prefix(prefix)?.strip_suffix(suffix)
}

/// The content of a file of the plugin, built by `cargo xtask ceph` at the first question.
fn built(file: &str) -> Vec<u8> {
    let path = plugin().join(file);
    fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

/// The directory `cargo xtask ceph` builds the engine and the stub into.
///
/// # Panics
/// When they do not build.
#[must_use]
pub fn plugin() -> &'static Path {
    static BUILT: OnceLock<PathBuf> = OnceLock::new();
    BUILT.get_or_init(|| {
        let target = super::release::target();
        let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
        let output = Command::new(cargo)
            .args(["run", "--quiet", "--package", "xtask", "--", "ceph"])
            .env("CARGO_TARGET_DIR", &target)
            .current_dir(repository())
            .stdin(Stdio::null())
            .output()
            .expect("cargo runs");
        assert!(
            output.status.success(),
            "cargo xtask ceph: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        target.join("ceph")
    })
}
