//! The `RADULA_*` variables.

use std::{
    collections::BTreeMap,
    ffi::{OsStr, OsString},
    path::PathBuf,
};

use super::{ConfigError, Origin, Settings, value::Words};

const PREFIX: &str = "RADULA_";
/// Variables that are no setting.
const RESERVED: &[&str] = &["RADULA_CONFIG"];

/// The environment, as a value: a test gives its own, and a reload sees the one the process started with.
#[derive(Clone, Debug, Default)]
pub struct Variables(BTreeMap<OsString, OsString>);

impl Variables {
    /// The environment of this process.
    #[must_use]
    #[expect(
        clippy::disallowed_methods,
        reason = "whose name says so: what it finds is handed on as values"
    )]
    pub fn of_process() -> Self {
        Self(std::env::vars_os().collect())
    }

    /// One variable.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&OsStr> {
        self.0.get(OsStr::new(name)).map(OsString::as_os_str)
    }

    /// A variable that holds an absolute path; others are ignored, as the XDG specification asks.
    #[must_use]
    pub fn absolute(&self, name: &str) -> Option<PathBuf> {
        self.get(name)
            .map(PathBuf::from)
            .filter(|path| path.is_absolute())
    }
}

impl<const N: usize> From<[(&str, &str); N]> for Variables {
    fn from(pairs: [(&str, &str); N]) -> Self {
        Self(
            pairs
                .into_iter()
                .map(|(name, value)| (name.into(), value.into()))
                .collect(),
        )
    }
}

/// `RADULA_LIMITS__EVAL__OBJECT_READ` is `limits.eval.object-read`: two underscores part the segments. A class
/// name written in capitals means the one in small letters.
fn path_of(variable: &str) -> Vec<String> {
    let mut path: Vec<String> = variable.split("__").map(str::to_owned).collect();
    let class = match &path[..] {
        [first, ..] if first.eq_ignore_ascii_case("class") => Some(1),
        [first, second, ..]
            if first.eq_ignore_ascii_case("limits") && second.eq_ignore_ascii_case("class") =>
        {
            Some(2)
        }
        _ => None,
    };
    let is_limit = path[0].eq_ignore_ascii_case("limits");
    let last = path.len() - 1;
    for (at, segment) in path.iter_mut().enumerate() {
        if Some(at) == class && segment.chars().any(|c| c.is_ascii_lowercase()) {
            continue;
        }
        segment.make_ascii_lowercase();
        if is_limit && at == last && Some(at) != class {
            *segment = segment.replace('_', "-");
        }
    }
    path
}

/// The variable that sets `key`, for hints.
fn variable_of(key: &str) -> String {
    format!(
        "{PREFIX}{}",
        key.replace('.', "__")
            .replace('-', "_")
            .to_ascii_uppercase()
    )
}

impl Settings {
    /// Applies every `RADULA_*` variable. A relative path is refused: it would follow the current directory.
    ///
    /// # Errors
    /// The first variable that sets nothing, or sets what does not fit.
    pub fn apply_environment(&mut self, variables: &Variables) -> Result<(), ConfigError> {
        for (name, value) in &variables.0 {
            let Some(name) = name.to_str().filter(|name| name.starts_with(PREFIX)) else {
                continue;
            };
            if RESERVED.contains(&name) {
                continue;
            }
            let place = Origin::Environment {
                variable: name.to_owned(),
            };
            let path = path_of(&name[PREFIX.len()..]);
            let path: Vec<&str> = path.iter().map(String::as_str).collect();
            let words = Words {
                words: &[value.as_os_str()],
                lists: true,
                base: None,
            };
            self.apply(&path, words, place)
                .map_err(|error| match error {
                    ConfigError::UnknownKey {
                        place,
                        key,
                        nearest,
                    } => {
                        // One underscore where two belong is the likeliest slip; the hint is the variable to use.
                        let loose: Vec<&str> =
                            path.iter().flat_map(|part| part.split('_')).collect();
                        let nearest = nearest.or_else(|| self.keys.nearest(&loose));
                        ConfigError::UnknownKey {
                            place,
                            key,
                            nearest: nearest.map(|key| variable_of(&key)),
                        }
                    }
                    error => error,
                })?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::{HostKind, tests::settings};

    #[test]
    fn two_underscores_part_the_segments() {
        assert_eq!(
            path_of("LIMITS__EVAL__OBJECT_READ").join("."),
            "limits.eval.object-read"
        );
        assert_eq!(
            path_of("CLASS__LUA__ENABLED").join("."),
            "class.lua.enabled"
        );
        assert_eq!(
            path_of("CLASS__myClass__ENABLED").join("."),
            "class.myClass.enabled"
        );
        assert_eq!(path_of("LUA_CLASS_DIR").join("."), "lua_class_dir");
        assert_eq!(
            path_of("LIMITS__CLASS__my_class__OMAP_KEYS").join("."),
            "limits.class.my_class.omap-keys"
        );
    }

    #[test]
    fn every_fixed_key_has_a_variable_that_sets_it() {
        for row in &settings(HostKind::Embedded).keys.rows {
            let variable = variable_of(&row.name);
            assert_eq!(path_of(&variable[PREFIX.len()..]).join("."), row.name);
        }
    }
}
