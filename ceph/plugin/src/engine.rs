//! The engine of one OSD: its classes, its settings, its calls.

mod reload;

use std::{
    path::{Path, PathBuf},
    sync::{
        Arc, Mutex, PoisonError, RwLock,
        atomic::{AtomicU32, AtomicU64, Ordering},
    },
    time::Instant,
};

use bytes::Bytes;
use loader::{Loader, OpenClass};
use objclass::{CallInfo, Errno, FailureKind, MethodFlags, MethodName, ObjectId};
use runtime::{CallHost, Callable, EVAL_CLASS, NotFound};
use transaction::{Quotas, Transaction};

use crate::{
    config::{Config, bearable},
    failure::Failure,
    flush::flush,
    hctx::{Answer, Hctx},
    logging,
    quench::{May, Quench},
    registry::{Additions, Place, Registered, Registry},
    snapshot::OsdSnapshot,
    watch::Watch,
};

/// The engine of one OSD. `H` is the OSD's handle of a class.
#[derive(Debug)]
pub(crate) struct Engine<H> {
    inner: Arc<Inner<H>>,
    watch: Mutex<Option<Watch>>,
}

/// What calls and the reloading thread share.
#[derive(Debug)]
pub(crate) struct Inner<H> {
    directory: PathBuf,
    loader: Loader,
    quotas: RwLock<Quotas>,
    /// Most bytes of output of a call that wrote.
    write_reply: AtomicU64,
    registry: Registry<H>,
    reopen: Option<Reopen>,
    /// How often the OSD opened a file for it.
    reopened: AtomicU32,
    failures: Quench,
}

/// Makes the OSD open one of our files on this thread, under a name that differs from number to number, so that
/// [`Engine::register_waiting`] is called while the OSD's table is locked. Answers whether it was: a name that was opened
/// before is not opened again.
pub(crate) type Reopen = fn(u32) -> Answer<bool>;

/// What the OSD gets back.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct CallAnswer {
    pub(crate) ret: i32,
    pub(crate) output: Bytes,
}

impl<H: Copy + Send + std::fmt::Debug + 'static> Engine<H> {
    /// Opens the engine whose files lie in `directory`, and watches them. Without `reopen`, methods that a reload brings
    /// wait until the OSD opens a class by itself.
    pub(crate) fn open(directory: &Path, reopen: Option<Reopen>) -> Self {
        let settings = Config::read(directory).unwrap_or_else(|error| {
            tracing::error!("the built-in settings are in force: {}", chain(&error));
            Config::builtin(directory)
        });
        logging::set_level(settings.log);
        let interval = settings.reload_interval;
        let inner = Arc::new(Inner {
            directory: directory.to_owned(),
            quotas: RwLock::new(settings.quotas),
            write_reply: AtomicU64::new(settings.write_reply),
            loader: Loader::new(runtime::runtimes(&settings.runtime), settings.loader),
            registry: Registry::new(),
            reopen,
            reopened: AtomicU32::new(0),
            failures: Quench::new(),
        });
        tracing::info!(
            "engine {} in {}",
            env!("CARGO_PKG_VERSION"),
            directory.display()
        );
        let (looked_at, acting) = (Arc::clone(&inner), Arc::clone(&inner));
        let watch = Watch::start(
            interval,
            move || looked_at.watched(),
            move |interval| acting.reload(interval),
        );
        Self {
            inner,
            watch: Mutex::new(watch),
        }
    }

    /// Ends the reloading thread. Calls go on working.
    pub(crate) fn stop(&self) {
        let watch = self
            .watch
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .take();
        drop(watch);
    }

    /// Whether `class` is a Lua class, apart from class `lua` itself.
    pub(crate) fn needs_lua(&self, class: &str) -> bool {
        class != EVAL_CLASS
            && self
                .inner
                .loader
                .open(class)
                .is_ok_and(|open| open.backend == runtime::LUA.name)
    }

    /// Makes the OSD know the methods of `class`, which it is opening on this thread, and those of other classes that
    /// waited for such an occasion. `tell` tells the OSD.
    pub(crate) fn register(
        &self,
        class: &str,
        handle: H,
        tell: impl Fn(H, &str, i32, Place) -> Answer<()>,
    ) {
        self.inner.registry.note_class(class, handle);
        self.inner.register_all(Some(class), tell);
    }

    /// Makes the OSD know the methods its classes got since they were opened, while it is opening one of our files on
    /// this thread. `tell` tells the OSD.
    pub(crate) fn register_waiting(&self, tell: impl Fn(H, &str, i32, Place) -> Answer<()>) {
        self.inner.register_all(None, tell);
    }

    /// Runs the method a function of the pool stands for.
    pub(crate) fn call(
        &self,
        place: Place,
        hctx: Arc<dyn Hctx + Send + Sync>,
        input: &[u8],
    ) -> CallAnswer {
        let inner = &self.inner;
        let Some(method) = inner.registry.at(place) else {
            // The OSD knows a function only after its place was filled, or the class is still being opened.
            return CallAnswer {
                ret: Errno::EOPNOTSUPP.to_return(),
                output: Bytes::new(),
            };
        };
        match inner.perform(method, &hctx, input) {
            Ok(answer) => answer,
            Err(failure) => {
                inner.note(method, &failure, &*hctx);
                CallAnswer {
                    ret: failure.0.errno.to_return(),
                    output: failure.output(&method.class, &method.method).into(),
                }
            }
        }
    }
}

