//! What a component asks for and offers, against the world.

use crate::{
    host::{INTERFACES, PACKAGE, VERSION},
    scan::Surface,
};

/// Checks the names of imports and exports. Their types are checked when the component is linked.
///
/// # Errors
/// What is missing or too much, for the author of the class.
pub(crate) fn check(surface: &Surface) -> Result<(), String> {
    surface
        .imports
        .iter()
        .try_for_each(|name| check_import(name))?;
    for export in ["methods", "call"] {
        if !surface.exports.iter().any(|name| name == export) {
            return Err(missing(export, surface));
        }
    }
    Ok(())
}

fn check_import(name: &str) -> Result<(), String> {
    let shown = objclass::escaped(name.as_bytes(), 128);
    if name.starts_with("wasi:") {
        return Err(format!(
            "it imports {shown}: there is no WASI here; build it without files, clocks and standard streams"
        ));
    }
    let (path, version) = name.split_once('@').unwrap_or((name, ""));
    let Some(interface) = path
        .strip_prefix(PACKAGE)
        .and_then(|rest| rest.strip_prefix('/'))
    else {
        return Err(format!(
            "it imports {shown}; a class may import the interfaces of {PACKAGE}@{VERSION} only"
        ));
    };
    let (major, newer) = compare(version);
    if !major {
        return Err(format!(
            "it was built for version {} of the world; this engine has {VERSION}",
            if version.is_empty() {
                "(none)"
            } else {
                version
            }
        ));
    }
    if !INTERFACES.contains(&interface) {
        return Err(format!(
            "it imports {shown}, which the world does not have{}",
            if newer {
                format!(": it was built for a newer version than {VERSION}")
            } else {
                String::new()
            }
        ));
    }
    Ok(())
}

/// Whether a version has our major number, and whether it is newer than ours.
fn compare(version: &str) -> (bool, bool) {
    let numbers = |version: &str| {
        let mut parts = version.split('.').map(|part| part.parse::<u64>().ok());
        Some((parts.next()??, parts.next()??, parts.next()??))
    };
    match (numbers(version), numbers(VERSION)) {
        (Some(theirs), Some(ours)) => (theirs.0 == ours.0, theirs > ours),
        _ => (false, false),
    }
}

fn missing(export: &str, surface: &Surface) -> String {
    let mut text = format!(
        "it does not export the function `{export}`; a class exports `methods` and `call`, as the world `object-class` of {PACKAGE}@{VERSION} says"
    );
    if !surface.exports.is_empty() {
        let names: Vec<_> = surface
            .exports
            .iter()
            .take(8)
            .map(|name| objclass::escaped(name.as_bytes(), 64))
            .collect();
        text.push_str(&format!("; it exports {}", names.join(", ")));
    }
    text
}

/// An error of linking, in the words of the author.
pub(crate) fn in_words(error: &wasmtime::Error) -> String {
    let text = format!("{error:#}");
    format!(
        "it does not fit the world `object-class` of {PACKAGE}@{VERSION}: {}",
        objclass::escaped(text.as_bytes(), 1024)
    )
}
