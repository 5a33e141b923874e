//! Panics: caught, with message and place, before they leave the class.

use std::{
    cell::{Cell, RefCell},
    panic::{self, AssertUnwindSafe, catch_unwind},
    sync::Once,
};

/// What a panic said, and where.
#[derive(Debug, Default)]
pub(crate) struct Caught {
    pub(crate) message: String,
    pub(crate) file: String,
    pub(crate) line: u32,
}

thread_local! {
    /// How many of our entry points this thread is in.
    static DEPTH: Cell<u32> = const { Cell::new(0) };
    /// The last panic on this thread, from the hook to the catch.
    static LAST: RefCell<Option<Caught>> = const { RefCell::new(None) };
}

/// Runs `body`; a panic in it becomes an error instead of a backtrace on the process's stderr.
pub(crate) fn caught<T>(body: impl FnOnce() -> T) -> Result<T, Caught> {
    install();
    DEPTH.with(|depth| depth.set(depth.get() + 1));
    // `AssertUnwindSafe`: what the body touched is discarded with the call.
    let result = catch_unwind(AssertUnwindSafe(body));
    DEPTH.with(|depth| depth.set(depth.get() - 1));
    result.map_err(|_| {
        LAST.with(|last| last.borrow_mut().take())
            .unwrap_or_else(|| Caught {
                message: "no message".into(),
                ..Caught::default()
            })
    })
}

/// A class has its own copy of the standard library, and with it its own panic hook. Where it shares one (linked into a
/// test), panics outside of methods go to the hook that was there.
fn install() {
    static INSTALLED: Once = Once::new();
    INSTALLED.call_once(|| {
        let previous = panic::take_hook();
        panic::set_hook(Box::new(move |info| {
            if DEPTH.with(Cell::get) == 0 {
                return previous(info);
            }
            let payload = info.payload();
            let message = payload
                .downcast_ref::<&str>()
                .map(ToString::to_string)
                .or_else(|| payload.downcast_ref::<String>().cloned());
            let place = info.location();
            let caught = Caught {
                message: message.unwrap_or_else(|| "no message".into()),
                file: place
                    .map(|place| place.file().to_owned())
                    .unwrap_or_default(),
                line: place.map_or(0, panic::Location::line),
            };
            LAST.with(|last| *last.borrow_mut() = Some(caught));
        }));
    });
}
