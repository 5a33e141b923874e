//! `shell`: many commands, one process.

use testkit::binary::Victim;

use super::Place;

#[test]
fn lines_run_in_one_process_with_one_open_store() {
    let place = Place::new();
    let done = place.shell(
        &[],
        "# a comment\n\nexec c counter add 2\nexec c counter add 3\nsetxattr c 'two words' \"a b\"\ngetxattr c two\\ words\nls\nquit\nls\n",
    );
    assert_eq!(done.succeeded().text(), "2\n5\na b\nc\n");
}

#[test]
fn a_script_file_is_read_like_standard_input_which_stays_free() {
    let place = Place::new();
    let script = place.scratch.file("script", "put o -\nget o -\n");
    let script = script.to_str().expect("UTF-8");
    let done = place.feed(&["shell", script], b"from stdin");
    assert_eq!(done.succeeded().text(), "from stdin\n");
    let done = place.shell(&[], "put o -\n");
    assert_eq!(done.code, Some(1));
    done.complained(&["line 1", "standard input carries the commands"]);
}

#[test]
fn the_first_failure_ends_the_run_unless_told_to_keep_going() {
    let place = Place::new();
    let lines = "stat nosuch\nsetxattr o k v\nnosuchverb\n'open\nls\n";
    let done = place.shell(&[], lines);
    assert_eq!((done.code, done.text()), (Some(1), ""));
    done.complained(&["line 1", "object rbd/nosuch", "ENOENT"]);
    let done = place.shell(&["--keep-going"], lines);
    assert_eq!((done.code, done.text()), (Some(1), "o\n"));
    let errors: Vec<_> = done.err.lines().collect();
    assert_eq!(errors.len(), 3, "{}", done.err);
    assert!(errors[0].starts_with("line 1: ") && errors[1].starts_with("line 3: "));
    assert!(errors[2].starts_with("line 4: ") && errors[2].contains("quote"));
}

#[test]
fn flags_of_a_line_hold_for_that_line() {
    let place = Place::new();
    let done = place.shell(
        &[],
        "-p music setxattr o k v\nls\nls -p music\n--json ls -p music\nls -N n --pool music\n",
    );
    let text = done.succeeded();
    let lines: Vec<_> = text.text().lines().collect();
    assert_eq!(lines.len(), 2, "{}", text.text());
    assert_eq!(lines[0], "o");
    assert!(lines[1].starts_with('{'));
    let done = place.shell(&[], "--store /elsewhere ls\n");
    assert_eq!(done.code, Some(1));
    done.complained(&["--store"]);
}

#[test]
fn json_prints_one_object_a_line_also_for_failures() {
    let place = Place::new();
    let done = place.shell(&["--json", "-k"], "stat nosuch\nls\nwhat\n");
    let lines: Vec<serde_json::Value> = done
        .text()
        .lines()
        .map(|line| serde_json::from_str(line).expect("JSON"))
        .collect();
    assert_eq!(lines.len(), 3);
    assert_eq!(
        (&lines[0]["ok"], &lines[0]["line"]),
        (&false.into(), &1.into())
    );
    assert_eq!(lines[1]["ok"], true);
    assert_eq!(lines[2]["error"]["kind"], "usage");
}

/// A shell whose lines are answered one by one.
fn conversation(place: &Place, config: &str) -> Victim {
    let path = place.scratch.file("conf/radula.toml", config);
    let mut command = place.command();
    command.arg("--config").arg(path);
    Victim::start(command.args(["--json", "shell", "--keep-going"]))
}

fn ask(shell: &mut Victim, line: &str) -> serde_json::Value {
    shell.say(line);
    serde_json::from_str(&shell.hear().expect("an answer")).expect("JSON")
}

const HELLO: &str = "exec greeting hellolua say_hello Ceph";

#[test]
fn class_lua_switched_off_takes_lua_classes_with_it_and_on_again_brings_them_back() {
    let place = Place::new();
    let mut shell = conversation(&place, "");
    assert_eq!(ask(&mut shell, HELLO)["ok"], true);

    place
        .scratch
        .file("conf/radula.toml", "[class.lua]\nenabled = false\n");
    assert_eq!(ask(&mut shell, "reload")["ok"], true);
    let refused = ask(&mut shell, HELLO);
    assert_eq!(refused["error"]["errno"], "EOPNOTSUPP");
    let message = refused["error"]["message"].as_str().expect("a message");
    assert!(message.contains("hellolua needs class lua"), "{message}");
    let eval = ask(&mut shell, "exec o lua eval_json '{}'");
    assert_eq!(eval["error"]["errno"], "EOPNOTSUPP");

    place.scratch.file("conf/radula.toml", "");
    assert_eq!(ask(&mut shell, "reload")["ok"], true);
    assert_eq!(
        ask(&mut shell, HELLO)["output"]["utf8"],
        "Hello, Ceph! (from Lua)"
    );
}

#[test]
fn a_configuration_that_is_refused_leaves_the_old_one_in_force() {
    let place = Place::new();
    let mut shell = conversation(&place, "pool = \"first\"\n");
    assert_eq!(ask(&mut shell, "setxattr o k v")["ok"], true);
    place.scratch.file("conf/radula.toml", "pol = \"second\"\n");
    let refused = ask(&mut shell, "reload");
    assert_eq!(refused["error"]["kind"], "config");
    assert_eq!(ask(&mut shell, "stat o")["object"]["pool"], "first");
    place
        .scratch
        .file("conf/radula.toml", "pool = \"second\"\n");
    assert_eq!(ask(&mut shell, "reload")["ok"], true);
    assert_eq!(ask(&mut shell, "stat o")["error"]["errno"], "ENOENT");
}

#[test]
fn a_class_off_the_load_list_is_not_permitted() {
    let place = Place::new();
    let mut shell = conversation(&place, "class_load_list = [\"lua\", \"hellolua\"]\n");
    assert_eq!(ask(&mut shell, HELLO)["ok"], true);
    let refused = ask(&mut shell, "exec c counter add");
    assert_eq!(refused["error"]["errno"], "EPERM");
    assert_eq!(refused["error"]["kind"], "not-permitted");
}

#[test]
fn an_edited_script_answers_anew_after_a_restart_and_not_before() {
    let place = Place::new();
    let script = |word: &str| {
        format!("function m(i, o) o:append('{word}') end\nobjclass.register(m, 'w')\n")
    };
    place.scratch.file("classes/cls_x.lua", script("before"));
    let mut shell = conversation(&place, "");
    let mut answer = |line: &str| ask(&mut shell, line)["output"]["utf8"].clone();
    assert_eq!(answer("exec o x m"), "before");
    place.scratch.file("classes/cls_x.lua", script("after"));
    assert_eq!(answer("exec o x m"), "before");
    shell.kill();
    let mut shell = conversation(&place, "");
    assert_eq!(ask(&mut shell, "exec o x m")["output"]["utf8"], "after");
    // `reload` is a restart as far as classes are concerned.
    place.scratch.file("classes/cls_x.lua", script("reloaded"));
    assert_eq!(ask(&mut shell, "reload")["ok"], true);
    assert_eq!(ask(&mut shell, "exec o x m")["output"]["utf8"], "reloaded");
}
