//! A class made from a component.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
    thread,
    time::Duration,
};

use objclass::{CallError, Class, ClassName, Context, Fault, LimitKind, Method, Reply};
use wasmtime::{
    PoolConcurrencyLimitError, Store,
    component::{ComponentExportIndex, Instance, InstancePre, TypedFunc},
};

use crate::{
    call::{Call, on_tick},
    engine::{Running, WASM_STACK},
    guards::Guards,
    host::types,
    outcome, stack,
    ticker::Active,
};

/// Stack the host needs beside the guest's, down to the deepest host function.
const HOST_STACK: usize = 160 << 10;

/// What the export `call` answers.
pub(crate) type CallAnswer = (Result<types::Reply, types::Failure>,);

/// The export `call`.
pub(crate) type CallExport<'a> = TypedFunc<(u32, &'a [u8]), CallAnswer>;

/// Live instances of one class, and how to enter them.
pub(crate) struct Guest {
    pub(crate) file: String,
    pub(crate) running: Arc<Running>,
    pub(crate) pre: InstancePre<Call>,
    pub(crate) guards: Guards,
}

/// See the module.
pub(crate) struct WasmClass {
    guest: Guest,
    methods: Vec<Method>,
    /// Its export `call`. INVARIANT: its type is that of [`CallExport`]; [`WasmClass::new`] saw to that.
    call: ComponentExportIndex,
    /// The one instance of a class that is reviewed without [`Guards::fresh_instance`].
    shared: Mutex<Option<(Store<Call>, Instance)>>,
}

impl fmt::Debug for WasmClass {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WasmClass")
            .field("file", &self.guest.file)
            .finish_non_exhaustive()
    }
}

impl Guest {
    /// Makes an instance for one call on `context`, under its limits: code that runs while the instance is made is the
    /// guest's already.
    ///
    /// # Safety
    /// The store must be dropped, or emptied of `context`, before `context` is used again by anyone else.
    unsafe fn instance(
        &self,
        context: &mut Context<'_>,
    ) -> Result<(Store<Call>, Instance), CallError> {
        loop {
            // SAFETY: the caller's promise.
            let call = unsafe { Call::new(context, self.running.kind, self.guards) };
            let mut store = Store::new(&self.running.engine, call);
            store.limiter(|call| call);
            store.epoch_deadline_callback(on_tick);
            store.set_max_component_handles(MAX_HANDLES);
            arm(&mut store)?;
            match self.pre.instantiate(&mut store) {
                Ok(instance) => return Ok((store, instance)),
                Err(error) if error.is::<PoolConcurrencyLimitError>() => {
                    // As many calls as there are places run already. They end, by their deadlines if not before.
                    drop(store);
                    thread::sleep(WAIT_FOR_A_PLACE);
                    if !context.budget().check_deadline() {
                        return Err(context.end());
                    }
                }
                Err(error) => {
                    finish(&mut store);
                    drop(store);
                    return Err(outcome::error(&error, context, &self.file));
                }
            }
        }
    }

    /// Runs `body` on a fresh instance.
    pub(crate) fn with_instance<R>(
        &self,
        context: &mut Context<'_>,
        body: impl FnOnce(&mut Store<Call>, &Instance) -> wasmtime::Result<R>,
    ) -> Result<R, CallError> {
        check_stack(context)?;
        let _active = active()?;
        // SAFETY: the store is dropped before `context` is touched.
        let (mut store, instance) = unsafe { self.instance(context) }?;
        let result = body(&mut store, &instance);
        finish(&mut store);
        drop(store);
        self.settled(result, context)
    }

