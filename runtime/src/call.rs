//! A method found by name, and its call.

use std::{
    fmt,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::Arc,
    time::Instant,
};

use loader::{ClassUnavailable, Loader, OpenClass};
use objclass::{
    Budget, CallError, ClassError, Context, Host, LimitKind, Limits, MethodFlags, ObjectContext,
    Reply, Trap, Usage, escaped, text,
};

/// A method found by name, before anything is known of the object. It stays what it is, whatever is reloaded.
#[derive(Clone, Debug)]
pub struct Callable {
    /// The class, as it was when the method was found.
    pub class: Arc<OpenClass>,
    /// The flags of the method.
    pub flags: MethodFlags,
    index: usize,
}

/// Why there is no such method.
#[derive(Debug)]
pub enum NotFound {
    /// Its class does not open.
    Class(ClassUnavailable),
    /// The class has no method of that name.
    Method(NoMethod),
}

/// A class that has other methods than the one asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoMethod {
    /// The class.
    pub class: String,
    /// What was asked for, escaped.
    pub method: String,
    /// What there is.
    pub methods: Vec<String>,
}

impl fmt::Display for NoMethod {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self {
            class,
            method,
            methods,
        } = self;
        write!(
            f,
            "class {class} has no method {method}; it has {}",
            methods.join(", ")
        )
    }
}

impl Callable {
    /// Finds `method` of `class`, opening the class if need be. Both names are client-controlled.
    ///
    /// # Errors
    /// [`NotFound`] says what is missing.
    pub fn find(loader: &Loader, class: &str, method: &str) -> Result<Self, NotFound> {
        Self::find_until(loader, class, method, None)
    }

    /// As [`find`](Callable::find), for a call that has until `deadline`.
    ///
    /// # Errors
    /// As [`find`](Callable::find).
    pub(crate) fn find_until(
        loader: &Loader,
        class: &str,
        method: &str,
        deadline: Option<Instant>,
    ) -> Result<Self, NotFound> {
        let open = loader
            .open_until(class, deadline)
            .map_err(NotFound::Class)?;
        match open.method(method) {
            Some((index, found)) => Ok(Self {
                index,
                flags: found.flags,
                class: open,
            }),
            None => Err(NotFound::Method(NoMethod {
                class: open.name.to_string(),
                method: escaped(method.as_bytes(), text::MAX_NAME),
                methods: open
                    .class
                    .methods()
                    .iter()
                    .map(|method| method.name.to_string())
                    .collect(),
            })),
        }
    }

    /// Its position among the methods of its class, for [`Class::call`](objclass::Class::call).
    #[must_use]
    pub fn index(&self) -> usize {
        self.index
    }

    /// Runs the method in the transaction of `object`, under `limits`, from charging its input to the verdict.
    ///
    /// The budget has the last word: what a method answers after a limit was reached counts for nothing. The
    /// caller applies the changes when this succeeds and discards them when it does not.
    pub fn run(
        &self,
        object: &mut dyn ObjectContext,
        host: &dyn Host,
        limits: Limits,
        input: &[u8],
    ) -> (Result<Reply, CallError>, Usage) {
        let mut budget = Budget::new(limits);
        let name = self.class.name.as_str();
        let answer = if budget.charge(LimitKind::Input, input.len() as u64) {
            let mut context = Context::new(object, &mut budget, host, name, self.flags);
            caught(|| self.class.class.call(self.index, &mut context, input))
        } else {
            Ok(Reply::default())
        };
        if let Ok(reply) = &answer {
            let _ = budget.charge(LimitKind::Output, reply.output.len() as u64);
        }
        // A trusted class cannot be interrupted; one that came back too late is too late all the same.
        let usage = budget.close();
        let result = match answer {
            // The reason the budget ended is the reason; what the backend made of it may be less exact.
            Err(error @ CallError::Trap(_)) => Err(error),
            answer => match budget.error() {
                Some(ended) => Err(ended),
                None => answer.and_then(settled),
            },
        };
        (result, usage)
    }
}

/// A negative return value is an error number, whatever the backend made of it.
pub(crate) fn settled(reply: Reply) -> Result<Reply, CallError> {
    match ClassError::of_return(reply.ret) {
        Some(error) => Err(error.into()),
        None => Ok(reply),
    }
}

/// Runs trusted code that may panic. Its transaction is dropped when it did, so nothing half done is seen.
fn caught(call: impl FnOnce() -> Result<Reply, CallError>) -> Result<Reply, CallError> {
    catch_unwind(AssertUnwindSafe(call))
        .unwrap_or_else(|payload| Err(Trap::panicked(payload.as_ref()).into()))
}
