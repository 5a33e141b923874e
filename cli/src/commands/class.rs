//! `class`: which classes there are, where they come from, and why.

mod describe;
mod explain;
mod reload;
mod stub;
mod unavailable;

use std::{io::Write as _, path::Path, sync::Arc};

use radula::{
    LimitKind, Limits, OpenClass,
    config::Unit,
    escaped,
    runtime::Method,
    runtime::{CheckReport, ClassStatus, ClassTable},
};
use serde_json::{Value, json};

use crate::{
    failure::{Failure, limits_json},
    output::Output,
    session::Session,
    verbs::ClassVerb,
};

use unavailable::{failed, unavailable_json};

pub(crate) use reload::reload;

pub(super) fn run(session: &mut Session, verb: &ClassVerb) -> Result<(), Failure> {
    match verb {
        ClassVerb::Ls => ls(session),
        ClassVerb::Show { name } => show(session, name),
        ClassVerb::Describe { name } => describe::describe(session, name),
        ClassVerb::Stub { name, lang } => stub::stub(session, name, *lang),
        ClassVerb::Explain { name } => explain::explain(session, name),
        ClassVerb::Check { file } => check(session, file),
    }
}

/// Every class is opened first: a list of names whose state is unknown would help nobody.
fn ls(session: &mut Session) -> Result<(), Failure> {
    session.engine()?.loader().preload();
    let table = session.engine()?.loader().list();
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

/// Opens a class that a verb names.
pub(super) fn open(session: &mut Session, name: &str) -> Result<Arc<OpenClass>, Failure> {
    let opened = session.engine()?.loader().open(name);
    opened.map_err(failed(name))
}

fn show(session: &mut Session, name: &str) -> Result<(), Failure> {
    let class = open(session, name)?;
    let limits = class.limits;
    session.answer(
        || {
            json!({
                "ok": true,
                "class": class.name.as_str(),
                "runtime": class.backend,
                "file": class.file.as_ref().map(|file| file.display().to_string()),
                "digest": class.digest.map(|digest| digest.to_string()),
                "version": class.class.version(),
                "abi": class.class.abi(),
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
    if let Some(version) = class.class.version() {
        output.name(format!("version       {version}").as_bytes())?;
    }
    if let Some(abi) = class.class.abi() {
        output.name(format!("built for     {abi}").as_bytes())?;
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
        for (side, of) in [("input", &method.input), ("output", &method.output)] {
            if let Some(of) = of {
                let line = format!("                 {side:<6} {of}");
                output.name(line.as_bytes())?;
            }
        }
    }
    Ok(())
}

fn method_json(method: &Method) -> Value {
    json!({
        "name": method.name.as_str(),
        "flags": method.flags.to_string(),
        "doc": method.doc,
        "input": method.input,
        "output": method.output,
    })
}

fn check(session: &mut Session, file: &Path) -> Result<(), Failure> {
    let checked = session.engine()?.loader().check_file(file);
    let report = checked.map_err(|error| Failure::ClassFile {
        file: escaped(file.as_os_str().as_encoded_bytes(), 512),
        error,
    })?;
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

fn names(classes: &[radula::runtime::ClassName]) -> Vec<String> {
    classes.iter().map(ToString::to_string).collect()
}

fn paths(paths: &[std::path::PathBuf]) -> Vec<String> {
    paths
        .iter()
        .map(|path| path.display().to_string())
        .collect()
}
