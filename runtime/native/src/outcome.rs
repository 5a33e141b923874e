//! How a call of a native method ended.

use std::any::Any;

use bytes::Bytes;
use objclass::{CallError, ClassError, Errno, Reply, Trap};

use crate::call::{CurrentCall, Function};

/// What `answer` stands for, after a look at what the class said during the call. `answer` is what the method returned, or
/// the payload of a panic that left it.
///
/// # Errors
/// As [`objclass::Class::call`]. What the budget says comes first, a panic that the class's own runtime caught next.
pub(crate) fn reply(
    answer: Result<i32, Box<dyn Any + Send>>,
    call: CurrentCall<'_, '_>,
) -> Result<Reply, CallError> {
    let CurrentCall {
        context,
        output,
        message,
        failed,
        panic,
        ..
    } = call;
    if context.budget().ended() {
        return Err(context.end());
    }
    let ret = match (answer, panic) {
        (Ok(ret), None) => ret,
        (_, Some(trap)) => return Err(trap.into()),
        (Err(payload), None) => return Err(Trap::panicked(payload.as_ref()).into()),
    };
    match ClassError::of_return(ret) {
        None => Ok(Reply {
            ret,
            output: Bytes::from(output),
        }),
        Some(mut error) => {
            error.message = message
                .or(error.message)
                .or_else(|| described(failed, error.errno));
            Err(error.into())
        }
    }
}

/// Words for an error number the class passed on from a host function without a word of its own.
fn described(failed: Option<(Function, Errno)>, errno: Errno) -> Option<String> {
    let (function, _) = failed.filter(|(_, theirs)| *theirs == errno)?;
    Some(if errno == Errno::EPERM && !function.needs.is_empty() {
        denied(function)
    } else {
        format!("{}: {}", function.name, errno.description())
    })
}

/// Words for a function the method has no flag for.
pub(crate) fn denied(Function { name, needs }: Function) -> String {
    format!("{name} needs a method flagged {}", needs_in_header(needs))
}

/// The flag as `objclass.h` spells it.
fn needs_in_header(needs: objclass::MethodFlags) -> &'static str {
    if needs.contains(objclass::MethodFlags::WR) {
        "WR"
    } else {
        "RD"
    }
}
