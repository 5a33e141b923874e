//! WASM classes in Rust, with the compiler Debian builds its browsers with.
//!
//! rustup needs a network of its own for another target, and its compilers come and go with `stable`. Debian's `rustc-web`
//! comes with the sources of the standard library, of which a class takes `core` and `alloc`: built here, in half a
//! minute. The packages are unpacked into the target directory and not installed, because they would stand in for the
//! rustup in the path.
//!
//! The compiler is called without cargo: cargo's names for crates, which end up in the files, depend on where the
//! repository lies.
#![expect(
    clippy::disallowed_methods,
    reason = "unpacks a compiler into the target directory"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::Command,
};

use super::STACK;
use crate::run::{TaskResult, cargo, command, first_line, output, root, run, target_dir};

const TARGET: &str = "wasm32-unknown-unknown";
const COMPILER: &str = "rustc-web";
const SOURCES: &str = "rust-web-src";

/// A compiler with a standard library for [`TARGET`].
pub(super) struct Toolchain {
    /// Where the packages are unpacked.
    directory: PathBuf,
}

impl Toolchain {
    /// The toolchain, fetched and built if this target directory has none of today's version.
    pub(super) fn ensure() -> TaskResult<Self> {
        let version = candidate(COMPILER)?;
        let place = target_dir()
            .join("tools")
            .join(format!("{COMPILER}-{version}"));
        let toolchain = Self { directory: place };
        if toolchain.directory.exists() {
            return Ok(toolchain);
        }
        let unfinished = Self {
            directory: target_dir().join("tools").join(format!("{COMPILER}.new")),
        };
        let _ = fs::remove_dir_all(&unfinished.directory);
        fs::create_dir_all(&unfinished.directory)?;
        unfinished.unpack()?;
        unfinished.build_library()?;
        fs::rename(&unfinished.directory, &toolchain.directory)?;
        Ok(toolchain)
    }

    fn unpack(&self) -> TaskResult {
        let dev = depends_on("libstd-rust-web-dev", "libstd-rust-web-")?;
        let llvm = depends_on(&dev, "libllvm")?;
        let packages = [COMPILER, SOURCES, &dev, &llvm];
        run(self
            .command("apt-get")
            .args(["--option", "APT::Sandbox::User=root", "download"])
            .args(packages))?;
        for entry in fs::read_dir(&self.directory)? {
            let package = entry?.path();
            if package
                .extension()
                .is_none_or(|extension| extension != "deb")
            {
                continue;
            }
            // The sources are those of the whole compiler and its tools; only the library is wanted.
            let only = package
                .file_name()
                .is_some_and(|name| name.to_string_lossy().starts_with(SOURCES));
            let wanted: &[&str] = if only {
                &["--wildcards", "./usr/src/*/library"]
            } else {
                &[]
            };
            let archive = package.with_extension("tar");
            run(self
                .command("dpkg-deb")
                .arg("--fsys-tarfile")
                .arg(&package)
                .stdout(fs::File::create(&archive)?))?;
            run(self
                .command("tar")
                .arg("--extract")
                .arg("--file")
                .arg(&archive)
                .args(wanted))?;
            fs::remove_file(archive)?;
            fs::remove_file(package)?;
        }
        Ok(())
    }

    fn build_library(&self) -> TaskResult {
        let library = self.library()?;
        let out = self.sysroot().join("lib/rustlib").join(TARGET).join("lib");
        fs::create_dir_all(&out)?;
        let build = |name: &str, source: &str, flags: &[&str]| {
            run(self
                .rustc()
                .args([
                    "--crate-name",
                    name,
                    "--crate-type",
                    "rlib",
                    "--edition",
                    "2024",
                    "--out-dir",
                ])
                .arg(&out)
                .args([
                    "-Copt-level=s",
                    "-Ccodegen-units=1",
                    "-Cpanic=abort",
                    "--cap-lints=allow",
                ])
                .arg("-Zforce-unstable-if-unmarked")
                .arg(format!(
                    "--remap-path-prefix={}=/rust/library",
                    library.display()
                ))
                .args(flags)
                .arg(library.join(source))
                // What its build script would find out.
                .env("CFG_CARGO_FEATURES", "[]")
                .env("CFG_OPT_LEVEL", "s")
                .env("CFG_TARGET_FEATURES", "[]"))
        };
        build("core", "core/src/lib.rs", &[])?;
        let builtins = [
            "feature=\"compiler-builtins\"",
            "feature=\"mem\"",
            "feature=\"unstable-intrinsics\"",
            "intrinsics_enabled",
            "arch_enabled",
            "optimizations_enabled",
        ];
        let builtins: Vec<&str> = builtins.iter().flat_map(|cfg| ["--cfg", cfg]).collect();
        build(
            "compiler_builtins",
            "compiler-builtins/compiler-builtins/src/lib.rs",
            &builtins,
        )?;
        build("alloc", "alloc/src/lib.rs", &[])
    }

    fn library(&self) -> TaskResult<PathBuf> {
        let sources = self.directory.join("usr/src");
        let version = fs::read_dir(&sources)?
            .next()
            .ok_or("the sources of Rust are empty")??;
        Ok(version.path().join("library"))
    }

