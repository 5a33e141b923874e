//! `exec` and `eval`.

use std::process::{Command, Stdio};

use serde_json::json;

use super::{Done, Place};

const UPPER: &str = r#"
function upper(input, output)
  output:append(input:str():upper())
end
objclass.register(upper)
"#;

#[test]
fn a_method_prints_its_output_and_nothing_else() {
    let place = Place::new();
    let done = place.run(["exec", "greeting", "hellolua", "say_hello", "Ceph"]);
    assert_eq!(done.succeeded().text(), "Hello, Ceph! (from Lua)");
    let done = place.run(["exec", "greeting", "hellolua", "say_hello"]);
    assert_eq!(done.succeeded().text(), "Hello, world! (from Lua)");
}

#[test]
fn what_a_method_wrote_is_there_for_the_next_process() {
    let place = Place::new();
    place
        .run(["exec", "o", "hellolua", "record_hello", "Ada"])
        .succeeded();
    let replay = place.run(["exec", "o", "hellolua", "replay"]).succeeded();
    assert_eq!(replay.text(), "Hello, Ada! (from Lua)");
    place
        .run(["exec", "o", "hellolua", "record_hello", "Eve"])
        .failed(&[
            "class hellolua",
            "method record_hello",
            "object rbd/o",
            "EEXIST",
        ]);
    let replay = place.run(["exec", "o", "hellolua", "replay"]).succeeded();
    assert_eq!(replay.text(), "Hello, Ada! (from Lua)");
}

#[test]
fn input_comes_from_the_command_line_a_file_or_standard_input_byte_for_byte() {
    let place = Place::new();
    let bytes = [0xff, 0x00, b'\n', b'-', 0x80];
    let file = place.scratch.file("input", bytes);
    let expected = [&b"Hello, "[..], &bytes, b"! (from Lua)"].concat();
    let call = ["exec", "g", "hellolua", "say_hello"];
    let file = file.to_str().expect("a path in UTF-8");
    for done in [
        place.run([&call[..], &["--input-file", file]].concat()),
        place.feed(&[&call[..], &["-"]].concat(), &bytes),
        place.feed(&[&call[..], &["--input-file", "-"]].concat(), &bytes),
    ] {
        assert_eq!(done.succeeded().out, expected);
    }
    let negative = place.run(["exec", "c", "counter", "add", "-5"]).succeeded();
    assert_eq!(negative.text(), "-5");
}

#[test]
fn every_failure_is_one_line_that_says_where_and_why() {
    let place = Place::new();
    place.run(["exec", "o", "nosuch", "say_hello"]).failed(&[
        "class nosuch",
        "method say_hello",
        "object rbd/o",
        "EOPNOTSUPP: there is no class",
    ]);
    place.run(["exec", "o", "hellolua", "nosuch"]).failed(&[
        "class hellolua",
        "EOPNOTSUPP: class hellolua has no method nosuch",
    ]);
    place
        .run(["exec", "o", "hellolua", "replay"])
        .failed(&["object rbd/o: ENOENT: the object does not exist"]);
    place
        .run(["exec", "o", "hellolua", "say_hello", &"x".repeat(101)])
        .failed(&["EINVAL"]);
    place
        .run([
            "exec",
            "o",
            "hellolua",
            "say_hello",
            "--input-file",
            "/nonexistent",
        ])
        .failed(&["/nonexistent"]);
}

#[test]
fn a_guest_error_names_file_and_line() {
    let place = Place::new();
    place.scratch.file(
        "classes/cls_bad.lua",
        "function boom()\n  local nothing\n  return nothing.field\nend\nobjclass.register(boom)\n",
    );
    place
        .run(["exec", "o", "bad", "boom"])
        .failed(&["class bad, method boom, object rbd/o: EIO", "cls_bad.lua:3"]);
    let done = place.run(["--json", "exec", "o", "bad", "boom"]);
    let error = &done.json()["error"];
    assert_eq!(error["kind"], "guest-error");
    assert_eq!(error["location"], json!({"file": "cls_bad.lua", "line": 3}));
}

