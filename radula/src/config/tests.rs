use std::path::Path;

use loader::ClassList;
use objclass::{ClassName, LimitKind, Limits};

use super::*;

fn config(text: &str) -> Result<Config, ConfigError> {
    let mut config = Config::builtin(&Sources::default());
    let path = Path::new("/etc/radula/radula.toml");
    config.settings.apply_file(path, text)?;
    Ok(config)
}

fn message(text: &str) -> String {
    config(text).unwrap_err().to_string()
}

#[test]
fn every_setting_has_a_built_in_value_of_its_kind() {
    let config = Config::builtin(&Sources::of_process());
    // Each accessor panics on a key that is missing or of another kind.
    let _ = (config.store(), config.pool(), config.namespace());
    let _ = (config.log(), config.is_durable(), config.cache_size());
    let _ = config.store_wait();
    let _ = (config.reserve(), config.buffered(), config.commit_room());
    let _ = (config.commit_queue(), config.object_queue());
    let (_, _) = (
        config.typed().loader_config(),
        config.typed().runtime_options(),
    );
    assert_eq!(config.quotas(), Quotas::default());
}

#[test]
fn what_a_file_says_is_read_with_its_lines() {
    let config = config(
        r#"
store = "objects"
pool = "music"
lua_class_dir = ["classes", "./more", "/abs"]
class_load_list = "hello lock"
trusted_owners = [1000, 65534]

[runtimes]
wasm = false

[class.lua]
enabled = false

[limits.eval]
deadline = "50ms"
object-read = 1024

[limits.class.counter]
memory = "4MiB"

[quotas]
omap_entries = 10
"#,
    )
    .unwrap();
    assert_eq!(
        config.store(),
        StorePlace::Disk("/etc/radula/objects".into())
    );
    let typed = config.typed();
    assert_eq!(
        typed.directories("lua_class_dir"),
        ["/etc/radula/classes", "/etc/radula/more", "/abs"].map(PathBuf::from)
    );
    let list = typed.classes("class_load_list");
    assert_eq!(*list, ClassList::parse("hello lock").unwrap());
    assert_eq!(typed.users("trusted_owners"), [1000, 65534]);
    assert!(!typed.switch("runtimes.wasm"));
    let policy = typed.policy();
    assert_eq!(policy.eval.deadline_ms, 50);
    assert_eq!(policy.eval.object_read, 1024);
    assert_eq!(policy.installed, Limits::INSTALLED);
    assert_eq!(config.quotas().omap_entries, 10);
    assert_eq!(policy.per_class.len(), 1);
    let counter = &policy.per_class[&ClassName::new("counter").unwrap()];
    assert_eq!(counter.get(LimitKind::Memory), Some(4 << 20));
    let disabled = typed.loader_config().disabled_classes;
    assert!(disabled.iter().map(ClassName::as_str).eq(["lua"]));
    let line = |key: &str| config.get(key).unwrap().origin.to_string();
    assert_eq!(line("pool"), "/etc/radula/radula.toml:3");
    assert_eq!(
        line("limits.eval.object-read"),
        "/etc/radula/radula.toml:16"
    );
    assert_eq!(line("namespace"), "built-in");
}

#[test]
fn unknown_keys_are_refused_with_their_place_and_the_nearest_name() {
    assert_eq!(
        message("pool = \"a\"\nlua_clas_dir = \"/x\"\n"),
        "/etc/radula/radula.toml:2: unknown key \"lua_clas_dir\"; did you mean \"lua_class_dir\"?"
    );
    assert_eq!(
        message("[limits.eval]\n\nobject_read = 1"),
        "/etc/radula/radula.toml:3: unknown key \"limits.eval.object_read\"; did you mean \
         \"limits.eval.object-read\"?"
    );
    assert_eq!(
        message("[zebra]\n"),
        "/etc/radula/radula.toml:1: unknown key \"zebra\""
    );
    assert!(message("pool.x = 1").contains("pool"));
    assert!(message("limits = 3").contains("unknown key \"limits\""));
    assert!(message("\"runtimes.lua\" = false").contains("unknown key"));
    assert!(message("[class.\"../x\"]\nenabled = true").contains("invalid class name"));
}

#[test]
fn values_of_the_wrong_kind_are_refused_with_what_would_be_right() {
    for (text, part) in [
        ("runtimes.lua = \"maybe\"", "true or false"),
        ("pool = 3", "text"),
        ("pool = \"\"", "not empty"),
        ("pool = \"a\\nb\"", "control characters"),
        ("durability = \"eventually\"", "a word this key takes"),
        ("limits.eval.memory = \"lots\"", "64KiB"),
        ("limits.eval.memory = -1", "64KiB"),
        ("limits.eval.memory = 1.5", "a number"),
        (
            "lua_class_dir = \"~/classes\"",
            "write the home directory out",
        ),
        ("lua_class_dir = \"\"", "it is empty"),
        ("lua_class_dir = [1]", "directories"),
        ("class_load_list = \"../x\"", "class names"),
        ("cache_size = true", "a number"),
        ("trusted_owners = [\"root\"]", "user numbers"),
        ("trusted_owners = [-1]", "user numbers"),
    ] {
        let message = message(text);
        assert!(
            message.starts_with("/etc/radula/radula.toml:1: ") && message.contains(part),
            "{text}: {message}"
        );
    }
}

