//! Where subjects live: a scratch directory on the disk under test, the compiled classes, and engines on them.

use std::{
    cell::OnceCell,
    fs,
    os::unix::fs::PermissionsExt as _,
    path::{Path, PathBuf},
    process::Command,
    rc::Rc,
};

use radula::{Config, Radula};
use tempfile::TempDir;

use crate::model::Failure;

/// The native class and its functions for direct calls.
const C: &str = "bench_class.c";
const LUA: &str = include_str!("../classes/cls_benchlua.lua");
/// A JSON decoder in Lua: `local function decode(text)`.
pub const DECODE: &str = include_str!("../classes/decode.lua");

/// Bytes of the record that read-modify-write methods work on: 20 digits and a rest.
pub const RECORD: usize = 100;

/// The place of one measurement.
#[derive(Debug)]
pub struct World {
    quick: bool,
    scratch: Rc<TempDir>,
    programs: PathBuf,
    classes: OnceCell<Classes>,
    million: OnceCell<Rc<Radula>>,
    crashed: OnceCell<Rc<TempDir>>,
}

/// Directories of the benchmark's classes.
#[derive(Clone, Debug)]
pub struct Classes {
    /// Of native classes.
    pub native: PathBuf,
    /// Of Lua classes.
    pub lua: PathBuf,
    /// Of WASM classes, when they are built.
    pub wasm: PathBuf,
}

