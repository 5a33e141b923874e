//! One call of a guest: what its host functions reach, and what ends it.

use std::{borrow::Cow, ptr::NonNull};

use objclass::{Budget, CallRefused, Context, LimitKind, memory};
use wasmtime::{
    AsContext as _, AsContextMut as _, ResourceLimiter, StoreContext, StoreContextMut,
    UpdateDeadline,
    component::{Lift, WasmList, WasmStr},
};

use crate::{
    engine::{self, Mode},
    guards::Guards,
};

/// What a `wasmtime::Store` holds: the call its guest is in.
pub(crate) struct CurrentCall {
    /// The context of the call, its lifetimes erased: `wasmtime::Store` wants data that could live for ever.
    ///
    /// INVARIANT: points at a live context while guest code or a host function of this call runs, and nothing but the
    /// host function that runs reaches it. The caller of [`CurrentCall::new`] keeps that: the context stays mutably
    /// borrowed for as long as guest code can run in the store ([`CompiledClass::with_instance`]), or the call in a store
    /// that is kept is exchanged before guest code runs in it again ([`SharedClass`], which only a review uses).
    ///
    /// [`CompiledClass::with_instance`]: crate::compiled::CompiledClass::with_instance
    /// [`SharedClass`]: crate::shared::SharedClass
    context: NonNull<Context<'static>>,
    /// What the guest had of fuel when it was last entered; the difference to what is left is not on the budget yet.
    granted: u64,
    /// Bytes of memories and tables.
    memory: u64,
    /// What callers on this thread hold already.
    held: u64,
    /// Bytes one memory has room for in the pool.
    room: u64,
    guards: Guards,
}

// SAFETY: `wasmtime` asks for `Send` in places. The context is reached only while its call runs, and a call runs on the
// thread that made it: see the invariant of the field.
unsafe impl Send for CurrentCall {}
// SAFETY: as above; nothing is reached through a shared reference.
unsafe impl Sync for CurrentCall {}

/// The memory of a guest that is inside a host function: it stays as it is meanwhile.
pub(crate) struct Guest<'a>(StoreContext<'a, CurrentCall>);

impl Guest<'_> {
    /// What a guest passed, where it lies.
    pub(crate) fn bytes(&self, list: &WasmList<u8>) -> &[u8] {
        list.as_le_slice(self.0.as_context())
    }

    /// Text a guest passed.
    ///
    /// # Errors
    /// It is not UTF-8; then the call ends.
    pub(crate) fn text(&self, text: &WasmStr) -> wasmtime::Result<Cow<'_, str>> {
        text.to_str(self.0.as_context())
    }
}

/// Raised by host functions to end a call that is over.
#[derive(Debug, thiserror::Error)]
#[error("the call is over")]
pub(crate) struct Ended;

impl CurrentCall {
    /// A call on `context`.
    ///
    /// # Safety
    /// The caller keeps the invariant of the field `context`.
    pub(crate) unsafe fn new(context: &mut Context<'_>, mode: Mode, guards: Guards) -> Self {
        let fuel = context.budget().left(LimitKind::Fuel);
        Self {
            context: NonNull::from(context).cast(),
            granted: if guards.fuel { fuel } else { u64::MAX },
            memory: 0,
            held: memory::held(),
            room: mode.layout.reservation(),
            guards,
        }
    }

