//! WASM classes: compiled, called, called again with another class between, and what was left behind.

use std::path::PathBuf;

use objclass::Limits;

use super::{
    CaseRun,
    bench::{self, ATTACKED, Bench, OTHER, Unable},
    seen::seen,
};
use crate::{
    component::{Component, Form},
    evidence::CanarySeen,
};

/// Milliseconds a class may take to compile and open, without the grace: the compile budget of the default
/// configuration.
const COMPILE_MS: f64 = 2_000.0;

/// The attack, and the class between its calls.
const CLASS: &str = "attack";
const BETWEEN: &str = "between";

/// A class that traps when its memory holds anything but zero bytes, and leaves none behind that does not.
const DIRTY: &str = r#"(module (memory 16)
  (func (export "attack") (local $at i32)
    (loop $next
      (if (i64.ne (i64.load (local.get $at)) (i64.const 0)) (then unreachable))
      (br_if $next (i32.lt_u (local.tee $at (i32.add (local.get $at) (i32.const 8))) (i32.const 1048576))))
    (memory.fill (i32.const 0) (i32.const 0xa5) (i32.const 1048576))))"#;

pub(super) fn lay_out(component: &Component) -> Result<PathBuf, Unable> {
    let directory = bench::class_dir()?;
    let source = component.source.bytes()?;
    let file = if component.form == Form::Binary {
        source
    } else {
        let text =
            String::from_utf8(source).map_err(|_| Unable::Case("a WASM text that is no UTF-8"))?;
        assemble(component.form, &text)?
    };
    bench::write_file(&directory, &format!("cls_{CLASS}.wasm"), &file)?;
    let between = assemble(Form::Core, DIRTY)?;
    bench::write_file(&directory, &format!("cls_{BETWEEN}.wasm"), &between)?;
    Ok(directory)
}

#[cfg(feature = "wasm")]
fn assemble(form: Form, source: &str) -> Result<Vec<u8>, Unable> {
    wat::parse_str(form.class_text(source)).map_err(|error| Unable::Text(error.to_string()))
}

#[cfg(not(feature = "wasm"))]
fn assemble(_form: Form, _source: &str) -> Result<Vec<u8>, Unable> {
    Err(Unable::Case("this build has no WASM"))
}

/// The class between the calls, which also starts the engine's pools before memory is looked at.
pub(super) fn between(run: &mut CaseRun<'_>, bench: &Bench, when: &str) {
    run.speaker.stage(&format!("WASM canary {when}"));
    let answer = bench.exec(OTHER, BETWEEN, "attack", b"hello");
    let (right, text) = match &answer.result {
        Ok(_) => (true, String::new()),
        Err(error) => (
            false,
            objclass::escaped(error.to_string().as_bytes(), bench::MAX_TEXT),
        ),
    };
    run.evidence.canaries.push(CanarySeen {
        what: format!("{when}, another WASM class"),
        right,
        elapsed_ms: answer.elapsed_ms,
        text,
    });
}

pub(super) fn attack(run: &mut CaseRun<'_>, bench: &Bench) -> Result<(), Unable> {
    let expect = run.case.expect.clone();
    run.speaker.stage("compiling the class");
    let (refused, elapsed_ms) = bench.opened(CLASS);
    if let Some(answer) = &refused {
        let evidence = &mut run.evidence;
        let mut call = seen(
            "compiling and opening",
            &expect,
            answer,
            &Limits::INSTALLED,
            true,
            &mut evidence.findings,
            &mut evidence.memory,
        );
        call.deadline_ms = call.deadline_ms.max(COMPILE_MS);
        evidence.calls.push(call);
        return Ok(());
    }
    for (number, oid) in [ATTACKED, ATTACKED, OTHER].into_iter().enumerate() {
        if number > 0 {
            between(run, bench, "between");
        }
        let what = format!("call {}", number + 1);
        let (_, mut call) = run.call(bench, &what, oid, (CLASS, "attack"), b"hello", &expect)?;
        if number == 0 && elapsed_ms > COMPILE_MS + crate::verdict::GRACE_MS {
            call.wrong
                .push(format!("compiling took {elapsed_ms:.0} ms"));
        }
        run.evidence.calls.push(call);
    }
    Ok(())
}
