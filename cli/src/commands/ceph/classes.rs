//! The classes of this machine, read as they are installed.

use ceph_install::{ClassFile, Left};
use radula::{
    Config, Radula,
    runtime::{self, ClassState, ClassStatus, EVAL_CLASS, LUA},
};

use crate::{failure::Failure, files::Source};

/// No class file is larger.
const MAX_CLASS: u64 = 1 << 30;

/// The classes to install, and those that do not open. What is installed is what was opened: the content is compared with the
/// digest of what was opened.
pub(super) fn classes(
    config: Config,
    only: &[String],
    replace: &[String],
) -> Result<(Vec<ClassFile>, Vec<Left>), Failure> {
    let radula = Radula::open(config.in_memory())?;
    radula.loader().preload();
    let table = radula.loader().list();
    let mut classes = Vec::new();
    let mut unfit = Vec::new();
    for found in &table.classes {
        let name = found.name.as_str();
        let replaces = replace.iter().any(|named| named == name);
        let is_named = replaces || only.iter().any(|named| named == name);
        if !(only.is_empty() || is_named || name == EVAL_CLASS) {
            continue;
        }
        if found.state == ClassState::Open {
            classes.push(class(found, is_named, replaces)?);
            continue;
        }
        let reason = match &found.error {
            Some(error) if is_named => {
                return Err(Failure::Class {
                    class: name.to_owned(),
                    error: error.clone(),
                });
            }
            Some(error) => error.reason(),
            None => found.state.name().to_owned(),
        };
        unfit.push(Left {
            class: name.to_owned(),
            reason,
        });
    }
    for name in only.iter().chain(replace) {
        if !classes.iter().any(|class| class.name == *name) {
            return Err(Failure::NoClassToInstall {
                class: name.clone(),
            });
        }
    }
    let needs_lua = |class: &ClassFile| class.kind == Some(LUA) || class.is_named;
    if !classes.iter().any(needs_lua) {
        classes.retain(|class| class.name != EVAL_CLASS);
    }
    Ok((classes, unfit))
}

fn class(found: &ClassStatus, is_named: bool, replaces: bool) -> Result<ClassFile, Failure> {
    let kind = found
        .file
        .as_ref()
        .and(runtime::kind(found.runtime))
        .copied();
    let content = match &found.file {
        Some(path) => Source::File(path).read(MAX_CLASS, true)?,
        None => Vec::new(),
    };
    let opened = found.digest.map(|digest| digest.to_string());
    if found.file.is_some() && opened.as_deref() != Some(&*ceph_install::digest(&content)) {
        return Err(Failure::ClassChanged {
            class: found.name.to_string(),
        });
    }
    Ok(ClassFile {
        name: found.name.to_string(),
        kind,
        content,
        is_named,
        replaces,
    })
}
