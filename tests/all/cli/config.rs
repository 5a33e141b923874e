//! Where settings come from.
#![expect(clippy::disallowed_methods, reason = "sets up the files of the test")]

use super::{Done, Place};

fn origin(place: &Place, arguments: &[&str], key: &str) -> (String, String) {
    let done = place
        .run([&["--json", "config"], arguments].concat())
        .succeeded();
    setting(&done, key)
}

fn setting(done: &Done, key: &str) -> (String, String) {
    let json = done.json();
    let setting = json["settings"]
        .as_array()
        .and_then(|settings| settings.iter().find(|setting| setting["key"] == key))
        .unwrap_or_else(|| panic!("{key} is not among the settings"));
    let value = setting["value"]
        .as_str()
        .map_or_else(|| setting["value"].to_string(), str::to_owned);
    (
        value,
        setting["origin"].as_str().unwrap_or_default().to_owned(),
    )
}

#[test]
fn flags_beat_variables_beat_the_file_beats_what_is_built_in() {
    let place = Place::new();
    let pair = |value: &str, origin: &str| (value.to_owned(), origin.to_owned());
    assert_eq!(origin(&place, &[], "pool"), pair("rbd", "built-in"));
    place.scratch.file(
        "home/.config/radula/radula.toml",
        "\npool = \"from-file\"\n",
    );
    assert_eq!(origin(&place, &[], "pool"), pair("from-file", "file"));
    let mut command = place.command();
    command
        .env("RADULA_POOL", "from-env")
        .args(["--json", "config"]);
    let done = Done::from(testkit::binary::finish(&mut command)).succeeded();
    assert_eq!(setting(&done, "pool"), pair("from-env", "environment"));
    command.args(["--pool", "from-flag"]);
    let done = Done::from(testkit::binary::finish(&mut command)).succeeded();
    assert_eq!(setting(&done, "pool"), pair("from-flag", "flag"));
}

#[test]
fn the_printed_configuration_says_where_and_is_a_configuration() {
    let place = Place::new();
    let file = place.scratch.file(
        "conf/radula.toml",
        "pool = \"music\"\n\n[limits.class.counter]\nmemory = \"4MiB\"\n",
    );
    let file = file.to_str().expect("UTF-8");
    let printed = place.run(["--config", file, "config"]).succeeded();
    let line = |key: &str| {
        printed
            .text()
            .lines()
            .find(|line| line.starts_with(key))
            .unwrap_or_else(|| panic!("{key} is not in {}", printed.text()))
            .to_owned()
    };
    assert!(
        line("pool").ends_with(&format!("# {file}:1")),
        "{}",
        line("pool")
    );
    assert!(line("limits.class.counter.memory").contains("\"4MiB\""));
    assert!(line("limits.class.counter.memory").ends_with(&format!("{file}:4")));
    assert!(line("namespace").ends_with("# built-in"));
    assert!(line("store").ends_with("# flag --store"));

    place.scratch.file("conf/copy.toml", &printed.out);
    let copy = place.scratch.path().join("conf/copy.toml");
    let again = place
        .run(["--config", copy.to_str().expect("UTF-8"), "config"])
        .succeeded();
    let values = |text: &str| -> Vec<String> {
        text.lines()
            .map(|line| {
                line.split(" # ")
                    .next()
                    .unwrap_or_default()
                    .trim()
                    .to_owned()
            })
            .collect()
    };
    assert_eq!(values(again.text()), values(printed.text()));
}

#[test]
fn unknown_keys_are_refused_with_file_line_and_the_nearest_name() {
    let place = Place::new();
    let file = place.scratch.file(
        "conf/radula.toml",
        "pool = \"a\"\nclass_laod_list = \"*\"\n",
    );
    let done = place.run(["--config", file.to_str().expect("UTF-8"), "ls"]);
    assert_eq!(done.code, Some(2));
    done.complained(&[
        "radula.toml:2",
        "class_laod_list",
        "did you mean \"class_load_list\"?",
    ]);
    let mut command = place.command();
    command.env("RADULA_POOOL", "x").arg("ls");
    let done = Done::from(testkit::binary::finish(&mut command));
    assert_eq!(done.code, Some(2));
    done.complained(&["RADULA_POOOL", "RADULA_POOL"]);
    let done = place.run(["--set", "class.lua.enable=true", "ls"]);
    assert_eq!(done.code, Some(2));
    done.complained(&["--set", "class.lua.enabled"]);
}

#[test]
fn a_configuration_others_can_write_or_that_is_not_there_is_refused() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let file = place.scratch.file("conf/radula.toml", "pool = \"a\"\n");
    let path = file.to_str().expect("UTF-8");
    std::fs::set_permissions(&file, std::fs::Permissions::from_mode(0o666)).expect("a mode");
    let done = place.run(["--config", path, "ls"]);
    assert_eq!(done.code, Some(2));
    done.complained(&["writable by"]);
    let done = place.run(["--config", "/nonexistent/radula.toml", "ls"]);
    assert_eq!(done.code, Some(2));
    done.complained(&["no configuration file", "--config"]);
}

