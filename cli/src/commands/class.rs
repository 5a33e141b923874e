//! `class`: which classes there are, where they come from, and why.

use std::{io::Write as _, path::Path};

use radula::{
    LimitKind, OpenClass,
    config::Unit,
    loader::{
        Candidate, CheckReport, ClassStatus, ClassTable, ClassUnavailable, Explanation, Found,
        Reloaded,
    },
    objclass::{Limits, Method, escaped},
};
use serde_json::{Value, json};

use crate::{
    failure::{Failure, limits_json},
    output::Output,
    session::Session,
    verbs::ClassVerb,
};

pub(super) fn run(session: &mut Session, verb: &ClassVerb) -> Result<(), Failure> {
    match verb {
        ClassVerb::Ls => ls(session),
        ClassVerb::Show { name } => show(session, name),
        ClassVerb::Explain { name } => explain(session, name),
        ClassVerb::Check { file } => check(session, file),
    }
}

/// Every class is opened first: a list of names whose state is unknown would help nobody.
fn ls(session: &mut Session) -> Result<(), Failure> {
    session.engine.loader().preload();
    let table = session.engine.loader().list();
    let json = || {
        let directories: Vec<_> = table
            .directories
            .iter()
            .map(|directory| {
                json!({
                    "runtime": directory.runtime,
                    "path": directory.path.display().to_string(),
                    "class_files": directory.class_files,
                    "refused": directory.refused.as_ref().map(ToString::to_string),
                })
            })
            .collect();
        let classes: Vec<_> = table.classes.iter().map(status_json).collect();
        json!({ "ok": true, "classes": classes, "directories": directories })
    };
    session.answer(json, |output| print_table(output, &table))
}

fn print_table(output: &mut Output, table: &ClassTable) -> Result<(), Failure> {
    let width = |text: fn(&ClassStatus) -> usize, least: usize| {
        table.classes.iter().map(text).fold(least, usize::max)
    };
    let name = width(|class| class.name.as_str().len(), 5);
    let state = width(|class| class.state.name().len(), 5);
    writeln!(
        output,
        "{:<name$}  {:<state$}  {:<7}  {:>7}  FILE",
        "CLASS", "STATE", "RUNTIME", "METHODS"
    )?;
    for class in &table.classes {
        let methods = class
            .methods
            .map_or_else(|| "-".to_owned(), |count| count.to_string());
        let file = class.file.as_ref().map_or_else(
            || "(part of the runtime)".to_owned(),
            |file| file.display().to_string(),
        );
        let line = format!(
            "{:<name$}  {:<state$}  {:<7}  {methods:>7}  {file}",
            class.name.as_str(),
            class.state.name(),
            class.runtime
        );
        output.name(line.as_bytes())?;
        if let Some(error) = &class.error {
            output.name(format!("{:<name$}  {}", "", error.reason()).as_bytes())?;
        }
        for shadowed in &class.shadowed {
            let line = format!("{:<name$}  not used: {}", "", shadowed.display());
            output.name(line.as_bytes())?;
        }
    }
    for directory in &table.directories {
        if let Some(refused) = directory.refused.as_ref().filter(|dir| !dir.is_missing()) {
            output
                .name(format!("{} directory refused: {refused}", directory.runtime).as_bytes())?;
        }
    }
    Ok(())
}

fn status_json(class: &ClassStatus) -> Value {
    json!({
        "class": class.name.as_str(),
        "state": class.state.name(),
        "runtime": class.runtime,
        "file": class.file.as_ref().map(|file| file.display().to_string()),
        "digest": class.digest.map(|digest| digest.to_string()),
        "methods": class.methods,
        "permitted": class.permitted,
        "by_default": class.by_default,
        "shadowed": paths(&class.shadowed),
        "error": class.error.as_ref().map(unavailable_json),
    })
}

