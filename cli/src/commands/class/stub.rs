//! `class stub`: code that calls a class through a stock binding of librados.

mod c;
mod names;
mod python;
mod rust;

use std::io::Write as _;

use radula::runtime::Method;
use serde_json::json;

use super::open;
use crate::{failure::Failure, session::Session, verbs::Language};

pub(super) fn stub(session: &mut Session, name: &str, language: Language) -> Result<(), Failure> {
    let opened = open(session, name)?;
    let class = Described {
        name: opened.name.as_str(),
        methods: opened.class.methods(),
    };
    let code = match language {
        Language::Python => python::code(class),
        Language::C => c::code(class),
        Language::Rust => rust::code(class),
    };
    session.answer(
        || json!({ "ok": true, "class": class.name, "language": language.name(), "code": code }),
        |output| Ok(output.write_all(code.as_bytes())?),
    )
}

/// What a stub is written from.
#[derive(Clone, Copy)]
struct Described<'c> {
    name: &'c str,
    methods: &'c [Method],
}