impl<H: Copy + Send + std::fmt::Debug + 'static> Inner<H> {
    /// Makes the OSD know all methods of all classes it opened; `opening` is the one it is opening now.
    fn register_all(
        &self,
        opening: Option<&str>,
        tell: impl Fn(H, &str, i32, Place) -> Answer<()>,
    ) {
        for known in self.registry.class_names() {
            let is_opening = opening == Some(&*known);
            match self.loader.open(&known) {
                Ok(open) => {
                    let additions = self.registry.add(&known, &methods(&open), &tell);
                    report(&known, &additions, !is_opening);
                }
                Err(unavailable) if is_opening => logging::line(
                    0,
                    &format!(
                        "radula: class {known} did not open: {}; until it does its methods answer EOPNOTSUPP",
                        unavailable.reason()
                    ),
                ),
                Err(_) => {}
            }
        }
    }

    fn perform(
        &self,
        method: &Registered,
        hctx: &Arc<dyn Hctx + Send + Sync>,
        input: &[u8],
    ) -> Result<CallAnswer, Failure> {
        let callable =
            Callable::find(&self.loader, &method.class, &method.method).map_err(|not_found| {
                match not_found {
                    NotFound::Class(unavailable) => Failure::from(unavailable),
                    NotFound::Method(no_method) => Failure::from(no_method),
                }
            })?;
        check_flags(method, callable.flags)?;
        let snapshot = OsdSnapshot::new(Arc::clone(hctx));
        let info = CallInfo {
            // The class interface of the OSD does not tell.
            object: ObjectId {
                pool: String::new(),
                namespace: String::new(),
                oid: String::new(),
            },
            version: hctx.version(),
            subop: hctx.subop(),
            origin: hctx.origin(),
        };
        let quotas = self.quotas().clone();
        let mut transaction = Transaction::new(Box::new(snapshot), info, quotas);
        let host = CallHost::new(&self.loader, logging::class_line);
        let limits = bearable(callable.class.limits);
        let (result, _usage) = callable.run(&mut transaction, &host, limits, input);
        let reply = result?;
        let Some(changes) = transaction.into_changes() else {
            return Ok(CallAnswer {
                ret: reply.ret,
                output: reply.output,
            });
        };
        flush(&**hctx, &changes)?;
        Ok(CallAnswer {
            ret: reply.ret,
            output: self.bounded(method, reply.output),
        })
    }

    /// The output a call that wrote may have. To a longer one an OSD that was asked for it answers `EOVERFLOW` after it
    /// has changed what it remembers of the object, and stores nothing: the object counts as damaged from then on. An
    /// OSD that was not asked drops it anyway, so nothing is lost there.
    fn bounded(&self, method: &Registered, output: Bytes) -> Bytes {
        let limit = self.write_reply.load(Ordering::Relaxed);
        if output.len() as u64 <= limit {
            return output;
        }
        let line = format!(
            "radula: {}.{} wrote, so its output of {} bytes is dropped: ceph.write_reply allows {limit}",
            method.class,
            method.method,
            output.len()
        );
        // Clients that do not ask for output cause this too, as often as they like.
        if method.was_cut.swap(true, Ordering::Relaxed) {
            tracing::debug!("{line}");
        } else {
            logging::line(0, &format!("{line}; from now on told at level 10 only"));
        }
        Bytes::new()
    }

    fn quotas(&self) -> std::sync::RwLockReadGuard<'_, Quotas> {
        self.quotas.read().unwrap_or_else(PoisonError::into_inner)
    }

    /// Tells the log about a failed call, unless it has heard enough.
    fn note(&self, method: &Registered, failure: &Failure, hctx: &dyn Hctx) {
        if !failure.is_news() {
            tracing::debug!(
                "{}",
                failure.line(&method.class, &method.method, &hctx.origin())
            );
            return;
        }
        match self.failures.ask(Instant::now()) {
            May::Not => {}
            May::Speak { after } => {
                if after > 0 {
                    logging::line(0, &format!("radula: {after} failed calls were not logged"));
                }
                let line = failure.line(&method.class, &method.method, &hctx.origin());
                logging::line(0, &line);
            }
        }
    }
}

fn methods(open: &OpenClass) -> Vec<(MethodName, MethodFlags)> {
    open.class
        .methods()
        .iter()
        .map(|method| (method.name.clone(), method.flags))
        .collect()
}

/// The OSD checks what a method does against what it was registered with, and only after it ran.
fn check_flags(method: &Registered, declared: MethodFlags) -> Result<(), Failure> {
    if method.flags.contains(declared) {
        return Ok(());
    }
    Err(Failure::new(
        Errno::EPERM,
        FailureKind::Flags,
        format!(
            "the OSD knows this method as {}, its class now declares {declared}: restart the OSD",
            method.flags
        ),
    ))
}

fn report(class: &str, additions: &Additions, late: bool) {
    let Additions {
        added,
        left_out,
        refused,
    } = additions;
    if late && !added.is_empty() {
        logging::line(
            0,
            &format!(
                "radula: class {class} got methods it lacked: {}",
                added.join(", ")
            ),
        );
    }
    if !left_out.is_empty() {
        logging::line(
            0,
            &format!(
                "radula: class {class}: the OSD can have {} methods of radula, and has; left out, answering EOPNOTSUPP: {}",
                crate::registry::PLACES,
                left_out.join(", ")
            ),
        );
    }
    if !refused.is_empty() {
        logging::line(
            0,
            &format!(
                "radula: class {class}: the OSD refused to register {}",
                refused.join(", ")
            ),
        );
    }
}

/// An error with its causes, on one line.
pub(crate) fn chain(error: &dyn std::error::Error) -> String {
    let mut line = error.to_string();
    let mut cause = error.source();
    while let Some(error) = cause {
        line.push_str(": ");
        line.push_str(&error.to_string());
        cause = error.source();
    }
    line
}

#[cfg(test)]
mod tests;
