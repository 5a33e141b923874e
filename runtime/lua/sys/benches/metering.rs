//! What metering costs: the same scripts in stock Lua, in ours with no limit, in ours with a limit that is checked
//! every 50,000 units, and in stock Lua with a count hook.
//!
//! `cargo bench -p radula-lua-sys --features stock`. Runs are interleaved; each figure is the median, and the
//! ratio to stock Lua is the median of the ratios of one round.

use std::{
    ffi::{CStr, c_char, c_int, c_void},
    hash::{BuildHasher as _, RandomState},
    ptr,
    time::{Duration, Instant},
};

use lua_sys::{Meter, ffi, new_state};

const ROUNDS: usize = 15;

const SCRIPTS: [(&str, &CStr); 8] = [
    ("10M additions", c"local x = 0 for i = 1, 10000000 do x = x + i end"),
    ("while", c"local x, i = 0, 0 while i < 5000000 do i = i + 1 x = x + i end"),
    ("calls", c"local function f(a) return a + 1 end local x = 0 for i = 1, 3000000 do x = f(x) end"),
    ("fib(27)", c"local function fib(n) if n < 2 then return n end return fib(n - 1) + fib(n - 2) end fib(27)"),
    ("array", c"local t = {} for i = 1, 200 do t[i] = i end local x = 0 for r = 1, 10000 do for i = 1, #t do x = x + t[i] end end"),
    ("pairs", c"local t = {} for i = 1, 1000 do t['k' .. i] = i end local x = 0 for r = 1, 500 do for k, v in pairs(t) do x = x + v end end"),
    ("sparse", c"local t = {} for i = 1, 100 do t[i * 1000] = i end local x = 0 for r = 1, 10000 do for i = 1, 100 do x = x + t[i * 1000] end end"),
    ("strings", c"local n = 0 for i = 1, 60000 do local s = 'key' .. i n = n + #s if s:find('9', 1, true) then n = n + 1 end s = s:gsub('%d', 'x') end"),
];

/// The unedited Lua of the feature `stock`.
mod stock {
    use super::{c_char, c_int, c_void, ffi};

    unsafe extern "C-unwind" {
        pub(super) fn stock_luaL_newstate() -> *mut ffi::lua_State;
        pub(super) fn stock_luaL_openlibs(state: *mut ffi::lua_State);
        pub(super) fn stock_luaL_loadstring(
            state: *mut ffi::lua_State,
            text: *const c_char,
        ) -> c_int;
        pub(super) fn stock_lua_pcallk(
            state: *mut ffi::lua_State,
            arguments: c_int,
            results: c_int,
            handler: c_int,
            context: isize,
            continuation: *mut c_void,
        ) -> c_int;
        pub(super) fn stock_lua_sethook(
            state: *mut ffi::lua_State,
            hook: Option<unsafe extern "C-unwind" fn(*mut ffi::lua_State, *mut c_void)>,
            mask: c_int,
            count: c_int,
        );
        pub(super) fn stock_lua_close(state: *mut ffi::lua_State);
    }
}

/// Lua as it comes; with a hook every so many instructions when `period` is not zero.
fn stock(script: &CStr, period: c_int) -> Duration {
    unsafe extern "C-unwind" fn hook(_: *mut ffi::lua_State, _: *mut c_void) {}
    // SAFETY: the state is used by this thread only and by the functions of the Lua that made it.
    unsafe {
        let state = stock::stock_luaL_newstate();
        stock::stock_luaL_openlibs(state);
        assert_eq!(stock::stock_luaL_loadstring(state, script.as_ptr()), 0);
        if period > 0 {
            stock::stock_lua_sethook(state, Some(hook), ffi::LUA_MASKCOUNT, period);
        }
        let started = Instant::now();
        let status = stock::stock_lua_pcallk(state, 0, 0, 0, 0, ptr::null_mut());
        let elapsed = started.elapsed();
        assert_eq!(status, 0);
        stock::stock_lua_close(state);
        elapsed
    }
}

/// Ours; `limited` looks at the clock every 50,000 units of fuel.
fn metered(script: &CStr, limited: bool) -> Duration {
    unsafe extern "C-unwind" fn exhausted(_: *mut ffi::lua_State, meter: *mut Meter) {
        // SAFETY: the owner is the deadline on the caller's stack.
        unsafe {
            if Instant::now() < *(*meter).owner().cast::<Instant>() {
                let overdrawn = (*meter).left().min(0).unsigned_abs();
                (*meter).grant(overdrawn + 50_000);
            }
        }
    }
    let mut deadline = Instant::now() + Duration::from_secs(3600);
    let mut meter = Meter::new();
    let seed = [
        RandomState::new().hash_one(0_u8),
        RandomState::new().hash_one(1_u8),
    ];
    meter.seed_hashes(if std::env::var_os("PLAIN_SEED").is_some() {
        seed
    } else {
        lua_sys::spread_seed(seed)
    });
    // SAFETY: meter and deadline outlive the state.
    unsafe {
        let state = new_state(allocate, ptr::null_mut(), &raw mut meter);
        ffi::luaL_openlibs(state);
        assert_eq!(ffi::luaL_loadstring(state, script.as_ptr()), 0);
        if limited {
            meter.on_exhausted(exhausted, (&raw mut deadline).cast());
            meter.begin(0);
        }
        let started = Instant::now();
        let status = ffi::lua_pcall(state, 0, 0, 0);
        let elapsed = started.elapsed();
        assert_eq!(status, 0);
        ffi::lua_close(state);
        elapsed
    }
}

unsafe extern "C" fn allocate(
    _: *mut c_void,
    block: *mut c_void,
    _: usize,
    new: usize,
) -> *mut c_void {
    unsafe extern "C" {
        fn realloc(block: *mut c_void, size: usize) -> *mut c_void;
        fn free(block: *mut c_void);
    }
    // SAFETY: the allocator that stock Lua uses too.
    unsafe {
        if new == 0 {
            free(block);
            return ptr::null_mut();
        }
        realloc(block, new)
    }
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn main() {
    type Variant = (&'static str, fn(&CStr) -> Duration);
    let variants: [Variant; 5] = [
        ("stock", |script| stock(script, 0)),
        ("unlimited", |script| metered(script, false)),
        ("limited", |script| metered(script, true)),
        ("hook 1,000", |script| stock(script, 1_000)),
        ("hook 100,000", |script| stock(script, 100_000)),
    ];
    print!("{:16}", "");
    for (name, _) in variants {
        print!("{name:>20}");
    }
    println!();
    for (name, script) in SCRIPTS {
        let mut times = vec![Vec::new(); variants.len()];
        for _ in 0..ROUNDS {
            for (variant, (_, run)) in variants.iter().enumerate() {
                times[variant].push(run(script).as_secs_f64() * 1e3);
            }
        }
        print!("{name:16}");
        for of_variant in &times {
            let ratios = of_variant
                .iter()
                .zip(&times[0])
                .map(|(time, base)| time / base);
            print!(
                "{:>11.2} ms x{:<4.2} ",
                median(of_variant.clone()),
                median(ratios.collect())
            );
        }
        println!();
    }
}
