use std::{sync::mpsc, thread, time::Duration};

use objclass::{Errno, LimitKind, Limits};

use super::{engine, engine_with, pool};
use crate::{Error, ExecOptions, IoCtx, OmapRange};

/// Everything of an object, to see that nothing changed.
fn everything(pool: &IoCtx, oid: &str) -> String {
    let pairs = |pairs| format!("{pairs:?}");
    format!(
        "{:?} {} {}",
        pool.read(oid, ..),
        pairs(pool.get_xattrs(oid).unwrap_or_default()),
        pairs(
            pool.omap_get_vals(oid, OmapRange::all().at_most(100))
                .map(|page| page.entries)
                .unwrap_or_default()
        )
    )
}

fn with_limit(kind: LimitKind, value: u64) -> ExecOptions {
    let mut limits = Limits::UNLIMITED;
    limits.set(kind, value);
    ExecOptions::default().with_limits(limits)
}

#[test]
fn a_method_answers_with_return_value_and_output() {
    let reply = pool().exec("o", "probe", "echo", b"hello").unwrap();
    assert_eq!((reply.ret, &reply.output[..]), (7, &b"hello"[..]));
    assert_eq!(reply.version, 0, "the object does not exist");
    let ran = reply.ran.unwrap();
    assert_eq!((ran.usage.input, ran.usage.output), (5, 5));
    assert_eq!(ran.limits, Limits::INSTALLED);
    assert_eq!(ran.class.name.as_str(), "probe");
}

#[test]
fn unknown_class_and_unknown_method_have_one_errno_and_two_texts() {
    let pool = pool();
    let class = pool.exec("o", "nosuch", "read", b"").unwrap_err();
    let method = pool.exec("o", "probe", "nosuch", b"").unwrap_err();
    assert_eq!(class.errno(), Errno::EOPNOTSUPP);
    assert_eq!(method.errno(), Errno::EOPNOTSUPP);
    assert_eq!(
        (class.kind().word(), method.kind().word()),
        ("missing", "no-method")
    );
    assert!(
        class
            .to_string()
            .starts_with("class nosuch, method read, object p/o: EOPNOTSUPP: there is no class"),
        "{class}"
    );
    assert!(
        method.to_string().starts_with(
            "class probe, method nosuch, object p/o: EOPNOTSUPP: class probe has no method nosuch"
        ),
        "{method}"
    );
}

#[test]
fn a_method_that_does_not_write_never_runs_on_a_missing_object() {
    let error = pool().exec("o", "probe", "read", b"").unwrap_err();
    assert_eq!(error.errno(), Errno::ENOENT);
    assert_eq!(error.kind().word(), "no-object");
    assert!(error.spent().is_none(), "it ran: {:?}", error.spent());
}

#[test]
fn a_method_that_writes_creates_the_object() {
    let pool = pool();
    let reply = pool.exec("o", "probe", "put", b"data").unwrap();
    assert!(reply.version > 0);
    assert_eq!(pool.exec("o", "probe", "read", b"").unwrap().output, "data");
    let blind = pool.exec("o", "probe", "blind", b"more").unwrap();
    assert!(blind.version > reply.version);
}

#[test]
fn a_writing_method_that_changes_nothing_commits_nothing() {
    let pool = pool();
    let created = pool.exec("o", "probe", "create_if_missing", b"").unwrap();
    let before = pool.stat("o").unwrap();
    let again = pool.exec("o", "probe", "create_if_missing", b"").unwrap();
    assert_eq!(again.version, created.version);
    assert_eq!(pool.stat("o").unwrap(), before);
}

#[test]
fn nothing_of_a_method_that_fails_stays() {
    for (method, kind, errno) in [
        ("put_then_fail", "class", Errno::EEXIST),
        ("put_then_panic", "panic", Errno::EIO),
        ("put_and_swallow", "limit", Errno::E2BIG),
        ("negative", "class", Errno::new(9999).unwrap()),
    ] {
        let pool = pool();
        let nothing = everything(&pool, "o");
        let error = pool.exec("o", "probe", method, b"new").unwrap_err();
        assert_eq!(
            (error.kind().word(), error.errno()),
            (kind, errno),
            "{error}"
        );
        assert_eq!(everything(&pool, "o"), nothing, "{method}");

        pool.exec("o", "probe", "put", b"old").unwrap();
        let old = everything(&pool, "o");
        pool.exec("o", "probe", method, b"new").unwrap_err();
        assert_eq!(everything(&pool, "o"), old, "{method}");
    }
}

