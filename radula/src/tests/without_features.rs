//! A build without runtimes and without the disk store: what is missing is named by its cargo feature.

use objclass::Errno;

use crate::{Config, OpenError, Radula, Sources};

fn config(store: &str) -> Config {
    Config::builtin(&Sources::of_process())
        .with("store", store)
        .unwrap()
}

#[test]
fn a_store_on_disk_is_refused_with_the_feature_it_needs() {
    let error = Radula::open(config("/nowhere")).unwrap_err();
    assert!(matches!(error, OpenError::NoDisk));
    assert!(
        error.to_string().contains("cargo feature \"disk\""),
        "{error}"
    );
}

#[test]
fn a_class_in_webassembly_is_refused_with_the_feature_it_needs() {
    let classes = concat!(env!("CARGO_MANIFEST_DIR"), "/../classes/wasm");
    let config = config("memory").with("wasm_class_dir", classes).unwrap();
    let pool = Radula::open(config).unwrap().ioctx("p");
    let error = pool.exec("o", "hellowasm", "say_hello", b"").unwrap_err();
    assert_eq!(
        (error.errno(), error.kind().word()),
        (Errno::EOPNOTSUPP, "not-built-in")
    );
    assert!(
        error.to_string().contains("cargo feature \"wasm\""),
        "{error}"
    );
}

#[test]
fn a_class_in_lua_is_refused_with_the_feature_it_needs() {
    let pool = Radula::open(config("memory")).unwrap().ioctx("p");
    for class in ["lua", "hellolua"] {
        let error = pool.exec("o", class, "m", b"").unwrap_err();
        assert_eq!(
            (error.errno(), error.kind().word()),
            (Errno::EOPNOTSUPP, "not-built-in")
        );
        assert!(
            error.to_string().contains("cargo feature \"lua\""),
            "{error}"
        );
    }
}
