//! Calls of methods.

use radula::{ExecOptions, Method, Work};

use super::{Answer, Refused, StepResult};
use crate::{osd::request::Step, shared::Shared};

/// What a call names: class, method, input.
fn named(step: &Step) -> Result<(&str, &str, &[u8]), Refused> {
    let mut args = step.args();
    let (class, method) = (usize::from(args.u8()?), usize::from(args.u8()?));
    args.u8()?;
    let length = usize::try_from(args.u32()?).unwrap_or(usize::MAX);
    let mut input = step.input();
    let text = |bytes| std::str::from_utf8(bytes).map_err(|_| radula::Errno::EINVAL);
    let (class, method) = (text(input.take(class)?)?, text(input.take(method)?)?);
    Ok((class, method, input.take(length)?))
}

/// The method a step calls.
pub(in crate::osd) fn method(shared: &Shared, step: &Step) -> Result<Method, Refused> {
    let (class, method, _) = named(step)?;
    let found = shared.objects.method(class, method);
    found.map_err(|error| Refused::from(&error))
}

pub(super) fn exec(work: &mut Work<'_>, index: u32, step: &Step, method: &Method) -> Answer {
    let (_, _, input) = named(step)?;
    let reply = work.exec(index, method, input, &ExecOptions::default());
    let reply = reply.map_err(|error| Refused::from(&error))?;
    Ok(StepResult {
        value: reply.ret,
        output: reply.output,
    })
}