#[test]
fn a_panic_is_reported_and_the_engine_goes_on() {
    let pool = pool();
    let error = pool.exec("o", "probe", "put_then_panic", b"x").unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("EIO: panicked: a bug in a trusted class"),
        "{error}"
    );
    pool.exec("o", "probe", "put", b"y").unwrap();
}

#[test]
fn a_limit_that_was_swallowed_ends_the_call_all_the_same() {
    let error = pool()
        .exec("o", "probe", "put_and_swallow", b"x")
        .unwrap_err();
    let report = error.report();
    let hit = report.failure.limit.unwrap();
    assert_eq!(
        (hit.kind, hit.limit),
        (LimitKind::Log, Limits::INSTALLED.log)
    );
    let (limits, usage) = error.spent().unwrap();
    assert!(usage.log > limits.log);
}

#[test]
fn a_trusted_method_that_comes_back_too_late_is_undone() {
    let pool = pool();
    let options = with_limit(LimitKind::Deadline, 10);
    let error = pool
        .exec_with("o", "probe", "put_slowly", b"x", &options)
        .unwrap_err();
    assert_eq!(error.errno(), Errno::ETIMEDOUT);
    assert_eq!(pool.stat("o").unwrap_err().errno(), Errno::ENOENT);
    pool.exec("o", "probe", "put_slowly", b"x").unwrap();
}

#[test]
fn input_and_output_are_charged() {
    let pool = pool();
    for kind in [LimitKind::Input, LimitKind::Output] {
        let fits = with_limit(kind, 4);
        pool.exec_with("o", "probe", "echo", b"1234", &fits)
            .unwrap();
        let error = pool
            .exec_with("o", "probe", "echo", b"12345", &fits)
            .unwrap_err();
        assert_eq!(error.errno(), Errno::E2BIG);
        assert_eq!(error.report().failure.limit.unwrap().kind, kind);
    }
}

#[test]
fn a_request_lowers_limits_and_never_raises_them() {
    let pool = engine_with(|config| {
        config
            .with("limits.installed.output", "100")
            .and_then(|config| config.with("limits.class.probe.output", "50"))
            .unwrap()
    })
    .ioctx("p");
    let limit = |options: &ExecOptions| {
        let reply = pool.exec_with("o", "probe", "echo", b"", options).unwrap();
        reply.ran.unwrap().limits.output
    };
    assert_eq!(limit(&ExecOptions::default()), 50);
    assert_eq!(limit(&with_limit(LimitKind::Output, 10)), 10);
    assert_eq!(limit(&with_limit(LimitKind::Output, 1_000)), 50);
}

#[test]
fn a_reader_that_tries_to_write_is_refused() {
    let pool = pool();
    pool.write_full("o", "old").unwrap();
    let error = pool
        .exec("o", "probe", "write_though_reader", b"new")
        .unwrap_err();
    assert_eq!(error.errno(), Errno::EPERM);
    assert_eq!(pool.read("o", ..).unwrap(), "old");
}

#[test]
fn a_nested_call_joins_its_callers_transaction() {
    let pool = pool();
    let reply = pool.exec("o", "probe", "call", b"put nested").unwrap();
    assert_eq!(reply.ran.unwrap().usage.nested_calls, 1);
    assert_eq!(pool.read("o", ..).unwrap(), "nested");
    assert_eq!(
        pool.exec("o", "probe", "call", b"read").unwrap().output,
        "nested"
    );
}

#[test]
fn a_failed_nested_call_is_undone_and_its_caller_goes_on() {
    let pool = pool();
    pool.write_full("o", "old").unwrap();
    let reply = pool
        .exec("o", "probe", "call", b"put_then_fail new")
        .unwrap();
    assert_eq!(reply.output, "EEXIST");
    assert_eq!(pool.read("o", ..).unwrap(), "old");
}

