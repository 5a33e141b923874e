//! Running `__cls_init` and taking down what it registers.

use std::ptr;

use ceph_classes::{Registry, Services};
use class_abi as abi;
use objclass::{
    ClassName, Errno, Method, MethodFlags, MethodName, OpenError, escaped, text::MAX_MESSAGE,
};

use super::{
    HostLibrary,
    class::{Function, caller, position},
};
use crate::{
    Refused, boundary,
    identity::{CLS_INIT, refuse},
    library::Library,
};

/// How a class names what must be open first; optional.
const CLASS_DEPS: &str = "class_deps";

/// What `__cls_init` registered: methods, and the function of each at the same index.
#[derive(Debug, Default)]
pub(super) struct Registered {
    pub(super) methods: Vec<Method>,
    pub(super) functions: Vec<Function>,
    /// What `class_deps` answered.
    pub(super) dependencies: Vec<ClassName>,
}

/// What a `*mut Registry` really points at.
#[derive(Debug)]
struct Registering<'a> {
    expected: &'a ClassName,
    named: bool,
    registered: Registered,
    /// The first thing that went wrong. It keeps the class closed.
    error: Option<OpenError>,
}

/// What the host library calls while a class is opened and while one runs.
pub(super) static SERVICES: Services = Services {
    register_class,
    register_method,
    register_filter,
    depend,
    refuse: refuse_init,
    caller,
    position,
};

/// Runs `class_deps` and `__cls_init`, once.
pub(super) fn register(
    host: &HostLibrary,
    library: Library,
    expected: &ClassName,
) -> Result<Registered, OpenError> {
    let init = library
        .address(CLS_INIT)
        .ok_or_else(|| refuse(Refused::MissingSymbol { symbol: CLS_INIT }))?;
    let deps = library
        .address(CLASS_DEPS)
        .map_or(ptr::null_mut(), ptr::NonNull::as_ptr);
    let mut registering = Registering {
        expected,
        named: false,
        registered: Registered::default(),
        error: None,
    };
    let registry = (&raw mut registering).cast::<Registry>();
    // SAFETY: both are functions of the class with the types of Ceph's interface, and the library is never closed.
    // `registry` is valid until `registering` goes, after this call. Nothing unwinds: the host library catches.
    let answer = unsafe { (host.library.open)(&raw const SERVICES, registry, deps, init.as_ptr()) };
    let Registering {
        named,
        registered,
        error,
        ..
    } = registering;
    match (error, Errno::from_return(answer)) {
        (Some(error), _) => Err(error),
        (None, Some(errno)) => Err(init_failed(&errno.to_string())),
        (None, None) if !named => Err(init_failed("it registers no class")),
        (None, None) => Ok(registered),
    }
}

fn init_failed(message: &str) -> OpenError {
    refuse(Refused::CephInit {
        message: message.to_owned(),
    })
}

/// Runs what the class asked for while it is opened; the first error is the one that is told.
///
/// # Safety
/// `registry` is a handle from [`register`], within its call.
unsafe fn on(
    registry: *mut Registry,
    work: impl FnOnce(&mut Registering<'_>) -> Result<(), OpenError>,
) -> i32 {
    let done = boundary::guarded(|| {
        // SAFETY: the caller's promise; nothing else refers to it while the class is inside this function.
        let registering = unsafe { &mut *registry.cast::<Registering<'_>>() };
        match work(registering) {
            Ok(()) => 0,
            Err(error) => {
                registering.error.get_or_insert(error);
                Errno::EINVAL.to_return()
            }
        }
    });
    done.unwrap_or(Errno::EIO.to_return())
}

/// A name the class passed.
///
/// # Safety
/// As [`boundary::slice`].
unsafe fn text<'x>(bytes: abi::Bytes) -> Result<&'x str, OpenError> {
    // SAFETY: the caller's promise.
    let bytes = unsafe { boundary::slice(bytes) };
    bytes
        .ok()
        .and_then(|bytes| str::from_utf8(bytes).ok())
        .ok_or_else(|| init_failed("it registers a name that is no text"))
}

/// `cls_register`.
unsafe extern "C" fn register_class(registry: *mut Registry, name: abi::Bytes) -> i32 {
    // SAFETY: the host library calls this within `register`, with a text that is there until it returns.
    unsafe {
        on(registry, |registering| {
            let declared = ClassName::new(text(name)?)?;
            if declared != *registering.expected {
                return Err(OpenError::WrongClass {
                    declared,
                    expected: registering.expected.clone(),
                });
            }
            registering.named = true;
            Ok(())
        })
    }
}

/// `cls_register_method` and `cls_register_cxx_method`.
unsafe extern "C" fn register_method(
    registry: *mut Registry,
    name: abi::Bytes,
    flags: i32,
    kind: u32,
    function: *mut std::ffi::c_void,
) -> i32 {
    // SAFETY: as in `register_class`.
    unsafe {
        on(registry, |registering| {
            let name = MethodName::new(text(name)?)?;
            let Some(function) = ptr::NonNull::new(function) else {
                return Err(refuse(Refused::MethodNull { method: name }));
            };
            // The other bits are hints to an OSD, as CLS_METHOD_PROMOTE.
            let known = MethodFlags::from_bits_truncate(flags.to_le_bytes()[0]);
            if known.is_empty() {
                return Err(refuse(Refused::MethodFlags {
                    method: name,
                    flags: flags.cast_unsigned(),
                }));
            }
            let Registered {
                methods, functions, ..
            } = &mut registering.registered;
            methods.push(Method::new(name, known));
            functions.push(Function { kind, function });
            Ok(())
        })
    }
}

/// `cls_register_cxx_filter`. Filters of listings are not asked for here; a class that has one is as good without.
unsafe extern "C" fn register_filter(_registry: *mut Registry, _name: abi::Bytes) -> i32 {
    0
}

/// A class that `class_deps` names.
unsafe extern "C" fn depend(registry: *mut Registry, name: abi::Bytes) -> i32 {
    // SAFETY: as in `register_class`.
    unsafe {
        on(registry, |registering| {
            let name = ClassName::new(text(name)?)?;
            registering.registered.dependencies.push(name);
            Ok(())
        })
    }
}

/// Why the class is not opened.
unsafe extern "C" fn refuse_init(registry: *mut Registry, message: abi::Bytes) -> i32 {
    // SAFETY: as in `register_class`.
    unsafe {
        on(registry, |_| {
            let words = boundary::slice(message).unwrap_or_default();
            Err(init_failed(&escaped(words, MAX_MESSAGE)))
        })
    }
}