#[test]
fn a_call_that_reaches_a_limit_says_which_and_leaves_nothing() {
    let place = Place::new();
    place.scratch.file(
        "classes/cls_loop.lua",
        "function forever()\n  objclass.create(false)\n  while true do end\nend\nobjclass.register(forever)\n",
    );
    place
        .run(["exec", "o", "loop", "forever", "--limit", "fuel=1M"])
        .failed(&["ETIMEDOUT", "fuel limit reached (1000000 instructions)"]);
    place
        .run(["exec", "o", "loop", "forever", "--limit", "deadline=50ms"])
        .failed(&["ETIMEDOUT"]);
    place.run(["stat", "o"]).failed(&["ENOENT"]);
    let done = place.run([
        "exec", "o", "loop", "forever", "--limit", "fuel=1M", "--json",
    ]);
    assert_eq!(
        done.json()["error"]["limit"],
        json!({"name": "fuel", "value": 1_000_000})
    );
}

#[test]
fn verbose_tells_the_return_value_limits_usage_file_and_digest_on_standard_error() {
    let place = Place::new();
    let call = ["exec", "g", "hellolua", "say_hello", "Ceph", "-v"];
    let done = place.run([&call[..], &["--limit", "deadline=50ms"]].concat());
    assert_eq!(
        (done.code, done.text()),
        (Some(0), "Hello, Ceph! (from Lua)")
    );
    let limit = |name: &str, value: &str| {
        let line = done.err.lines().find(|line| line.contains(name));
        let line = line.unwrap_or_else(|| panic!("{name} is not in {}", done.err));
        assert!(line.contains(value), "{line}");
    };
    limit(
        "returned",
        "returned 0, 23 bytes of output, object version 0",
    );
    limit("limit deadline", "50ms");
    limit("limit memory", "16MiB");
    limit("limit input", "used 4");
    limit("class hellolua", "cls_hellolua.lua");
    limit("class hellolua", "digest ");
}

#[test]
fn what_a_class_logs_goes_to_standard_error_in_one_line_when_asked_for() {
    let place = Place::new();
    place.scratch.file(
        "classes/cls_chatty.lua",
        "function m()\n  cls.log('two\\nlines')\n  cls.log(0, 'serious')\nend\ncls.register(m, 'w')\n",
    );
    let quiet = place.run(["exec", "o", "chatty", "m"]);
    assert_eq!((quiet.code, quiet.text()), (Some(0), ""));
    let quiet = quiet.complained(&["radula::class", "serious", "chatty"]);
    assert!(!quiet.err.contains("lines"), "{}", quiet.err);
    let loud = place.run(["exec", "o", "chatty", "m", "-vv"]);
    let logged = loud.err.lines().find(|line| line.contains("two"));
    assert!(
        logged.is_some_and(|line| line.contains("radula::class") && line.contains("two\\nlines")),
        "{}",
        loud.err
    );
    let silent = place.run(["exec", "o", "chatty", "m", "--set", "log=off"]);
    assert_eq!(silent.err, "");
}

