//! Where the host comes in.

use alloc::{string::String, vec::Vec};

use crate::{
    Context, Errno, Result,
    object_class::{self, Failure, Reply, radula::objclass::types::Access},
};

/// The right to read.
pub const RD: u8 = Access::READ.bits();
/// The right to write.
pub const WR: u8 = Access::WRITE.bits();

/// One method, as `class!` lists it.
#[derive(Debug)]
pub struct Method {
    /// What clients call it by.
    pub name: &'static str,
    /// [`RD`], [`WR`] or both.
    pub access: u8,
    /// One line about it.
    pub doc: &'static str,
    /// Decodes, runs, encodes; answers the return value.
    pub run: for<'call> fn(&mut Context<'call>, &'call [u8]) -> Result<i32>,
}

/// What a class answers when asked for its methods.
#[must_use]
pub fn methods(methods: &[Method]) -> Vec<object_class::Method> {
    let method = |method: &Method| object_class::Method {
        name: method.name.into(),
        access: Access::from_bits_truncate(method.access),
        doc: method.doc.into(),
    };
    methods.iter().map(method).collect()
}

/// Runs the method at `index`.
///
/// # Errors
/// Those of the method; `EOPNOTSUPP` when there is none.
pub fn call(
    methods: &[Method],
    index: u32,
    input: Vec<u8>,
) -> core::result::Result<Reply, Failure> {
    #[cfg(all(target_arch = "wasm32", feature = "std"))]
    crate::panicked::install();
    let method = usize::try_from(index).ok().and_then(|at| methods.get(at));
    let Some(method) = method else {
        return Err(Failure {
            errno: Errno::EOPNOTSUPP.code().unsigned_abs(),
            message: "the class has no method at this position".into(),
        });
    };
    let mut context = Context::new();
    // The memory of a call goes with its instance, so that input and answers of the host may stay where they are.
    match (method.run)(&mut context, input.leak()) {
        Ok(ret) => Ok(Reply {
            ret,
            output: context.into_output(),
        }),
        Err(error) => Err(Failure {
            errno: error.errno().code().unsigned_abs(),
            message: error.message().map(String::from).unwrap_or_default(),
        }),
    }
}

/// The first line of a documentation comment that says something.
#[must_use]
pub const fn first_line(lines: &[&'static str]) -> &'static str {
    let mut at = 0;
    while at < lines.len() {
        let line = lines[at].trim_ascii();
        if !line.is_empty() {
            return line;
        }
        at += 1;
    }
    ""
}

/// Whether two texts are the same, in a constant.
#[must_use]
pub const fn text_is(text: &str, other: &str) -> bool {
    let (text, other) = (text.as_bytes(), other.as_bytes());
    if text.len() != other.len() {
        return false;
    }
    let mut at = 0;
    while at < text.len() {
        if text[at] != other[at] {
            return false;
        }
        at += 1;
    }
    true
}
