//! What surrounds a state and lives outside its heap: the meter, the running call, the registered handlers.
//!
//! A restore rewrites every byte of the heap and none of this, so nothing here may point into the heap except
//! to places every restore fills alike (the two buffers of the scaffolding, a metatable).

use std::ffi::c_void;

use encoding::Schema;
use lua_sys::Meter;
use objclass::{LimitKind, MethodFlags, MethodName};

use crate::{call::Call, clock::Tick, ffi, heap::Heap, refusal::Raised};

/// Fuel granted at once. The clock is looked at when a slice is used up: at some 3 ns an instruction every 60 us.
const SLICE: i64 = 20_000;

/// Bytes of heap that cost one unit of fuel when an allocation was refused and Lua collects everything.
const COLLECT_COST: usize = 32;

/// What the input or the output of a handler is said to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Side {
    /// Nothing was said.
    Untyped,
    Json,
    /// The type at this position of the schema.
    Type(u32),
}

/// A handler the chunk registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Handler {
    pub(crate) name: MethodName,
    pub(crate) flags: MethodFlags,
    pub(crate) doc: Option<String>,
    pub(crate) input: Side,
    pub(crate) output: Side,
}

/// See the module. Reached by pointer only, because the state keeps one to the meter for life.
pub(crate) struct Env {
    pub(crate) meter: Meter,
    /// Fuel the meter showed when it was last refilled; what is missing since is not yet on the budget.
    granted: i64,
    /// The call, null between calls: every host function is refused then.
    call: *mut Call<'static, 'static>,
    /// When a host function last looked at the clock, between calls; see [`Call::tick`].
    tick: Option<Tick>,
    /// See [`Raised`].
    pub(crate) raised: Option<Raised>,
    /// Line of the guest function nearest to the last uncaught error, 0 when unknown.
    pub(crate) error_line: u32,
    /// The header of the region.
    heap: *const Heap,
    /// Bytes that count as memory of the state beside the region: its image.
    pub(crate) beside: usize,
    /// Handlers in the order of their registration.
    pub(crate) handlers: Vec<Handler>,
    /// Identity of the metatable of buffers.
    pub(crate) buffer_metatable: *const c_void,
    /// Identity of the metatable of types.
    pub(crate) type_metatable: *const c_void,
    /// The types the chunk defined. Only a chunk that is being loaded adds some, so the address of the box stays.
    pub(crate) schema: Option<Box<Schema>>,
}

impl Env {
    /// `looks`: whether host functions look at the clock.
    pub(crate) fn owned(meter: Meter, heap: *const Heap, looks: bool) -> Owned {
        let env = Box::into_raw(Box::new(Env {
            meter,
            granted: 0,
            call: std::ptr::null_mut(),
            tick: looks.then(Tick::default),
            raised: None,
            error_line: 0,
            heap,
            beside: 0,
            handlers: Vec::new(),
            buffer_metatable: std::ptr::null(),
            type_metatable: std::ptr::null(),
            schema: None,
        }));
        // SAFETY: just made, and nobody else knows it.
        unsafe { (*env).meter.on_exhausted(exhausted, env.cast()) };
        Owned(env)
    }

    /// Makes `call` the running one.
    ///
    /// # Safety
    /// `call` must outlive the time until [`leave`](Env::leave), and must not be used meanwhile but through here.
    pub(crate) unsafe fn enter(&mut self, call: *mut Call<'_, '_>) {
        // SAFETY: as the caller promises.
        unsafe { (*call).tick = self.tick };
        self.call = call.cast();
        self.raised = None;
        self.error_line = 0;
        self.meter.begin(0);
        self.granted = 0;
        self.refill();
    }

    /// Ends the running call: the fuel used is settled, host functions are refused from here on.
    pub(crate) fn leave(&mut self) {
        self.settle();
        if let Some(call) = self.call() {
            self.tick = call.tick;
        }
        self.call = std::ptr::null_mut();
    }

    /// The running call, if there is one.
    pub(crate) fn call(&mut self) -> Option<&mut Call<'static, 'static>> {
        // SAFETY: non-null only between `enter` and `leave`, while the call lives; the borrow ends before any
        // other way to it is used, because host functions never run Lua while they hold it.
        unsafe { self.call.as_mut() }
    }

