//! Running `objclass_init` and taking down what it registers.

use std::{
    ffi::CStr,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr,
};

use class_abi::{self as abi, Init, Run};
use objclass::{Errno, Method, MethodFlags, MethodName, OpenError, escaped, text::MAX_MESSAGE};

use crate::{Refused, boundary, identity::refuse};

/// What `objclass_init` registered: methods, and the function of each at the same index.
#[derive(Debug, Default)]
pub(crate) struct Registered {
    pub(crate) methods: Vec<Method>,
    pub(crate) functions: Vec<Run>,
}

/// What a `*mut abi::Registry` really points at.
#[repr(C)]
struct Registering {
    /// First, so that a pointer to it is a pointer to the whole.
    handle: abi::Registry,
    registered: Registered,
    /// The first thing that went wrong. It keeps the class closed, whatever `objclass_init` answers.
    error: Option<OpenError>,
    refusal: Option<String>,
}

/// Runs `init` once.
pub(crate) fn register(init: Init, table: &'static abi::Host) -> Result<Registered, OpenError> {
    let mut registering = Registering {
        handle: abi::Registry { host: table },
        registered: Registered::default(),
        error: None,
        refusal: None,
    };
    let handle = (&raw mut registering).cast::<abi::Registry>();
    // SAFETY: `handle` is valid until `registering` goes, which is after this call; the class was told not to keep it.
    let answer = catch_unwind(AssertUnwindSafe(|| unsafe { init(handle) }));
    if let Some(error) = registering.error {
        return Err(error);
    }
    match answer.map(Errno::from_return) {
        Ok(None) => Ok(registering.registered),
        Ok(Some(errno)) => Err(refuse(Refused::Init {
            errno,
            message: registering.refusal,
        })),
        Err(_) => Err(refuse(Refused::InitPanicked)),
    }
}

/// # Safety
/// `registry` is a handle from [`register`], within its `init`.
unsafe fn registering<'a>(registry: *mut abi::Registry) -> &'a mut Registering {
    // SAFETY: as above; `handle` is the first field of a `repr(C)` struct, and the pointer was made from the whole.
    unsafe { &mut *registry.cast::<Registering>() }
}

/// `objclass_host.register_method`.
pub(crate) unsafe extern "C" fn register_method(
    registry: *mut abi::Registry,
    method: *const abi::Method,
) -> i32 {
    boundary::guarded(|| {
        // SAFETY: the contract of the ABI: the handle is ours and `method` is a struct of the size in its first field.
        let (state, taken) = unsafe { (registering(registry), take(method)) };
        let result = taken.and_then(|(method, run)| {
            if state
                .registered
                .methods
                .iter()
                .any(|m| m.name == method.name)
            {
                return Err(OpenError::DuplicateMethod {
                    method: method.name,
                });
            }
            state.registered.methods.push(method);
            state.registered.functions.push(run);
            Ok(())
        });
        match result {
            Ok(()) => 0,
            Err(error) => {
                let errno = match error {
                    OpenError::DuplicateMethod { .. } => Errno::EEXIST,
                    _ => Errno::EINVAL,
                };
                state.error.get_or_insert(error);
                errno.to_return()
            }
        }
    })
    .unwrap_or(Errno::EIO.to_return())
}

/// `objclass_host.refuse`.
pub(crate) unsafe extern "C" fn refuse_init(
    registry: *mut abi::Registry,
    message: abi::Bytes,
) -> i32 {
    boundary::guarded(|| {
        // SAFETY: the contract of the ABI: the handle is ours.
        let state = unsafe { registering(registry) };
        // SAFETY: the contract of the ABI: `message` is readable until this function returns.
        match unsafe { boundary::slice(message) } {
            Ok(text) => {
                state.refusal = Some(escaped(text, MAX_MESSAGE));
                0
            }
            Err(errno) => errno.to_return(),
        }
    })
    .unwrap_or(Errno::EIO.to_return())
}

/// Reads a method struct of any age, field by field: a class built against an older header passes a shorter one.
///
/// # Safety
/// `method` is null or points at as many bytes as its first field says.
unsafe fn take(method: *const abi::Method) -> Result<(Method, Run), OpenError> {
    let bad = |how| refuse(Refused::MethodStruct { how });
    if method.is_null() {
        return Err(bad("as null"));
    }
    // SAFETY: every version of the struct begins with its size.
    let size = unsafe { (&raw const (*method).size).read() };
    if size < abi::METHOD_SIZE_1_0 {
        return Err(bad("with a struct smaller than any this ABI had"));
    }
    // SAFETY: these fields are within the first version's size.
    let (name, flags, run) = unsafe {
        (
            (&raw const (*method).name).read(),
            (&raw const (*method).flags).read(),
            (&raw const (*method).run).read(),
        )
    };
    let doc = if size >= size_of::<abi::Method>() {
        // SAFETY: the struct is large enough to have this field.
        unsafe { (&raw const (*method).doc).read() }
    } else {
        ptr::null()
    };
    if name.is_null() {
        return Err(bad("without a name"));
    }
    // SAFETY: the contract of the ABI: a terminated text, readable until the function returns.
    let name = unsafe { CStr::from_ptr(name) };
    let name = name
        .to_str()
        .map_err(|_| bad("with a name that is not UTF-8"))?;
    let name = MethodName::new(name)?;
    let known = u8::try_from(flags).ok().and_then(MethodFlags::from_bits);
    let Some(flags) = known.filter(|flags| !flags.is_empty()) else {
        return Err(refuse(Refused::MethodFlags {
            method: name,
            flags,
        }));
    };
    let Some(run) = run else {
        return Err(refuse(Refused::MethodNull { method: name }));
    };
    let doc = (!doc.is_null()).then(|| {
        // SAFETY: as for the name.
        escaped(unsafe { CStr::from_ptr(doc) }.to_bytes(), MAX_MESSAGE)
    });
    Ok((Method::new(name, flags).with_doc(doc), run))
}
