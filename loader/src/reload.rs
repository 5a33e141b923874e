//! New versions of open classes, without a restart.
//!
//! What changed is told by digest. A new version takes over only when it is open with all it depends on; until
//! then, and for good if it is broken, the old one answers.

use std::sync::Arc;

use objclass::{ClassName, Digest};
use tracing::{info, warn};

use crate::{
    ClassUnavailable, Loader,
    layout::Layout,
    load::{read_module, runnable},
    lock::lock,
    open_class::Loaded,
    resolve::Walk,
    search::Located,
    slot::Slot,
};

/// What became of one open class at a reload.
#[derive(Clone, Debug)]
pub struct ReloadOutcome {
    /// The class.
    pub class: ClassName,
    /// The version that was open before.
    pub old_version: u64,
    /// What happened.
    pub result: Reloaded,
}

/// What happened to an open class at a reload.
#[derive(Clone, Debug)]
#[non_exhaustive]
pub enum Reloaded {
    /// Its file has the same content.
    Unchanged,
    /// The new version answers calls; calls that run finish on the old one.
    Replaced {
        /// The number of the new version.
        version: u64,
        /// What it was made from.
        digest: Digest,
    },
    /// What is there now does not open. The old version goes on answering.
    Kept {
        /// Why.
        error: ClassUnavailable,
    },
    /// Its file is gone, and the class with it.
    Closed,
}

/// A version that wants to take over.
struct Pending {
    slot: Arc<Slot>,
    old: Arc<Loaded>,
    new: Arc<Loaded>,
    refused: Option<ClassUnavailable>,
}

impl Loader {
    /// Looks at the files of all open classes again, and takes what changed. Directories are opened anew. What is
    /// not open is looked for at the next [`open`](Loader::open), as always, but without waiting.
    ///
    /// The cost of a reload where nothing changed is reading the files. One reload runs at a time.
    pub fn reload(&self) -> Vec<ReloadOutcome> {
        let _one = lock(&self.changing);
        let layout = self.renew_search();
        let mut outcomes = Vec::new();
        let mut pending = Vec::new();
        let mut gone = Vec::new();
        for slot in self.all_slots() {
            slot.forget_failure();
            let Some((old, _)) = slot.opened(layout.search.id) else {
                continue;
            };
            let result = match self.look_again(&layout, &slot, &old) {
                Ok(None) => Reloaded::Unchanged,
                Ok(Some(new)) => {
                    pending.push(Pending {
                        slot,
                        old,
                        new,
                        refused: None,
                    });
                    continue;
                }
                Err(ClassUnavailable::Missing { .. }) => {
                    self.forget_slot(&old.name);
                    gone.push(old.name.clone());
                    Reloaded::Closed
                }
                Err(error) => Reloaded::Kept { error },
            };
            if let Reloaded::Kept { error } = &result {
                slot.set_reload_error(Some(error.clone()));
            } else {
                slot.set_reload_error(None);
            }
            outcomes.push(outcome(&old, result));
        }
        self.take_over(&layout, &mut pending);
        let mut current = Vec::new();
        for Pending {
            slot,
            old,
            new,
            refused,
        } in pending
        {
            slot.set_reload_error(refused.clone());
            let result = match refused {
                Some(error) => {
                    // Somebody may have got hold of the new one before it was taken back.
                    current.push(Arc::clone(&old));
                    Reloaded::Kept { error }
                }
                None => {
                    current.push(Arc::clone(&new));
                    let Some(origin) = &new.origin else {
                        unreachable!("a reload takes classes from files");
                    };
                    Reloaded::Replaced {
                        version: new.version,
                        digest: origin.digest,
                    }
                }
            };
            outcomes.push(outcome(&old, result));
        }
        self.republish(&layout, &current, &gone);
        outcomes.sort_unstable_by(|a, b| a.class.cmp(&b.class));
        outcomes.iter().for_each(log);
        outcomes
    }

    /// The class as its file has it now; `None` when that is what is open.
    fn look_again(
        &self,
        layout: &Layout,
        slot: &Slot,
        old: &Arc<Loaded>,
    ) -> Result<Option<Arc<Loaded>>, ClassUnavailable> {
        let class = &old.name;
        let Located::Found(found) = layout.search.locate(class, None)? else {
            unreachable!("nothing was to be kept");
        };
        let backend = runnable(layout, class, &found)?;
        let runtime = found.place.kind.name;
        let _turn = lock(&slot.turn);
        let (module, origin) = read_module(class, &found, backend.as_ref())?;
        let same = old.runtime == runtime
            && old
                .origin
                .as_ref()
                .is_some_and(|before| before.digest == origin.digest && before.path == origin.path);
        if same {
            slot.replace(old, layout.search.id);
            return Ok(None);
        }
        self.open_module(layout, &module, origin, runtime, backend.as_ref(), None)
            .map(Some)
    }

    /// Puts the new versions in place and takes back those whose dependencies do not open. New versions may need
    /// each other, so all are put in place first, and those taken back get another chance while that helps.
    fn take_over(&self, layout: &Layout, pending: &mut [Pending]) {
        for candidate in pending.iter() {
            candidate.slot.replace(&candidate.new, layout.search.id);
        }
        for candidate in pending.iter_mut() {
            self.try_new(layout, candidate);
        }
        loop {
            let mut progress = false;
            for candidate in pending
                .iter_mut()
                .filter(|candidate| candidate.refused.is_some())
            {
                candidate.slot.replace(&candidate.new, layout.search.id);
                self.try_new(layout, candidate);
                progress |= candidate.refused.is_none();
            }
            if !progress {
                break;
            }
        }
    }

    fn try_new(&self, layout: &Layout, candidate: &mut Pending) {
        let class = &candidate.new.name;
        candidate.refused = self.resolve(layout, class, &mut Walk::default()).err();
        if candidate.refused.is_some() {
            candidate.slot.replace(&candidate.old, layout.search.id);
        }
    }
}

fn outcome(old: &Loaded, result: Reloaded) -> ReloadOutcome {
    ReloadOutcome {
        class: old.name.clone(),
        old_version: old.version,
        result,
    }
}

fn log(outcome: &ReloadOutcome) {
    let ReloadOutcome {
        class, old_version, ..
    } = outcome;
    match &outcome.result {
        Reloaded::Unchanged => {}
        Reloaded::Replaced { version, digest } => info!(
            class = class.as_str(),
            version, "class {class} version {old_version} replaced by {version} (blake3 {digest})"
        ),
        Reloaded::Kept { error } => warn!(
            class = class.as_str(),
            "class {class} version {old_version} stays: {}",
            error.reason()
        ),
        Reloaded::Closed => warn!(
            class = class.as_str(),
            "class {class} version {old_version} closed: its file is gone"
        ),
    }
}