#[test]
fn success_and_failure_are_objects_of_one_shape() {
    let place = Place::new();
    let call = ["--json", "exec", "g", "hellolua", "say_hello", "Ceph"];
    let good = place.run(call).succeeded().json();
    assert_eq!(good["ok"], true);
    assert_eq!(good["ret"], 0);
    assert_eq!(good["output"]["utf8"], "Hello, Ceph! (from Lua)");
    assert_eq!(good["output"]["base64"], "SGVsbG8sIENlcGghIChmcm9tIEx1YSk=");
    assert_eq!(
        good["object"],
        json!({"pool": "rbd", "namespace": "", "oid": "g"})
    );
    assert_eq!(good["usage"]["input"], 4);
    assert_eq!(good["limits"]["deadline"], 1_000);

    let done = place.run(["--json", "exec", "g", "hellolua", "nosuch"]);
    let done = Done {
        err: done.err.clone(),
        ..done
    }
    .complained(&["EOPNOTSUPP"]);
    assert_eq!(done.code, Some(1));
    let bad = done.json();
    assert_eq!(bad["ok"], false);
    assert_eq!(bad["ret"], -95);
    assert_eq!(bad["error"]["errno"], "EOPNOTSUPP");
    assert_eq!(bad["error"]["kind"], "no-method");
    for member in [
        "object", "class", "method", "ret", "output", "version", "limits", "usage", "error",
    ] {
        assert!(
            good.get(member).is_some(),
            "{member} is missing in a success"
        );
        assert!(
            bad.get(member).is_some(),
            "{member} is missing in a failure"
        );
    }
}

#[test]
fn output_that_is_no_text_is_in_base64_only() {
    let place = Place::new();
    let done = place.feed(
        &["--json", "exec", "g", "hellolua", "say_hello", "-"],
        b"\xff",
    );
    let output = done.succeeded().json()["output"].clone();
    assert!(output["utf8"].is_null() && output["base64"].is_string());
}

#[test]
fn eval_runs_a_script_that_comes_with_the_request() {
    let place = Place::new();
    let script = place.scratch.file("upper.lua", UPPER);
    let script = script.to_str().expect("a path in UTF-8");
    let done = place.run([
        "eval",
        "o",
        script,
        "upper",
        "this string was in lower case",
    ]);
    assert_eq!(done.succeeded().text(), "THIS STRING WAS IN LOWER CASE");
    let done = place.feed(&["eval", "o", "-", "upper", "abc"], UPPER.as_bytes());
    assert_eq!(done.succeeded().text(), "ABC");
    let done = place.feed(&["eval", "o", script, "upper", "-"], b"from stdin");
    assert_eq!(done.succeeded().text(), "FROM STDIN");
    place
        .run(["eval", "o", script, "nosuch"])
        .failed(&["EOPNOTSUPP"]);
    place.scratch.file("broken.lua", "-");
    let broken = place.scratch.path().join("broken.lua");
    place
        .run(["eval", "o", broken.to_str().expect("UTF-8"), "upper"])
        .failed(&["EIO", "script"]);
    let both = place.run(["eval", "o", "-", "upper", "-"]);
    assert_eq!(both.code, Some(2));
    assert!(both.err.contains("both"), "{}", both.err);
}

#[test]
fn eval_has_the_smaller_limits_of_its_profile() {
    let place = Place::new();
    let script = place.scratch.file("upper.lua", UPPER);
    let script = script.to_str().expect("a path in UTF-8");
    let done = place
        .run(["--json", "eval", "o", script, "upper", "x"])
        .succeeded();
    assert_eq!(done.json()["limits"]["deadline"], 100);
    assert_eq!(done.json()["limits"]["output"], 64 << 10);
}

#[test]
fn a_reader_that_leaves_is_no_error() {
    let place = Place::new();
    let big = place.scratch.file("big", vec![b'x'; 4 << 20]);
    place
        .run(["put", "big", big.to_str().expect("UTF-8")])
        .succeeded();
    let mut child = place
        .command()
        .args(["get", "big", "-"])
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the command starts");
    drop(child.stdout.take());
    let done = Done::from(child.wait_with_output().expect("the command ends"));
    assert_eq!((done.code, &*done.err), (Some(0), ""));
}

