//! Putting everything in place.

use std::{
    collections::BTreeMap,
    path::{Path, PathBuf},
};

use runtime::Kind;

use crate::{
    ENGINE_MARK, STUB_MARK,
    disk::{Disk, Found, digest, read_file},
    error::InstallError,
    layout::{self, CONFIG, ENGINE, METHODS, SAVED},
    manifest::Manifest,
    stock::is_stock,
};

/// The configuration an installation starts with: what is built in, said so.
const FIRST_CONFIG: &str = "\
# Radula inside this machine's OSDs. They look at this file every few seconds; no restart is needed.
# Keys and units are those of the command's configuration, and [ceph] of the plugin.
";

/// A class to install.
#[derive(Clone, Debug)]
pub struct ClassFile {
    /// Its name.
    pub name: String,
    /// The kind of its file; `None` for a class that is part of the engine, such as the one for scripts of a request.
    pub kind: Option<Kind>,
    /// The content of its file; empty for one that has none.
    pub content: Vec<u8>,
    /// Whether the operator named it. A class that was merely found gives way to a file of others.
    pub is_named: bool,
    /// Whether the operator wants it in place of the class of that name that Ceph's own services call.
    pub replaces: bool,
}

/// What to install, and where.
#[derive(Clone, Debug)]
pub struct Installation {
    /// The OSDs' class directory.
    pub destination: PathBuf,
    /// The engine's file.
    pub engine: PathBuf,
    /// The stub's file.
    pub stub: PathBuf,
    /// The classes.
    pub classes: Vec<ClassFile>,
    /// The configuration; `None` begins with what is built in and leaves alone what is there.
    pub config: Option<Vec<u8>>,
    /// Whether files of others are replaced, and kept beside.
    pub force: bool,
    /// Whether only to report what would be done.
    pub dry_run: bool,
}

/// What became of a part.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Outcome {
    /// It was not there.
    Installed,
    /// It was there with another content.
    Replaced,
    /// It was there as it is to be.
    Unchanged,
    /// It is no longer wanted.
    Removed,
}

/// One file of an installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Part {
    /// Relative to the class directory.
    pub path: String,
    /// What became of it.
    pub outcome: Outcome,
    /// Where the file of others is kept that was in its place.
    pub saved: Option<String>,
}

/// A class that was left out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Left {
    /// The class.
    pub class: String,
    /// Why.
    pub reason: String,
}

/// What an installation did, or would do.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// The files.
    pub parts: Vec<Part>,
    /// The classes that were left out.
    pub left: Vec<Left>,
}

/// Installs, or brings an installation up to date.
///
/// # Errors
/// A place is taken by others and that was not allowed, or the system refused; see [`InstallError`].
pub fn install(wanted: &Installation) -> Result<Report, InstallError> {
    install_until(wanted, None)
}

/// The same; stops after this many changes, as if killed.
pub(crate) fn install_until(
    wanted: &Installation,
    stop_after: Option<usize>,
) -> Result<Report, InstallError> {
    let mut disk = if wanted.dry_run {
        Disk::open(&wanted.destination)?
    } else {
        Disk::lock(&wanted.destination, stop_after)?
    };
    let old = Manifest::read(&disk)?.unwrap_or_else(Manifest::new);
    let engine = marked(&wanted.engine, "engine", ENGINE_MARK)?;
    let stub = marked(&wanted.stub, "stub", STUB_MARK)?;
    let mut report = Report::default();
    let files = plan(wanted, &disk, &old, &engine, &stub, &mut report)?;
    carry_out(&mut disk, old, &files, &mut report)?;
    Ok(report)
}

/// A file to be, in the order they are written: a stub comes after all it leads to.
struct Planned<'a> {
    path: String,
    content: &'a [u8],
    /// Whether others' file is there, to be kept.
    keeps: bool,
}

fn plan<'a>(
    wanted: &'a Installation,
    disk: &Disk,
    old: &Manifest,
    engine: &'a [u8],
    stub: &'a [u8],
    report: &mut Report,
) -> Result<Vec<Planned<'a>>, InstallError> {
    let mut foreign = Vec::new();
    let mut files = Vec::new();
    let mut add = |path: String, content: &'a [u8], replaces: bool| -> Result<(), InstallError> {
        let is_foreign = is_foreign(disk, old, &path)?;
        if is_foreign && !wanted.force && !replaces {
            foreign.push(disk.path(&path));
        }
        // One of our files that was edited has no owner to give it back to.
        let is_edited = path.starts_with("radula/") && old.files.contains_key(&path);
        files.push(Planned {
            keeps: is_foreign && !is_edited,
            path,
            content,
        });
        Ok(())
    };
    add(ENGINE.to_owned(), engine, false)?;
    match &wanted.config {
        Some(config) => add(CONFIG.to_owned(), config, false)?,
        // The operator's from the moment it is there.
        None if disk.look(CONFIG)? == Found::Nothing => {
            add(CONFIG.to_owned(), FIRST_CONFIG.as_bytes(), false)?;
        }
        None => {}
    }
    let mut stubs = vec![(METHODS.to_owned(), false)];
    for class in &wanted.classes {
        let stub_path = layout::stub(&class.name);
        let left = |reason: String| Left {
            class: class.name.clone(),
            reason,
        };
        if is_stock(&class.name) && !class.replaces {
            if class.is_named {
                return Err(InstallError::Stock {
                    class: class.name.clone(),
                });
            }
            report.left.push(left(
                "Ceph's own services call a class of this name; --replace puts this one in its place"
                    .to_owned(),
            ));
            continue;
        }
        if !(class.is_named || class.replaces || wanted.force) && is_foreign(disk, old, &stub_path)?
        {
            report.left.push(left(format!(
                "{stub_path} is there and not ours; --force replaces it and keeps it beside"
            )));
            continue;
        }
        if let Some(path) = class
            .kind
            .map(|kind| layout::class_file(&kind, &class.name))
        {
            add(path, &class.content, false)?;
        }
        stubs.push((stub_path, class.replaces));
    }
    for (path, replaces) in stubs {
        add(path, stub, replaces)?;
    }
    if foreign.is_empty() {
        Ok(files)
    } else {
        Err(InstallError::Foreign { paths: foreign })
    }
}

