//! `radula.toml`.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::{
    Config, ConfigError, Origin,
    keys::{self, Lookup},
};

impl Config {
    /// Applies the text of a configuration file. Relative paths in it are relative to the file's directory.
    pub(crate) fn apply_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let table = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
            place: place(path, text, error.span().map_or(0, |span| span.start)),
            message: error.message().replace('\n', " "),
        })?;
        let base = path.parent().unwrap_or(Path::new("/"));
        let mut walk = Walk {
            config: self,
            file: path,
            text,
            base,
        };
        walk.table(&mut Vec::new(), table.get_ref())
    }
}

fn place(path: &Path, text: &str, offset: usize) -> Origin {
    let before = &text.as_bytes()[..offset.min(text.len())];
    Origin::File {
        path: path.to_owned(),
        line: 1 + before.iter().filter(|byte| **byte == b'\n').count(),
    }
}

struct Walk<'a> {
    config: &'a mut Config,
    file: &'a Path,
    text: &'a str,
    base: &'a Path,
}

impl Walk<'_> {
    fn table(&mut self, path: &mut Vec<String>, table: &DeTable<'_>) -> Result<(), ConfigError> {
        for (key, value) in table {
            path.push(key.get_ref().to_string());
            let place = place(self.file, self.text, key.span().start);
            let segments: Vec<&str> = path.iter().map(String::as_str).collect();
            match (keys::lookup(&segments), value.get_ref()) {
                (Lookup::Key(kind), value) => {
                    let key = path.join(".");
                    let value =
                        kind.read_toml(value, self.base)
                            .map_err(|invalid| ConfigError::Value {
                                place: place.clone(),
                                key: key.clone(),
                                invalid,
                            })?;
                    self.config.put(key, value, place);
                }
                (Lookup::Table, DeValue::Table(table)) => self.table(path, table)?,
                (Lookup::BadClass(name), _) => return Err(ConfigError::ClassName { place, name }),
                (Lookup::Table | Lookup::Unknown, _) => {
                    return Err(ConfigError::UnknownKey {
                        place,
                        key: path.join("."),
                        nearest: keys::nearest(&segments),
                    });
                }
            }
            path.pop();
        }
        Ok(())
    }
}