    fn sysroot(&self) -> PathBuf {
        self.directory.join("sysroot")
    }

    fn command(&self, program: &str) -> Command {
        let mut command = command(program);
        command.current_dir(&self.directory);
        command
    }

    fn compiler(&self) -> PathBuf {
        self.directory.join("usr/bin/rustc")
    }

    /// Where the compiler finds its own libraries.
    fn libraries(&self) -> PathBuf {
        self.directory.join("usr/lib/x86_64-linux-gnu")
    }

    fn rustc(&self) -> Command {
        let mut rustc = command(self.compiler());
        rustc
            .arg("--target")
            .arg(TARGET)
            .arg("--sysroot")
            .arg(self.sysroot())
            .env("LD_LIBRARY_PATH", self.libraries())
            // The library is built with features that only its own compiler may use.
            .env("RUSTC_BOOTSTRAP", "1");
        rustc
    }

    /// A `rustc` for our own crates, which use no such features.
    fn rustc_for(&self, name: &str, kind: &str) -> Command {
        let mut rustc = self.rustc();
        rustc
            .env_remove("RUSTC_BOOTSTRAP")
            .args([
                "--crate-name",
                name,
                "--crate-type",
                kind,
                "--edition",
                "2024",
            ])
            .arg(format!("-Cmetadata={name}"))
            .args(["-Copt-level=s", "-Ccodegen-units=1", "-Cpanic=abort"])
            .arg(format!("--remap-path-prefix={}=/radula", root().display()));
        rustc
    }

    /// Builds the SDK; answers its library.
    pub(super) fn build_sdk(&self, work: &Path) -> TaskResult<PathBuf> {
        let library = work.join("libradula_class_wasm.rlib");
        run(self
            .rustc_for("radula_class_wasm", "rlib")
            .args(["--cfg", "feature=\"allocator\"", "-o"])
            .arg(&library)
            .arg("sdk/wasm/rust/src/lib.rs"))?;
        Ok(library)
    }

    /// Builds the core module of one class; its crate is called as the file.
    pub(super) fn build(&self, sdk: &Path, source: &str, core: &Path) -> TaskResult {
        let name = core.file_name().unwrap_or_default().to_string_lossy();
        let name = name.split('.').next().unwrap_or_default().to_owned();
        run(self
            .rustc_for(&name, "cdylib")
            .args(["-Clto=fat", "-Cstrip=debuginfo", "-Clinker=wasm-ld-19"])
            .arg(format!("-Clink-arg=-zstack-size={STACK}"))
            .arg("--extern")
            .arg(format!("radula_class={}", sdk.display()))
            .arg("-o")
            .arg(core)
            .arg(source)
            .env("CARGO_CRATE_NAME", &name))
    }

    /// Builds the template as its readers will, with cargo, and makes a component of it.
    pub(super) fn check_template(&self, work: &Path, tool: &Path) -> TaskResult {
        let template = root().join("sdk/wasm/rust/template");
        let target = work.join("template");
        run(cargo()
            .current_dir(&template)
            .args([
                "build",
                "--quiet",
                "--release",
                "--offline",
                "--target",
                TARGET,
                "--target-dir",
            ])
            .arg(&target)
            .arg("--config")
            .arg(format!(
                "target.{TARGET}.rustflags=[\"--sysroot\", \"{}\", \"-Clinker=wasm-ld-19\"]",
                self.sysroot().display()
            ))
            .env("RUSTC", self.compiler())
            .env("LD_LIBRARY_PATH", self.libraries())
            .env("RUSTC_WRAPPER", "")
            .env_remove("RUSTFLAGS"))?;
        let core = target.join(TARGET).join("release/cls_shelf.wasm");
        run(command(tool)
            .arg("component")
            .args([&core, &target.join("cls_shelf.wasm")]))
    }

    /// The compiler.
    pub(super) fn version(&self) -> TaskResult<String> {
        first_line(self.rustc().arg("--version"))
    }
}

/// The version of a Debian package that would be installed now.
fn candidate(package: &str) -> TaskResult<String> {
    let known = || -> TaskResult<Option<String>> {
        let policy = output(command("apt-cache").args(["policy", package]))?;
        let version = policy
            .lines()
            .find_map(|line| line.trim().strip_prefix("Candidate: "))
            .filter(|version| *version != "(none)");
        Ok(version.map(str::to_owned))
    };
    let mut version = known()?;
    if version.is_none() {
        // A machine that never looked for packages knows of none.
        run(command("apt-get").arg("update"))?;
        version = known()?;
    }
    Ok(version
        .ok_or(format!(
            "no Debian package {package}: elsewhere than on Debian, build the classes in a container of debian:bookworm"
        ))?)
}

/// The package among the dependencies of `package` whose name begins with `prefix`.
fn depends_on(package: &str, prefix: &str) -> TaskResult<String> {
    let depends = output(command("apt-cache").args(["depends", "--important", package]))?;
    let name = depends
        .lines()
        .filter_map(|line| line.trim().strip_prefix("Depends: "))
        .find(|name| name.starts_with(prefix));
    Ok(name
        .ok_or(format!("{package} depends on no {prefix}"))?
        .to_owned())
}
