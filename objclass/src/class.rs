//! Classes, their methods, and what a call answers.

use std::{collections::HashSet, fmt::Debug};

use bytes::Bytes;

use crate::{CallError, ClassName, Context, MethodFlags, MethodName, OpenError};

/// One entry of a class.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Method {
    /// The name clients call it by.
    pub name: MethodName,
    /// What it may do.
    pub flags: MethodFlags,
    /// One line for `class show`, when the author gave one.
    pub doc: Option<String>,
    /// What its input is, when the author said so: a type in one line of text, in the notation of Ceph's formats, or `json`.
    pub input: Option<String>,
    /// What its output is, likewise.
    pub output: Option<String>,
}

impl Method {
    /// A method its author said no more of.
    #[must_use]
    pub fn new(name: MethodName, flags: MethodFlags) -> Self {
        Self {
            name,
            flags,
            doc: None,
            input: None,
            output: None,
        }
    }

    /// The same with a line for `class show`.
    #[must_use]
    pub fn with_doc(self, doc: Option<String>) -> Self {
        Self { doc, ..self }
    }

    /// The same with the types of its input and its output.
    #[must_use]
    pub fn with_types(self, input: Option<String>, output: Option<String>) -> Self {
        Self {
            input,
            output,
            ..self
        }
    }

    /// Sees that no two `methods` have one name.
    ///
    /// # Errors
    /// [`OpenError::DuplicateMethod`] with the first name that is there twice.
    pub fn check_distinct(methods: &[Method]) -> Result<(), OpenError> {
        let mut names = HashSet::with_capacity(methods.len());
        match methods.iter().find(|method| !names.insert(&method.name)) {
            None => Ok(()),
            Some(method) => Err(OpenError::DuplicateMethod {
                method: method.name.clone(),
            }),
        }
    }
}

/// What a successful call answers.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Reply {
    /// Return value, never negative: a negative one is [`CallError::Class`].
    pub ret: i32,
    /// Output bytes.
    pub output: Bytes,
}

/// An open class: a named set of methods that can be called from many threads at once.
///
/// # Non-guarantees
/// A class does not check flags, commit, or roll back: the [`Context`] and the host do. Nor does one in native code check
/// its deadline: the host does when the call has returned ([`Budget::close`](crate::Budget::close)).
pub trait Class: Debug + Send + Sync {
    /// Lists the methods in a fixed order; [`call`](Class::call) takes an index into it.
    fn methods(&self) -> &[Method];

    /// Names the classes that must be open before this one answers calls.
    fn dependencies(&self) -> &[ClassName];

    /// The version its author gave it, if the language has a place for one.
    fn version(&self) -> Option<&str> {
        None
    }

    /// The interface its file was built for, where its language has more than one. For operators.
    fn abi(&self) -> Option<&str> {
        None
    }

    /// Whether its methods run scripts that come with the request, so that the ceilings of such scripts apply.
    fn is_eval(&self) -> bool {
        false
    }

    /// Runs one method on the object of `context`.
    ///
    /// `input` is client-controlled. Nothing a call does may be visible to a later call, except through the
    /// object (promised by confined classes, trusted ones are asked to).
    ///
    /// # Errors
    /// [`CallError::Class`] when the method answered with an error number, [`CallError::Trap`] when it was
    /// ended (limit, guest error, panic), [`CallError::Host`] when the host failed. After any of them the
    /// caller discards the transaction.
    ///
    /// # Panics
    /// May panic when `method` is not an index into [`methods`](Class::methods).
    fn call(
        &self,
        method: usize,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Result<Reply, CallError>;
}