#[test]
fn wrong_usage_exits_with_2() {
    let place = Place::new();
    for arguments in [
        &["exec", "only-an-object"][..],
        &["nosuchverb"],
        &["exec", "o", "c", "m", "--limit", "memroy=1"],
        &["exec", "o", "c", "m", "--limit", "memory"],
        &["exec", "o", "c", "m", "input", "--input-file", "f"],
        &["setxattr", "o"],
        &["setxattr", "o", "name", "value", "--input-file", "f"],
        &["truncate", "o", "big"],
        &["--set", "pool", "ls"],
        &["--set", "nosuch=1", "ls"],
        &["--pool", "", "ls"],
    ] {
        let done = place.run(arguments);
        assert_eq!(
            (done.code, &*done.out),
            (Some(2), &b""[..]),
            "{arguments:?}: {}",
            done.err
        );
        assert!(!done.err.is_empty());
    }
}

#[test]
fn every_verb_has_help_with_an_example() {
    let place = Place::new();
    let help = place.run(["--help"]).succeeded();
    for verb in ["exec", "eval", "put", "class", "config", "shell"] {
        assert!(help.text().contains(verb), "{verb} is not in the help");
        let help = place.run([verb, "--help"]).succeeded();
        assert!(help.text().contains("Usage"), "{verb}");
    }
    assert!(
        help.text()
            .contains("radula exec greeting hellolua say_hello Ceph")
    );
}

#[test]
fn completions_are_scripts_their_shells_accept() {
    let place = Place::new();
    let done = place.run(["completions", "bash"]).succeeded();
    assert!(done.text().contains("setomapval"));
    let script = place.scratch.file("completions.bash", &done.out);
    let checked = bash(&script);
    assert!(checked.status.success(), "{checked:?}");
    for shell in ["zsh", "fish"] {
        let done = place.run(["completions", shell]).succeeded();
        assert!(done.text().contains("setomapval"), "{shell}");
    }
}

#[expect(
    clippy::disallowed_methods,
    reason = "bash judges the script made for it"
)]
fn bash(script: &std::path::Path) -> std::process::Output {
    Command::new("bash")
        .arg("-n")
        .arg(script)
        .output()
        .expect("bash runs")
}

#[test]
fn arguments_are_json_and_so_is_the_answer() {
    let place = Place::new();
    let exec =
        |method: &str, args: &str| place.run(["exec", "door", "lock", method, "--args", args]);
    let locked = exec("lock", r#"{"name": "l", "type": 1, "cookie": "c"}"#).succeeded();
    assert_eq!(locked.text(), "");
    let info = exec("get_info", r#"{"name": "l"}"#).succeeded();
    let info: serde_json::Value = serde_json::from_str(info.text()).expect("JSON");
    assert_eq!(info["lockers"][0]["id"]["cookie"], "c");
    assert_eq!(info["type"], 1);
    let names = exec("list_locks", "null").succeeded();
    assert_eq!(names.text(), "{\n  \"locks\": [\n    \"l\"\n  ]\n}\n");
    let whole = place.run([
        "exec",
        "door",
        "lock",
        "list_locks",
        "--args",
        "null",
        "--json",
    ]);
    assert_eq!(
        whole.succeeded().json()["answer"],
        json!({ "locks": ["l"] })
    );
}

#[test]
fn arguments_that_do_not_fit_are_refused_before_anything_is_called() {
    let place = Place::new();
    let refused = |method: &str, args: &str, parts: &[&str]| {
        let done = place.run(["exec", "door", "lock", method, "--args", args]);
        assert_eq!(done.code, Some(2), "{done:?}");
        done.complained(parts);
    };
    refused("lock", "{x", &["method lock", "--args is no JSON"]);
    refused("lock", r#"{"name": 7}"#, &["value.name", "a number"]);
    refused(
        "lock",
        r#"{"nme": "l"}"#,
        &["no field \"nme\"", "it has name, type"],
    );
    refused("list_locks", "{}", &["no type for its input"]);
    place.run(["stat", "door"]).failed(&["ENOENT"]);
    let both = place.run(["exec", "door", "lock", "lock", "input", "--args", "{}"]);
    assert_eq!(both.code, Some(2), "{both:?}");
}
