//! What the stubs and the OSD call.

use std::{
    ffi::{CStr, c_char, c_int},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

use objclass::Errno;

use crate::{
    engine::Engine,
    logging,
    osd::{self, BufferList, ClassHandle, Context, OsdContext},
    registry::Place,
    trampoline,
};

static ENGINE: OnceLock<Engine<ClassHandle>> = OnceLock::new();

/// The engine, opened at the first use with what lies beside its library.
fn engine() -> &'static Engine<ClassHandle> {
    ENGINE.get_or_init(|| {
        logging::to(osd::log);
        // The hook of a library of its own: classes in native code have theirs.
        std::panic::set_hook(Box::new(|panic| {
            osd::log(0, &format!("radula: {panic}").replace('\n', ": "));
        }));
        Engine::open(&osd::own_directory())
    })
}

/// Runs `body`; a panic ends here and becomes `EFAULT`.
fn guarded(what: &str, body: impl FnOnce() -> c_int) -> c_int {
    catch_unwind(AssertUnwindSafe(body)).unwrap_or_else(|_| {
        osd::log(
            0,
            &format!("radula: {what} panicked; this is a bug of radula"),
        );
        Errno::EFAULT.to_return()
    })
}

/// # Safety
/// `name` is a C string.
unsafe fn text<'a>(name: *const c_char) -> &'a str {
    // SAFETY: as the caller promises.
    unsafe { CStr::from_ptr(name) }.to_str().unwrap_or_default()
}

/// Registers class `name`, which the OSD is opening on this thread.
///
/// # Safety
/// Called by a stub with its own name, from `__cls_init`.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn radula_ceph_register(name: *const c_char) -> c_int {
    guarded("registering a class", || {
        // SAFETY: as the stub promises.
        let name = unsafe { text(name) };
        let handle = match ClassHandle::of_class_being_opened(name) {
            Ok(handle) => handle,
            Err(errno) => {
                osd::log(
                    0,
                    &format!("radula: the OSD refused to register class {name}"),
                );
                return errno.to_return();
            }
        };
        engine().register(name, handle, |handle, method, flags, place| {
            handle.add_method(method, flags, trampoline::of(place))
        });
        0
    })
}

/// Whether class `name` is a Lua class, so that the OSD opens class `lua` first.
///
/// # Safety
/// Called by a stub with its own name.
#[unsafe(no_mangle)]
pub(crate) unsafe extern "C" fn radula_ceph_needs_lua(name: *const c_char) -> c_int {
    guarded("looking at a class", || {
        // SAFETY: as the stub promises.
        let name = unsafe { text(name) };
        c_int::from(engine().needs_lua(name))
    })
}

/// Ends the engine's threads; calls go on working.
#[unsafe(no_mangle)]
pub(crate) extern "C" fn radula_ceph_stop() {
    guarded("stopping", || {
        if let Some(engine) = ENGINE.get() {
            engine.stop();
        }
        0
    });
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
