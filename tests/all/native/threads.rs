//! Native and Lua classes calling each other on many threads.
#![expect(
    clippy::disallowed_methods,
    reason = "how much is tested is a matter of the environment"
)]

use std::{
    sync::atomic::{AtomicU64, Ordering},
    thread,
    time::{Duration, Instant},
};

use super::*;

/// How long; a minute or an hour is a matter of the environment.
fn duration() -> Duration {
    let seconds = std::env::var("RADULA_TEST_SECONDS");
    Duration::from_secs(seconds.ok().and_then(|s| s.parse().ok()).unwrap_or(3))
}

const THREADS: usize = 16;

/// Calls back into native code, so that the stack goes native, Lua, native.
const BETWEEN: &str = "
function relay(input, output)
  local ret, answer = objclass.call('actor', 'rw', input)
  output:append(answer:str())
  return ret
end
objclass.register(relay, 'rw')
";

#[test]
fn sixteen_threads_call_native_lua_and_nested_and_nothing_is_lost_or_mixed_up() {
    let scratch = Scratch::new();
    let _ = scratch.copy_of("native", &native_classes());
    let _ = scratch.copy_of("lua", &testkit::corpus::bundled_lua_classes());
    scratch.file("lua/cls_between.lua", BETWEEN);
    let world = World::open(scratch, StoreKind::Memory);
    let added = AtomicU64::new(0);
    let end = Instant::now() + duration();
    thread::scope(|scope| {
        for number in 0..THREADS {
            let (world, added) = (&world, &added);
            scope.spawn(move || {
                let objects = world.objects();
                let own = format!("own-{number}");
                let exec = |oid: &str, class: &str, method: &str, input: &str| {
                    let reply = objects
                        .exec(oid, class, method, input.as_bytes())
                        .unwrap_or_else(|error| panic!("{class}.{method}: {}", whole(&error)));
                    String::from_utf8_lossy(&reply.output).into_owned()
                };
                let mut round = 0_u64;
                while round < 10 || Instant::now() < end {
                    let name = format!("{number}.{round}");
                    // Native alone, Lua alone, and native through Lua on an object of our own.
                    assert_eq!(
                        exec(&own, "hello", "say_hello", &name),
                        format!("Hello, {name}!")
                    );
                    let from_lua = exec(&own, "hellolua", "say_hello", &name);
                    assert_eq!(from_lua, format!("Hello, {name}! (from Lua)"));
                    let lines = exec(
                        &own,
                        "between",
                        "relay",
                        &format!("write_full {name}\nread 0 0"),
                    );
                    assert_eq!(lines, format!("read {name}\n"));
                    // A native method that calls Lua that calls native, and one that fails and is undone.
                    let nested = "call between relay write_full%20deep\n\
                                  try call between relay write_full%20lost%0afail%20EIO\n\
                                  read 0 0";
                    assert_eq!(
                        exec(&own, "actor", "rw", nested),
                        "reply 0 -\nerror EIO\nread deep\n"
                    );
                    // Everybody on one object, through Lua.
                    exec("shared", "counter", "add", "1");
                    added.fetch_add(1, Ordering::Relaxed);
                    round += 1;
                }
            });
        }
    });
    let sum = world
        .objects()
        .exec("shared", "counter", "get", b"")
        .unwrap();
    assert_eq!(
        String::from_utf8_lossy(&sum.output),
        added.into_inner().to_string(),
        "an update was lost"
    );
}
