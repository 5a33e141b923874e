//! Calls: the whole seam, flags, limits, errors, panics.

use objclass::{LimitKind, ObjectRead, ObjectWrite, TrapKind};

use super::*;

#[test]
fn every_function_of_the_seam_does_what_the_header_says() {
    // The fixture checks each answer itself and names the line that was wrong.
    let world = World::of("seam", include_str!("seam.c"));
    let mut object = object();
    for method in ["data", "xattrs", "omap", "services", "nulls"] {
        let reply = world.exec(&mut object, "seam", method, b"input");
        let reply = reply.unwrap_or_else(|error| panic!("{method}: {error}"));
        assert_eq!(reply.ret, 0, "{method}: seam.c:{}", reply.ret);
    }
    assert_eq!(world.logged()[0], ("seam".into(), 3, r"two\nlines".into()));
}

#[test]
fn a_method_flagged_rd_that_writes_gets_eperm_before_anything_happened() {
    let every_write = "objclass_pair p = { input, input };
         int32_t (*none)(objclass_call *) = objclass_remove; (void)none;
         if (objclass_create(call, 0) != -EPERM) return 1;
         if (objclass_remove(call) != -EPERM) return 2;
         if (objclass_write(call, 0, input) != -EPERM) return 3;
         if (objclass_write_full(call, input) != -EPERM) return 4;
         if (objclass_replace(call, 0, input) != -EPERM) return 5;
         if (objclass_truncate(call, 0) != -EPERM) return 6;
         if (objclass_zero(call, 0, 1) != -EPERM) return 7;
         if (objclass_setxattr(call, input, input) != -EPERM) return 8;
         if (objclass_omap_set_vals(call, &p, 1) != -EPERM) return 9;
         if (objclass_omap_remove_keys(call, &input, 1) != -EPERM) return 10;
         if (objclass_omap_remove_range(call, input, input) != -EPERM) return 11;
         if (objclass_omap_clear(call) != -EPERM) return 12;
         if (objclass_omap_set_header(call, input) != -EPERM) return 13;
         return 0;";
    let world = World::of("reader", &one_method("reader", "OBJCLASS_RD", every_write));
    let mut object = object();
    object.write(0, Bytes::from_static(b"old")).unwrap();
    object.set_xattr(b"x", Bytes::from_static(b"x")).unwrap();
    assert_eq!(
        world.exec(&mut object, "reader", "run", b"x").unwrap().ret,
        0
    );
    assert_eq!(object.read(0, 0).unwrap(), "old");
    assert_eq!(object.xattrs().unwrap().len(), 1);
    assert!(object.omap_header().unwrap().is_empty());
}

#[test]
fn a_method_flagged_wr_cannot_read_except_stat() {
    let every_read = "objclass_bytes b; objclass_pairs p; objclass_keys k; objclass_object_stat s;
         if (objclass_stat(call, &s) != 0 || s.size != 3) return 1;
         if (objclass_read(call, 0, 0, &b) != -EPERM) return 2;
         if (objclass_getxattr(call, input, &b) != -EPERM) return 3;
         if (objclass_getxattrs(call, &p) != -EPERM) return 4;
         if (objclass_omap_get_keys(call, input, 1, &k) != -EPERM) return 5;
         if (objclass_omap_get_vals(call, input, input, 1, &p) != -EPERM) return 6;
         if (objclass_omap_get_val(call, input, &b) != -EPERM) return 7;
         if (objclass_omap_get_vals_by_keys(call, &input, 1, &p) != -EPERM) return 8;
         if (objclass_omap_get_header(call, &b) != -EPERM) return 9;
         return 0;";
    let world = World::of("writer", &one_method("writer", "OBJCLASS_WR", every_read));
    let mut object = object();
    object.write(0, Bytes::from_static(b"old")).unwrap();
    assert_eq!(
        world.exec(&mut object, "writer", "run", b"x").unwrap().ret,
        0
    );
}

#[test]
fn an_error_passed_on_without_words_names_the_function() {
    let source = one_method(
        "terse",
        "OBJCLASS_RD",
        "return objclass_write_full(call, input);",
    );
    let error = World::of("terse", &source)
        .exec(&mut object(), "terse", "run", b"")
        .unwrap_err();
    assert_eq!(error.errno(), Errno::EPERM);
    assert_eq!(
        error.to_string(),
        "objclass_write_full needs a method flagged WR"
    );
    let source = one_method(
        "worded",
        "OBJCLASS_RD",
        "objclass_read(call, 0, 0, NULL); return objclass_fail(call, -ENOENT, \"no \\x1b[1mgreeting\");",
    );
    let error = World::of("worded", &source)
        .exec(&mut object(), "worded", "run", b"")
        .unwrap_err();
    assert_eq!(error.errno(), Errno::ENOENT);
    assert_eq!(error.to_string(), r"no \u{1b}[1mgreeting");
}

#[test]
fn return_values_are_kept_and_errors_of_any_number_travel() {
    for (ret, expected) in [
        ("42", Ok(42)),
        ("INT32_MAX", Ok(i32::MAX)),
        ("-9999", Err(9999)),
        ("-INT32_MAX", Err(i32::MAX)),
        ("INT32_MIN", Err(Errno::EIO.code())),
    ] {
        let source = one_method("ret", "OBJCLASS_RD", &format!("return {ret};"));
        let result = World::of("ret", &source).exec(&mut object(), "ret", "run", b"");
        assert_eq!(
            result
                .map(|reply| reply.ret)
                .map_err(|error| error.errno().code()),
            expected
        );
    }
}

