use objclass::Errno;

use super::{engine, engine_with};
use crate::{OpenError, Operation};

#[test]
fn a_class_switched_off_fails_and_switched_on_again_answers_in_the_same_engine() {
    let radula = engine();
    let pool = radula.ioctx("p");
    pool.exec("o", "probe", "put", b"x").unwrap();
    let off = radula
        .config()
        .with("class.probe.enabled", "false")
        .unwrap();
    radula.reconfigure(off).unwrap();
    let error = pool.exec("o", "probe", "put", b"x").unwrap_err();
    assert_eq!(
        (error.errno(), error.kind().word()),
        (Errno::EOPNOTSUPP, "disabled")
    );
    let on = radula.config().with("class.probe.enabled", "true").unwrap();
    radula.reconfigure(on).unwrap();
    pool.exec("o", "probe", "put", b"x").unwrap();
}

#[test]
fn a_class_off_the_load_list_is_not_permitted() {
    let radula = engine_with(|config| config.with("class_load_list", "other").unwrap());
    let error = radula
        .ioctx("p")
        .exec("o", "probe", "put", b"")
        .unwrap_err();
    assert_eq!(error.errno(), Errno::EPERM);
    assert!(error.to_string().contains("class_load_list"), "{error}");
}

#[test]
fn limits_and_quotas_change_while_the_engine_is_open() {
    let radula = engine();
    let pool = radula.ioctx("p");
    pool.write_full("o", "12345").unwrap();
    let config = radula
        .config()
        .with("quotas.object_size", "4")
        .and_then(|config| config.with("limits.installed.input", "4"))
        .unwrap();
    radula.reconfigure(config).unwrap();
    let errno = |result: Result<(), crate::Error>| result.unwrap_err().errno();
    assert_eq!(errno(pool.write_full("o", "12345")), Errno::EFBIG);
    assert_eq!(
        errno(pool.exec("o", "probe", "echo", b"12345").map(drop)),
        Errno::E2BIG
    );
}

#[test]
fn another_store_needs_a_restart_and_changes_nothing() {
    let radula = engine();
    let config = radula
        .config()
        .with("store", "/elsewhere")
        .and_then(|config| config.with("pool", "other"))
        .unwrap();
    let error = radula.reconfigure(config).unwrap_err();
    assert!(matches!(error, OpenError::NeedsRestart { key } if key == "store"));
    assert_eq!(radula.config().pool(), "rbd");
}

#[test]
fn the_configured_pool_and_namespace_are_the_default() {
    let radula = engine_with(|config| {
        config
            .with("pool", "music")
            .and_then(|config| config.with("namespace", "live"))
            .unwrap()
    });
    let ioctx = radula.default_ioctx();
    assert_eq!((ioctx.pool(), ioctx.namespace()), ("music", "live"));
    let error = ioctx.operate("o", &Operation::new().stat()).unwrap_err();
    assert!(error.to_string().contains("object music/live/o"), "{error}");
}

#[test]
fn trusted_owners_reach_the_loader() {
    let radula = engine_with(|config| config.with("trusted_owners", "12345").unwrap());
    let trust = &radula.loader().config().trust;
    assert!(trust.contains(12345) && trust.contains(0) && !trust.contains(12346));
}

#[test]
fn handles_go_to_other_threads() {
    fn shared<T: Send + Sync + Clone + 'static>() {}
    shared::<crate::Radula>();
    shared::<crate::IoCtx>();
    fn sent<T: Send + Sync + 'static>() {}
    sent::<crate::Error>();
    sent::<crate::ConfigError>();
    sent::<OpenError>();
}

#[test]
fn a_pool_that_is_full_takes_changes_but_no_new_object() {
    let radula = engine_with(|config| config.with("quotas.pool_objects", "2").unwrap());
    let pool = radula.ioctx("p");
    pool.write_full("a", "x").unwrap();
    pool.with_namespace("n").write_full("a", "x").unwrap();
    let pool = radula.ioctx("p");
    let full = pool.write_full("b", "x").unwrap_err();
    assert_eq!(full.errno(), Errno::EDQUOT, "{full}");
    assert_eq!(
        pool.exec("b", "probe", "put", b"x").unwrap_err().errno(),
        Errno::EDQUOT
    );
    pool.append("a", "x").unwrap();
    radula.ioctx("q").write_full("b", "x").unwrap();
    pool.remove("a").unwrap();
    pool.write_full("b", "x").unwrap();
}

#[test]
fn a_writer_that_finds_the_queue_full_is_told_and_a_reader_is_not() {
    let radula = engine_with(|config| {
        let config = config.with("object_queue", "0").unwrap();
        config.with("object_wait", "10ms").unwrap()
    });
    let pool = radula.ioctx("p");
    pool.write_full("o", "x").unwrap();
    let store = radula.store().unwrap();
    let held = store
        .begin(&pool.object("o"), store::Wait::FOREVER)
        .unwrap();
    let busy = pool.write_full("o", "y").unwrap_err();
    assert_eq!((busy.errno(), busy.kind().word()), (Errno::EBUSY, "busy"));
    assert!(
        busy.to_string().contains("0 writers wait for the object"),
        "{busy}"
    );
    let config = radula.config().with("object_queue", "1").unwrap();
    radula.reconfigure(config).unwrap();
    let late = pool.write_full("o", "y").unwrap_err();
    assert!(late.to_string().contains("others still write"), "{late}");
    assert_eq!(pool.read("o", ..).unwrap(), "x");
    drop(held);
    pool.write_full("o", "y").unwrap();
}

#[test]
fn a_store_in_memory_is_backed_up_and_an_archive_does_not_become_one() {
    let radula = engine();
    radula.ioctx("p").write_full("o", "data").unwrap();
    let mut archive = Vec::new();
    let made = radula.backup(&mut archive).unwrap();
    assert_eq!(
        crate::verify_backup(&radula.config(), &archive[..]).unwrap(),
        made
    );
    let refused = crate::restore(&radula.config(), &archive[..]).unwrap_err();
    assert!(refused.to_string().contains("memory"), "{refused}");
}
