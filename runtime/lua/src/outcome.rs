//! How a call ended, told without running another guest instruction.

use lua_sys::Ended;
use objclass::{
    Budget, CallError, ClassError, Errno, Fault, GuestLocation, LimitKind, Trap, TrapKind, escaped,
    text::MAX_MESSAGE,
};

use crate::{boundary::State, env::Env, ffi, parked::Slice};

/// Name of chunks that `load` made.
const LOADED: &str = "load";

/// The error a protected call with a status other than `LUA_OK` stands for.
///
/// What the budget and the meter say comes first: a script that swallowed a limit and went on changes nothing.
pub(crate) fn error(
    l: State,
    status: i32,
    env: &mut Env,
    budget: &mut Budget,
    file: &str,
) -> CallError {
    if env.meter.ended() == Some(Ended::Memory) || status == ffi::LUA_ERRMEM {
        budget.hit(LimitKind::Memory);
    }
    if let Some(error) = budget.error() {
        return error;
    }
    if status == lua_sys::STATUS_ENDED || env.meter.ended().is_some() {
        return CallError::Host(Fault::new("the meter ended a call nobody ended"));
    }
    let (message, location) = report(l, env, file);
    match env.raised.take() {
        Some(raised) => CallError::Class(ClassError {
            errno: raised.errno,
            message: Some(message),
            location,
        }),
        None => CallError::Trap(Trap {
            kind: TrapKind::GuestError,
            message,
            location,
        }),
    }
}

/// The return value of a handler that left `results` values on the stack.
pub(crate) fn return_value(l: State, results: i32) -> Result<i32, CallError> {
    if results == 0 {
        return Ok(0);
    }
    let mut is_integer = 0;
    // SAFETY: the last result is on top; reading it as an integer converts nothing in place.
    let value = unsafe { ffi::lua_tointegerx(l, -1, &mut is_integer) };
    let Some(ret) = (is_integer != 0)
        .then(|| i32::try_from(value).ok())
        .flatten()
        // The least one has no positive counterpart that could be its error number.
        .filter(|&ret| ret != i32::MIN)
    else {
        // SAFETY: as above; the name of a type is a static string.
        let kind = unsafe {
            std::ffi::CStr::from_ptr(ffi::lua_typename(l, ffi::lua_type(l, -1))).to_string_lossy()
        };
        let message = if is_integer == 0 {
            format!("the handler returned a {kind} where a 32-bit integer is expected")
        } else {
            "the handler returned an integer outside -2147483647 to 2147483647".to_owned()
        };
        return Err(CallError::Class(ClassError {
            errno: Errno::EIO,
            message: Some(message),
            location: None,
        }));
    };
    match ClassError::of_return(ret) {
        Some(error) => Err(error.into()),
        None => Ok(ret),
    }
}

/// Text and place of the error object on top. Never asks its metatable.
fn report(l: State, env: &Env, file: &str) -> (String, Option<GuestLocation>) {
    let mut line = env.error_line;
    // SAFETY: reads the type; a string is not converted, so nothing is allocated.
    let text = unsafe {
        match ffi::lua_type(l, -1) {
            ffi::LUA_TSTRING => {
                let mut len = 0;
                let at = ffi::lua_tolstring(l, -1, &mut len);
                let text = Slice { at: at.cast(), len }.bytes();
                let text = match prefix(text, file) {
                    Some((place, rest)) => {
                        // Inside `load`ed text the line is of that text; then the prefix stays.
                        if place.name_is_file {
                            line = place.line;
                            rest
                        } else {
                            text
                        }
                    }
                    None => text,
                };
                escaped(text, MAX_MESSAGE)
            }
            ffi::LUA_TNUMBER => {
                format!("(error object is a number: {})", ffi::lua_tonumber(l, -1))
            }
            ffi::LUA_TNIL => "(error object is nil)".to_owned(),
            other => {
                let name = std::ffi::CStr::from_ptr(ffi::lua_typename(l, other));
                format!("(error object is a {})", name.to_string_lossy())
            }
        }
    };
    let location = GuestLocation {
        file: file.to_owned(),
        line,
    };
    (text, Some(location))
}

struct Place {
    name_is_file: bool,
    line: u32,
}

/// Splits `name:line: ` off a message.
fn prefix<'t>(text: &'t [u8], file: &str) -> Option<(Place, &'t [u8])> {
    // Lua cuts long names to 59 bytes.
    let shown = &file.as_bytes()[..file.len().min(59)];
    let (name_is_file, rest) = if let Some(rest) = text.strip_prefix(shown) {
        (true, rest)
    } else {
        (false, text.strip_prefix(LOADED.as_bytes())?)
    };
    let rest = rest.strip_prefix(b":")?;
    let digits = rest.iter().take_while(|b| b.is_ascii_digit()).count();
    let line = std::str::from_utf8(&rest[..digits]).ok()?.parse().ok()?;
    let rest = rest[digits..].strip_prefix(b": ")?;
    Some((Place { name_is_file, line }, rest))
}

/// The message handler of every entry into Lua: notes the line of the innermost guest function and passes the
/// error object on. Ours, in Rust; a script has no handler of its own.
///
/// # Safety
/// Called by Lua while an error is raised.
pub(crate) unsafe extern "C-unwind" fn note_line(l: State) -> i32 {
    /// Functions looked through for one with lines: the raising C function and what called it.
    const LEVELS: i32 = 8;
    // SAFETY: `lua_getinfo` with these options allocates nothing and raises nothing.
    unsafe {
        let env = crate::env::of(l);
        (*env).error_line = 0;
        let mut activation: std::mem::MaybeUninit<ffi::lua_Debug> = std::mem::MaybeUninit::zeroed();
        for level in 1..LEVELS {
            if ffi::lua_getstack(l, level, activation.as_mut_ptr()) == 0 {
                break;
            }
            ffi::lua_getinfo(l, c"l".as_ptr(), activation.as_mut_ptr());
            if let Ok(line @ 1..) = u32::try_from((*activation.as_ptr()).currentline) {
                (*env).error_line = line;
                break;
            }
        }
        1
    }
}
