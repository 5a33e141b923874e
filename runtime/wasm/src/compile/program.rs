//! Which program compiles.

use std::path::{Path, PathBuf};

use super::CompileError;
use crate::options::Compiler;

/// This very program, even when its file was replaced since it started.
const THIS_PROGRAM: &str = "/proc/self/exe";

/// Names under which a compiler is looked for, beside the running program and in `PATH`.
const NAMES: [&str; 2] = ["radula-wasm-compiler", "radula"];

/// The program to start.
///
/// # Errors
/// None was found.
#[expect(
    clippy::disallowed_methods,
    reason = "a program is found as the system finds it"
)]
pub(super) fn find(compiler: &Compiler) -> Result<PathBuf, CompileError> {
    if let Compiler::Program(program) = compiler {
        return Ok(program.clone());
    }
    let running = std::env::current_exe().ok();
    let path = std::env::var_os("PATH").unwrap_or_default();
    let dirs: Vec<PathBuf> = std::env::split_paths(&path).collect();
    search(running.as_deref(), &dirs, Path::is_file).ok_or(CompileError::NoCompiler)
}

/// Looks for a compiler on behalf of the program `running`. Directories of `path` that are not absolute depend on where
/// the program happens to run, and are left out.
fn search(
    running: Option<&Path>,
    path: &[PathBuf],
    is_file: impl Fn(&Path) -> bool,
) -> Option<PathBuf> {
    let name = running.and_then(Path::file_name).unwrap_or_default();
    // The kernel marks a file that was replaced since.
    let name = name.to_string_lossy();
    let name = name.strip_suffix(" (deleted)").unwrap_or(&name);
    if NAMES.contains(&name) {
        return Some(PathBuf::from(THIS_PROGRAM));
    }
    let beside = running.and_then(Path::parent);
    beside
        .into_iter()
        .chain(path.iter().map(PathBuf::as_path))
        .filter(|dir| dir.is_absolute())
        .flat_map(|dir| NAMES.map(|name| dir.join(name)))
        .find(|program| is_file(program))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn radula_compiles_itself_and_others_look_beside_themselves_then_in_the_path() {
        let path = [PathBuf::from("."), PathBuf::from("/usr/bin")];
        let at = |running: &str, there: &[&str]| {
            search(Some(Path::new(running)), &path, |file| {
                there.iter().any(|there| Path::new(there) == file)
            })
        };
        assert_eq!(at("/opt/radula", &[]), Some(THIS_PROGRAM.into()));
        assert_eq!(at("/opt/radula (deleted)", &[]), Some(THIS_PROGRAM.into()));
        assert_eq!(
            at("/opt/app", &["/opt/radula", "/usr/bin/radula"]),
            Some("/opt/radula".into())
        );
        assert_eq!(
            at("/opt/app", &["/usr/bin/radula", "./radula"]),
            Some("/usr/bin/radula".into())
        );
        assert_eq!(at("/opt/app", &["./radula"]), None);
    }
}
