//! Which method each function of the pool stands for.

use std::{
    collections::BTreeMap,
    sync::{
        Mutex, MutexGuard, OnceLock, PoisonError,
        atomic::{AtomicBool, AtomicUsize, Ordering},
    },
};

use objclass::{MethodFlags, MethodName, escaped};

use crate::hctx::Answer;

/// Methods one OSD can have.
pub(crate) const PLACES: usize = 4096;

/// A function of the pool.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Place(pub(crate) usize);

/// A method the OSD knows. It never forgets one.
#[derive(Debug)]
pub(crate) struct Registered {
    pub(crate) class: String,
    pub(crate) method: String,
    /// What the OSD was told, which no reload can change.
    pub(crate) flags: MethodFlags,
    /// Whether the log was told that output of it was dropped.
    pub(crate) was_cut: AtomicBool,
}

/// The pool of functions and what each stands for. `H` is the OSD's handle of a class.
#[derive(Debug)]
pub(crate) struct Registry<H> {
    places: Box<[OnceLock<Registered>]>,
    taken: AtomicUsize,
    classes: Mutex<BTreeMap<String, Known<H>>>,
}

#[derive(Debug)]
struct Known<H> {
    handle: H,
    methods: BTreeMap<String, MethodFlags>,
}

/// What became of the methods of one class.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Additions {
    /// Methods the OSD knows from now on.
    pub(crate) added: Vec<String>,
    /// Methods that found the pool empty.
    pub(crate) left_out: Vec<String>,
    /// Methods the OSD refused.
    pub(crate) refused: Vec<String>,
}

impl<H: Copy> Registry<H> {
    pub(crate) fn new() -> Self {
        Self {
            places: (0..PLACES).map(|_| OnceLock::new()).collect(),
            taken: AtomicUsize::new(0),
            classes: Mutex::default(),
        }
    }

    fn classes(&self) -> MutexGuard<'_, BTreeMap<String, Known<H>>> {
        self.classes.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The method a function stands for.
    pub(crate) fn at(&self, place: Place) -> Option<&Registered> {
        self.places.get(place.0)?.get()
    }

    /// The classes the OSD opened, in order.
    pub(crate) fn class_names(&self) -> Vec<String> {
        self.classes().keys().cloned().collect()
    }

    /// Notes a class the OSD opens.
    pub(crate) fn note_class(&self, class: &str, handle: H) {
        self.classes().entry(class.to_owned()).or_insert(Known {
            handle,
            methods: BTreeMap::new(),
        });
    }

    /// Those of `methods` the OSD does not know of `class`.
    pub(crate) fn unknown(
        &self,
        class: &str,
        methods: &[(MethodName, MethodFlags)],
    ) -> Vec<String> {
        let classes = self.classes();
        let known = classes.get(class);
        methods
            .iter()
            .map(|(name, _)| name.as_str())
            .filter(|name| known.is_none_or(|known| !known.methods.contains_key(*name)))
            .map(str::to_owned)
            .collect()
    }

    /// Makes the OSD know `methods` of a class noted before, as far as it does not yet. `tell` tells the OSD, which must
    /// be opening a class on this thread.
    pub(crate) fn add(
        &self,
        class: &str,
        methods: &[(MethodName, MethodFlags)],
        tell: &impl Fn(H, &str, i32, Place) -> Answer<()>,
    ) -> Additions {
        let mut additions = Additions::default();
        let mut classes = self.classes();
        let Some(known) = classes.get_mut(class) else {
            return additions;
        };
        for (name, flags) in methods {
            let name = name.as_str();
            if known.methods.contains_key(name) {
                continue;
            }
            let next = self.taken.load(Ordering::Relaxed);
            let Some(slot) = self.places.get(next) else {
                additions.left_out.push(name.to_owned());
                continue;
            };
            // The OSD looks none up while a class is being opened. A place it refused is given to the next method.
            if tell(known.handle, name, i32::from(flags.bits()), Place(next)).is_err() {
                additions.refused.push(escaped(name.as_bytes(), 128));
                continue;
            }
            let _ = slot.set(Registered {
                class: class.to_owned(),
                method: name.to_owned(),
                flags: *flags,
                was_cut: AtomicBool::new(false),
            });
            self.taken.store(next + 1, Ordering::Relaxed);
            known.methods.insert(name.to_owned(), *flags);
            additions.added.push(name.to_owned());
        }
        additions
    }
}
