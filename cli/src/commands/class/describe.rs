//! `class describe`: what a class answers, for whoever calls it.

use std::io::Write as _;

use radula::{escaped, runtime::Method};
use serde_json::{Value, json};

use super::open;
use crate::{failure::Failure, session::Session, types::Side};

pub(super) fn describe(session: &mut Session, name: &str) -> Result<(), Failure> {
    let class = open(session, name)?;
    let methods = class.class.methods();
    let json = || {
        json!({
            "ok": true,
            "class": class.name.as_str(),
            "runtime": class.backend,
            "version": class.class.version(),
            "methods": methods.iter().map(method_json).collect::<Vec<_>>(),
        })
    };
    session.answer(json, |output| {
        for method in methods {
            let doc = method.doc.as_deref().unwrap_or_default();
            let doc = escaped(doc.as_bytes(), 512);
            let line = format!("{}.{} ({}): {doc}", class.name, method.name, method.flags);
            output.name(line.trim_end_matches(": ").as_bytes())?;
            for (side, of) in [("input", &method.input), ("output", &method.output)] {
                output.name(
                    format!("  {side:<6}  {}", of.as_deref().unwrap_or("bytes")).as_bytes(),
                )?;
            }
        }
        if methods.is_empty() {
            writeln!(output, "no methods")?;
        }
        Ok(())
    })
}

fn method_json(method: &Method) -> Value {
    let side = |of: &Option<String>| {
        let side = of.as_deref().and_then(Side::of);
        json!({ "text": of, "tree": side.map(|side| side.tree()) })
    };
    json!({
        "name": method.name.as_str(),
        "flags": method.flags.to_string(),
        "doc": method.doc,
        "input": side(&method.input),
        "output": side(&method.output),
    })
}