#[test]
fn a_nested_call_cannot_do_what_its_caller_may_not() {
    let pool = pool();
    pool.write_full("o", "old").unwrap();
    let output =
        |method: &str, input: &[u8]| pool.exec("o", "probe", method, input).unwrap().output;
    assert_eq!(output("call_though_reader", b"read"), "old");
    assert_eq!(output("call_though_reader", b"put new"), "EPERM");
    // Refused for its flags, before it runs: this one would not even write.
    assert_eq!(output("call_though_reader", b"echo hello"), "EPERM");
    assert_eq!(output("call", b"nosuch"), "EOPNOTSUPP");
    assert_eq!(pool.read("o", ..).unwrap(), "old");
}

#[test]
fn nested_calls_share_their_callers_limits() {
    let pool = pool();
    let options = with_limit(LimitKind::Output, 4);
    let error = pool
        .exec_with("o", "probe", "call", b"echo 12345", &options)
        .unwrap_err();
    assert_eq!(error.kind().word(), "limit");
    let endless = format!("{}echo", "call ".repeat(20));
    let error = pool
        .exec("o", "probe", "call", endless.as_bytes())
        .unwrap_err();
    assert_eq!(error.errno(), Errno::ELOOP);
}

#[test]
fn a_reader_does_not_wait_for_a_writer() {
    let pool = pool();
    pool.write_full("o", "old").unwrap();
    let (said, heard) = mpsc::channel();
    thread::scope(|scope| {
        let writer = pool.clone();
        scope.spawn(move || {
            said.send(()).unwrap();
            writer.exec("o", "probe", "put_slowly", b"new").unwrap();
        });
        heard.recv().unwrap();
        thread::sleep(Duration::from_millis(10));
        assert_eq!(pool.exec("o", "probe", "read", b"").unwrap().output, "old");
    });
    assert_eq!(pool.read("o", ..).unwrap(), "new");
}

#[test]
fn writers_of_one_object_take_turns() {
    let pool = pool();
    thread::scope(|scope| {
        for _ in 0..4 {
            let pool = pool.clone();
            scope.spawn(move || {
                for _ in 0..25 {
                    pool.append("o", "x").unwrap();
                }
            });
        }
    });
    assert_eq!(pool.stat("o").unwrap().size, 100);
}

#[test]
fn names_that_no_object_can_have_are_refused() {
    let pool = pool();
    let long = "x".repeat(4096);
    for (oid, errno) in [("", Errno::EINVAL), (&*long, Errno::ENAMETOOLONG)] {
        assert_eq!(pool.stat(oid).unwrap_err().errno(), errno);
        assert_eq!(
            pool.exec(oid, "probe", "put", b"").unwrap_err().errno(),
            errno
        );
    }
}

#[test]
fn an_error_is_one_line_whatever_names_it_holds() {
    let error: Error = pool()
        .exec("o\n\u{1b}[31m", "probe", "no\nsuch", b"")
        .unwrap_err();
    let line = error.to_string();
    assert!(!line.contains(char::is_control), "{line:?}");
    assert!(line.contains("no\\nsuch"), "{line}");
}

#[test]
fn classes_are_told_version_position_and_origin() {
    let pool = pool().with_origin("client.7");
    assert_eq!(
        pool.exec("o", "probe", "info", b"").unwrap().output,
        "0 0 client.7"
    );
    let version = pool.exec("o", "probe", "put", b"x").unwrap().version;
    assert_eq!(
        pool.exec("o", "probe", "info", b"").unwrap().output,
        format!("{version} 0 client.7")
    );
}

#[test]
fn pools_and_namespaces_are_apart() {
    let radula = engine();
    let (a, b) = (radula.ioctx("a"), radula.ioctx("a").with_namespace("n"));
    a.write_full("o", "in the default namespace").unwrap();
    assert_eq!(b.stat("o").unwrap_err().errno(), Errno::ENOENT);
    b.write_full("other", "").unwrap();
    assert_eq!(a.list(None, "", 10).unwrap().entries, ["o"]);
    assert_eq!(b.list(None, "", 10).unwrap().entries, ["other"]);
    assert_eq!(a.list_all(None, "", 10).unwrap().entries.len(), 2);
    assert_eq!(radula.pools().unwrap(), ["a"]);
}
