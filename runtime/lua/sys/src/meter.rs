//! The meter of a Lua state, shared with the C code.

use std::{
    ffi::{c_char, c_int, c_uint, c_void},
    ptr,
};

use mlua_sys::{lua_Alloc, lua_CFunction, lua_State, lua_topointer};

/// What the C code calls when the fuel that was granted is used up.
///
/// It either grants more with [`Meter::grant`] or ends the call with [`Meter::end`]; if the meter stays
/// overdrawn, the call is over. It may look where the guest is (`lua_getstack`, and `lua_getinfo` with `"Sl"`)
/// but must not touch the stack, allocate in the state, raise an error, or panic.
pub type Exhausted = unsafe extern "C-unwind" fn(state: *mut lua_State, meter: *mut Meter);

/// What the C code calls for the name of a C function that was not called by one, for an error message: `string.rep`
/// for what `pcall(string.rep)` calls. Null when it has none. Must not touch a state.
pub type Name = unsafe extern "C" fn(function: Option<lua_CFunction>) -> *const c_char;

/// Why a call is over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Ended {
    /// The embedding ended it, or did not grant more fuel.
    Embedding,
    /// An allocation failed although everything unused had been collected.
    Memory,
}

/// Status of the outermost protected call (`lua_pcall`) when the call is over. There is no error object then.
pub const STATUS_ENDED: i32 = 16;

const RUNNING: u32 = 0;
const ENDED: u32 = 1;
const NO_MEMORY: u32 = 2;

bitflags::bitflags! {
    /// What a meter holds a guest to. All are in force unless a test takes one off to see what it holds.
    #[derive(Clone, Copy, Debug, PartialEq, Eq)]
    pub struct Guards: u32 {
        /// C functions and single instructions that can work for long pay fuel, and strings compare as bytes.
        const WORK = 1 << 0;
        /// The end of a call cannot be caught.
        const STICKY = 1 << 1;
        /// An allocation that fails ends the call.
        const MEMORY = 1 << 2;
        /// Hashes of keys depend on a secret; read when the state is made.
        const HASHES = 1 << 3;
        /// Tables have no finalizers (`__gc`).
        const FINALIZERS = 1 << 4;
        /// There are no to-be-closed variables (`__close`).
        const CLOSING = 1 << 5;
        /// Tables are never weak: `__mode` has no effect.
        const WEAK = 1 << 6;
        /// Addresses are not shown.
        const ADDRESSES = 1 << 7;
        /// Binary chunks are not loaded.
        const TEXT = 1 << 8;
        /// Names in error messages are cut.
        const MESSAGES = 1 << 9;
    }
}

/// `slice` of a call that is over: every later charge fails.
const NEVER_AGAIN: i64 = i64::MIN / 2;

/// Fuel and fate of the call a state is in.
///
/// The C code knows its address: a meter must neither move nor go while a state that was made with it lives.
/// It lies outside the Lua heap, so copying a heap image back does not touch it.
#[repr(C)]
#[derive(Debug)]
pub struct Meter {
    slice: i64,
    left: i64,
    ended: u32,
    guards: u32,
    exhausted: Option<Exhausted>,
    owner: *mut c_void,
    random: [u64; 4],
    seed: [u64; 2],
    name: Option<Name>,
}

// SAFETY: plain data; `owner` is never followed here, and whoever does so owns that invariant.
unsafe impl Send for Meter {}

impl Default for Meter {
    fn default() -> Self {
        Self::new()
    }
}

impl Meter {
    /// A meter that ends nothing, with all guards on and fixed seeds.
    #[must_use]
    pub const fn new() -> Self {
        Self {
            slice: i64::MAX / 2,
            left: 0,
            ended: RUNNING,
            guards: Guards::all().bits(),
            exhausted: None,
            owner: ptr::null_mut(),
            random: [1, 0xff, 0, 0],
            seed: [0, 0],
            name: None,
        }
    }

    /// Sets who decides when the fuel is used up, and a pointer for it.
    pub fn on_exhausted(&mut self, exhausted: Exhausted, owner: *mut c_void) {
        self.exhausted = Some(exhausted);
        self.owner = owner;
    }

    /// Sets who knows the names of C functions.
    pub fn name_functions(&mut self, name: Name) {
        self.name = Some(name);
    }

    /// The pointer given to [`on_exhausted`](Meter::on_exhausted).
    #[must_use]
    pub fn owner(&self) -> *mut c_void {
        self.owner
    }

    /// Begins a call with `fuel` granted. The call before it, ended or not, is forgotten.
    pub fn begin(&mut self, fuel: u64) {
        self.ended = RUNNING;
        self.slice = 0;
        self.left = 0;
        self.grant(fuel);
    }

    /// Adds fuel. What is overdrawn is paid from it first.
    pub fn grant(&mut self, fuel: u64) {
        let fuel = i64::try_from(fuel).unwrap_or(i64::MAX).min(i64::MAX / 2);
        if self.ended == RUNNING {
            self.slice = self.slice.saturating_add(fuel).min(i64::MAX / 2);
        }
    }

    /// Takes fuel for work done outside the C code, such as by the allocator. An overdrawn meter is noticed at the
    /// guest's next charge.
    pub fn spend(&mut self, fuel: u64) {
        let fuel = i64::try_from(fuel).unwrap_or(i64::MAX).min(i64::MAX / 4);
        if self.ended == RUNNING {
            self.slice = self.slice.saturating_sub(fuel).max(NEVER_AGAIN);
        }
    }

