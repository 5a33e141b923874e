//! What a setting can hold, and how it is read from a file, a variable or a flag. Paths stay paths: they need not be text.

use std::{
    collections::BTreeSet,
    ffi::OsStr,
    fmt,
    path::{Path, PathBuf},
};

use loader::ClassList;
use objclass::ClassName;
use serde::{Serialize, Serializer, ser::SerializeSeq as _};
use toml::de::DeValue;

use super::{invalid_value::InvalidValue, unit::Unit};

/// Which values a key takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ValueKind {
    /// On or off.
    Switch,
    /// A number in a unit.
    Number(Unit),
    /// Text without control characters.
    Name {
        /// Whether it may be empty.
        may_be_empty: bool,
    },
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or the path of anything.
    Path(&'static [&'static str]),
    /// What this says, or a path.
    Place(&'static Place),
    /// A list of directories.
    Directories,
    /// A list of classes.
    Classes,
    /// A list of users.
    Users,
}

/// What a key takes besides a path.
#[derive(Debug)]
pub struct Place {
    /// What it takes, for errors.
    pub expected: &'static str,
    /// Whether a text is meant to be something else than a path; `Err` says what is wrong with it.
    pub reads: fn(&str) -> Option<Result<(), String>>,
}

impl PartialEq for Place {
    fn eq(&self, other: &Self) -> bool {
        std::ptr::eq(self, other)
    }
}

impl Eq for Place {}

/// The value of a setting.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Value {
    /// On or off.
    Switch(bool),
    /// A number in its unit.
    Number(u64, Unit),
    /// A name, one of a few words, or what a key takes besides a path.
    Text(String),
    /// A path.
    Path(PathBuf),
    /// Directories, in the order they are searched.
    Directories(Vec<PathBuf>),
    /// Classes.
    Classes(ClassList),
    /// Numbers of users.
    Users(Vec<u32>),
}

/// How a value that is not TOML is taken apart.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Words<'a> {
    /// One word per repetition of a flag; exactly one for a variable.
    pub(crate) words: &'a [&'a OsStr],
    /// Whether one word may hold several directories, parted as in `PATH`.
    pub(crate) lists: bool,
    /// What a relative path is relative to; `None` refuses it.
    pub(crate) base: Option<&'a Path>,
}

impl ValueKind {
    /// Whether `value` is one of this kind.
    pub(crate) fn holds(self, value: &Value) -> bool {
        match value {
            Value::Switch(_) => self == ValueKind::Switch,
            Value::Number(_, unit) => self == ValueKind::Number(*unit),
            Value::Text(text) => match self {
                ValueKind::Word(words) | ValueKind::Path(words) => words.contains(&text.as_str()),
                ValueKind::Place(place) => matches!((place.reads)(text), Some(Ok(()))),
                ValueKind::Name { may_be_empty } => may_be_empty || !text.is_empty(),
                _ => false,
            },
            Value::Path(_) => matches!(self, ValueKind::Path(_) | ValueKind::Place(_)),
            Value::Directories(_) => self == ValueKind::Directories,
            Value::Classes(_) => self == ValueKind::Classes,
            Value::Users(_) => self == ValueKind::Users,
        }
    }

