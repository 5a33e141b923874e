//! Runs one script in a fresh state under a meter, and says how it ended.

use std::{
    alloc::{Layout, alloc, dealloc, realloc},
    ffi::{CStr, c_int, c_void},
    ptr, slice,
    time::{Duration, Instant},
};

use lua_sys::{Ended, Guards, Meter, STATUS_ENDED, ffi, new_state};

/// Limits of a run.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Limits {
    pub(crate) fuel: u64,
    pub(crate) deadline: Duration,
    pub(crate) memory: usize,
    pub(crate) guards: Guards,
    pub(crate) seed: [u64; 2],
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            fuel: u64::MAX / 4,
            deadline: Duration::from_millis(200),
            memory: 16 << 20,
            guards: Guards::all(),
            seed: [1, 2],
        }
    }
}

impl Limits {
    pub(crate) fn without(self, guard: Guards) -> Self {
        Self {
            guards: self.guards.difference(guard),
            ..self
        }
    }
}

/// How a script ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    /// It returned; its first result as text.
    Returned(String),
    /// It raised an error, or did not compile.
    Error(String),
    Fuel,
    Deadline,
    Memory,
}

/// What a run did.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) outcome: Outcome,
    pub(crate) elapsed: Duration,
    /// The longest processor time between two looks at the clock; waiting for other processes is not ours.
    pub(crate) gap: Duration,
    pub(crate) fuel: u64,
    /// What the script passed to `note`.
    pub(crate) notes: Vec<String>,
}

/// How much slower everything is in this build.
pub(crate) const SLOWER: u32 = if option_env!("RADULA_LUA_SANITIZE").is_some() {
    10
} else {
    1
};

/// Fuel between two looks at the clock.
const SLICE: u64 = 20_000;

struct Host {
    limits: Limits,
    used: usize,
    granted: u64,
    started: Instant,
    seen: Duration,
    gap: Duration,
    stopped: Option<Outcome>,
    notes: Vec<String>,
}

/// Runs `script` with the libraries a class gets.
pub(crate) fn run(script: &str, limits: Limits) -> Run {
    let now = Instant::now();
    let mut host = Host {
        limits,
        used: 0,
        granted: 0,
        started: now,
        seen: cpu_time(),
        gap: Duration::ZERO,
        stopped: None,
        notes: Vec::new(),
    };
    let mut meter = Meter::new();
    meter.set_guards(limits.guards);
    meter.seed_hashes(limits.seed);
    meter.seed_random(limits.seed[0]);
    let host_pointer: *mut Host = &raw mut host;
    // SAFETY: host and meter outlive the state and are reached through these pointers only while it lives.
    let outcome = unsafe { run_raw(script, &raw mut meter, host_pointer) };
    let now = Instant::now();
    Run {
        outcome,
        elapsed: now - host.started,
        gap: host.gap.max(cpu_time() - host.seen),
        fuel: host.granted.saturating_add_signed(-meter.left()),
        notes: host.notes,
    }
}

unsafe fn run_raw(script: &str, meter: *mut Meter, host: *mut Host) -> Outcome {
    // SAFETY: the caller's promise; the stack is used as each function asks.
    unsafe {
        let state = new_state(allocate, host.cast(), meter);
        assert!(!state.is_null(), "no memory for an empty state");
        open_libraries(state);
        (*meter).on_exhausted(exhausted, host.cast());
        (*meter).begin(0);
        ffi::lua_pushcfunction(state, body);
        ffi::lua_pushlightuserdata(state, (&raw const script).cast_mut().cast());
        let status = ffi::lua_pcall(state, 1, 1, 0);
        let outcome = match (status, (*meter).ended()) {
            (STATUS_ENDED, Some(Ended::Memory)) => Outcome::Memory,
            (STATUS_ENDED, _) => (*host).stopped.clone().expect("somebody ended the call"),
            (ffi::LUA_OK, _) => Outcome::Returned(text_at(state, -1)),
            _ => Outcome::Error(text_at(state, -1)),
        };
        ffi::lua_close(state);
        // A call that was ended leaves behind what the functions it was taken from would have freed; an
        // arena takes it back as a whole.
        if status != STATUS_ENDED {
            assert_eq!((*host).used, 0, "closing the state frees all of it");
        }
        outcome
    }
}

/// Compiles and runs the script inside the protected call, as both can end the call.
unsafe extern "C-unwind" fn body(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: the argument is the pointer `run_raw` passed; nothing here needs dropping.
    unsafe {
        let script = &**ffi::lua_touserdata(state, 1).cast::<&str>();
        let status = ffi::luaL_loadbufferx(
            state,
            script.as_ptr().cast(),
            script.len(),
            c"=script".as_ptr(),
            c"bt".as_ptr(),
        );
        if status != ffi::LUA_OK {
            ffi::lua_error(state);
        }
        ffi::lua_call(state, 0, 1);
        1
    }
}

