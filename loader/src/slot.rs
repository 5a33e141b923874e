//! What the loader remembers of a class. Only classes that have a file get a slot: names clients make up do not.

use std::{
    path::{Path, PathBuf},
    sync::{Arc, Mutex},
    time::{Duration, Instant},
};

use objclass::ClassName;
use sandbox::FileIdentity;

use crate::{ClassUnavailable, lock::lock, open_class::Loaded};

/// First and longest time for which the answer about a broken file is repeated without reading the file again,
/// as long as the file seems the same.
const RETRY_FIRST: Duration = Duration::from_secs(1);
const RETRY_MAX: Duration = Duration::from_secs(60);

/// Where a class stands. The names up to `Open` are those of Ceph's ClassHandler.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum ClassState {
    /// There is a file, and nobody asked for it yet.
    Unknown,
    /// Nothing defines it. Looked for again at the next open.
    Missing,
    /// It depends on a class that does not open. Tried again at the next open.
    MissingDeps,
    /// It is being opened.
    Initializing,
    /// It answers calls.
    Open,
    /// It, or its runtime, is switched off, not in this build, or not on `class_load_list`.
    Disabled,
    /// Its file is refused or broken. Tried again when the file has changed, or after a while.
    Broken,
}

impl ClassState {
    /// The word for listings.
    #[must_use]
    pub fn name(self) -> &'static str {
        match self {
            ClassState::Unknown => "unknown",
            ClassState::Missing => "missing",
            ClassState::MissingDeps => "missing-deps",
            ClassState::Initializing => "initializing",
            ClassState::Open => "open",
            ClassState::Disabled => "disabled",
            ClassState::Broken => "broken",
        }
    }

    /// The state a failure leaves a class in.
    #[must_use]
    pub fn after(failure: &ClassUnavailable) -> Self {
        match failure {
            ClassUnavailable::InvalidName(_)
            | ClassUnavailable::NotAClassFile { .. }
            | ClassUnavailable::Missing { .. } => ClassState::Missing,
            ClassUnavailable::NotPermitted { .. }
            | ClassUnavailable::Disabled { .. }
            | ClassUnavailable::NotBuiltIn { .. }
            | ClassUnavailable::RuntimeOff { .. } => ClassState::Disabled,
            ClassUnavailable::Dependency { .. }
            | ClassUnavailable::Cycle { .. }
            | ClassUnavailable::TooDeep { .. } => ClassState::MissingDeps,
            ClassUnavailable::Directory { .. }
            | ClassUnavailable::File { .. }
            | ClassUnavailable::Module { .. }
            | ClassUnavailable::NoMethods { .. } => ClassState::Broken,
        }
    }
}

/// One class.
#[derive(Debug)]
pub(crate) struct Slot {
    pub(crate) name: ClassName,
    /// Held while the class's file is read and opened, and for nothing else: never while another class is opened.
    pub(crate) turn: Mutex<()>,
    inner: Mutex<Inner>,
}

#[derive(Debug)]
struct Inner {
    state: ClassState,
    loaded: Option<Arc<Loaded>>,
    /// The search under which `loaded` was opened with all it depends on; none before.
    settled: Option<u64>,
    failure: Option<Failure>,
    last_error: Option<ClassUnavailable>,
    reload_error: Option<ClassUnavailable>,
    logged: Option<String>,
}

/// What came of the last attempt to load a file.
#[derive(Debug)]
struct Failure {
    path: PathBuf,
    identity: FileIdentity,
    error: ClassUnavailable,
    delay: Duration,
    retry_at: Instant,
}

/// A slot as listings show it.
#[derive(Debug)]
pub(crate) struct SlotView {
    pub(crate) state: ClassState,
    pub(crate) loaded: Option<Arc<Loaded>>,
    pub(crate) last_error: Option<ClassUnavailable>,
    pub(crate) reload_error: Option<ClassUnavailable>,
}

impl Slot {
    pub(crate) fn new(name: ClassName) -> Self {
        Self {
            name,
            turn: Mutex::new(()),
            inner: Mutex::new(Inner {
                state: ClassState::Unknown,
                loaded: None,
                settled: None,
                failure: None,
                last_error: None,
                reload_error: None,
                logged: None,
            }),
        }
    }