    fn settled<R>(
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

/// Handles of resources one guest may have. The world has none; a component may make its own.
const MAX_HANDLES: usize = 1_000;

/// How long a call waits before it looks again for a place in the pool.
const WAIT_FOR_A_PLACE: Duration = Duration::from_millis(1);

/// Gives the store what its call may use.
fn arm(store: &mut Store<Call>) -> Result<(), CallError> {
    let (fuel, handed_over) = (store.data_mut().grant(), store.data_mut().hostcall_fuel());
    store.set_hostcall_fuel(handed_over);
    store.set_epoch_deadline(1);
    store
        .set_fuel(fuel)
        .map_err(|_| CallError::Host(Fault::new("the wasm runtime counts no instructions")))
}

/// Puts on the budget what the call used.
fn finish(store: &mut Store<Call>) {
    let left = store.get_fuel().unwrap_or(0);
    store.data_mut().settle(left);
    store.data_mut().note_memory();
}

/// Guests nested in each other share the thread's stack.
fn check_stack(context: &mut Context<'_>) -> Result<(), CallError> {
    let is_nested = context.budget().depth() > 0;
    match stack::left() {
        Some(left) if left >= WASM_STACK + HOST_STACK => Ok(()),
        // A stack that is not the thread's: nothing is known of it, but that someone made it for calls like this one.
        None if !is_nested => Ok(()),
        _ if is_nested => {
            context.budget().hit(LimitKind::NestedCalls);
            Err(context.end())
        }
        left => Err(CallError::Host(Fault::new(format!(
            "the calling thread has {} KiB of stack left; a call of a wasm class needs {} KiB",
            left.unwrap_or(0) >> 10,
            (WASM_STACK + HOST_STACK) >> 10
        )))),
    }
}

fn active() -> Result<Active, CallError> {
    Active::enter().ok_or_else(|| {
        CallError::Host(Fault::new(
            "the system gives no thread for the clock of wasm classes",
        ))
    })
}

impl WasmClass {
    /// The class of `guest`, whose export `call` was found to have the right type.
    pub(crate) fn new(guest: Guest, methods: Vec<Method>, call: ComponentExportIndex) -> Self {
        Self {
            guest,
            methods,
            call,
            shared: Mutex::new(None),
        }
    }

    fn enter(
        &self,
        store: &mut Store<Call>,
        instance: &Instance,
        method: usize,
        input: &[u8],
    ) -> wasmtime::Result<Result<types::Reply, types::Failure>> {
        let index = u32::try_from(method)?;
        let function = instance
            .get_func(&mut *store, self.call)
            .ok_or_else(|| wasmtime::Error::msg("the export `call` is gone"))?;
        // SAFETY: see the field `call`.
        let function: CallExport<'_> = unsafe { TypedFunc::new_unchecked(function) };
        let (answer,) = function.call(&mut *store, (index, input))?;
        Ok(answer)
    }

    /// A call on the one instance of the class, for reviews.
    fn call_shared(
        &self,
        method: usize,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        check_stack(context)?;
        let _active = active()?;
        let mut shared = self.shared.lock().unwrap_or_else(PoisonError::into_inner);
        let (mut store, instance) = match shared.take() {
            Some((mut store, instance)) => {
                // SAFETY: replaced at the next call, before anything of this one could be reached.
                *store.data_mut() =
                    unsafe { Call::new(context, self.guest.running.kind, self.guest.guards) };
                arm(&mut store)?;
                (store, instance)
            }
            // SAFETY: as above.
            None => unsafe { self.guest.instance(context) }?,
        };
        let result = self.enter(&mut store, &instance, method, input);
        finish(&mut store);
        let answer = self.guest.settled(result, context)?;
        *shared = Some((store, instance));
        outcome::reply(answer, &self.guest.file)
    }
}

impl Class for WasmClass {
    fn methods(&self) -> &[Method] {
        &self.methods
    }

    fn dependencies(&self) -> &[ClassName] {
        &[]
    }

    fn call(
        &self,
        method: usize,
        context: &mut Context<'_>,
        input: &[u8],
    ) -> Result<Reply, CallError> {
        if !self.guest.guards.fresh_instance {
            return self.call_shared(method, context, input);
        }
        let answer = self.guest.with_instance(context, |store, instance| {
            self.enter(store, instance, method, input)
        })?;
        outcome::reply(answer, &self.guest.file)
    }
}