    /// Puts the fuel used since the last refill on the budget.
    pub(crate) fn settle(&mut self) {
        let left = self.meter.left();
        let used = u64::try_from(self.granted.saturating_sub(left)).unwrap_or(0);
        self.granted = left;
        if let Some(call) = self.call() {
            // A refusal shows in `ended`, which decides everything.
            let _ = call.budget().charge(LimitKind::Fuel, used);
        }
    }

    /// Grants the next slice when the budget allows it, else ends the call.
    pub(crate) fn refill(&mut self) {
        self.settle();
        let grant = match self.call() {
            None => 0,
            Some(call) => {
                let budget = call.budget();
                if budget.check_deadline() {
                    budget.left(LimitKind::Fuel)
                } else {
                    0
                }
            }
        };
        let left = self.meter.left();
        match i64::try_from(grant) {
            Ok(0) => {
                if let Some(call) = self.call()
                    && !call.budget().ended()
                {
                    call.budget().hit(LimitKind::Fuel);
                }
                self.meter.end();
            }
            grant => {
                let grant = grant.unwrap_or(i64::MAX).min(SLICE);
                self.meter.grant(grant.saturating_sub(left).unsigned_abs());
                self.granted = grant;
            }
        }
    }

    /// Bytes of the region in use, and what counts beside them.
    pub(crate) fn memory_in_use(&self) -> usize {
        // SAFETY: the region lives as long as the env; the header is read while nothing allocates.
        self.beside + unsafe { (*self.heap).top }
    }

    /// Ends the call for good; the next charge leaves Lua.
    pub(crate) fn end(&mut self) {
        self.settle();
        self.meter.end();
    }

    /// An allocation was refused, and Lua is about to collect everything and try again. That costs as much as the
    /// heap is large, and the clock is looked at soon.
    pub(crate) fn memory_refused(&mut self, used: usize) {
        self.settle();
        let cost = (used / COLLECT_COST) as u64 + 1;
        let left = u64::try_from(self.meter.left()).unwrap_or(0);
        self.meter.spend(left + cost);
        // What was left is taken so that the meter is asked, not used.
        self.granted -= i64::try_from(left).unwrap_or(0);
    }
}

/// The owner of an env. Unlike a box it does not claim to be the only way to it.
pub(crate) struct Owned(*mut Env);

impl Owned {
    pub(crate) fn as_ptr(&self) -> *mut Env {
        self.0
    }
}

impl std::ops::Deref for Owned {
    type Target = Env;

    fn deref(&self) -> &Env {
        // SAFETY: made by `Env::owned`, freed only in `drop`; no guest code runs while the borrow lives, because
        // whoever runs it holds none.
        unsafe { &*self.0 }
    }
}

impl std::ops::DerefMut for Owned {
    fn deref_mut(&mut self) -> &mut Env {
        // SAFETY: as `deref`.
        unsafe { &mut *self.0 }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: as `deref`; the state that knows the address is abandoned together with this.
        drop(unsafe { Box::from_raw(self.0) });
    }
}

/// The env of a state.
pub(crate) fn of(state: *mut ffi::lua_State) -> *mut Env {
    // SAFETY: every state here is made with the meter of an `Env`, whose owner is that `Env`.
    unsafe { (*lua_sys::meter_of(state)).owner().cast() }
}

/// Puts the fuel used so far on the budget, before another call spends from it too. Raises nothing.
pub(crate) fn settle(state: *mut ffi::lua_State) {
    // SAFETY: guest code is suspended in the C function that called us.
    unsafe { &mut *of(state) }.settle();
}

/// What the meter calls when a slice is used up.
///
/// # Safety
/// As [`lua_sys::Exhausted`]: called by the C code with the meter of an `Env`.
pub(crate) unsafe extern "C-unwind" fn exhausted(_state: *mut ffi::lua_State, meter: *mut Meter) {
    // SAFETY: the owner is set for life by `Env::new`; no host function holds the env while guest code runs.
    let env = unsafe { &mut *(*meter).owner().cast::<Env>() };
    env.refill();
}

/// What the heap calls when it refused an allocation.
///
/// # Safety
/// As [`crate::heap::Refused`]: `owner` is an `Env`.
pub(crate) unsafe fn refused(owner: *mut c_void, used: usize) {
    // SAFETY: the owner is set for life by `Instance::load`; no host function holds the env while Lua allocates.
    unsafe { &mut *owner.cast::<Env>() }.memory_refused(used);
}