/// The pool the configuration at `path` names, or the complaint about it.
fn pool_of(place: &Place, path: &std::path::Path) -> Result<String, Done> {
    let path = path.to_str().expect("UTF-8");
    let done = place.run(["--json", "--config", path, "config"]);
    if done.code == Some(0) {
        Ok(setting(&done, "pool").0)
    } else {
        assert_eq!(done.code, Some(2));
        Err(done)
    }
}

#[test]
fn a_link_to_a_configuration_is_followed_if_nobody_else_can_move_it() {
    use std::os::unix::fs::{PermissionsExt as _, symlink};
    let place = Place::new();
    place
        .scratch
        .file("real/radula.toml", "pool = \"linked\"\n");
    let link = place.scratch.dir("conf").join("radula.toml");
    symlink("../real/radula.toml", &link).expect("a link");
    assert_eq!(pool_of(&place, &link).expect("a configuration"), "linked");
    for directory in ["conf", "real"] {
        let directory = place.scratch.dir(directory);
        let set = |mode| {
            std::fs::set_permissions(&directory, std::fs::Permissions::from_mode(mode))
                .expect("a mode");
        };
        set(0o777);
        let refused = pool_of(&place, &link).expect_err("others can move it");
        refused.complained(&["writable by everybody", &directory.display().to_string()]);
        set(0o755);
    }
    assert_eq!(pool_of(&place, &link).expect("a configuration"), "linked");
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the standard library makes no FIFO"
)]
fn what_is_no_regular_file_is_no_configuration_and_an_empty_file_is_one() {
    let place = Place::new();
    let empty = place.scratch.file("conf/empty.toml", "");
    assert_eq!(pool_of(&place, &empty).expect("a configuration"), "rbd");
    let fifo = place.scratch.path().join("conf/fifo.toml");
    let made = std::process::Command::new("mkfifo").arg(&fifo).status();
    assert!(made.expect("mkfifo runs").success());
    let refused = pool_of(&place, &fifo).expect_err("a FIFO");
    refused.complained(&["FIFO, not a regular file"]);
    let directory = place.scratch.dir("conf/directory.toml");
    let refused = pool_of(&place, &directory).expect_err("a directory");
    refused.complained(&["directory, not a regular file"]);
    let binary = place.scratch.file("conf/binary.toml", b"pool = \"\xff\"");
    let refused = pool_of(&place, &binary).expect_err("no text");
    refused.complained(&["not UTF-8"]);
}

#[test]
fn the_current_directory_chooses_no_classes_and_no_configuration() {
    let place = Place::new();
    let hostile = place.scratch.dir("hostile");
    place.scratch.file(
        "hostile/radula.toml",
        "lua_class_dir = \"classes\"\npool = \"evil\"\n",
    );
    place.scratch.file(
        "hostile/classes/lua/cls_evil.lua",
        "function m() end objclass.register(m, 'w')",
    );
    place.scratch.file(
        "hostile/cls_evil.lua",
        "function m() end objclass.register(m, 'w')",
    );
    let run = |arguments: &[&str]| -> Done {
        let mut command = place.bare();
        command.current_dir(&hostile).args(arguments);
        testkit::binary::finish(&mut command).into()
    };
    run(&["exec", "o", "evil", "m"]).failed(&["EOPNOTSUPP", "there is no class evil"]);
    let done = run(&["--json", "config"]).succeeded();
    assert_eq!(setting(&done, "pool").0, "rbd");
}

#[test]
fn a_development_build_finds_the_bundled_classes_from_anywhere() {
    let place = Place::new();
    let mut command = place.bare();
    command.args(["exec", "greeting", "hellolua", "say_hello", "Ceph"]);
    let done = Done::from(testkit::binary::finish(command.current_dir("/")));
    assert_eq!(done.succeeded().text(), "Hello, Ceph! (from Lua)");
}

#[test]
fn the_default_store_is_in_the_home_and_nobody_elses_business() {
    use std::os::unix::fs::PermissionsExt as _;
    let place = Place::new();
    let mut command = place.command();
    command.args(["--set", "durability=buffered", "setxattr", "o", "k", "v"]);
    let arguments: Vec<_> = command.get_args().map(ToOwned::to_owned).collect();
    // The kit names a store; here the default one is wanted.
    let mut bare = clone_without_store(&command, &arguments);
    Done::from(testkit::binary::finish(&mut bare)).succeeded();
    let store = place.scratch.path().join("home/.local/share/radula/store");
    let mode = std::fs::metadata(&store)
        .expect("a store")
        .permissions()
        .mode();
    assert_eq!(mode & 0o777, 0o700);
}

#[expect(
    clippy::disallowed_methods,
    reason = "the same command without the kit's --store"
)]
fn clone_without_store(
    command: &std::process::Command,
    arguments: &[std::ffi::OsString],
) -> std::process::Command {
    let mut clone = std::process::Command::new(command.get_program());
    let at = arguments
        .iter()
        .position(|argument| argument == "--store")
        .expect("the kit's --store");
    clone.args(&arguments[..at]).args(&arguments[at + 2..]);
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => clone.env(name, value),
            None => clone.env_remove(name),
        };
    }
    clone
}