    /// The context, and a shared view of everything else the store holds: guest memory stays readable meanwhile.
    pub(crate) fn parts<'a>(
        store: &'a mut StoreContextMut<'_, CurrentCall>,
    ) -> (Guest<'a>, &'a mut Context<'a>) {
        let context = store.data().context;
        // SAFETY: see the field. The lifetime given out ends with the mutable borrow of the store, so there is one at a
        // time; the view given out beside it reaches nothing of `CurrentCall`.
        let context = unsafe { context.cast::<Context<'a>>().as_mut() };
        (Guest(StoreContext::from(&*store)), context)
    }

    fn budget(&mut self) -> &mut Budget {
        // SAFETY: as above; the borrow of `self` keeps others out.
        unsafe { self.context.as_mut() }.budget()
    }

    /// Puts the fuel used since the guest was last entered on the budget. `left` is what the store says.
    pub(crate) fn settle(&mut self, left: u64) {
        if !self.guards.fuel {
            return;
        }
        let used = self.granted.saturating_sub(left);
        self.granted = left;
        // A guest that ran out used all there was, not one more: being over is for `outcome` to say.
        let _ = self.budget().charge(LimitKind::Fuel, used);
    }

    /// What the guest may use from now on.
    pub(crate) fn grant(&mut self) -> u64 {
        if self.guards.fuel {
            self.granted = self.budget().left(LimitKind::Fuel);
        }
        self.granted
    }

    /// Bytes a guest may hand over in one host call. What it can hold, and the tables of its lists beside: those of the
    /// most keys a call may name.
    pub(crate) fn hostcall_fuel(&mut self) -> usize {
        const ENTRY: u64 = 128;
        let limits = *self.budget().limits();
        let bytes = limits
            .memory
            .saturating_add(limits.omap_keys.saturating_mul(ENTRY))
            .saturating_add(64 << 10);
        usize::try_from(bytes).unwrap_or(usize::MAX)
    }

    /// Notes the largest size of the instance.
    pub(crate) fn note_memory(&mut self) {
        let all = self.held.saturating_add(self.memory);
        self.budget().note_memory(all);
    }

    /// Bytes of memories and tables.
    pub(crate) fn memory(&self) -> u64 {
        self.memory
    }

    /// Sees that `bytes` can be held twice, by the host and by the guest they are passed to.
    ///
    /// # Errors
    /// There is no memory for it; then the call is over.
    pub(crate) fn pass(&mut self, bytes: u64) -> Result<(), Ended> {
        /// What the host may hold beyond the limit while it passes an answer on.
        const SHARE: u64 = 4 << 20;
        let all = self.held.saturating_add(self.memory);
        let all = all.saturating_add(bytes.saturating_mul(2));
        if self.guards.memory && all > self.budget().limits().memory.saturating_add(SHARE) {
            self.budget().hit(LimitKind::Memory);
            return Err(Ended);
        }
        Ok(())
    }

    /// Takes note that a list of `entries` is about to be gathered from the guest, each `bytes` large as we keep it.
    ///
    /// # Errors
    /// It names more keys than the call may, or there is no memory left for it; then the call is over.
    fn gather(&mut self, entries: usize, bytes: usize) -> Result<(), Ended> {
        let gathered = (entries as u64).saturating_mul(bytes as u64);
        let all = self
            .held
            .saturating_add(self.memory)
            .saturating_add(gathered);
        let checked = self.guards.memory;
        let budget = self.budget();
        if entries as u64 > budget.left(LimitKind::OmapKeys) {
            budget.hit(LimitKind::OmapKeys);
        } else if checked && all > budget.limits().memory {
            budget.hit(LimitKind::Memory);
        } else {
            budget.note_memory(all);
        }
        if budget.ended() { Err(Ended) } else { Ok(()) }
    }

    fn grow(&mut self, current: u64, desired: u64) -> wasmtime::Result<bool> {
        let all = self.held.saturating_add(self.memory);
        let all = all.saturating_add(desired.saturating_sub(current));
        let limit = self.budget().limits().memory;
        let is_over = all > limit || desired > self.room;
        if self.guards.memory && is_over {
            self.budget().hit(LimitKind::Memory);
            return Err(Ended.into());
        }
        self.memory += desired.saturating_sub(current);
        Ok(true)
    }
}

impl ResourceLimiter for CurrentCall {
    fn memory_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        // What the module itself forbids fails as its language says, and costs nothing. A maximum as large as the room in
        // the pool is none of the module's: beyond it is beyond the limit, however the pool is laid out.
        let is_own = |maximum: &usize| (*maximum as u64) < self.room;
        if maximum
            .filter(is_own)
            .is_some_and(|maximum| desired > maximum)
        {
            return Ok(false);
        }
        self.grow(current as u64, desired as u64)
    }

    fn table_growing(
        &mut self,
        current: usize,
        desired: usize,
        maximum: Option<usize>,
    ) -> wasmtime::Result<bool> {
        if maximum.is_some_and(|maximum| desired > maximum) {
            return Ok(false);
        }
        let bytes = |elements: usize| (elements as u64).saturating_mul(size_of::<usize>() as u64);
        self.grow(bytes(current), bytes(desired))
    }

    fn instances(&self) -> usize {
        engine::CORE_INSTANCES as usize * 2
    }

    fn tables(&self) -> usize {
        engine::TABLES as usize
    }

    fn memories(&self) -> usize {
        engine::MEMORIES as usize
    }
}

/// Looks at the clock; called at every tick that finds the guest running.
pub(crate) fn on_tick(
    mut store: StoreContextMut<'_, CurrentCall>,
) -> wasmtime::Result<UpdateDeadline> {
    let call = store.data_mut();
    if call.guards.deadline && !call.budget().check_deadline() {
        return Ok(UpdateDeadline::Interrupt);
    }
    Ok(UpdateDeadline::Continue(1))
}

/// The entries of a list a guest passed: where each lies in its memory. How many there are is looked at first.
///
/// # Errors
/// There are too many, or one lies outside the guest; then the call ends.
pub(crate) fn gathered<T: Lift + Send + Sync + 'static>(
    store: &mut StoreContextMut<'_, CurrentCall>,
    list: &WasmList<T>,
) -> wasmtime::Result<Vec<T>> {
    // Beside the handle, the slice it becomes.
    let bytes = size_of::<T>() + size_of::<&[u8]>();
    store.data_mut().gather(list.len(), bytes)?;
    list.iter(store.as_context_mut())?.collect()
}

/// What a host function answers, as the world says it: the value, or an error number. `Err` ends the call.
pub(crate) type Answer<T> = wasmtime::Result<(Result<T, u32>,)>;

/// Turns an answer of the context into the guest's.
pub(crate) fn answer<T>(result: Result<T, CallRefused>) -> Answer<T> {
    match result {
        Ok(value) => Ok((Ok(value),)),
        Err(CallRefused::Errno(errno)) => Ok((Err(errno.code().unsigned_abs()),)),
        Err(CallRefused::Ended) => Err(Ended.into()),
    }
}
