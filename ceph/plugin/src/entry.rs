//! The engine of this OSD, and the call of one of its methods.

use std::{
    ffi::c_int,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

use objclass::Errno;

use crate::{
    engine::Engine,
    logging,
    osd::{self, BufferList, ClassHandle, Context, OsdContext},
    registry::Place,
    reopening,
};

static ENGINE: OnceLock<Engine<ClassHandle>> = OnceLock::new();

/// The engine, opened at the first use with what lies beside its library.
pub(crate) fn engine() -> &'static Engine<ClassHandle> {
    ENGINE.get_or_init(|| {
        logging::to(osd::log);
        // The hook of a library of its own: classes in native code have theirs.
        std::panic::set_hook(Box::new(|panic| {
            osd::log(0, &format!("radula: {panic}").replace('\n', ": "));
        }));
        Engine::open(&osd::own_directory(), Some(reopening::reopen))
    })
}

/// The engine, if it was opened.
pub(crate) fn opened() -> Option<&'static Engine<ClassHandle>> {
    ENGINE.get()
}

/// Runs `body`; a panic ends here and becomes `EFAULT`.
pub(crate) fn guarded(what: &str, body: impl FnOnce() -> c_int) -> c_int {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        osd::log(
            0,
            &format!("radula: {what} panicked; this is a bug of radula"),
        );
        Errno::EFAULT.to_return()
    })
}

/// A method of the OSD's table was called.
///
/// # Safety
/// The pointers are those the OSD handed to the method, which returns what this returns.
pub(crate) unsafe fn called(
    place: Place,
    context: Context,
    input: BufferList,
    output: BufferList,
) -> c_int {
    guarded("a call", || {
        // SAFETY: as the caller promises: the context and the input are used during the call only.
        let (context, input) = unsafe { (OsdContext::new(context), osd::input(input)) };
        let input = match input {
            Ok(input) => input,
            Err(errno) => return errno.to_return(),
        };
        let answer = engine().call(place, Arc::new(context), input);
        // SAFETY: as the caller promises.
        match unsafe { osd::output(output, &answer.output) } {
            Ok(()) => answer.ret,
            // Nothing may be applied that is not answered.
            Err(errno) => errno.to_return(),
        }
    })
}
