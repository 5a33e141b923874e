//! The WASM classes: built from their sources, and compared with the files that lie beside them.
//!
//! The files are kept in the repository, so that nobody needs three compilers to run them. What keeps them honest is
//! that anybody with those compilers can build them again, byte for byte: `cargo xtask classes --wasm --check`.
#![expect(clippy::disallowed_methods, reason = "xtask puts built files in place")]

mod assemblyscript;
mod c;
mod record;
mod rust;

use std::{
    fs,
    path::{Path, PathBuf},
};

use crate::run::{TaskResult, cargo, command, exists, root, run, target_dir};
use record::Record;

/// The stack of a class: its other memory begins after it, and every page of memory makes an instance dearer.
const STACK: &str = "16384";

/// A class file and what it is built of.
struct Class {
    /// The directory it lies in, and `cls_NAME.wasm`.
    directory: &'static str,
    file: &'static str,
    source: Source,
}

enum Source {
    Rust(&'static str),
    C(&'static str),
    AssemblyScript(&'static str),
}

/// Every class file this recipe makes.
const CLASSES: &[Class] = &[
    Class {
        directory: "classes/wasm",
        file: "cls_hellowasm.wasm",
        source: Source::Rust("classes/wasm/rust/hello.rs"),
    },
    Class {
        directory: "classes/wasm",
        file: "cls_counterwasm.wasm",
        source: Source::Rust("classes/wasm/rust/counter.rs"),
    },
    Class {
        directory: "classes/wasm",
        file: "cls_hellowasm_c.wasm",
        source: Source::C("classes/wasm/c/hello.c"),
    },
    Class {
        directory: "classes/wasm",
        file: "cls_counterwasm_c.wasm",
        source: Source::C("classes/wasm/c/counter.c"),
    },
    Class {
        directory: "classes/wasm",
        file: "cls_hellowasm_as.wasm",
        source: Source::AssemblyScript("classes/wasm/assemblyscript/hello.ts"),
    },
    Class {
        directory: "tests/corpus/classes/wasm",
        file: "cls_actor.wasm",
        source: Source::Rust("tests/corpus/classes/native/actor/src/lib.rs"),
    },
    Class {
        directory: "tests/corpus/classes/wasm-c",
        file: "cls_actor.wasm",
        source: Source::C("tests/corpus/classes/wasm-c/src/actor.c"),
    },
];

/// The generated bindings: language, and the directory they lie in.
const BINDINGS: &[(&str, &str)] = &[("rust", "sdk/wasm/rust/src"), ("c", "sdk/wasm/c")];

/// What the recipe needs beside Debian's packages: fetched once, and kept in the target directory. Tests run the files
/// that are there; elsewhere than on Debian, and not in CI, they are believed to be what their sources make.
pub(crate) fn install() -> TaskResult {
    if !exists("apt-cache") && std::env::var_os("CI").is_none() {
        eprintln!(
            "the WASM classes will NOT be built here: their recipe needs a Debian with `rustc-web`"
        );
        return Ok(());
    }
    rust::Toolchain::ensure()?;
    assemblyscript::ensure().map(drop)
}

/// Builds every class file and puts it in place, with the record of what it was built with; or, to `check`, compares it
/// with what is there.
pub(crate) fn wasm_classes(check: bool) -> TaskResult {
    let tool = tool()?;
    bindings(&tool, check)?;
    if check {
        run(command("rustfmt")
            .args(["--edition", "2024", "--check"])
            .args(sources_in_rust()))?;
    }
    let work = target_dir().join("wasm-classes");
    fs::create_dir_all(&work)?;
    let rust = rust::Toolchain::ensure()?;
    let assemblyscript = assemblyscript::ensure()?;
    let sdk = rust.build_sdk(&work)?;
    let mut built = Vec::new();
    for class in CLASSES {
        let place = work.join(class.directory);
        fs::create_dir_all(&place)?;
        let core = place.join(class.file).with_extension("core.wasm");
        match class.source {
            Source::Rust(source) => rust.build(&sdk, source, &core)?,
            Source::C(source) => c::build(source, &core)?,
            Source::AssemblyScript(source) => {
                assemblyscript::build(&assemblyscript, source, &core)?
            }
        }
        let component = place.join(class.file);
        run(command(&tool).arg("component").args([&core, &component]))?;
        built.push((format!("{}/{}", class.directory, class.file), component));
    }
    if check {
        rust.check_template(&work, &tool)?;
    }
    let record = Record {
        compilers: vec![rust.version()?, c::version()?, assemblyscript::version()?],
        files: record::digests(&tool, &built)?,
    };
    if check {
        return record.compare();
    }
    for (path, component) in &built {
        fs::create_dir_all(root().join(path).parent().unwrap_or(root()))?;
        install_file(component, &root().join(path))?;
    }
    record.write()
}

/// Sources in Rust that belong to no package cargo would format.
fn sources_in_rust() -> impl Iterator<Item = &'static str> {
    let classes = CLASSES.iter().filter_map(|class| match class.source {
        Source::Rust(source) => Some(source),
        Source::C(_) | Source::AssemblyScript(_) => None,
    });
    classes.chain(["sdk/wasm/rust/template/src/lib.rs"])
}

/// `radula-wasm`, built.
fn tool() -> TaskResult<PathBuf> {
    run(cargo().args(["build", "--quiet", "--package", "radula-wasm-tool"]))?;
    Ok(target_dir().join("debug/radula-wasm"))
}

/// Generates the bindings in place; or, to `check`, compares them with what is there.
fn bindings(tool: &Path, check: bool) -> TaskResult {
    for (language, directory) in BINDINGS {
        if !check {
            run(command(tool).args(["bindings", language, directory]))?;
            continue;
        }
        let fresh = target_dir().join("wasm-bindings").join(language);
        fs::create_dir_all(&fresh)?;
        run(command(tool).args(["bindings", language]).arg(&fresh))?;
        for entry in fs::read_dir(&fresh)? {
            let entry = entry?;
            let kept = root().join(directory).join(entry.file_name());
            if fs::read(entry.path())? != fs::read(&kept).unwrap_or_default() {
                return Err(format!(
                    "{} is not what the world makes of it: run `cargo xtask classes --wasm` and commit what it writes",
                    kept.display()
                )
                .into());
            }
        }
    }
    Ok(())
}

/// Copies `from` over `to`: there at once or not at all.
fn install_file(from: &Path, to: &Path) -> TaskResult {
    let new = to.with_extension("new");
    fs::copy(from, &new)?;
    fs::rename(&new, to)?;
    Ok(())
}
