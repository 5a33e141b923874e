//! Applies the edits: search and replace, each of which must match exactly once.
//!
//! An edit file is named after the Lua source it changes, `lvm.c.edit`, and holds edits of this shape:
//!
//! ```text
//! == name-of-the-edit
//! Why it is made, in a line or two.
//! -- find
//! the lines to find, exactly once in the file
//! -- replace
//! the lines to put there; a line `@@` stands for what was found
//! ```

use std::{fs, path::Path};

struct Edit {
    name: String,
    find: String,
    replace: String,
}

/// Copies Lua's C files from `lua` to `to`, with the edits of the folder `edits` applied.
pub(crate) fn apply(lua: &Path, edits: &Path, to: &Path) -> Result<(), String> {
    if to.exists() {
        fs::remove_dir_all(to).map_err(|error| said(to, &error))?;
    }
    fs::create_dir_all(to).map_err(|error| said(to, &error))?;
    for entry in fs::read_dir(lua).map_err(|error| said(lua, &error))? {
        let path = entry.map_err(|error| said(lua, &error))?.path();
        let name = path.file_name().and_then(|name| name.to_str());
        let Some(name) = name.filter(|name| name.ends_with(".c") || name.ends_with(".h")) else {
            continue;
        };
        let mut text = read(&path)?;
        let file = edits.join(format!("{name}.edit"));
        if file.exists() {
            for edit in parse(&read(&file)?, name)? {
                text = edit.apply(&text, name)?;
            }
        }
        let target = to.join(name);
        fs::write(&target, text).map_err(|error| said(&target, &error))?;
    }
    every_file_was_used(edits, to)
}

/// An edit file for a source that does not exist changes nothing, which nobody would notice.
fn every_file_was_used(edits: &Path, to: &Path) -> Result<(), String> {
    for entry in fs::read_dir(edits).map_err(|error| said(edits, &error))? {
        let path = entry.map_err(|error| said(edits, &error))?.path();
        let source = path.file_stem().map(|name| to.join(name));
        if path.extension().is_none_or(|kind| kind != "edit")
            || !source.is_some_and(|source| source.exists())
        {
            return Err(format!("{}: no Lua source of that name", path.display()));
        }
    }
    Ok(())
}

impl Edit {
    fn apply(&self, text: &str, file: &str) -> Result<String, String> {
        let name = &self.name;
        match text.matches(&self.find).count() {
            1 => Ok(text.replacen(&self.find, &self.replace, 1)),
            0 => Err(format!("edit {name}: no match in {file} of this Lua")),
            n => Err(format!("edit {name}: {n} matches in {file}, must be one")),
        }
    }
}

fn parse(text: &str, file: &str) -> Result<Vec<Edit>, String> {
    let mut edits = Vec::new();
    // Whatever stands before the first edit is a comment on the file.
    for section in format!("\n{text}").split("\n== ").skip(1) {
        let name = section.lines().next().unwrap_or_default().trim().to_owned();
        let parts = section
            .split_once("-- find\n")
            .and_then(|(why, rest)| Some((why, rest.split_once("-- replace\n")?)));
        let Some((why, (find, replace))) = parts else {
            return Err(format!(
                "edit {name} of {file}: no `-- find` and `-- replace`"
            ));
        };
        if why.lines().count() < 2 || find.trim().is_empty() {
            return Err(format!("edit {name} of {file}: say why, and what to find"));
        }
        // Blank lines before the next edit belong to the edit file, not to the source.
        let replace = format!("{}\n", replace.trim_end());
        edits.push(Edit {
            name,
            replace: replace.replace("@@\n", find),
            find: find.to_owned(),
        });
    }
    Ok(edits)
}

fn read(path: &Path) -> Result<String, String> {
    // Lua's sources are ASCII but for a name in a comment.
    fs::read(path)
        .map(|bytes| String::from_utf8_lossy(&bytes).into_owned())
        .map_err(|error| said(path, &error))
}

fn said(path: &Path, error: &std::io::Error) -> String {
    format!("{}: {error}", path.display())
}
