//! A class made from a Lua module.

use std::sync::{Arc, OnceLock};

use objclass::{
    CallError, Class, ClassName, Context, Fault, LimitKind, Limits, Method, Module, OpenError,
    Reply, Trap, TrapKind,
};

use crate::{
    env::Handler,
    guards::Guards,
    instance::Instance,
    keeper::Keeper,
    nesting,
    open::{self, Chunk},
    pool::Pool,
};

/// See the module.
#[derive(Debug)]
pub(crate) struct LuaClass {
    chunk: Chunk,
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
        let chunk = Chunk::new(module, limits, guards)?;
        let instance = chunk.instance(limits.deadline_ms, limits.memory)?;
        let handlers = instance.handlers().to_vec();
        let methods = open::methods(&handlers, instance.schema())?;
        let pool = Arc::new(Pool::new());
        pool.put(instance);
        keeper.watch(&pool);
        Ok(LuaClass {
            chunk,
            methods,
            handlers,
            pool,
            keeper: Arc::clone(keeper),
        })
    }

    /// An instance that is idle, or a new one, made in the time the call has left.
    fn instance(&self, context: &mut Context<'_>) -> Result<Instance, CallError> {
        let budget = context.budget();
        let memory = budget.limits().memory.max(self.chunk.limits().memory);
        if let Some(instance) = self.pool.take(memory) {
            return Ok(instance);
        }
        let deadline_ms = budget.left(LimitKind::Deadline).max(1);
        // The same text under the same limits: what made the first instance makes this one, unless the chunk drew
        // on something that differs between two runs, or time runs out.
        let loaded = self.chunk.instance(deadline_ms, memory);
        if !budget.check_deadline() {
            return Err(context.end());
        }
        // The callers on this thread hold memory that the first instance had to itself.
        if let Err(OpenError::Trap(trap)) = &loaded
            && matches!(trap.kind, TrapKind::Limit(hit) if hit.kind == LimitKind::Memory)
            && nesting::held() > 0
        {
            budget.hit(LimitKind::Memory);
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
