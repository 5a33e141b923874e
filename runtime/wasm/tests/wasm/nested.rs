//! Calls within calls: one budget, one stack, one memory limit.

use std::{fmt, sync::Arc};

use objclass::{CallError, Class, ClassName, Context, Errno, LimitKind, Method, Reply};

use crate::{
    engine::{self, Bench},
    guest::Guest,
};

/// Calls class `next`, method `run`, with its input; answers what that answered.
const CALLS_NEXT: &str = r#"(call $call_class (i32.const 1024) (i32.const 4) (i32.const 1028) (i32.const 3) (local.get $in) (local.get $len) (i32.const 512))
    (if (result i32) (i32.load8_u (i32.const 512))
      (then (call $fail (i32.load (i32.const 516)) (i32.const 0) (i32.const 0)))
      (else (call $reply (i32.load (i32.const 516)) (i32.load (i32.const 520)) (i32.load (i32.const 524)))))"#;

fn caller(access: &str) -> Guest {
    Guest::new()
        .method("run", access, CALLS_NEXT)
        .with(r#"(data (i32.const 1024) "nextrun")"#)
}

/// A class of the host that does what a function says.
struct Native<F>(Method, F);

impl<F> fmt::Debug for Native<F> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_tuple("Native").field(&self.0).finish()
    }
}

impl<F> Class for Native<F>
where
    F: Fn(&mut Context<'_>, &[u8]) -> Result<Reply, CallError> + Send + Sync,
{
    fn methods(&self) -> &[Method] {
        std::slice::from_ref(&self.0)
    }
    fn dependencies(&self) -> &[ClassName] {
        &[]
    }
    fn call(&self, _: usize, context: &mut Context<'_>, input: &[u8]) -> Result<Reply, CallError> {
        (self.1)(context, input)
    }
}

fn native(
    body: impl Fn(&mut Context<'_>, &[u8]) -> Result<Reply, CallError> + Send + Sync + 'static,
) -> Arc<dyn Class> {
    let name = objclass::MethodName::new("run").unwrap();
    let method = Method::new(name, objclass::MethodFlags::RD | objclass::MethodFlags::WR);
    Arc::new(Native(method, body))
}

#[test]
fn a_call_from_wasm_to_the_host_to_wasm_shares_object_and_budget() {
    let writes = Guest::new().method(
        "run",
        "rw",
        "(call $write_full (local.get $in) (local.get $len) (i32.const 512)) (call $reply (i32.const 7) (local.get $in) (local.get $len))",
    );
    let mut bench = Bench::new();
    bench
        .surroundings
        .classes
        .push(("last", engine::open(writes.component())));
    bench.surroundings.classes.push((
        "next",
        native(|context, input| {
            let before = context.budget().usage().fuel;
            assert!(before > 0, "what the caller used is on the budget");
            let reply = context
                .call("last", "run", input)
                .map_err(|_| CallError::from(Errno::EIO))?;
            assert!(context.budget().usage().fuel > before);
            Ok(reply)
        }),
    ));
    let class = engine::open(caller("rw").component());
    let reply = bench.call(&class, "run", b"hello").unwrap();
    assert_eq!((reply.ret, &reply.output[..]), (7, &b"hello"[..]));
    use objclass::ObjectRead as _;
    assert_eq!(bench.object.read(0, 0).unwrap(), "hello");
}

#[test]
fn a_callee_that_fails_leaves_its_caller_running() {
    let mut bench = Bench::new();
    let fails = native(|_, _| Err(Errno::EDOM.into()));
    bench.surroundings.classes.push(("next", fails));
    let class = engine::open(caller("rw").component());
    assert_eq!(bench.errno(&class, "run", b""), Errno::EDOM);
    let class = engine::open(caller("r").component());
    assert_eq!(
        bench.errno(&class, "run", b""),
        Errno::EPERM,
        "needs more than its caller has"
    );
    bench.surroundings.classes.clear();
    assert_eq!(bench.errno(&class, "run", b""), Errno::EOPNOTSUPP);
}

#[test]
fn what_a_callee_used_its_caller_has_not() {
    let mut bench = Bench::new();
    bench.surroundings.classes.push((
        "next",
        native(|context, _| {
            assert!(context.budget().charge(LimitKind::Fuel, 999_990_000));
            Ok(Reply::default())
        }),
    ));
    let body = format!("{CALLS_NEXT} (drop) (loop $again (br $again)) (unreachable)");
    let class = engine::open(
        Guest::new()
            .method("run", "rw", &body)
            .with(r#"(data (i32.const 1024) "nextrun")"#)
            .component(),
    );
    let error = bench.call(&class, "run", b"").unwrap_err();
    assert!(error.to_string().contains("fuel limit"), "{error}");
    assert!(bench.usage.deadline_ms < 5_000, "{:?}", bench.usage);
}

#[test]
fn a_limit_in_a_callee_ends_its_callers_at_once() {
    let mut bench = Bench::new();
    bench.surroundings.classes.push((
        "next",
        native(|context, _| {
            context.budget().hit(LimitKind::Log);
            Ok(Reply::default())
        }),
    ));
    // Would write after the call.
    let body =
        format!("{CALLS_NEXT} (drop) (call $create (i32.const 0) (i32.const 512)) (call $ok)");
    let class = engine::open(
        Guest::new()
            .method("run", "rw", &body)
            .with(r#"(data (i32.const 1024) "nextrun")"#)
            .component(),
    );
    let error = bench.call(&class, "run", b"").unwrap_err();
    assert!(error.to_string().contains("log limit"), "{error}");
    use objclass::ObjectRead as _;
    assert!(bench.object.stat().is_err(), "the guest went on");
}

/// `next` is the caller itself, so that it calls itself until something ends that.
fn bottomless(stack: usize, memory_pages: u32) -> (CallError, objclass::Usage) {
    let class = engine::open(caller("rw").pages(memory_pages).component());
    let run = move || {
        let mut bench = Bench::new();
        bench
            .surroundings
            .classes
            .push(("next", Arc::clone(&class)));
        let error = bench.call(&class, "run", b"").unwrap_err();
        (error, bench.usage)
    };
    std::thread::Builder::new()
        .stack_size(stack)
        .spawn(run)
        .unwrap()
        .join()
        .unwrap()
}

#[test]
fn guests_nested_in_each_other_end_before_the_stack_does() {
    for stack in [512 << 10, 1 << 20, 2 << 20, 16 << 20] {
        let (error, _) = bottomless(stack, 2);
        assert_eq!(error.errno(), Errno::ELOOP, "{stack}: {error}");
    }
}

#[test]
fn guests_nested_in_each_other_share_the_memory_limit() {
    // Three of 6 MiB are more than 16.
    let (error, usage) = bottomless(16 << 20, 96);
    assert_eq!(error.errno(), Errno::ENOMEM, "{error}");
    assert!(usage.memory <= 16 << 20, "{usage:?}");
}

#[test]
fn a_thread_without_room_for_a_guest_is_told_so() {
    let class = engine::open(Guest::new().method("run", "r", "(call $ok)").component());
    let error = std::thread::Builder::new()
        .stack_size(256 << 10)
        .spawn(move || Bench::new().call(&class, "run", b"").unwrap_err())
        .unwrap()
        .join()
        .unwrap();
    assert_eq!(error.kind().word(), "host");
    assert!(error.to_string().contains("of stack left"), "{error}");
}