impl World {
    /// A world with its scratch directory in `directory`; `programs` has the release builds of this repository.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn new(directory: &Path, programs: &Path, quick: bool) -> Result<Self, Failure> {
        fs::create_dir_all(directory)?;
        let scratch = tempfile::Builder::new()
            .prefix("scratch-")
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir_in(directory)?;
        Ok(Self {
            quick,
            scratch: Rc::new(scratch),
            programs: programs.to_owned(),
            classes: OnceCell::new(),
            million: OnceCell::new(),
            crashed: OnceCell::new(),
        })
    }

    /// A world of a test.
    ///
    /// # Panics
    /// When there is no temporary directory.
    #[cfg(test)]
    #[must_use]
    pub fn bare() -> Self {
        Self::new(&std::env::temp_dir(), Path::new("/nowhere"), true)
            .expect("a temporary directory")
    }

    /// Another handle on the same scratch directory, for subjects that make things in it while they run.
    #[must_use]
    pub fn again(&self) -> Self {
        Self {
            quick: self.quick,
            scratch: Rc::clone(&self.scratch),
            programs: self.programs.clone(),
            classes: self.classes.clone(),
            million: OnceCell::new(),
            crashed: OnceCell::new(),
        }
    }

    /// Whether this is a quick run.
    #[must_use]
    pub fn quick(&self) -> bool {
        self.quick
    }

    /// A new directory of its own, on the disk under test.
    ///
    /// # Errors
    /// The directory cannot be made.
    pub fn directory(&self, name: &str) -> Result<TempDir, Failure> {
        let directory = tempfile::Builder::new()
            .prefix(&format!("{name}-"))
            .permissions(fs::Permissions::from_mode(0o755))
            .tempdir_in(self.scratch.path())?;
        Ok(directory)
    }

    /// A directory that `crash` left, made on first use: it takes a while, and rows share it.
    ///
    /// # Errors
    /// Those of `crash`.
    pub fn crashed(
        &self,
        crash: impl FnOnce(&World, &Path) -> Result<(), Failure>,
    ) -> Result<Rc<TempDir>, Failure> {
        if let Some(crashed) = self.crashed.get() {
            return Ok(Rc::clone(crashed));
        }
        let directory = self.directory("crashed")?;
        crash(self, directory.path())?;
        Ok(Rc::clone(self.crashed.get_or_init(|| Rc::new(directory))))
    }

    /// A program of this repository, built in release.
    #[must_use]
    pub fn program(&self, name: &str) -> Option<PathBuf> {
        let path = self.programs.join(name);
        path.is_file().then_some(path)
    }

    /// The benchmark's classes, compiled on first use.
    ///
    /// # Errors
    /// The compiler fails.
    pub fn classes(&self) -> Result<&Classes, Failure> {
        if let Some(classes) = self.classes.get() {
            return Ok(classes);
        }
        let under = |name: &str| self.scratch.path().join("classes").join(name);
        let classes = Classes {
            native: under("native"),
            lua: under("lua"),
            wasm: under("wasm"),
        };
        for directory in [&classes.native, &classes.lua, &classes.wasm] {
            fs::create_dir_all(directory)?;
            fs::set_permissions(directory, fs::Permissions::from_mode(0o755))?;
        }
        compile_native(&classes.native.join("libcls_benchnative.so"), &[])?;
        let file = classes.lua.join("cls_benchlua.lua");
        fs::write(&file, LUA.replace("--[[SCRIPT]]", DECODE))?;
        fs::set_permissions(&file, fs::Permissions::from_mode(0o644))?;
        Ok(self.classes.get_or_init(|| classes))
    }

    /// The shared library with the functions that floors call directly.
    ///
    /// # Errors
    /// The compiler fails.
    pub fn library(&self) -> Result<PathBuf, Failure> {
        Ok(self.classes()?.native.join("libcls_benchnative.so"))
    }

    /// Settings for `store` (a directory, or `memory`) with the benchmark's classes.
    ///
    /// # Errors
    /// The classes cannot be compiled.
    pub fn config(&self, store: &Path) -> Result<Config, Failure> {
        let classes = self.classes()?;
        let config = Config::builtin(&radula::Sources::default())
            .with("store", store)?
            .with("class_dir", &classes.native)?
            .with("lua_class_dir", &classes.lua)?
            .with("wasm_class_dir", &classes.wasm)?;
        Ok(config)
    }

    /// An engine in memory with an object `object`: a record, and an xattr `a`.
    ///
    /// # Errors
    /// It does not open.
    pub fn engine(&self) -> Result<Radula, Failure> {
        let radula = Radula::open(self.config(Path::new("memory"))?)?;
        furnish(&radula)?;
        Ok(radula)
    }

    /// An engine in memory with many objects, made on first use: it takes a while, and rows share it.
    ///
    /// # Errors
    /// It does not open.
    pub fn million(&self) -> Result<Rc<Radula>, Failure> {
        if let Some(million) = self.million.get() {
            return Ok(Rc::clone(million));
        }
        let radula = self.engine()?;
        let objects = radula.ioctx("bench");
        for object in 0..crate::rows::MILLION {
            objects.write_full(&object_name(object), record())?;
        }
        Ok(Rc::clone(self.million.get_or_init(|| Rc::new(radula))))
    }
}

/// Makes the object that calls act on.
///
/// # Errors
/// The store fails.
pub fn furnish(radula: &Radula) -> Result<(), Failure> {
    let objects = radula.ioctx("bench");
    objects.write_full("object", record())?;
    objects.set_xattr("object", "a", "value")?;
    Ok(())
}

/// The record every read-modify-write begins with.
#[must_use]
pub fn record() -> Vec<u8> {
    let mut record = vec![b'0'; 20];
    record.resize(RECORD, b'.');
    record
}

/// The name of object `number`.
#[must_use]
pub fn object_name(number: u64) -> String {
    format!("object-{number:08}")
}

/// Compiles the native class, as its author would; `defines` are further arguments.
///
/// # Errors
/// There is no compiler, or it fails.
pub fn compile_native(file: &Path, defines: &[&str]) -> Result<(), Failure> {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    let status = Command::new("cc")
        .args(["-std=c11", "-O2", "-fPIC", "-shared"])
        .args(["-fvisibility=hidden", "-I"])
        .arg(root.join("../../abi"))
        .args(defines)
        .arg("-o")
        .arg(file)
        .arg(root.join("classes").join(C))
        .status()?;
    if !status.success() {
        return Err(format!("cc {C}: {status}").into());
    }
    fs::set_permissions(file, fs::Permissions::from_mode(0o644))?;
    Ok(())
}
