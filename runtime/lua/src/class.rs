//! A class made from a Lua module.

use std::sync::{Arc, OnceLock};

use objclass::{
    Budget, CallError, Class, ClassName, Context, Fault, LimitKind, Limits, Method, Module,
    OpenError, Reply, Trap, TrapKind,
};

use crate::{
    env::{Handler, View},
    guards::Guards,
    instance::{Instance, LoadError},
    keeper::Keeper,
    pool::Pool,
    seed::Seeds,
    source::Source,
};

/// See the module.
#[derive(Debug)]
pub(crate) struct LuaClass {
    source: Source,
    seeds: Seeds,
    guards: Guards,
    /// Limits the chunk runs under, also when another instance is made later.
    limits: Limits,
    methods: Vec<Method>,
    handlers: Vec<Handler>,
    pool: Arc<Pool>,
    keeper: Arc<Keeper>,
}

impl LuaClass {
    /// Runs the module's chunk once and learns its methods.
    ///
    /// # Errors
    /// What is wrong with the module, or what its chunk ran into.
    pub(crate) fn open(
        module: &Module,
        limits: &Limits,
        guards: Guards,
        keeper: &Arc<Keeper>,
    ) -> Result<LuaClass, OpenError> {
        let source = Source::new(module.bytes.clone(), &module.file)?;
        let seeds = Seeds::of(&module.digest);
        let instance = load(&source, &seeds, guards, limits, limits.memory)?;
        let handlers = instance.handlers().to_vec();
        let methods = handlers.iter().map(method).collect::<Vec<_>>();
        for (index, method) in methods.iter().enumerate() {
            if methods[..index]
                .iter()
                .any(|other| other.name == method.name)
            {
                return Err(OpenError::DuplicateMethod {
                    method: method.name.clone(),
                });
            }
        }
        let pool = Arc::new(Pool::new());
        pool.put(instance);
        keeper.watch(&pool);
        Ok(LuaClass {
            source,
            seeds,
            guards,
            limits: *limits,
            methods,
            handlers,
            pool,
            keeper: Arc::clone(keeper),
        })
    }

    /// An instance that is idle, or a new one, made in the time the call has left.
    fn instance(&self, context: &mut Context<'_>) -> Result<Instance, CallError> {
        let budget = context.budget();
        let memory = budget.limits().memory.max(self.limits.memory);
        if let Some(instance) = self.pool.take(memory) {
            return Ok(instance);
        }
        let mut limits = self.limits;
        limits.deadline_ms = limits
            .deadline_ms
            .min(budget.left(LimitKind::Deadline).max(1));
        // The same text under the same limits: what made the first instance makes this one, unless the chunk drew
        // on something that differs between two runs, or time runs out.
        let loaded = load(&self.source, &self.seeds, self.guards, &limits, memory);
        if !budget.check_deadline() {
            return Err(context.end());
        }
        let instance = loaded.map_err(|error| {
            CallError::Host(Fault::with_source(
                "a class that could be loaded once cannot be loaded again",
                error,
            ))
        })?;
        if instance.handlers() != self.handlers {
            return Err(CallError::Trap(Trap {
                kind: TrapKind::GuestError,
                message: "the chunk registered other handlers when it was run again; what it registers must not depend on chance".to_owned(),
                location: None,
            }));
        }
        Ok(instance)
    }
}

impl Class for LuaClass {
    fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn dependencies(&self) -> &[ClassName] {
        lua_dependency()
    }

    fn call(
        &self,
        method: usize,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        let mut instance = self.instance(context)?;
        let result = instance.call(method, context, input);
        self.pool.put(instance);
        self.keeper.tick();
        result
    }
}

/// The one dependency of every Lua class: class `lua`, which an operator can switch off.
pub(crate) fn lua_dependency() -> &'static [ClassName] {
    static NAMES: OnceLock<Vec<ClassName>> = OnceLock::new();
    NAMES.get_or_init(|| ClassName::new("lua").into_iter().collect())
}

fn method(handler: &Handler) -> Method {
    Method {
        name: handler.name.clone(),
        flags: handler.flags,
        doc: handler.doc.clone(),
    }
}

/// Makes an instance without an object.
fn load(
    source: &Source,
    seeds: &Seeds,
    guards: Guards,
    limits: &Limits,
    memory: u64,
) -> Result<Instance, OpenError> {
    let mut budget = Budget::new(*limits);
    Instance::load(source, seeds, guards, View::Loading(&mut budget), memory).map_err(open_error)
}

/// A failed chunk as the loader reports it.
fn open_error(error: LoadError) -> OpenError {
    match error {
        LoadError::Syntax(CallError::Trap(trap)) => OpenError::Malformed {
            message: trap.message,
            location: trap.location,
        },
        LoadError::Syntax(error) | LoadError::Run(error) => match error {
            CallError::Trap(trap) => OpenError::Trap(trap),
            CallError::Host(fault) => OpenError::Host(fault),
            CallError::Class(error) => OpenError::Trap(Trap {
                kind: TrapKind::GuestError,
                message: error
                    .message
                    .unwrap_or_else(|| error.errno.description().to_owned()),
                location: error.location,
            }),
        },
    }
}
