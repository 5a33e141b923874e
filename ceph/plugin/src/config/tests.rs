#![expect(clippy::disallowed_methods, reason = "tests make the files they need")]

use objclass::{ClassName, LimitKind};
use runtime::WasmCompiler;

use super::*;

fn parse(text: &str) -> Result<Config, ConfigError> {
    Config::parse(Path::new("/dir/radula"), text)
}

#[test]
fn an_empty_file_leaves_what_is_built_in() {
    let settings = parse("").unwrap();
    let dirs = &settings.loader.dirs;
    assert_eq!(dirs[1].0, "lua");
    assert_eq!(dirs[1].1, [Path::new("/dir/radula/classes/lua")]);
    assert_eq!(settings.reload_interval, Duration::from_secs(2));
    assert_eq!(settings.write_reply, 64);
    assert_eq!(settings.log, LevelFilter::INFO);
}

#[test]
fn every_key_is_applied() {
    let settings = parse(
        r#"
        lua_class_dir = ["lua", "/other"]
        class_dir = "so"
        class_load_list = "hello, lua"
        wasm_compiler = "/usr/bin/radula"
        wasm_cache_dir = "cache"
        wasm_compile_time = "3s"
        wasm_compile_memory = "1GiB"
        trusted_owners = [7]
        log = "debug"
        runtimes.native = false
        class.kvlog.enabled = false
        limits.installed.deadline = "2s"
        limits.eval.memory = "4MiB"
        limits.class.kvlog.fuel = 5
        quotas.object_size = "32MiB"
        quotas.omap_entries = "1k"
        ceph.reload_interval = "100ms"
        ceph.write_reply = "16KiB"
        "#,
    )
    .unwrap();
    let loader = &settings.loader;
    let kvlog = ClassName::new("kvlog").unwrap();
    assert_eq!(loader.dirs[0].1, [Path::new("/dir/radula/so")]);
    let lua = [Path::new("/dir/radula/lua"), Path::new("/other")];
    assert_eq!(loader.dirs[1].1, lua);
    assert!(!loader.load_list.contains(&kvlog));
    let runtime = &settings.runtime;
    let compiler = WasmCompiler::Program("/usr/bin/radula".into());
    assert_eq!(runtime.wasm_compiler, compiler);
    assert_eq!(runtime.wasm_cache_dir, Some("/dir/radula/cache".into()));
    assert_eq!(runtime.wasm_compile_time, Some(Duration::from_secs(3)));
    assert_eq!(runtime.wasm_compile_memory, Some(1 << 30));
    assert!(runtime.without_signals, "the OSD's signals are its own");
    assert!(loader.trust.contains(7));
    assert!(loader.disabled_runtimes.contains("native"));
    assert!(loader.disabled_classes.contains(&kvlog));
    assert_eq!(loader.policy.installed.deadline_ms, 2_000);
    assert_eq!(loader.policy.eval.memory, 4 << 20);
    assert_eq!(loader.policy.limits_for(&kvlog, false).fuel, 5);
    assert_eq!(settings.quotas.object_size, 32 << 20);
    assert_eq!(settings.quotas.omap_entries, 1_000);
    assert_eq!(settings.reload_interval, Duration::from_millis(100));
    assert_eq!(settings.write_reply, 16 << 10);
    assert_eq!(settings.log, LevelFilter::DEBUG);
}

#[test]
fn a_key_or_a_value_that_means_nothing_is_an_error() {
    for text in [
        "lua_class_dirs = \"x\"",
        "limits.installed.fule = 5",
        "limits.installed.fuel = \"many\"",
        "limits.class.\"a/b\".fuel = 5",
        "quotas.size = 5",
        "quotas.object_size = \"big\"",
        "class.kvlog.on = true",
        "class.\"../x\".enabled = true",
        "class_load_list = \"a/b\"",
        "runtimes.cobol = true",
        "ceph.interval = 5",
        "ceph.reload_interval = \"soon\"",
        "ceph.write_reply = \"long\"",
        "log = \"loud\"",
        "= 3",
    ] {
        let error = parse(text).unwrap_err();
        assert!(
            error.to_string().starts_with("/dir/radula/radula.toml:"),
            "{text}: {error}"
        );
    }
}

#[test]
fn no_deadline_is_longer_than_an_osd_can_bear() {
    let settings = parse("limits.class.slow.deadline = \"1min\"").unwrap();
    let slow = ClassName::new("slow").unwrap();
    let limits = settings.loader.policy.limits_for(&slow, false);
    assert_eq!(limits.get(LimitKind::Deadline), 60_000);
    assert_eq!(bearable(limits).get(LimitKind::Deadline), MAX_DEADLINE_MS);
}

#[test]
fn objects_end_where_the_interface_of_the_osd_ends() {
    let settings = parse("quotas.object_size = \"1TiB\"").unwrap();
    assert_eq!(settings.quotas.object_size, (1 << 31) - 1);
}

#[test]
fn the_manual_names_the_keys_of_an_osd() {
    let manual = include_str!("../../../../docs/operations.md");
    for key in own_keys() {
        assert!(manual.contains(&format!("`{}`", key.name)), "{}", key.name);
    }
}

#[test]
fn a_file_that_others_may_write_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join(FILE);
    let builtin = Config::read(directory.path()).unwrap();
    assert_eq!(builtin.log, LevelFilter::INFO);
    put(&path, "log = \"trace\"");
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o644)).unwrap();
    let read = Config::read(directory.path()).unwrap();
    assert_eq!(read.log, LevelFilter::TRACE);
    std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o666)).unwrap();
    assert!(matches!(
        Config::read(directory.path()),
        Err(ConfigError::File(_))
    ));
}

#[expect(clippy::disallowed_methods, reason = "tests write what they read")]
fn put(path: &Path, text: &str) {
    std::fs::write(path, text).unwrap();
}
