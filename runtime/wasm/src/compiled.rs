//! A component that was compiled and linked once, and an instance of it for one call.

use std::sync::Arc;

use objclass::{CallError, Context, Fault};
use wasmtime::{
    PoolConcurrencyLimitError,
    component::{Instance, InstancePre},
};

use crate::{
    call::{CurrentCall, on_tick},
    engine::{SharedEngine, WASM_STACK},
    guards::Guards,
    outcome,
    places::{self, Place},
    ticker::Active,
};

/// Stack the host needs beside the guest's, down to the deepest host function.
const HOST_STACK: usize = 160 << 10;

/// A component ready to be called.
pub(crate) struct CompiledClass {
    pub(crate) file: String,
    pub(crate) engine: Arc<SharedEngine>,
    pub(crate) pre: InstancePre<CurrentCall>,
    pub(crate) guards: Guards,
}

impl CompiledClass {
    /// Makes an instance for one call on `context`, under its limits: code that runs while the instance is made is the
    /// guest's already.
    ///
    /// # Safety
    /// The store must be dropped, or emptied of `context`, before `context` is used again by anyone else.
    pub(crate) unsafe fn instance(
        &self,
        context: &mut Context<'_>,
    ) -> Result<(wasmtime::Store<CurrentCall>, Instance), CallError> {
        loop {
            // SAFETY: the caller's promise.
            let call = unsafe { CurrentCall::new(context, self.engine.mode, self.guards) };
            let mut store = wasmtime::Store::new(&self.engine.engine, call);
            store.limiter(|call| call);
            store.epoch_deadline_callback(on_tick);
            store.set_max_component_handles(MAX_HANDLES);
            arm(&mut store)?;
            match self.pre.instantiate(&mut store) {
                Ok(instance) => return Ok((store, instance)),
                Err(error) if error.is::<PoolConcurrencyLimitError>() => {
                    drop(store);
                    places::wait_for_room(context)?;
                }
                Err(error) => {
                    finish(&mut store);
                    drop(store);
                    return Err(outcome::error(&error, context, &self.file));
                }
            }
        }
    }

    /// Sees that a guest can run on this thread now: there is stack, the clock ticks, and there is a place in the pool, until
    /// what this returns is dropped.
    pub(crate) fn enter(&self, context: &mut Context<'_>) -> Result<Entered<'_>, CallError> {
        context
            .budget()
            .check_stack("wasm", WASM_STACK + HOST_STACK)?;
        let ticking = Active::enter().ok_or_else(|| {
            CallError::Host(Fault::new(
                "the system gives no thread for the clock of wasm classes",
            ))
        })?;
        Ok(Entered {
            _place: self.engine.places.take(context)?,
            _ticking: ticking,
        })
    }

    /// Runs `body` on a fresh instance.
    pub(crate) fn with_instance<R>(
        &self,
        context: &mut Context<'_>,
        body: impl FnOnce(&mut wasmtime::Store<CurrentCall>, &Instance) -> wasmtime::Result<R>,
    ) -> Result<R, CallError> {
        let _entered = self.enter(context)?;
        // SAFETY: the store is dropped before `context` is touched.
        let (mut store, instance) = unsafe { self.instance(context) }?;
        let result = body(&mut store, &instance);
        finish(&mut store);
        drop(store);
        self.settled(result, context)
    }

    pub(crate) fn settled<R>(
        &self,
        result: wasmtime::Result<R>,
        context: &mut Context<'_>,
    ) -> Result<R, CallError> {
        match result {
            Ok(value) if !context.budget().ended() => Ok(value),
            Ok(_) => Err(context.end()),
            Err(error) => Err(outcome::error(&error, context, &self.file)),
        }
    }
}

/// What a guest has while it is on a thread.
pub(crate) struct Entered<'a> {
    _place: Place<'a>,
    _ticking: Active,
}

/// Handles of resources one guest may have. The world has none; a component may make its own.
const MAX_HANDLES: usize = 1_000;

/// Gives the store what its call may use.
pub(crate) fn arm(store: &mut wasmtime::Store<CurrentCall>) -> Result<(), CallError> {
    let (fuel, handed_over) = (store.data_mut().grant(), store.data_mut().hostcall_fuel());
    store.set_hostcall_fuel(handed_over);
    store.set_epoch_deadline(1);
    store
        .set_fuel(fuel)
        .map_err(|_| CallError::Host(Fault::new("the wasm runtime counts no instructions")))
}

/// Puts on the budget what the call used.
pub(crate) fn finish(store: &mut wasmtime::Store<CurrentCall>) {
    let left = store.get_fuel().unwrap_or(0);
    store.data_mut().settle(left);
    store.data_mut().note_memory();
}
