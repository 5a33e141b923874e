//! `radula-wasm`: what authors of WASM classes need beside their compiler.
//!
//! ```text
//! radula-wasm component CORE.wasm OUT.wasm     makes a component of what a compiler made
//! radula-wasm bindings rust|c DIRECTORY        writes the bindings of Radula's world
//! radula-wasm digest FILE...                   prints the BLAKE3 digests of files, one a line
//! ```
//!
//! It is the part of `wasm-tools` and `wit-bindgen` a class takes, with the world built in and in the versions the
//! bundled classes are made with.
#![forbid(unsafe_code)]
#![expect(
    clippy::disallowed_methods,
    reason = "a tool for developers reads and writes the files it is told to"
)]

mod bindings;
mod component;
mod world;

use std::{fs, path::Path, process::ExitCode};

use anyhow::{Context as _, Result, bail};

const HELP: &str = "\
usage: radula-wasm component CORE.wasm OUT.wasm
       radula-wasm bindings rust|c DIRECTORY
       radula-wasm digest FILE...";

fn main() -> ExitCode {
    let args: Vec<String> = std::env::args().skip(1).collect();
    let args: Vec<&str> = args.iter().map(String::as_str).collect();
    match run(&args) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("radula-wasm: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run(args: &[&str]) -> Result<()> {
    match args {
        ["component", core, out] => {
            let core_module = fs::read(core).with_context(|| core.to_string())?;
            let component = component::encode(&core_module).with_context(|| core.to_string())?;
            write(Path::new(out), &component)
        }
        ["bindings", language, directory] => {
            for (name, content) in bindings::generate(language)? {
                write(&Path::new(directory).join(name), &content)?;
            }
            Ok(())
        }
        ["digest", files @ ..] => {
            for file in files {
                let content = fs::read(file).with_context(|| file.to_string())?;
                println!("{}", blake3::hash(&content).to_hex());
            }
            Ok(())
        }
        _ => bail!("{HELP}"),
    }
}

fn write(path: &Path, content: &[u8]) -> Result<()> {
    fs::write(path, content).with_context(|| path.display().to_string())
}