fn show(session: &mut Session, name: &str) -> Result<(), Failure> {
    let class = session.engine.loader().open(name).map_err(failed(name))?;
    let limits = session.engine.limits_of(&class);
    session.answer(
        || {
            json!({
                "ok": true,
                "class": class.name.as_str(),
                "runtime": class.backend,
                "file": class.file.as_ref().map(|file| file.display().to_string()),
                "digest": class.digest.map(|digest| digest.to_string()),
                "by_default": class.by_default,
                "methods": class.class.methods().iter().map(method_json).collect::<Vec<_>>(),
                "dependencies": names(class.class.dependencies()),
                "limits": limits_json(&limits),
            })
        },
        |output| print_class(output, &class, &limits),
    )
}

fn print_class(output: &mut Output, class: &OpenClass, limits: &Limits) -> Result<(), Failure> {
    writeln!(output, "class         {}", class.name)?;
    writeln!(output, "runtime       {}", class.backend)?;
    let file = class.file.as_ref().map_or_else(
        || "part of the runtime".to_owned(),
        |file| file.display().to_string(),
    );
    output.name(format!("file          {file}").as_bytes())?;
    if let Some(digest) = class.digest {
        writeln!(output, "digest        {digest}")?;
    }
    let by_default = if class.by_default {
        "on class_default_list"
    } else {
        "needs a grant: not on class_default_list"
    };
    writeln!(output, "may be called {by_default}")?;
    if !class.class.dependencies().is_empty() {
        let needed = names(class.class.dependencies()).join(" ");
        writeln!(output, "needs         {needed}")?;
    }
    print_methods(output, class.class.methods())?;
    for &kind in LimitKind::ALL {
        let limit = Unit::of(kind).format(limits.get(kind));
        writeln!(output, "limit         {:<15} {limit}", kind.name())?;
    }
    Ok(())
}

fn print_methods(output: &mut Output, methods: &[Method]) -> Result<(), Failure> {
    for method in methods {
        let doc = method
            .doc
            .as_ref()
            .map(|doc| format!("  {}", escaped(doc.as_bytes(), 512)))
            .unwrap_or_default();
        let line = format!(
            "method        {:<2} {}{doc}",
            method.flags.to_string(),
            method.name
        );
        output.name(line.as_bytes())?;
    }
    Ok(())
}

fn method_json(method: &Method) -> Value {
    json!({
        "name": method.name.as_str(),
        "flags": method.flags.to_string(),
        "doc": method.doc,
    })
}

fn explain(session: &mut Session, name: &str) -> Result<(), Failure> {
    let explanation = session
        .engine
        .loader()
        .explain(name)
        .map_err(failed(name))?;
    session.answer(
        || explanation_json(&explanation),
        |output| print_explanation(output, &explanation),
    )
}

fn explanation_json(explanation: &Explanation) -> Value {
    let candidates: Vec<_> = explanation
        .candidates
        .iter()
        .map(|candidate| {
            let (found, digest) = found(candidate);
            json!({
                "runtime": candidate.runtime,
                "path": candidate.path.display().to_string(),
                "found": found,
                "digest": digest,
                "chosen": candidate.chosen,
                "reason": candidate.reason,
            })
        })
        .collect();
    json!({
        "ok": true,
        "class": explanation.class.as_str(),
        "state": explanation.state.name(),
        "permitted": explanation.permitted,
        "by_default": explanation.by_default,
        "builtin": explanation.builtin,
        "candidates": candidates,
        "error": explanation.outcome.as_ref().err().map(unavailable_json),
    })
}

fn print_explanation(output: &mut Output, explanation: &Explanation) -> Result<(), Failure> {
    let class = &explanation.class;
    if let Some(runtime) = explanation.builtin {
        writeln!(
            output,
            "class {class} is part of the {runtime} runtime; no file is looked for"
        )?;
    }
    for (at, candidate) in explanation.candidates.iter().enumerate() {
        let mark = if candidate.chosen { '*' } else { ' ' };
        let line = format!(
            "{mark} {}. {:<6}  {}",
            at + 1,
            candidate.runtime,
            candidate.path.display()
        );
        output.name(line.as_bytes())?;
        if let (_, Some(digest)) = found(candidate) {
            writeln!(output, "              digest {digest}")?;
        }
        output.name(format!("              {}", candidate.reason).as_bytes())?;
    }
    if !explanation.permitted {
        writeln!(output, "class {class} is not on class_load_list")?;
    }
    let outcome = match &explanation.outcome {
        Ok(open) => format!(
            "class {class} is open, with {} methods",
            open.class.methods().len()
        ),
        Err(error) => format!("class {class}: {}: {}", error.errno(), error.reason()),
    };
    Ok(output.name(outcome.as_bytes())?)
}