    /// The class, if it was opened; its file is not looked at any more. The flag says whether under this search.
    pub(crate) fn opened(&self, search: u64) -> Option<(Arc<Loaded>, bool)> {
        let inner = lock(&self.inner);
        let settled = inner.settled?;
        Some((Arc::clone(inner.loaded.as_ref()?), settled == search))
    }

    /// What is known of this very file: the class loaded from it, or why that failed a short while ago.
    pub(crate) fn recall(
        &self,
        path: &Path,
        identity: &FileIdentity,
        now: Instant,
    ) -> Option<Result<Arc<Loaded>, ClassUnavailable>> {
        let inner = lock(&self.inner);
        if let Some(loaded) = &inner.loaded
            && let Some(origin) = &loaded.origin
            && origin.path == path
            && origin.identity == *identity
        {
            return Some(Ok(Arc::clone(loaded)));
        }
        let failure = inner.failure.as_ref()?;
        let same = failure.path == path && failure.identity == *identity;
        (same && now < failure.retry_at).then(|| Err(failure.error.clone()))
    }

    pub(crate) fn begin(&self) {
        lock(&self.inner).state = ClassState::Initializing;
    }

    pub(crate) fn loaded(&self, loaded: &Arc<Loaded>) {
        let mut inner = lock(&self.inner);
        inner.loaded = Some(Arc::clone(loaded));
        inner.settled = None;
        inner.failure = None;
        inner.reload_error = None;
    }

    pub(crate) fn failed(
        &self,
        path: &Path,
        identity: FileIdentity,
        error: &ClassUnavailable,
        now: Instant,
    ) {
        let mut inner = lock(&self.inner);
        let delay = match &inner.failure {
            Some(before) if before.path == path && before.identity == identity => {
                (before.delay * 2).min(RETRY_MAX)
            }
            _ => RETRY_FIRST,
        };
        inner.loaded = None;
        inner.settled = None;
        inner.failure = Some(Failure {
            path: path.to_owned(),
            identity,
            error: error.clone(),
            delay,
            retry_at: now + delay,
        });
    }

    /// The class and all it depends on are open.
    pub(crate) fn settle(&self, search: u64) {
        let mut inner = lock(&self.inner);
        if inner.loaded.is_some() {
            inner.state = ClassState::Open;
            inner.settled = Some(search);
            inner.last_error = None;
            inner.logged = None;
        }
    }

    /// Takes down why the class did not open.
    pub(crate) fn note(&self, error: &ClassUnavailable) {
        let mut inner = lock(&self.inner);
        inner.state = ClassState::after(error);
        inner.last_error = Some(error.clone());
    }

    /// Whether this reason was not logged yet since the class was last open: one cause is one line.
    pub(crate) fn is_news(&self, error: &ClassUnavailable) -> bool {
        let reason = error.reason();
        let mut inner = lock(&self.inner);
        let news = inner.logged.as_ref() != Some(&reason);
        inner.logged = Some(reason);
        news
    }

    /// Puts a version in place, at reload: the new one, or the old one again.
    pub(crate) fn replace(&self, loaded: &Arc<Loaded>, search: u64) {
        let mut inner = lock(&self.inner);
        inner.loaded = Some(Arc::clone(loaded));
        inner.settled = Some(search);
        inner.state = ClassState::Open;
        inner.last_error = None;
        inner.failure = None;
    }

    pub(crate) fn set_reload_error(&self, error: Option<ClassUnavailable>) {
        lock(&self.inner).reload_error = error;
    }

    /// Forgets that a file failed: limits, trust or what it depends on may be different now.
    pub(crate) fn forget_failure(&self) {
        lock(&self.inner).failure = None;
    }

    pub(crate) fn view(&self) -> SlotView {
        let inner = lock(&self.inner);
        SlotView {
            state: inner.state,
            loaded: inner.loaded.clone(),
            last_error: inner.last_error.clone(),
            reload_error: inner.reload_error.clone(),
        }
    }
}
