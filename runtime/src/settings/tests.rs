use std::{
    ffi::OsStr,
    os::unix::ffi::OsStrExt as _,
    path::{Path, PathBuf},
};

use super::*;
use crate::KINDS;

/// A host on a machine that has nothing.
pub(crate) fn machine(host: HostKind) -> Machine<'static> {
    Machine {
        host,
        kinds: &KINDS,
        class_dirs: &|_| Vec::new(),
        wasm_cache: None,
    }
}

pub(crate) fn settings(host: HostKind) -> Settings {
    Settings::builtin(&machine(host), Vec::new())
}

/// A runtime that a program brings.
const WORDS: Kind = Kind {
    name: "words",
    title: "words",
    prefix: "cls_",
    suffix: ".words",
    feature: "words",
    dir_key: "dirs.words",
    builtin: &[],
};

#[test]
fn a_runtime_of_the_program_has_a_directory_and_a_switch() {
    let kinds = [&KINDS[..], &[WORDS]].concat();
    let machine = Machine {
        kinds: &kinds,
        class_dirs: &|kind| vec![Path::new("/lib").join(kind.name)],
        ..machine(HostKind::Embedded)
    };
    let mut settings = Settings::builtin(&machine, Vec::new());
    let dirs = |settings: &Settings| settings.loader_config().dirs.pop().unwrap();
    assert_eq!(dirs(&settings), ("words", vec!["/lib/words".into()]));
    let file = "dirs.words = \"mine\"\nruntimes.words = false";
    settings
        .apply_file(Path::new("/etc/radula.toml"), file)
        .unwrap();
    assert_eq!(dirs(&settings), ("words", vec!["/etc/mine".into()]));
    assert!(settings.loader_config().disabled_runtimes.contains("words"));
    let mut without = super::tests::settings(HostKind::Embedded);
    let error = without
        .apply_file(Path::new("/etc/radula.toml"), file)
        .unwrap_err();
    assert!(error.to_string().contains("unknown key"), "{error}");
}

#[test]
fn a_key_of_one_host_is_one_row() {
    let own = KeySpec::number("serve.port", Unit::Count, 6789, "where to listen").at_restart();
    let mut settings = Settings::builtin(&machine(HostKind::Embedded), vec![own]);
    assert_eq!(settings.number("serve.port"), 6789);
    assert_eq!(settings.describe("serve.port"), Some("where to listen"));
    let before = settings.clone();
    settings.set("serve.port", OsStr::new("80")).unwrap();
    assert_eq!(settings.number("serve.port"), 80);
    assert_eq!(before.needs_restart(&settings), Some("serve.port"));
    let misspelt = settings.set("serve.prot", OsStr::new("80")).unwrap_err();
    assert!(
        misspelt.to_string().contains("\"serve.port\""),
        "{misspelt}"
    );
}

#[test]
fn a_change_that_applies_at_once_needs_no_restart() {
    let before = settings(HostKind::Osd);
    let mut after = before.clone();
    after.set("log", OsStr::new("trace")).unwrap();
    after.set("class.x.enabled", OsStr::new("false")).unwrap();
    assert_eq!(before.needs_restart(&after), None);
}

#[test]
fn a_path_need_not_be_text() {
    let path = OsStr::from_bytes(b"/cache/\xff");
    let mut settings = settings(HostKind::Embedded);
    settings.set("wasm_cache_dir", path).unwrap();
    assert_eq!(
        settings.runtime_options().wasm_cache_dir,
        Some(PathBuf::from(path))
    );
    settings.set("wasm_cache_dir", OsStr::new("none")).unwrap();
    assert_eq!(settings.runtime_options().wasm_cache_dir, None);
}

#[test]
fn a_list_of_classes_that_is_none_is_refused_and_allows_nothing_more() {
    let mut settings = settings(HostKind::Embedded);
    settings
        .set("class_load_list", OsStr::new("hello"))
        .unwrap();
    assert!(settings.set("class_load_list", OsStr::new("../x")).is_err());
    let list = settings.loader_config().load_list;
    assert_eq!(list.to_string(), "hello");
}

#[test]
fn what_is_built_in_is_what_a_call_gets() {
    for host in [HostKind::Embedded, HostKind::Osd] {
        let settings = settings(host);
        let config = settings.loader_config();
        assert_eq!(config.policy, sandbox::Policy::default());
        assert_eq!(settings.quotas(), transaction::Quotas::default());
        assert!(config.disabled_classes.is_empty() && config.disabled_runtimes.is_empty());
    }
}
