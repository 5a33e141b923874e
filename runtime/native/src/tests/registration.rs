//! What `objclass_init` can get wrong.

use super::*;

const RUN: &str =
    "static int32_t run(objclass_call *c, objclass_bytes i) { (void)c; (void)i; return 0; }\n";

fn with_init(name: &str, init: &str) -> String {
    class_source(
        name,
        &format!(
            "{RUN} int32_t objclass_init(objclass_registry *r) {{ (void)run; (void)r; {init} }}"
        ),
    )
}

#[test]
fn a_failing_init_keeps_the_class_closed_and_says_why() {
    let source = with_init(
        "failing",
        "objclass_refuse(r, \"no licence\\nfound\"); return -EACCES;",
    );
    let error = refused(open("failing", compile(&source)));
    assert!(matches!(
        &error,
        Refused::Init { errno: Errno::EACCES, message: Some(text) } if text == "no licence\\nfound"
    ));
}

#[test]
fn init_is_tried_again_on_the_same_library() {
    // The library is loaded once: its counter survives between the attempts.
    let source = with_init("second", "static int n; return ++n < 3 ? -EAGAIN : 0;");
    let bytes = compile(&source);
    for _ in 0..2 {
        let error = refused(open("second", bytes.clone()));
        assert!(matches!(
            error,
            Refused::Init {
                errno: Errno::EAGAIN,
                ..
            }
        ));
    }
    let class = open("second", bytes.clone()).unwrap();
    assert!(
        Arc::ptr_eq(&class, &open("second", bytes).unwrap()),
        "an open class was opened again"
    );
}

#[test]
fn a_class_is_never_mistaken_for_one_that_was_opened_before() {
    // Backends come and go; the libraries they loaded stay, and the linker remembers their paths.
    for number in 0..8 {
        let source = one_method("again", "OBJCLASS_RD", &format!("return {number};"));
        let class = NativeBackend::new()
            .open(&module("again", compile(&source)), &Limits::INSTALLED)
            .unwrap();
        let world = World::with([("again", class)]);
        let reply = world.exec(&mut object(), "again", "run", b"").unwrap();
        assert_eq!(reply.ret, number);
    }
}

#[test]
fn a_duplicate_method_keeps_the_class_closed_even_if_init_ignores_it() {
    let source = with_init(
        "twice",
        "objclass_register(r, \"run\", OBJCLASS_RD, run);
         if (objclass_register(r, \"run\", OBJCLASS_WR, run) != -EEXIST) return -EIO;
         return 0;",
    );
    assert!(matches!(
        open("twice", compile(&source)),
        Err(OpenError::DuplicateMethod { method }) if method.as_str() == "run"
    ));
}

#[test]
fn every_unacceptable_registration_has_its_error() {
    let attempt = |register: &str| open("odd", compile(&with_init("odd", register)));
    for flags in ["0", "4", "256", "OBJCLASS_RD | 8"] {
        let error = refused(attempt(&format!(
            "objclass_register(r, \"run\", {flags}, run); return 0;"
        )));
        assert!(
            matches!(error, Refused::MethodFlags { .. }),
            "{flags}: {error}"
        );
    }
    let error = refused(attempt(
        "return objclass_register(r, \"run\", OBJCLASS_RD, NULL);",
    ));
    assert!(matches!(error, Refused::MethodNull { .. }));
    for name in ["", "a\\nb", &"x".repeat(129)] {
        let result = attempt(&format!(
            "return objclass_register(r, \"{name}\", OBJCLASS_RD, run);"
        ));
        assert!(
            matches!(result, Err(OpenError::Name(_))),
            "{name:?}: {result:?}"
        );
    }
    for register in [
        "return r->host->register_method(r, NULL);",
        "objclass_method m = { 8, \"run\", OBJCLASS_RD, 0, run, NULL }; return r->host->register_method(r, &m);",
        "return objclass_register(r, NULL, OBJCLASS_RD, run);",
        "return objclass_register(r, \"\\xff\", OBJCLASS_RD, run);",
    ] {
        let error = refused(attempt(register));
        assert!(
            matches!(error, Refused::MethodStruct { .. }),
            "{register}: {error}"
        );
    }
}

#[test]
fn methods_keep_their_order_flags_and_lines() {
    let source = with_init(
        "listed",
        "objclass_register(r, \"z\", OBJCLASS_RD, run);
         return objclass_register_documented(r, \"a\", OBJCLASS_RD | OBJCLASS_WR, run, \"Does a.\");",
    );
    let class = open("listed", compile(&source)).unwrap();
    let listed: Vec<_> = class
        .methods()
        .iter()
        .map(|m| (m.name.as_str(), m.flags.to_string(), m.doc.as_deref()))
        .collect();
    assert_eq!(
        listed,
        [("z", "r".into(), None), ("a", "rw".into(), Some("Does a."))]
    );
}