#[test]
fn a_syntax_error_names_its_line_and_stays_on_one() {
    let message = message("pool = \"a\"\nstore = [\n\n");
    assert!(message.starts_with("/etc/radula/radula.toml:"), "{message}");
    assert!(!message.contains('\n'), "{message}");
}

#[test]
fn variables_override_the_file_and_flags_override_variables() {
    let sources = Sources {
        variables: Variables::from([
            ("RADULA_POOL", "from-env"),
            ("RADULA_NAMESPACE", "from-env"),
            ("RADULA_LUA_CLASS_DIR", "/a:/b"),
            ("RADULA_LIMITS__EVAL__MEMORY", "1MiB"),
            ("RADULA_CLASS__LUA__ENABLED", "false"),
            ("OTHER", "x"),
        ]),
        flags: vec![Flag {
            key: "pool".into(),
            flag: "--pool".into(),
            values: vec!["from-flag".into()],
            lists: false,
        }],
        ..Sources::default()
    };
    let mut config = config("pool = \"from-file\"\nnamespace = \"from-file\"").unwrap();
    config
        .settings
        .apply_environment(&sources.variables)
        .unwrap();
    for flag in &sources.flags {
        config.settings.apply_flag(flag, None).unwrap();
    }
    assert_eq!(config.pool(), "from-flag");
    assert_eq!(
        config.get("pool").unwrap().origin.to_string(),
        "flag --pool"
    );
    assert_eq!(config.namespace(), "from-env");
    assert_eq!(
        config.get("namespace").unwrap().origin.to_string(),
        "environment RADULA_NAMESPACE"
    );
    assert_eq!(
        config.typed().directories("lua_class_dir"),
        ["/a", "/b"].map(PathBuf::from)
    );
    let loader = config.typed().loader_config();
    assert_eq!(loader.policy.eval.memory, 1 << 20);
    assert_eq!(loader.disabled_classes.len(), 1);
}

#[test]
fn a_variable_that_sets_nothing_is_refused_and_the_right_one_named() {
    let refuse = |name: &str, value: &str| {
        Config::builtin(&Sources::default())
            .settings
            .apply_environment(&Variables::from([(name, value)]))
            .unwrap_err()
            .to_string()
    };
    assert!(refuse("RADULA_POOOL", "a").contains("RADULA_POOL"));
    assert!(
        refuse("RADULA_LIMITS_EVAL_MEMORY", "1").contains("RADULA_LIMITS__EVAL__MEMORY"),
        "{}",
        refuse("RADULA_LIMITS_EVAL_MEMORY", "1")
    );
    assert!(refuse("RADULA_LUA_CLASS_DIR", "classes").contains("an absolute path"));
    assert!(refuse("RADULA_STORE", "here").contains("an absolute path"));
}

#[test]
fn relative_flags_start_at_the_current_directory() {
    let flag = Flag {
        key: "lua_class_dir".into(),
        flag: "--lua-class-dir".into(),
        values: vec!["./mine".into(), "a:b".into()],
        lists: false,
    };
    let mut config = Config::builtin(&Sources::default());
    let home = Path::new("/home/a");
    config.settings.apply_flag(&flag, Some(home)).unwrap();
    assert_eq!(
        config.typed().directories("lua_class_dir"),
        ["/home/a/mine", "/home/a/a:b"].map(PathBuf::from)
    );
}

#[test]
fn an_embedding_program_sets_keys_one_by_one() {
    let config = Config::default().in_memory();
    assert_eq!(config.store(), StorePlace::Memory);
    let error = config.with("stor", "memory").unwrap_err().to_string();
    assert_eq!(
        error,
        "this program: unknown key \"stor\"; did you mean \"store\"?"
    );
}

#[test]
fn the_manual_names_every_key() {
    let manual = include_str!("../../../docs/operations.md");
    for setting in Config::builtin(&Sources::default()).settings() {
        let key = &setting.key;
        let last = key.rsplit('.').next().unwrap();
        // Limits and quotas have tables of their own, a class's switch a pattern.
        let name = match key.split('.').next() {
            Some("limits" | "quotas") => last,
            Some("class") => "class.NAME.enabled",
            _ => key,
        };
        assert!(manual.contains(&format!("`{name}`")), "{name} is missing");
    }
}

#[test]
fn the_example_of_the_manual_is_a_configuration() {
    let manual = include_str!("../../../docs/operations.md");
    let example = manual
        .split("```toml\n")
        .nth(1)
        .and_then(|rest| rest.split("```").next())
        .expect("an example");
    let config = config(example).unwrap();
    assert_eq!(config.pool(), "library");
    assert!(!config.typed().switch("runtimes.native"));
}

#[test]
fn the_manual_gives_every_limit_its_built_in_value() {
    let manual = include_str!("../../../docs/operations.md");
    let limits_table = manual
        .split("### Limits")
        .nth(1)
        .expect("a section on limits");
    for &kind in LimitKind::ALL {
        let row = limits_table
            .lines()
            .find(|line| line.starts_with(&format!("| `{kind}` |")))
            .unwrap_or_else(|| panic!("{kind} has no row"));
        let cells: Vec<_> = row.split('|').map(|cell| cell.replace(',', "")).collect();
        for (cell, limits) in [(3, Limits::INSTALLED), (4, Limits::EVAL)] {
            let value = Unit::of(kind).parse(&cells[cell]).unwrap();
            assert_eq!(value, limits.get(kind), "{row}");
        }
    }
}