/// Whether something is there that we did not put there. A stub or an engine is always ours.
fn is_foreign(disk: &Disk, old: &Manifest, path: &str) -> Result<bool, InstallError> {
    Ok(match disk.look(path)? {
        Found::Nothing => false,
        Found::Other => true,
        Found::File(found) if old.owns(path, &found) => false,
        Found::File(_) if path == ENGINE => !holds(disk, path, ENGINE_MARK)?,
        Found::File(_) => !holds(disk, path, STUB_MARK)?,
    })
}

fn holds(disk: &Disk, path: &str, mark: &[u8]) -> Result<bool, InstallError> {
    let bytes = disk.read(path)?;
    Ok(bytes.is_some_and(|bytes| contains(&bytes, mark)))
}

fn contains(bytes: &[u8], mark: &[u8]) -> bool {
    bytes.windows(mark.len()).any(|window| window == mark)
}

fn marked(path: &Path, what: &'static str, mark: &[u8]) -> Result<Vec<u8>, InstallError> {
    let bytes = read_file(path)?;
    if bytes.starts_with(b"\x7fELF") && contains(&bytes, mark) {
        Ok(bytes)
    } else {
        Err(InstallError::NotOurs {
            what,
            path: path.to_owned(),
        })
    }
}

/// The manifest first, with everything that was and everything that will be; then the files; then what is no longer
/// wanted; then the manifest of what is.
fn carry_out(
    disk: &mut Disk,
    old: Manifest,
    files: &[Planned<'_>],
    report: &mut Report,
) -> Result<(), InstallError> {
    disk.sweep(&layout::swept())?;
    for directory in layout::directories() {
        disk.make_directory(&directory)?;
    }
    let mut new = Manifest::new();
    new.saved = old.saved.clone();
    let mut meanwhile = old.clone();
    meanwhile.complete = false;
    for file in files {
        let digest = digest(file.content);
        let known = meanwhile.files.entry(file.path.clone()).or_default();
        if !known.contains(&digest) {
            known.push(digest.clone());
        }
        new.files.insert(file.path.clone(), vec![digest]);
        if file.keeps {
            let kept = format!("{}{SAVED}", file.path);
            meanwhile.saved.insert(file.path.clone(), kept.clone());
            new.saved.insert(file.path.clone(), kept);
        }
    }
    if let (false, Some(known)) = (new.files.contains_key(CONFIG), old.files.get(CONFIG)) {
        new.files.insert(CONFIG.to_owned(), known.clone());
    }
    new.complete = true;
    if old == new
        && files
            .iter()
            .all(|file| is_there(disk, file).unwrap_or(false))
    {
        let unchanged = files.iter().map(|file| Part {
            path: file.path.clone(),
            outcome: Outcome::Unchanged,
            saved: None,
        });
        report.parts.extend(unchanged);
        return Ok(());
    }
    meanwhile.write(disk)?;
    for file in files {
        let part = put(disk, file, &meanwhile.saved)?;
        report.parts.push(part);
    }
    let unwanted: Vec<&String> = old
        .files
        .keys()
        .filter(|path| !new.files.contains_key(*path))
        .collect();
    // Stubs before what they lead to.
    for path in unwanted.iter().rev() {
        if layout::take_out(disk, &old, path, false)?.is_none() {
            new.saved.remove(*path);
            report.parts.push(Part {
                path: (*path).clone(),
                outcome: Outcome::Removed,
                saved: None,
            });
        }
    }
    new.write(disk)
}

fn is_there(disk: &Disk, file: &Planned<'_>) -> Result<bool, InstallError> {
    Ok(disk.look(&file.path)? == Found::File(digest(file.content)))
}

fn put(
    disk: &mut Disk,
    file: &Planned<'_>,
    saved: &BTreeMap<String, String>,
) -> Result<Part, InstallError> {
    let found = disk.look(&file.path)?;
    let outcome = match found {
        Found::Nothing => Outcome::Installed,
        Found::File(found) if found == digest(file.content) => Outcome::Unchanged,
        _ => Outcome::Replaced,
    };
    let kept = saved.get(&file.path).filter(|_| file.keeps);
    if outcome != Outcome::Unchanged {
        if let Some(kept) = kept {
            disk.keep(&file.path, kept)?;
        }
        disk.put(&file.path, file.content)?;
    }
    Ok(Part {
        path: file.path.clone(),
        outcome,
        saved: kept.cloned(),
    })
}
