//! Where things are by default. Never the current directory: the owner of the directory a command happens to run
//! in must not choose the classes it loads.

use std::path::{Path, PathBuf};

use super::{ConfigError, Origin, Variables};

/// The directory in which this crate was built: the profile directory of the target directory. An executable
/// that lies in it is a development build.
fn build_directory() -> Option<&'static Path> {
    // OUT_DIR is <target>/<profile>/build/<package>/out.
    Path::new(env!("OUT_DIR")).ancestors().nth(3)
}

/// The directories searched for classes of `kind` (`native`, `lua`, `wasm`): beside the installed executable,
/// and, for a development build only, in the workspace it was built from and where its compiled classes are put.
pub(crate) fn class_directories(kind: &str, executable: Option<&Path>) -> Vec<PathBuf> {
    let mut places = Vec::new();
    let Some(executable) = executable else {
        return places;
    };
    let workspace = Path::new(env!("CARGO_MANIFEST_DIR")).parent();
    if let Some(built) = build_directory().filter(|built| executable.starts_with(built)) {
        places.extend(workspace.map(|root| root.join("classes").join(kind)));
        // Classes that are compiled lie with what else was built.
        places.push(built.join("classes").join(kind));
    } else if let Some(prefix) = executable.parent().and_then(Path::parent) {
        places.push(prefix.join("lib/radula/classes").join(kind));
    }
    places
}

/// The default store: `$XDG_DATA_HOME/radula/store`, `~/.local/share/radula/store`, or, for a process without a
/// home, `/var/lib/radula/store`.
pub(crate) fn store(variables: &Variables) -> PathBuf {
    let data = variables
        .absolute("XDG_DATA_HOME")
        .or_else(|| Some(variables.absolute("HOME")?.join(".local/share")))
        .unwrap_or_else(|| PathBuf::from("/var/lib"));
    data.join("radula/store")
}

/// Where compiled WASM classes are kept: `$XDG_CACHE_HOME/radula/wasm`, `~/.cache/radula/wasm`, or, for a process without a
/// home, `/var/cache/radula/wasm`.
pub(crate) fn wasm_cache(variables: &Variables) -> PathBuf {
    let cache = variables
        .absolute("XDG_CACHE_HOME")
        .or_else(|| Some(variables.absolute("HOME")?.join(".cache")))
        .unwrap_or_else(|| PathBuf::from("/var/cache"));
    cache.join("radula/wasm")
}

/// A configuration file to read, and whether it must be there.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct ConfigFile {
    pub(crate) path: PathBuf,
    pub(crate) named_by: Option<Origin>,
}

/// The configuration files to try, best first: the one named by flag or `RADULA_CONFIG` alone, else the user's,
/// else the machine's.
pub(crate) fn config_files(
    flag: Option<&Path>,
    variables: &Variables,
) -> Result<Vec<ConfigFile>, ConfigError> {
    if let Some(path) = flag {
        return Ok(vec![ConfigFile {
            path: path.to_owned(),
            named_by: Some(Origin::Flag {
                flag: "--config".to_owned(),
            }),
        }]);
    }
    if let Some(path) = variables.get("RADULA_CONFIG") {
        let path = PathBuf::from(path);
        if !path.is_absolute() {
            return Err(ConfigError::RelativeVariable {
                variable: "RADULA_CONFIG",
                path,
            });
        }
        return Ok(vec![ConfigFile {
            path,
            named_by: Some(Origin::Environment {
                variable: "RADULA_CONFIG".to_owned(),
            }),
        }]);
    }
    let user = variables
        .absolute("XDG_CONFIG_HOME")
        .or_else(|| Some(variables.absolute("HOME")?.join(".config")));
    let places = user.into_iter().chain([PathBuf::from("/etc")]);
    Ok(places
        .map(|place| ConfigFile {
            path: place.join("radula/radula.toml"),
            named_by: None,
        })
        .collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_installed_executable_never_searches_the_workspace() {
        assert_eq!(
            class_directories("lua", Some(Path::new("/usr/bin/radula"))),
            [PathBuf::from("/usr/lib/radula/classes/lua")]
        );
    }

    #[test]
    #[expect(
        clippy::disallowed_methods,
        reason = "looks whether the directory is there"
    )]
    fn a_development_build_searches_the_workspace() {
        let executable = build_directory().unwrap().join("radula");
        let dirs = class_directories("lua", Some(&executable));
        assert!(dirs[0].ends_with("classes/lua") && dirs[0].parent().unwrap().exists());
    }

    #[test]
    fn relative_xdg_directories_are_ignored_as_their_specification_says() {
        let variables = Variables::from([("XDG_DATA_HOME", "evil"), ("HOME", "/home/a")]);
        assert_eq!(
            store(&variables),
            Path::new("/home/a/.local/share/radula/store")
        );
        assert_eq!(
            store(&Variables::from([])),
            Path::new("/var/lib/radula/store")
        );
    }

    #[test]
    fn compiled_classes_are_kept_in_the_users_cache() {
        let variables = Variables::from([("XDG_CACHE_HOME", "evil"), ("HOME", "/home/a")]);
        assert_eq!(
            wasm_cache(&variables),
            Path::new("/home/a/.cache/radula/wasm")
        );
        assert_eq!(
            wasm_cache(&Variables::from([])),
            Path::new("/var/cache/radula/wasm")
        );
    }

    #[test]
    fn a_named_file_is_the_only_candidate() {
        let variables = Variables::from([("RADULA_CONFIG", "/a.toml"), ("HOME", "/home/a")]);
        let files = config_files(None, &variables).unwrap();
        assert_eq!(files.len(), 1);
        assert_eq!(files[0].path, Path::new("/a.toml"));
        let relative = Variables::from([("RADULA_CONFIG", "a.toml")]);
        assert!(config_files(None, &relative).is_err());
        let home = Variables::from([("HOME", "/home/a")]);
        let files = config_files(None, &home).unwrap();
        assert_eq!(
            files[0].path,
            Path::new("/home/a/.config/radula/radula.toml")
        );
        assert_eq!(files[1].path, Path::new("/etc/radula/radula.toml"));
    }
}