    fn expected(self) -> &'static str {
        match self {
            ValueKind::Switch => "true or false",
            ValueKind::Number(_) => "a number",
            ValueKind::Name { may_be_empty: true } => "text without control characters",
            ValueKind::Name {
                may_be_empty: false,
            } => "text without control characters, not empty",
            ValueKind::Word(_) => "a word this key takes",
            ValueKind::Path(_) => "a path, or a word this key takes",
            ValueKind::Place(place) => place.expected,
            ValueKind::Directories => "a directory or a list of directories",
            ValueKind::Classes => {
                "a list of class names (A-Z a-z 0-9 _ -, at most 64 bytes), or \"*\""
            }
            ValueKind::Users => "a list of user numbers, such as [1000]",
        }
    }

    pub(crate) fn read_words(self, given: Words<'_>) -> Result<Value, InvalidValue> {
        match self {
            ValueKind::Directories => {
                let mut dirs = Vec::new();
                for word in given.words {
                    if given.lists {
                        for dir in std::env::split_paths(word) {
                            dirs.push(absolute(&dir, given.base)?);
                        }
                    } else {
                        dirs.push(absolute(Path::new(word), given.base)?);
                    }
                }
                Ok(Value::Directories(dirs))
            }
            ValueKind::Place(_) | ValueKind::Path(_) => {
                let word = given.words.last().copied().unwrap_or_default();
                self.path(Path::new(word), given.base)
            }
            _ => {
                let texts = given
                    .words
                    .iter()
                    .map(|word| word.to_str().ok_or_else(|| self.refused(word)))
                    .collect::<Result<Vec<_>, _>>()?;
                let names = texts.iter().flat_map(|text| split_names(text));
                match self {
                    ValueKind::Classes => return self.classes(names),
                    ValueKind::Users => return self.users(names),
                    _ => {}
                }
                self.read_text(texts.last().copied().unwrap_or_default())
            }
        }
    }

    pub(crate) fn read_toml(self, value: &DeValue<'_>, base: &Path) -> Result<Value, InvalidValue> {
        let mismatch = || InvalidValue::new(value.type_str(), self.expected());
        match (self, value) {
            (ValueKind::Switch, DeValue::Boolean(on)) => Ok(Value::Switch(*on)),
            (ValueKind::Number(unit), DeValue::Integer(number)) if number.radix() == 10 => Ok(
                Value::Number(unit.parse(number.as_str().trim_start_matches('+'))?, unit),
            ),
            (ValueKind::Place(_) | ValueKind::Path(_), DeValue::String(text)) => {
                self.path(Path::new(text.as_ref()), Some(base))
            }
            (ValueKind::Directories | ValueKind::Classes, DeValue::Array(items)) => {
                let texts = items
                    .iter()
                    .map(|item| item.get_ref().as_str().ok_or_else(mismatch))
                    .collect::<Result<Vec<_>, _>>()?;
                self.list(texts, base)
            }
            (ValueKind::Users, DeValue::Array(items)) => {
                let numbers = items
                    .iter()
                    .map(|item| match item.get_ref() {
                        DeValue::Integer(number) => Ok(number.as_str()),
                        _ => Err(mismatch()),
                    })
                    .collect::<Result<Vec<_>, _>>()?;
                self.users(numbers)
            }
            (ValueKind::Directories, DeValue::String(text)) => self.list(vec![text], base),
            (ValueKind::Classes, DeValue::String(text)) => {
                self.list(split_names(text).collect(), base)
            }
            (
                ValueKind::Number(_) | ValueKind::Name { .. } | ValueKind::Word(_),
                DeValue::String(text),
            ) => self.read_text(text),
            _ => Err(mismatch()),
        }
    }

    fn list(self, texts: Vec<&str>, base: &Path) -> Result<Value, InvalidValue> {
        if self == ValueKind::Classes {
            return self.classes(texts);
        }
        let dirs = texts
            .into_iter()
            .map(|text| absolute(Path::new(text), Some(base)))
            .collect::<Result<_, _>>()?;
        Ok(Value::Directories(dirs))
    }

    fn classes<'t>(self, names: impl IntoIterator<Item = &'t str>) -> Result<Value, InvalidValue> {
        let (mut only, mut all) = (BTreeSet::new(), false);
        for name in names {
            if name == "*" {
                all = true;
                continue;
            }
            let class = ClassName::new(name);
            only.insert(class.map_err(|_| InvalidValue::new(name, self.expected()))?);
        }
        Ok(Value::Classes(match all {
            true => ClassList::All,
            false => ClassList::Only(only),
        }))
    }

    fn users<'t>(self, numbers: impl IntoIterator<Item = &'t str>) -> Result<Value, InvalidValue> {
        let numbers = numbers
            .into_iter()
            .map(|number| {
                number
                    .parse()
                    .map_err(|_| InvalidValue::new(number, self.expected()))
            })
            .collect::<Result<_, _>>()?;
        Ok(Value::Users(numbers))
    }

    /// A word the key takes, or a path.
    fn path(self, given: &Path, base: Option<&Path>) -> Result<Value, InvalidValue> {
        let text = given.to_str();
        match (self, text) {
            (ValueKind::Path(words), Some(text)) if words.contains(&text) => {
                return Ok(Value::Text(text.to_owned()));
            }
            (ValueKind::Place(place), Some(text)) => match (place.reads)(text) {
                Some(Ok(())) => return Ok(Value::Text(text.to_owned())),
                Some(Err(wrong)) => return Err(InvalidValue::new(text, wrong)),
                None => {}
            },
            _ => {}
        }
        absolute(given, base).map(Value::Path)
    }

    /// One word of text, for the kinds that are no list and no path.
    fn read_text(self, text: &str) -> Result<Value, InvalidValue> {
        let refused = || InvalidValue::new(text, self.expected());
        match self {
            ValueKind::Switch => match text {
                "true" | "on" | "yes" | "1" => Ok(Value::Switch(true)),
                "false" | "off" | "no" | "0" => Ok(Value::Switch(false)),
                _ => Err(refused()),
            },
            ValueKind::Number(unit) => Ok(Value::Number(unit.parse(text)?, unit)),
            ValueKind::Name { may_be_empty } => {
                if text.chars().any(char::is_control) || (text.is_empty() && !may_be_empty) {
                    return Err(refused());
                }
                Ok(Value::Text(text.to_owned()))
            }
            ValueKind::Word(words) => words
                .iter()
                .find(|word| **word == text)
                .map(|word| Value::Text((*word).to_owned()))
                .ok_or_else(refused),
            ValueKind::Place(_)
            | ValueKind::Path(_)
            | ValueKind::Directories
            | ValueKind::Classes
            | ValueKind::Users => Err(refused()),
        }
    }

    fn refused(self, word: &OsStr) -> InvalidValue {
        InvalidValue::new(&word.to_string_lossy(), self.expected())
    }
}

