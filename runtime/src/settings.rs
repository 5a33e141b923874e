//! The settings of a host: every key with its value and where that came from.
//!
//! Four layers, the later over the earlier: built-in, `radula.toml`, `RADULA_*` variables, flags. An unknown key in
//! any of them is an error with its place and the nearest name there is. Which layers there are is the host's business; the
//! keys are those of [`KeySpec`], and rows a host adds.

mod environment;
mod error;
mod file;
mod invalid_value;
mod keys;
mod limit_text;
mod origin;
mod read;
#[cfg(test)]
mod tests;
mod trusted;
mod unit;
mod value;

use std::{
    ffi::{OsStr, OsString},
    path::Path,
    sync::Arc,
};

use loader::Kind;

pub use environment::Variables;
pub use error::ConfigError;
pub use invalid_value::InvalidValue;
pub use keys::{Applies, HostKind, Hosts, KeySpec, Machine};
pub use limit_text::{InvalidLimit, parse_limit};
pub use origin::Origin;
pub use trusted::read_trusted;
pub use unit::Unit;
pub use value::{Place, Value, ValueKind};

use keys::{Keys, Lookup};
use value::Words;

/// A value and where it came from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Setting {
    /// The key, dotted.
    pub key: String,
    /// The value.
    pub value: Value,
    /// Where it came from.
    pub origin: Origin,
}

/// One flag of a command line: the layer above all others.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Flag {
    /// The key it sets, dotted.
    pub key: String,
    /// The flag as the user knows it, such as `--class-dir`.
    pub flag: String,
    /// Its values, one per repetition. A list is replaced, never added to.
    pub values: Vec<OsString>,
    /// Whether one value may hold a whole list, as a variable does.
    pub lists: bool,
}

/// Every setting, with a value for each key that has a built-in one.
#[derive(Clone, Debug)]
pub struct Settings {
    keys: Arc<Keys>,
    settings: Vec<Setting>,
}

impl Settings {
    /// The built-in values of `machine`, whose host has `own` keys too.
    #[must_use]
    pub fn builtin(machine: &Machine<'_>, own: Vec<KeySpec>) -> Self {
        let keys = Keys::new(machine, own);
        let rows = keys.rows.iter().map(|row| Setting {
            key: row.name.to_string(),
            value: row.default.clone(),
            origin: Origin::BuiltIn,
        });
        Self {
            settings: rows.collect(),
            keys: Arc::new(keys),
        }
    }

    /// Applies one flag. A relative path starts at `directory`; `None` refuses it.
    ///
    /// # Errors
    /// There is no such key, or the value does not fit it.
    pub fn apply_flag(&mut self, flag: &Flag, directory: Option<&Path>) -> Result<(), ConfigError> {
        let words: Vec<&OsStr> = flag.values.iter().map(OsString::as_os_str).collect();
        let words = Words {
            words: &words,
            lists: flag.lists,
            base: directory,
        };
        let place = Origin::Flag {
            flag: flag.flag.clone(),
        };
        let path: Vec<&str> = flag.key.split('.').collect();
        self.apply(&path, words, place)
    }

    /// Sets one key for the embedding program, from text as a variable would hold.
    ///
    /// # Errors
    /// An unknown key, or a value that does not fit it; a relative path.
    pub fn set(&mut self, key: &str, value: &OsStr) -> Result<(), ConfigError> {
        let words = Words {
            words: &[value],
            lists: true,
            base: None,
        };
        let path: Vec<&str> = key.split('.').collect();
        self.apply(&path, words, Origin::Program)
    }

    fn apply(&mut self, path: &[&str], words: Words<'_>, place: Origin) -> Result<(), ConfigError> {
        self.apply_with(path, place, |kind| kind.read_words(words))
    }

    /// Sets the key at `path` to what `read` makes of its kind.
    fn apply_with(
        &mut self,
        path: &[&str],
        place: Origin,
        read: impl FnOnce(ValueKind) -> Result<Value, InvalidValue>,
    ) -> Result<(), ConfigError> {
        let key = path.join(".");
        let kind = match self.keys.lookup(path) {
            Lookup::Key(kind) => kind,
            Lookup::BadClass(name) => return Err(ConfigError::ClassName { place, name }),
            Lookup::Table | Lookup::Unknown => {
                let nearest = self.keys.nearest(path);
                return Err(ConfigError::UnknownKey {
                    place,
                    key,
                    nearest,
                });
            }
        };
        match read(kind) {
            Ok(value) => self.put(key, value, place),
            Err(invalid) => {
                return Err(ConfigError::Value {
                    place,
                    key,
                    invalid,
                });
            }
        }
        Ok(())
    }

    /// Puts a value that fits its key.
    ///
    /// # Panics
    /// When there is no such key or it holds another kind: that is a bug of the host.
    pub fn put_value(&mut self, key: &str, value: Value, origin: Origin) {
        let row = self.keys.row(key);
        assert!(
            row.is_some_and(|row| row.kind.holds(&value)),
            "{key} cannot hold {value:?}"
        );
        self.put(key.to_owned(), value, origin);
    }

    fn put(&mut self, key: String, value: Value, origin: Origin) {
        let setting = Setting { key, value, origin };
        match self.settings.iter_mut().find(|s| s.key == setting.key) {
            Some(old) => *old = setting,
            None => self.settings.push(setting),
        }
    }

    /// Every setting: those with built-in values first and in a fixed order, then those of single classes.
    #[must_use]
    pub fn all(&self) -> &[Setting] {
        &self.settings
    }

    /// One setting by its dotted key.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Setting> {
        self.settings.iter().find(|setting| setting.key == key)
    }

    /// What a key is for, in one line; `None` for keys that explain themselves by their table.
    #[must_use]
    pub fn describe(&self, key: &str) -> Option<&str> {
        let row = self.keys.row(key)?;
        (!row.doc.is_empty()).then_some(&*row.doc)
    }

    /// The kinds of class files that have keys.
    #[must_use]
    pub fn kinds(&self) -> &[Kind] {
        &self.keys.kinds
    }

    /// The first key whose value is another one in `new` and takes effect at a restart only.
    #[must_use]
    pub fn needs_restart(&self, new: &Settings) -> Option<&str> {
        let fixed = |row: &&KeySpec| row.applies == Applies::AtRestart;
        let differs = |row: &&KeySpec| {
            let value = |settings: &Settings| settings.get(&row.name).map(|s| s.value.clone());
            value(self) != value(new)
        };
        let row = self.keys.rows.iter().filter(fixed).find(differs)?;
        Some(&row.name)
    }
}
