//! How a call ended, told without running another guest instruction.

use objclass::{
    CallError, ClassError, Context, Errno, GuestLocation, LimitKind, Reply, Trap, TrapKind,
    escaped, text::MAX_MESSAGE,
};
use wasmtime::WasmBacktrace;

use crate::host::types;

/// Frames of a backtrace that are named.
const MAX_FRAMES: usize = 8;

/// Whether wasmtime refused what a guest handed over because it is too much. The type of that error is private, so it is
/// known by its name and, should that change, by its words; a test sees that one of them is right.
fn is_too_much_handed_over(error: &wasmtime::Error) -> bool {
    let cause = error.root_cause();
    format!("{cause:?}").contains("HostcallFuelExhausted")
        || cause.to_string().contains("fuel allocated for hostcalls")
}

/// The reply of a method that came back.
pub(crate) fn reply(
    answer: Result<types::Reply, types::Failure>,
    file: &str,
) -> Result<Reply, CallError> {
    let failure = match answer {
        Ok(types::Reply { ret, output }) => {
            return match ClassError::of_return(ret) {
                None => Ok(Reply { ret, output }),
                Some(error) => Err(error.into()),
            };
        }
        Err(failure) => failure,
    };
    let errno = i32::try_from(failure.errno).ok().and_then(Errno::new);
    let Some(errno) = errno else {
        return Err(guest_error(
            format!(
                "the method failed with errno {}; an errno is positive and fits 31 bits",
                failure.errno
            ),
            file,
        ));
    };
    Err(ClassError {
        errno,
        message: (!failure.message.is_empty())
            .then(|| escaped(failure.message.as_bytes(), MAX_MESSAGE)),
        location: None,
    }
    .into())
}

/// The error a call that did not come back stands for. What the budget says comes first.
pub(crate) fn error(error: &wasmtime::Error, context: &mut Context<'_>, file: &str) -> CallError {
    let trap = error.downcast_ref::<wasmtime::Trap>();
    if trap == Some(&wasmtime::Trap::OutOfFuel) {
        context.budget().hit(LimitKind::Fuel);
    }
    let cause = error.root_cause().to_string();
    if is_too_much_handed_over(error) {
        // What a guest hands over is bounded by what it may write.
        context.budget().hit(LimitKind::ObjectWritten);
    }
    if context.budget().ended() {
        return context.end();
    }
    let mut text = match trap {
        Some(trap) => {
            let text = trap.to_string();
            text.strip_prefix("wasm trap: ").unwrap_or(&text).to_owned()
        }
        None => cause,
    };
    if let Some(trace) = error.downcast_ref::<WasmBacktrace>() {
        for (depth, frame) in trace.frames().iter().take(MAX_FRAMES).enumerate() {
            text.push_str(if depth == 0 { "; in " } else { ", called by " });
            match frame.func_name() {
                Some(name) => text.push_str(name),
                None => text.push_str(&format!("function {}", frame.func_index())),
            }
            if depth == 0
                && let Some(offset) = frame.module_offset()
            {
                text.push_str(&format!(" (byte {offset:#x} of its module)"));
            }
        }
    }
    guest_error(escaped(text.as_bytes(), MAX_MESSAGE), file)
}

pub(crate) fn guest_error(message: String, file: &str) -> CallError {
    CallError::Trap(Trap {
        kind: TrapKind::GuestError,
        message,
        location: Some(GuestLocation {
            file: file.to_owned(),
            line: 0,
        }),
    })
}