#[test]
fn a_limit_ends_the_call_whatever_the_method_makes_of_it() {
    let swallow = "for (int i = 0; i < 100; i++) objclass_output(call, input);
         if (objclass_write_full(call, input) != -ECANCELED) return -EIO;
         if (objclass_log(call, 0, \"still here\") != -ECANCELED) return -EIO;
         return 7;";
    let world = World::of(
        "greedy",
        &one_method("greedy", "OBJCLASS_RD | OBJCLASS_WR", swallow),
    );
    let limits = Limits {
        output: 99,
        ..Limits::INSTALLED
    };
    let mut object = object();
    let error = world
        .exec_within(limits, &mut object, "greedy", "run", b"xx")
        .unwrap_err();
    assert_eq!(error.errno(), Errno::E2BIG);
    assert!(matches!(
        error,
        CallError::Trap(trap) if matches!(trap.kind, TrapKind::Limit(hit) if hit.kind == LimitKind::Output)
    ));
    assert!(world.logged().is_empty());
    assert!(object.into_changes().is_none());
}

#[test]
fn a_method_that_overruns_its_deadline_is_told_and_its_answer_is_not_kept() {
    let limits = Limits {
        deadline_ms: 20,
        ..Limits::INSTALLED
    };
    let asks = "while (objclass_interrupted(call) == 0) { } return 0;";
    let sleeps = "usleep(60000); return 0;";
    for (name, body) in [("asks", asks), ("sleeps", sleeps)] {
        let source = format!(
            "#define _GNU_SOURCE\n#include <unistd.h>\n{}",
            one_method(name, "OBJCLASS_RD", body)
        );
        let world = World::of(name, &source);
        let error = world
            .exec_within(limits, &mut object(), name, "run", b"")
            .unwrap_err();
        assert_eq!(error.errno(), Errno::ETIMEDOUT, "{name}");
    }
}

#[test]
fn a_reported_panic_is_eio_with_its_place_and_is_logged() {
    let source = one_method(
        "panicky",
        "OBJCLASS_WR",
        "objclass_write_full(call, input);
         objclass_panic(call, objclass_text(\"index out of\\nbounds\"), objclass_text(\"src/a.rs\"), 12);
         return 0;",
    );
    let world = World::of("panicky", &source);
    let error = world
        .exec(&mut object(), "panicky", "run", b"x")
        .unwrap_err();
    assert_eq!(error.errno(), Errno::EIO);
    assert_eq!(error.kind().word(), "panic");
    assert_eq!(
        error.to_string(),
        r"src/a.rs:12: panicked: index out of\nbounds"
    );
    assert_eq!(world.logged(), [("panicky".into(), 0, error.to_string())]);
}

#[test]
fn nested_calls_share_the_object_and_failed_ones_are_undone() {
    let callee = class_source(
        "callee",
        "static int32_t keep(objclass_call *c, objclass_bytes i)
         { objclass_setxattr(c, objclass_text(\"kept\"), i); objclass_output(c, i); return 5; }
         static int32_t lose(objclass_call *c, objclass_bytes i)
         { objclass_setxattr(c, objclass_text(\"lost\"), i); return -9999; }
         int32_t objclass_init(objclass_registry *r)
         { objclass_register(r, \"keep\", OBJCLASS_WR, keep); return objclass_register(r, \"lose\", OBJCLASS_WR, lose); }",
    );
    let caller = |name, flags| {
        one_method(
            name,
            flags,
            "objclass_bytes out, again;
             int32_t kept = objclass_call_method(call, objclass_text(\"callee\"), objclass_text(\"keep\"), input, &out);
             if (kept < 0) return kept;
             int32_t lost = objclass_call_method(call, objclass_text(\"callee\"), objclass_text(\"lose\"), input, &again);
             if (lost != -9999) return -EIO;
             if (objclass_call_method(call, objclass_text(\"no\"), objclass_text(\"no\"), input, &again) != -EOPNOTSUPP) return -EIO;
             if (objclass_call_method(call, objclass_span(\"\\xff\", 1), objclass_text(\"no\"), input, NULL) != -EOPNOTSUPP) return -EIO;
             objclass_output(call, out);
             return kept;",
        )
    };
    let world = World::with([
        ("callee", open("callee", compile(&callee)).unwrap()),
        (
            "caller",
            open("caller", compile(&caller("caller", "OBJCLASS_WR"))).unwrap(),
        ),
        (
            "weak",
            open("weak", compile(&caller("weak", "OBJCLASS_RD"))).unwrap(),
        ),
    ]);
    let mut object = object();
    let reply = world.exec(&mut object, "caller", "run", b"v").unwrap();
    assert_eq!((reply.ret, &reply.output[..]), (5, &b"v"[..]));
    assert_eq!(object.xattr(b"kept").unwrap(), "v");
    assert!(object.xattr(b"lost").is_err());
    let error = world.exec(&mut object, "weak", "run", b"v").unwrap_err();
    assert_eq!(error.errno(), Errno::EPERM);
    assert_eq!(
        error.to_string(),
        "objclass_call_method: operation not permitted"
    );
}
