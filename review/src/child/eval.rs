//! Requests to class `lua`.

use super::{
    CaseRun,
    bench::{ATTACKED, Bench, Unable},
};
use crate::case::EvalRequest;

pub(super) fn attack(
    run: &mut CaseRun<'_>,
    bench: &Bench,
    request: &EvalRequest,
    input: &[u8],
) -> Result<(), Unable> {
    let expect = run.case.expect.clone();
    let method = request.method.as_str();
    let (_, mut call) = run.call(
        bench,
        method,
        ATTACKED,
        (runtime::EVAL_CLASS, method),
        input,
        &expect,
    )?;
    if let Some(within) = request.within_ms {
        call.deadline_ms = call.deadline_ms.min(f64::from(within));
    }
    if let Some(text) = &request.says
        && !call.text.contains(text)
    {
        call.wrong.push(format!("the answer does not say {text:?}"));
    }
    run.evidence.calls.push(call);
    Ok(())
}
