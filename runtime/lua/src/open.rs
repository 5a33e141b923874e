//! From a checked Lua module to instances, and what the chunk must have registered.

use encoding::Schema;
use objclass::{Budget, CallError, Limits, Method, Module, OpenError};

use crate::{
    call::View,
    env::{Handler, Side},
    guards::Guards,
    instance::{Instance, LoadError},
    seed::Seeds,
    source::Source,
};

/// What the instances of one class are made from.
#[derive(Debug)]
pub(crate) struct Chunk {
    source: Source,
    seeds: Seeds,
    guards: Guards,
    /// Limits the chunk runs under, also when another instance is made later.
    limits: Limits,
}

impl Chunk {
    /// The chunk of `module`, not run yet.
    ///
    /// # Errors
    /// The text is not acceptable.
    pub(crate) fn new(
        module: &Module,
        limits: &Limits,
        guards: Guards,
    ) -> Result<Chunk, OpenError> {
        Ok(Chunk {
            source: Source::new(module.bytes.clone(), &module.file)?,
            seeds: Seeds::of(&module.digest),
            guards,
            limits: *limits,
        })
    }

    /// The limits it runs under.
    pub(crate) fn limits(&self) -> &Limits {
        &self.limits
    }

    /// Runs the chunk, on no object, and makes an instance that can hold `memory` bytes. It has at most
    /// `deadline_ms`.
    ///
    /// # Errors
    /// What is wrong with the text, or what it ran into.
    pub(crate) fn instance(&self, deadline_ms: u64, memory: u64) -> Result<Instance, OpenError> {
        let mut limits = self.limits;
        limits.deadline_ms = limits.deadline_ms.min(deadline_ms);
        let mut budget = Budget::new(limits);
        let view = View::Loading(&mut budget);
        Instance::load(&self.source, &self.seeds, self.guards, view, memory).map_err(open_error)
    }
}

/// The methods behind `handlers`.
///
/// # Errors
/// Two have one name.
pub(crate) fn methods(
    handlers: &[Handler],
    schema: Option<&Schema>,
) -> Result<Vec<Method>, OpenError> {
    let method = |handler: &Handler| {
        Method::new(handler.name.clone(), handler.flags)
            .with_doc(handler.doc.clone())
            .with_types(text(handler.input, schema), text(handler.output, schema))
    };
    let methods = handlers.iter().map(method).collect::<Vec<_>>();
    Method::check_distinct(&methods)?;
    Ok(methods)
}

/// A side of a method as the host shows it.
fn text(side: Side, schema: Option<&Schema>) -> Option<String> {
    match side {
        Side::Untyped => None,
        Side::Json => Some("json".to_owned()),
        Side::Type(index) => {
            let schema = schema?;
            schema.describe_type(schema.at(index)?)
        }
    }
}

/// A failed chunk as the loader reports it.
fn open_error(error: LoadError) -> OpenError {
    match error {
        LoadError::Syntax(CallError::Trap(trap)) => OpenError::Malformed {
            message: trap.message,
            location: trap.location,
        },
        LoadError::Syntax(error) | LoadError::Run(error) => error.into(),
    }
}
