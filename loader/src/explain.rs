//! Why a name resolves as it does: every place that was looked at, in order.

use std::{path::PathBuf, sync::Arc};

use objclass::{ClassName, Digest};
use sandbox::{DirRefused, FileRefused};

use crate::{
    ClassState, ClassUnavailable, Loader, OpenClass,
    layout::Layout,
    search::{Directory, Place},
};

/// Largest file of a kind this build cannot run that is hashed for an explanation.
const MAX_FOREIGN_SIZE: u64 = 64 << 20;

/// How a class name resolves, and why.
#[derive(Debug)]
pub struct Explanation {
    /// The name.
    pub class: ClassName,
    /// Whether it is on `class_load_list`.
    pub permitted: bool,
    /// Whether it is on `class_default_list`.
    pub by_default: bool,
    /// The runtime it is part of; then no file is looked for.
    pub builtin: Option<&'static str>,
    /// Every path that may hold it, in order of precedence.
    pub candidates: Vec<Candidate>,
    /// Where it stands, after it was opened for this explanation.
    pub state: ClassState,
    /// The open class, or why it does not open.
    pub outcome: Result<Arc<OpenClass>, ClassUnavailable>,
    /// Why the last reload did not take the file's new content, if so.
    pub reload_error: Option<ClassUnavailable>,
}

/// One path a class may be loaded from.
#[derive(Debug)]
pub struct Candidate {
    /// The runtime that would run it.
    pub runtime: &'static str,
    /// The path.
    pub path: PathBuf,
    /// What is there.
    pub found: Found,
    /// Whether this file decides: it is the first there is.
    pub chosen: bool,
    /// One line that says why it was chosen, passed over or refused.
    pub reason: String,
}

/// What is at a path.
#[derive(Debug)]
#[non_exhaustive]
pub enum Found {
    /// Nothing.
    Absent,
    /// The directory does not exist or is refused, so that nobody looked.
    NoDirectory(DirRefused),
    /// Something that is refused.
    Refused(FileRefused),
    /// A class file.
    File {
        /// Its size in bytes.
        size: u64,
        /// Digest of its content.
        digest: Digest,
    },
}

impl Loader {
    /// Explains how the class called `name` resolves. Opens it to see what comes of it, and reads every other
    /// file of that name for its digest.
    ///
    /// # Errors
    /// [`ClassUnavailable::InvalidName`].
    pub fn explain(&self, name: &str) -> Result<Explanation, ClassUnavailable> {
        let class = ClassName::new(name)?;
        let outcome = self.open(name);
        let layout = self.layout();
        let builtin = self.builtins.get(&class).map(|builtin| builtin.runtime);
        let candidates = if builtin.is_some() {
            Vec::new()
        } else {
            candidates(&layout, &class, outcome.as_deref().ok())
        };
        Ok(Explanation {
            permitted: layout.config.load_list.contains(&class),
            by_default: layout.config.default_list.contains(&class),
            builtin,
            candidates,
            state: match &outcome {
                Ok(_) => ClassState::Open,
                Err(error) => ClassState::after(error),
            },
            outcome,
            reload_error: self.slot(&class).and_then(|slot| slot.view().reload_error),
            class,
        })
    }
}

fn candidates(layout: &Layout, class: &ClassName, open: Option<&OpenClass>) -> Vec<Candidate> {
    let mut candidates = Vec::new();
    let mut decided = false;
    for place in &layout.search.places {
        for dir in &place.dirs {
            let path = dir.configured.join(place.file_name(class));
            let found = look(place, dir, class);
            let decides = !decided
                && match &found {
                    Found::Absent => false,
                    Found::NoDirectory(refused) => !refused.is_missing() && place.backend.is_some(),
                    Found::Refused(_) | Found::File { .. } => true,
                };
            let reason = reason(layout, place, &found, decides, open);
            decided |= decides;
            candidates.push(Candidate {
                runtime: place.kind.name,
                path,
                found,
                chosen: decides,
                reason,
            });
        }
    }
    candidates
}

fn look(place: &Place, dir: &Directory, class: &ClassName) -> Found {
    let dir = match dir.open() {
        Ok(dir) => dir,
        Err(refused) => return Found::NoDirectory(refused),
    };
    let limit = place
        .backend
        .as_ref()
        .map_or(MAX_FOREIGN_SIZE, |backend| backend.max_module_size());
    match dir.read_verified(&place.file_name(class), limit) {
        Ok(file) => Found::File {
            size: file.identity.size(),
            digest: file.digest,
        },
        Err(FileRefused::Missing { .. }) => Found::Absent,
        Err(refused) => Found::Refused(refused),
    }
}

fn reason(
    layout: &Layout,
    place: &Place,
    found: &Found,
    decides: bool,
    open: Option<&OpenClass>,
) -> String {
    let (size, digest) = match found {
        Found::Absent => return "does not exist".to_owned(),
        Found::NoDirectory(refused) => return refused.to_string(),
        Found::Refused(refused) if decides => {
            return format!("refused, and nothing is tried instead: {}", chain(refused));
        }
        Found::Refused(refused) => {
            return format!(
                "not used: an earlier file decides; refused besides: {}",
                chain(refused)
            );
        }
        Found::File { size, digest } => (size, digest),
    };
    if !decides {
        return "not used: an earlier file decides".to_owned();
    }
    if place.backend.is_none() {
        return format!(
            "first found, but this build lacks the {} runtime",
            place.kind.name
        );
    }
    if layout.config.disabled_runtimes.contains(place.kind.name) {
        return format!(
            "first found, but the {} runtime is switched off",
            place.kind.name
        );
    }
    match open.and_then(|open| open.digest) {
        Some(running) if running == *digest => format!("first found: {size} bytes, open"),
        Some(running) => format!(
            "first found: {size} bytes, but version {running} stays open until a reload or restart"
        ),
        None => format!("first found: {size} bytes, but the class is not open"),
    }
}

fn chain(refused: &FileRefused) -> String {
    use std::error::Error as _;
    match refused.source() {
        Some(source) => format!("{refused}: {source}"),
        None => refused.to_string(),
    }
}
