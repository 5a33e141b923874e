//! What one call of a Lua class costs, and what the memory image saves.
//!
//! `say_hello` is the method of the bundled class `hellolua`. Contexts are made once and without limits, so that
//! only the backend is measured. divan: medians over many short samples without a statistics engine to compile.
//!
//! Run with `cargo bench -p radula-runtime-lua`.

use std::{ffi::c_void, sync::Arc};

use divan::{Bencher, black_box};
use lua_sys::{Meter, ffi};
use objclass::{
    Budget, CallError, CallInfo, Class, ClassBackend, ClassName, Context, Digest, Host, Limits,
    LogRecord, MethodFlags, Module, ObjectId, Reply,
};
use runtime_lua::{Guards, LuaBackend};
use transaction::{Absent, Quotas, Transaction};

fn main() {
    divan::main();
}

const HELLO: &str = include_str!("../../../classes/lua/cls_hellolua.lua");

#[derive(Debug)]
struct Nobody;

impl Host for Nobody {
    fn log(&self, _: LogRecord<'_>) {}

    fn call(&self, _: &mut Context<'_>, _: &str, _: &str, _: &[u8]) -> Result<Reply, CallError> {
        Err(objclass::Errno::EOPNOTSUPP.into())
    }

    fn random(&self, _: &mut [u8]) {}
}

fn module() -> Module {
    Module {
        class: ClassName::new("hellolua").unwrap(),
        file: "cls_hellolua.lua".into(),
        bytes: HELLO.into(),
        digest: Digest([1; 32]),
    }
}

fn open(guards: Guards) -> Arc<dyn Class> {
    LuaBackend::with_guards(guards)
        .open(&module(), &Limits::INSTALLED)
        .unwrap()
}

/// Runs `work` with a context that outlives all samples.
fn with_context(work: impl FnOnce(&mut Context<'_>)) {
    let info = CallInfo {
        object: ObjectId {
            pool: "p".into(),
            namespace: String::new(),
            oid: "o".into(),
        },
        version: 0,
        subop: 0,
        origin: "bench".into(),
    };
    let mut object = Transaction::new(Box::new(Absent), info, Quotas::default());
    let mut budget = Budget::new(Limits {
        memory: 16 << 20,
        ..Limits::UNLIMITED
    });
    let access = MethodFlags::RD | MethodFlags::WR;
    work(&mut Context::new(
        &mut object,
        &mut budget,
        &Nobody,
        "hellolua",
        access,
    ));
}

fn say_hello(class: &dyn Class) -> usize {
    class
        .methods()
        .iter()
        .position(|method| method.name.as_str() == "say_hello")
        .unwrap()
}

/// As the engine does it: restore the image, call.
#[divan::bench]
fn restore_and_call(bencher: Bencher<'_, '_>) {
    let class = open(Guards::ALL);
    let index = say_hello(&*class);
    with_context(|context| {
        bencher.bench_local(|| class.call(index, context, black_box(b"Ceph")).unwrap());
    });
}

/// The same call without the restore: what isolation costs. Not a mode of the engine.
#[divan::bench]
fn warm_call_without_restore(bencher: Bencher<'_, '_>) {
    let class = open(Guards {
        image: false,
        ..Guards::ALL
    });
    let index = say_hello(&*class);
    with_context(|context| {
        bencher.bench_local(|| class.call(index, context, black_box(b"Ceph")).unwrap());
    });
}

/// A new state for every call, through this backend: region, libraries, chunk, image, call.
#[divan::bench]
fn fresh_state_of_this_backend(bencher: Bencher<'_, '_>) {
    with_context(|context| {
        bencher.bench_local(|| {
            let class = open(Guards::ALL);
            let index = say_hello(&*class);
            class.call(index, context, black_box(b"Ceph")).unwrap()
        });
    });
}

unsafe extern "C" {
    fn realloc(block: *mut c_void, size: usize) -> *mut c_void;
    fn free(block: *mut c_void);
}

unsafe extern "C" fn system_alloc(
    _: *mut c_void,
    block: *mut c_void,
    _: usize,
    size: usize,
) -> *mut c_void {
    // SAFETY: the system's own allocator, called as Lua's stock one does.
    unsafe {
        if size == 0 {
            free(block);
            std::ptr::null_mut()
        } else {
            realloc(block, size)
        }
    }
}

unsafe extern "C-unwind" fn ignore(_: *mut ffi::lua_State) -> i32 {
    0
}

/// What cls_lua does for every request, with as little around it as possible: a state on the system's allocator,
/// four libraries, load, run, call, close.
#[divan::bench]
fn fresh_state_as_cls_lua(bencher: Bencher<'_, '_>) {
    const PRELUDE: &std::ffi::CStr = c"objclass = { register = register, EINVAL = 22 }
        local text = ''
        output = { append = function(self, more) text = text .. more end }
        input = setmetatable({ str = function() return 'Ceph' end }, { __len = function() return 4 end })";
    bencher.bench_local(|| {
        let mut meter = Meter::new();
        // SAFETY: the state lives and dies here; the meter stays where it is.
        unsafe {
            let l = lua_sys::new_state(system_alloc, std::ptr::null_mut(), &raw mut meter);
            for (name, opener) in [
                (c"_G", ffi::luaopen_base as ffi::lua_CFunction),
                (c"table", ffi::luaopen_table),
                (c"string", ffi::luaopen_string),
                (c"math", ffi::luaopen_math),
            ] {
                ffi::luaL_requiref(l, name.as_ptr(), opener, 1);
                ffi::lua_pop(l, 1);
            }
            ffi::lua_pushcfunction(l, ignore);
            ffi::lua_setglobal(l, c"register".as_ptr());
            assert_eq!(ffi::luaL_loadstring(l, PRELUDE.as_ptr()), 0);
            assert_eq!(ffi::lua_pcall(l, 0, 0, 0), 0);
            let text = black_box(HELLO);
            let status =
                ffi::luaL_loadbuffer(l, text.as_ptr().cast(), text.len(), c"=hello".as_ptr());
            assert_eq!(status, 0);
            assert_eq!(ffi::lua_pcall(l, 0, 0, 0), 0);
            ffi::lua_getglobal(l, c"say_hello".as_ptr());
            ffi::lua_getglobal(l, c"input".as_ptr());
            ffi::lua_getglobal(l, c"output".as_ptr());
            assert_eq!(ffi::lua_pcall(l, 2, 0, 0), 0);
            ffi::lua_close(l);
        }
    });
}
