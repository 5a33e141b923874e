//! `radula.toml`.

use std::path::Path;

use toml::de::{DeTable, DeValue};

use super::{ConfigError, Origin, Settings, keys::Lookup, value::ValueKind};

impl Settings {
    /// Applies the text of a configuration file. Relative paths in it are relative to the file's directory.
    ///
    /// # Errors
    /// The first thing wrong with it.
    pub fn apply_file(&mut self, path: &Path, text: &str) -> Result<(), ConfigError> {
        let table = DeTable::parse(text).map_err(|error| ConfigError::Syntax {
            place: place(path, text, error.span().map_or(0, |span| span.start)),
            message: error.message().replace('\n', " "),
        })?;
        let base = path.parent().unwrap_or(Path::new("/"));
        let mut walk = Walk {
            settings: self,
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
    settings: &'a mut Settings,
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
            match (self.settings.keys.lookup(&segments), value.get_ref()) {
                (Lookup::Table, DeValue::Table(table)) => self.table(path, table)?,
                (_, value) => {
                    let read = |kind: ValueKind| kind.read_toml(value, self.base);
                    self.settings.apply_with(&segments, place, read)?;
                }
            }
            path.pop();
        }
        Ok(())
    }
}
