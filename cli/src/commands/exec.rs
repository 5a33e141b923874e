//! `exec` and `eval`.

use std::io::Write as _;

use radula::{ExecOptions, ExecReply, LimitKind, ObjectId, runtime::EVAL_CLASS};
use serde_json::{Value, json};

use crate::{
    failure::{Failure, limits_json, usage_json},
    files::Source,
    output::{bytes_json, object_json},
    session::Session,
    terminal,
    types::Side,
    verbs::{EvalArgs, ExecArgs},
};

pub(super) fn exec(session: &mut Session, args: &ExecArgs) -> Result<(), Failure> {
    let (class, method) = (&*args.class, &*args.method);
    let Some(text) = &args.args else {
        let input = session.read(args.input.source())?;
        return call(session, &args.oid, class, method, &input, None);
    };
    let (takes, answers) = sides(session, class, method)?;
    let failed = |what: String| Failure::Args {
        class: class.to_owned(),
        method: method.to_owned(),
        what,
    };
    let value: Value = serde_json::from_str(text)
        .map_err(|error| failed(format!("--args is no JSON: {error}")))?;
    let input = match (&takes, &value) {
        (None, Value::Null) => Vec::new(),
        (None, _) => {
            return Err(failed(
                "its author gave no type for its input: pass bytes instead of --args".to_owned(),
            ));
        }
        (Some(side), value) => side
            .encode(value)
            .map_err(|what| failed(format!("--args does not fit: {what}")))?,
    };
    call(session, &args.oid, class, method, &input, answers.as_ref())
}

/// The types of a method of a class that is found here.
fn sides(
    session: &mut Session,
    class: &str,
    method: &str,
) -> Result<(Option<Side>, Option<Side>), Failure> {
    let opened = super::class::open(session, class)?;
    let mut methods = opened.class.methods().iter();
    let found = methods.find(|found| found.name.as_str() == method);
    let side = |text: &Option<String>| text.as_deref().and_then(Side::of);
    // The call says what is wrong when there is none.
    Ok(found.map_or((None, None), |method| {
        (side(&method.input), side(&method.output))
    }))
}

pub(super) fn eval(session: &mut Session, args: &EvalArgs) -> Result<(), Failure> {
    let input = args.input.source();
    let script = Source::named(&args.script);
    if matches!((&input, &script), (Source::Standard, Source::Standard)) {
        return Err(Failure::TwoFromStdin);
    }
    let script = session.read(script)?;
    let input = session.read(input)?;
    let request = eval_bufferlist(&script, args.handler.as_bytes(), &input);
    call(
        session,
        &args.oid,
        EVAL_CLASS,
        "eval_bufferlist",
        &request,
        None,
    )
}

/// Ceph's `cls_lua_eval_op`: version 1, compatible with 1, then script, handler and input, each after its length.
fn eval_bufferlist(script: &[u8], handler: &[u8], input: &[u8]) -> Vec<u8> {
    let mut fields = Vec::with_capacity(script.len() + handler.len() + input.len() + 12);
    for field in [script, handler, input] {
        fields.extend(length(field));
        fields.extend_from_slice(field);
    }
    let mut request = vec![1, 1];
    request.extend(length(&fields));
    request.extend(fields);
    request
}

/// Files are read up to a quota far below 4 GiB; beyond it the length would be wrong and the engine refuses it.
fn length(field: &[u8]) -> [u8; 4] {
    u32::try_from(field.len()).unwrap_or(u32::MAX).to_le_bytes()
}

fn call(
    session: &mut Session,
    oid: &str,
    class: &str,
    method: &str,
    input: &[u8],
    answers: Option<&Side>,
) -> Result<(), Failure> {
    let options = ExecOptions::default().with_limits(session.call.limits());
    let id = session.object(oid);
    let verbose = session.call.verbose > 0;
    let called = session
        .ioctx()?
        .exec_with(oid, class, method, input, &options);
    let reply = match called {
        Ok(reply) => reply,
        Err(error) => {
            if let (true, Some((limits, usage))) = (verbose, error.spent()) {
                terminal::say(&table(|kind| (limits.get(kind), usage.get(kind))));
            }
            return Err(error.into());
        }
    };
    if verbose {
        terminal::say(&summary(&id, class, method, &reply));
    }
    let answer = match answers {
        Some(side) if !reply.output.is_empty() => {
            let decoded = side.decode(&reply.output);
            let failed = |what| Failure::Args {
                class: class.to_owned(),
                method: method.to_owned(),
                what: format!("the answer is not what its type says: {what}"),
            };
            Some(decoded.map_err(failed)?)
        }
        _ => None,
    };
    session.answer(
        || {
            let ran = reply.ran.as_ref();
            let class_file = ran.and_then(|ran| ran.class.file.as_ref());
            let digest = ran.and_then(|ran| ran.class.digest);
            json!({
                "ok": true,
                "object": object_json(&id),
                "class": class,
                "method": method,
                "ret": reply.ret,
                "output": bytes_json(&reply.output),
                "answer": answer,
                "version": reply.version,
                "limits": ran.map(|ran| limits_json(&ran.limits)),
                "usage": ran.map(|ran| usage_json(&ran.usage)),
                "runtime": ran.map(|ran| ran.class.backend),
                "file": class_file.map(|file| file.display().to_string()),
                "digest": digest.map(|digest| digest.to_string()),
                "error": null,
            })
        },
        |output| match &answer {
            Some(answer) => Ok(output.pretty(answer)?),
            None => Ok(output.write_all(&reply.output)?),
        },
    )
}

fn summary(id: &ObjectId, class: &str, method: &str, reply: &ExecReply) -> String {
    let answer = format!(
        "{class}.{method} on {id}: returned {}, {} bytes of output, object version {}\n",
        reply.ret,
        reply.output.len(),
        reply.version
    );
    let Some(ran) = &reply.ran else {
        return answer + "limits, usage and the class file: not reported by the cluster\n";
    };
    let class = &ran.class;
    let file = class.file.as_ref().map_or_else(
        || "part of the runtime".to_owned(),
        |file| file.display().to_string(),
    );
    let digest = class
        .digest
        .map(|digest| format!(", digest {digest}"))
        .unwrap_or_default();
    let limits = table(|kind| (ran.limits.get(kind), ran.usage.get(kind)));
    format!(
        "{answer}class {} ({}): {file}{digest}\n{limits}",
        class.name, class.backend,
    )
}

/// Limits and what was used of them, one line each.
fn table(values: impl Fn(LimitKind) -> (u64, u64)) -> String {
    let mut table = String::new();
    for &kind in LimitKind::ALL {
        let unit = radula::config::Unit::of(kind);
        let (limit, used) = values(kind);
        table.push_str(&format!(
            "limit {:<15} {:>8}   used {}\n",
            kind.name(),
            unit.format(limit),
            unit.format(used)
        ));
    }
    table
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_request_is_encoded_as_ceph_does() {
        assert_eq!(
            eval_bufferlist(b"abc", b"h", b""),
            [
                &[1u8, 1, 16, 0, 0, 0][..],
                &[3, 0, 0, 0],
                b"abc",
                &[1, 0, 0, 0],
                b"h",
                &[0, 0, 0, 0]
            ]
            .concat()
        );
    }
}