unsafe fn open_libraries(state: *mut ffi::lua_State) {
    let libraries: [(&CStr, ffi::lua_CFunction); 5] = [
        (c"_G", ffi::luaopen_base),
        (c"table", ffi::luaopen_table),
        (c"string", ffi::luaopen_string),
        (c"math", ffi::luaopen_math),
        (c"utf8", ffi::luaopen_utf8),
    ];
    // SAFETY: a fresh state with room on its stack.
    unsafe {
        for (name, open) in libraries {
            ffi::luaL_requiref(state, name.as_ptr(), open, 1);
            ffi::lua_pop(state, 1);
        }
        ffi::lua_pushcfunction(state, note);
        ffi::lua_setglobal(state, c"note".as_ptr());
    }
}

unsafe extern "C-unwind" fn note(state: *mut ffi::lua_State) -> c_int {
    // SAFETY: the owner is the `Host` of this run; the vector is complete again before anything can jump.
    unsafe {
        let host = (*lua_sys::meter_of(state)).owner().cast::<Host>();
        let text = text_at(state, 1);
        (*host).notes.push(text);
        0
    }
}

unsafe fn text_at(state: *mut ffi::lua_State, index: c_int) -> String {
    // SAFETY: the caller's state; a string is read where there is one.
    unsafe {
        match ffi::lua_type(state, index) {
            ffi::LUA_TSTRING | ffi::LUA_TNUMBER => {
                let mut length = 0;
                let text = ffi::lua_tolstring(state, index, &raw mut length);
                String::from_utf8_lossy(slice::from_raw_parts(text.cast(), length)).into_owned()
            }
            ffi::LUA_TBOOLEAN => (ffi::lua_toboolean(state, index) != 0).to_string(),
            ffi::LUA_TNIL => "nil".to_owned(),
            other => CStr::from_ptr(ffi::lua_typename(state, other))
                .to_string_lossy()
                .into_owned(),
        }
    }
}

/// Processor time of this thread.
fn cpu_time() -> Duration {
    const CLOCK_THREAD_CPUTIME_ID: c_int = 3;
    unsafe extern "C" {
        fn clock_gettime(clock: c_int, time: *mut [i64; 2]) -> c_int;
    }
    let mut time = [0; 2];
    // SAFETY: `timespec` is two 64-bit numbers on the Linux targets this is tested on.
    let status = unsafe { clock_gettime(CLOCK_THREAD_CPUTIME_ID, &raw mut time) };
    assert_eq!(status, 0, "the thread's clock can be read");
    Duration::new(
        time[0].try_into().expect("seconds are not negative"),
        time[1].try_into().expect("nanoseconds are below a billion"),
    )
}

unsafe extern "C-unwind" fn exhausted(_: *mut ffi::lua_State, meter: *mut Meter) {
    // SAFETY: as in `note`.
    unsafe {
        let host = &mut *(*meter).owner().cast::<Host>();
        let now = Instant::now();
        let seen = cpu_time();
        host.gap = host.gap.max(seen - host.seen);
        host.seen = seen;
        let overdrawn = (*meter).left().min(0).unsigned_abs();
        let left = host.limits.fuel.saturating_sub(host.granted);
        if overdrawn >= left {
            host.stopped = Some(Outcome::Fuel);
        } else if now - host.started >= host.limits.deadline {
            host.stopped = Some(Outcome::Deadline);
        } else {
            let fuel = left.min(overdrawn + SLICE);
            host.granted += fuel;
            (*meter).grant(fuel);
            return;
        }
        (*meter).end();
    }
}

unsafe extern "C" fn allocate(
    data: *mut c_void,
    block: *mut c_void,
    old: usize,
    new: usize,
) -> *mut c_void {
    const ALIGN: usize = 16;
    let old = if block.is_null() { 0 } else { old };
    // SAFETY: Lua passes back the blocks and sizes it got here.
    unsafe {
        let host = data.cast::<Host>();
        if new > old && (*host).used + (new - old) > (*host).limits.memory {
            return ptr::null_mut();
        }
        (*host).used = (*host).used + new - old;
        let layout = |size| Layout::from_size_align_unchecked(size, ALIGN);
        match (old, new) {
            (0, 0) => ptr::null_mut(),
            (_, 0) => {
                dealloc(block.cast(), layout(old));
                ptr::null_mut()
            }
            (0, _) => alloc(layout(new)).cast(),
            _ => realloc(block.cast(), layout(old), new).cast(),
        }
    }
}
