//! What the stubs and the OSD call.

use std::{
    cell::Cell,
    ffi::{CStr, c_char, c_int},
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, OnceLock},
};

use objclass::Errno;

use crate::{
    engine::Engine,
    hctx::Answer,
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
        Engine::open(&osd::own_directory(), Some(reopen))
    })
}

/// A stub of no class, in a directory of its own beside the classes.
const METHODS: (&str, &str) = ("radula", "libcls_methods");

thread_local! {
    /// While this thread has the OSD open `METHODS`: whether the stub has called.
    static REOPENING: Cell<Option<bool>> = const { Cell::new(None) };
}

/// Has the OSD open `METHODS`. Behind any number of slashes it finds the same file, and takes it for another class.
fn reopen(turn: u32) -> Answer<bool> {
    let slashes = "/".repeat(turn as usize + 1);
    let name = format!("{}{slashes}{}", METHODS.0, METHODS.1);
    REOPENING.set(Some(false));
    let opened = osd::open_class(&name);
    let called = REOPENING.take();
    opened.map(|()| called == Some(true))
}

/// Makes the OSD know a method, while it opens a class on this thread.
fn tell(handle: ClassHandle, method: &str, flags: i32, place: Place) -> Answer<()> {
    handle.add_method(method, flags, trampoline::of(place))
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
        if REOPENING.get().is_some() {
            REOPENING.set(Some(true));
            engine().register_waiting(tell);
            return 0;
        }
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
        engine().register(name, handle, tell);
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
        if REOPENING.get().is_some() {
            return 0;
        }
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
