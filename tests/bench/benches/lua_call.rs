//! What a call of a Lua method costs: `cargo bench -p radula-bench --bench lua_call`.
//!
//! `say_hello` of the bundled class `hellolua`, four ways in one run: through the whole engine on the memory store; through
//! the class alone (restore the image and call); in a state made for the call, as Ceph's class `lua` does, by mlua; and in a
//! warm mlua state without isolation or limits, the cost of the script itself. mlua stands on the same edited Lua, whose
//! meter is never set there, and gets no objclass functions: both peers do less than a class gets.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark reads the bundled class"
)]

use std::{fs, path::Path, sync::Arc};

use divan::{Bencher, black_box};
use objclass::{
    Budget, CallError, CallInfo, Class, ClassBackend, ClassName, Context, Digest, Errno, Host,
    Limits, LogRecord, MethodFlags, Module, ObjectId, Reply,
};
use radula::{Config, Radula};
use runtime_lua::LuaBackend;
use transaction::{Absent, Quotas, Transaction};

fn main() {
    divan::main();
}

const CLASSES: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../classes/lua");

/// The script of the peers: the method's own text, with tables in the place of the buffers a class gets.
const PEER: &str = r#"
function say_hello(input, output)
  if #input > 100 then return -22 end
  local name = input
  if name == "" then name = "world" end
  output[#output + 1] = "Hello, " .. name .. "! (from Lua)"
end
"#;

fn source() -> Vec<u8> {
    fs::read(Path::new(CLASSES).join("cls_hellolua.lua")).unwrap()
}

#[derive(Debug)]
struct Nobody;

impl Host for Nobody {
    fn log(&self, _: LogRecord<'_>) {}

    fn call(&self, _: &mut Context<'_>, _: &str, _: &str, _: &[u8]) -> Result<Reply, CallError> {
        Err(Errno::EOPNOTSUPP.into())
    }

    fn random(&self, _: &mut [u8]) {}
}

/// Through the engine on the memory store, as a client calls it.
#[divan::bench(sample_size = 200)]
fn engine(bencher: Bencher<'_, '_>) {
    let config = Config::builtin(&Default::default())
        .with("store", "memory")
        .and_then(|config| config.with("lua_class_dir", CLASSES))
        .unwrap();
    let engine = Radula::open(config).unwrap().ioctx("bench");
    bencher.bench_local(|| {
        engine
            .exec("object", "hellolua", "say_hello", black_box(b"Ceph"))
            .unwrap()
    });
}

/// Through the class: restore the image, call.
#[divan::bench(sample_size = 200)]
fn restore_and_call(bencher: Bencher<'_, '_>) {
    let module = Module {
        class: ClassName::new("hellolua").unwrap(),
        file: "cls_hellolua.lua".into(),
        bytes: source().into(),
        digest: Digest([1; 32]),
    };
    let class: Arc<dyn Class> = LuaBackend::new().open(&module, &Limits::INSTALLED).unwrap();
    let mut methods = class.methods().iter();
    let index = methods.position(|method| method.name.as_str() == "say_hello");
    let info = CallInfo {
        object: ObjectId {
            pool: "bench".into(),
            namespace: String::new(),
            oid: "object".into(),
        },
        version: 0,
        subop: 0,
        origin: "bench".into(),
    };
    let mut object = Transaction::new(Box::new(Absent), info, Quotas::default());
    let access = MethodFlags::RD | MethodFlags::WR;
    bencher.bench_local(|| {
        let mut budget = Budget::new(Limits::INSTALLED);
        let mut context = Context::new(&mut object, &mut budget, &Nobody, "hellolua", access);
        class
            .call(index.unwrap(), &mut context, black_box(b"Ceph"))
            .unwrap()
    });
}

fn peer_libraries() -> mlua::Lua {
    use mlua::StdLib;
    let libraries = StdLib::STRING | StdLib::TABLE | StdLib::MATH;
    mlua::Lua::new_with(libraries, mlua::LuaOptions::new()).unwrap()
}

fn peer_call(say_hello: &mlua::Function, lua: &mlua::Lua) -> mlua::LuaString {
    let output = lua.create_table().unwrap();
    say_hello.call::<()>((black_box("Ceph"), &output)).unwrap();
    output.get(1).unwrap()
}

/// A peer: state, libraries, chunk and call for every request, as Ceph's class `lua` does it.
#[divan::bench(sample_size = 20)]
fn mlua_fresh_state(bencher: Bencher<'_, '_>) {
    bencher.bench_local(|| {
        let lua = peer_libraries();
        lua.load(PEER).exec().unwrap();
        peer_call(&lua.globals().get("say_hello").unwrap(), &lua)
    });
}

/// A peer: a warm state that every request shares, without limits.
#[divan::bench(sample_size = 200)]
fn mlua_warm_unlimited(bencher: Bencher<'_, '_>) {
    let lua = peer_libraries();
    lua.load(PEER).exec().unwrap();
    let say_hello = lua.globals().get("say_hello").unwrap();
    bencher.bench_local(|| peer_call(&say_hello, &lua));
}