/// One word for what is at a candidate's path, and its digest if it is a file.
fn found(candidate: &Candidate) -> (&'static str, Option<String>) {
    match &candidate.found {
        Found::Absent => ("absent", None),
        Found::NoDirectory(_) => ("no-directory", None),
        Found::Refused(_) => ("refused", None),
        Found::File { digest, .. } => ("file", Some(digest.to_string())),
        _ => ("unknown", None),
    }
}

fn check(session: &mut Session, file: &Path) -> Result<(), Failure> {
    let name = file.display().to_string();
    let report = session
        .engine
        .loader()
        .check_file(file)
        .map_err(failed(&name))?;
    session.answer(
        || {
            json!({
                "ok": true,
                "class": report.class.as_str(),
                "runtime": report.runtime,
                "file": report.path.display().to_string(),
                "size": report.size,
                "digest": report.digest.to_string(),
                "methods": report.methods.iter().map(method_json).collect::<Vec<_>>(),
                "dependencies": names(&report.dependencies),
                "missing": report.missing.iter().map(unavailable_json).collect::<Vec<_>>(),
                "objections": report.objections.iter().map(ToString::to_string).collect::<Vec<_>>(),
            })
        },
        |output| print_check(output, &report),
    )
}

fn print_check(output: &mut Output, report: &CheckReport) -> Result<(), Failure> {
    writeln!(output, "class         {}", report.class)?;
    writeln!(output, "runtime       {}", report.runtime)?;
    writeln!(output, "digest        {}", report.digest)?;
    print_methods(output, &report.methods)?;
    for missing in &report.missing {
        output.name(format!("needs         {}", missing.reason()).as_bytes())?;
    }
    for objection in &report.objections {
        output.name(format!("not here      {objection}").as_bytes())?;
    }
    Ok(())
}

/// Looks at the class files again and tells what became of the open classes.
pub(crate) fn reload(session: &mut Session) -> Result<(), Failure> {
    let outcomes = session.engine.loader().reload();
    let words: Vec<(String, &str, Option<String>)> = outcomes
        .iter()
        .map(|outcome| {
            let (word, detail) = match &outcome.result {
                Reloaded::Unchanged => ("unchanged", None),
                Reloaded::Replaced { digest, .. } => ("replaced", Some(digest.to_string())),
                Reloaded::Kept { error } => ("kept", Some(error.reason())),
                Reloaded::Closed => ("closed", None),
                _ => ("reloaded", None),
            };
            (outcome.class.to_string(), word, detail)
        })
        .collect();
    session.answer(
        || {
            let classes: Vec<_> = words
                .iter()
                .map(|(class, word, detail)| json!({ "class": class, "result": word, "detail": detail }))
                .collect();
            json!({ "ok": true, "reloaded": classes })
        },
        |output| {
            for (class, word, detail) in &words {
                let detail = detail.as_ref().map(|text| format!(": {text}"));
                let line = format!("class {class} {word}{}", detail.unwrap_or_default());
                output.name(line.as_bytes())?;
            }
            Ok(())
        },
    )
}

fn failed(class: &str) -> impl FnOnce(ClassUnavailable) -> Failure {
    let class = escaped(class.as_bytes(), 256);
    move |error| Failure::Class { class, error }
}

fn unavailable_json(error: &ClassUnavailable) -> Value {
    json!({
        "errno": error.errno().to_string(),
        "code": error.errno().code(),
        "kind": error.kind(),
        "message": error.reason(),
    })
}

fn names(classes: &[radula::objclass::ClassName]) -> Vec<String> {
    classes.iter().map(ToString::to_string).collect()
}

fn paths(paths: &[std::path::PathBuf]) -> Vec<String> {
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect()
}