/// Ceph's form of a list of classes: names parted by blanks or commas.
fn split_names(text: &str) -> impl Iterator<Item = &str> {
    text.split(|c: char| c.is_ascii_whitespace() || c == ',')
        .filter(|name| !name.is_empty())
}

/// Class directories and stores are absolute from here on: what a process opens must not depend on the directory
/// it happens to be started in.
fn absolute(path: &Path, base: Option<&Path>) -> Result<PathBuf, InvalidValue> {
    let refused = |expected| Err(InvalidValue::new(&path.to_string_lossy(), expected));
    if path.as_os_str().is_empty() {
        return refused("a directory: it is empty");
    }
    if path.is_absolute() {
        return Ok(path.to_owned());
    }
    if path.starts_with("~") {
        return refused("a path: write the home directory out, nothing expands ~ here");
    }
    match base {
        Some(base) => Ok(base.join(path.strip_prefix(".").unwrap_or(path))),
        None => refused("an absolute path"),
    }
}

/// A list of classes as it is written.
fn words(list: &ClassList) -> Vec<&str> {
    match list {
        ClassList::All => vec!["*"],
        ClassList::Only(names) => names.iter().map(ClassName::as_str).collect(),
    }
}

fn quoted(text: &str) -> toml::Value {
    toml::Value::String(text.to_owned())
}

impl fmt::Display for Value {
    /// As TOML.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Value::Switch(on) => write!(f, "{on}"),
            Value::Number(number, Unit::Count) => number.fmt(f),
            Value::Number(number, unit) => match unit.format(*number) {
                plain if plain.parse::<u64>().is_ok() => plain.fmt(f),
                text => quoted(&text).fmt(f),
            },
            Value::Text(text) => quoted(text).fmt(f),
            Value::Path(path) => quoted(&path.to_string_lossy()).fmt(f),
            Value::Directories(dirs) => {
                let dirs = dirs.iter().map(|dir| quoted(&dir.to_string_lossy()));
                toml::Value::Array(dirs.collect()).fmt(f)
            }
            Value::Classes(list) => {
                toml::Value::Array(words(list).into_iter().map(quoted).collect()).fmt(f)
            }
            Value::Users(numbers) => {
                let numbers = numbers.iter().map(|number| i64::from(*number).into());
                toml::Value::Array(numbers.collect()).fmt(f)
            }
        }
    }
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        match self {
            Value::Switch(on) => serializer.serialize_bool(*on),
            Value::Number(number, _) => serializer.serialize_u64(*number),
            Value::Text(text) => serializer.serialize_str(text),
            Value::Path(path) => serializer.collect_str(&path.display()),
            Value::Directories(dirs) => {
                let mut list = serializer.serialize_seq(Some(dirs.len()))?;
                for dir in dirs {
                    list.serialize_element(&dir.to_string_lossy())?;
                }
                list.end()
            }
            Value::Classes(list) => words(list).serialize(serializer),
            Value::Users(numbers) => numbers.serialize(serializer),
        }
    }
}