    /// What is left of the fuel granted; negative when overdrawn. After the end of a call: as it was then.
    #[must_use]
    pub fn left(&self) -> i64 {
        if self.ended == RUNNING {
            self.slice
        } else {
            self.left
        }
    }

    /// Ends the call. The first reason stays. The next charge or error takes the guest off.
    pub fn end(&mut self) {
        if self.ended == RUNNING {
            self.ended = ENDED;
            self.left = self.slice;
        }
        self.slice = NEVER_AGAIN;
    }

    /// Why the call is over, if it is.
    #[must_use]
    pub fn ended(&self) -> Option<Ended> {
        match self.ended {
            RUNNING => None,
            NO_MEMORY => Some(Ended::Memory),
            _ => Some(Ended::Embedding),
        }
    }

    /// The guards in force.
    #[must_use]
    pub fn guards(&self) -> Guards {
        Guards::from_bits_truncate(self.guards)
    }

    /// Takes guards off or puts them on again; for tests and for a review that must see attacks succeed.
    pub fn set_guards(&mut self, guards: Guards) {
        self.guards = guards.bits();
    }

    /// Sets what the keys of all hashes are derived from: a secret. Read once, when a state is made.
    pub fn seed_hashes(&mut self, seed: [u64; 2]) {
        self.seed = seed;
    }

    /// Sets where `math.random` goes on.
    pub fn seed_random(&mut self, seed: u64) {
        // splitmix64, as the authors of xoshiro256** advise for its state.
        let mut at = seed;
        self.random = std::array::from_fn(|_| {
            at = at.wrapping_add(0x9e37_79b9_7f4a_7c15);
            let mixed = (at ^ (at >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
            let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
            mixed ^ (mixed >> 31)
        });
    }
}

unsafe extern "C-unwind" {
    fn radula_newstate(alloc: lua_Alloc, data: *mut c_void, meter: *mut Meter) -> *mut lua_State;
    fn radula_getmeter(state: *mut lua_State) -> *mut Meter;
    fn radula_getdepth(state: *mut lua_State) -> c_uint;
    fn radula_setdepth(state: *mut lua_State, depth: c_uint);
    fn radula_charge(state: *mut lua_State, units: usize);
    fn radula_end(state: *mut lua_State) -> !;
    fn radula_markarray(table: *const c_void);
    fn radula_isarray(table: *const c_void) -> c_int;
}

/// Makes a state that `meter` meters for life; null when `alloc` gives no memory.
///
/// # Safety
/// As `lua_newstate`; and the meter stays valid, at its place, until the state is closed or abandoned.
pub unsafe fn new_state(alloc: lua_Alloc, data: *mut c_void, meter: *mut Meter) -> *mut lua_State {
    // SAFETY: the caller's promise.
    unsafe { radula_newstate(alloc, data, meter) }
}

/// The meter of a state.
///
/// # Safety
/// `state` is a live state.
#[must_use]
pub unsafe fn meter_of(state: *mut lua_State) -> *mut Meter {
    // SAFETY: the caller's promise.
    unsafe { radula_getmeter(state) }
}

/// How much of the C stack is in use, in levels of which Lua allows 200.
///
/// # Safety
/// `state` is a live state.
#[must_use]
pub unsafe fn depth(state: *mut lua_State) -> u32 {
    // SAFETY: the caller's promise.
    unsafe { radula_getdepth(state) }
}

/// Sets the depth a call in `state` starts from.
///
/// When a host function of one state calls into another, both use one C stack: passing the caller's
/// [`depth`] on keeps the sum below the limit, and so below 450 KiB of stack however calls are nested.
///
/// # Safety
/// `state` is a live state with no call in it.
pub unsafe fn set_depth(state: *mut lua_State, depth: u32) {
    // SAFETY: the caller's promise.
    unsafe { radula_setdepth(state, depth) }
}

/// Charges fuel for work a host function does. Does not return when the call is over.
///
/// # Safety
/// `state` is a live state inside a protected call, and no frame up to the outermost protected call holds
/// anything that must be dropped.
pub unsafe fn charge(state: *mut lua_State, units: usize) {
    // SAFETY: the caller's promise.
    unsafe { radula_charge(state, units) }
}

/// Ends the call from a host function: goes to the outermost protected call, past every guest function.
///
/// # Safety
/// As [`charge`].
pub unsafe fn end(state: *mut lua_State) -> ! {
    // SAFETY: the caller's promise.
    unsafe { radula_end(state) }
}

/// Marks the table at `index` as an array, for encoders that must know what an empty one is. No metatable is involved.
///
/// # Safety
/// `state` is a live state and the value at `index` is a table.
pub unsafe fn mark_array(state: *mut lua_State, index: c_int) {
    // SAFETY: the pointer of a table is the table itself.
    unsafe { radula_markarray(lua_topointer(state, index)) }
}

/// Whether the table at `index` is marked as an array.
///
/// # Safety
/// As [`mark_array`].
#[must_use]
pub unsafe fn is_array(state: *mut lua_State, index: c_int) -> bool {
    // SAFETY: as `mark_array`.
    unsafe { radula_isarray(lua_topointer(state, index)) != 0 }
}
