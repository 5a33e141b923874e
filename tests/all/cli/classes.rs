//! `class`: what there is, where it comes from, why.
#![expect(clippy::disallowed_methods, reason = "looks at what the command left")]

use super::Place;

#[test]
fn ls_shows_every_class_with_state_and_file() {
    let place = Place::new();
    place
        .scratch
        .file("classes/cls_broken.lua", "not lua at all (");
    let done = place.run(["class", "ls"]).succeeded();
    let line = |name: &str| {
        done.text()
            .lines()
            .find(|line| line.starts_with(name))
            .unwrap_or_else(|| panic!("{name} is not in {}", done.text()))
            .to_owned()
    };
    assert!(line("hellolua").contains("open") && line("hellolua").contains("cls_hellolua.lua"));
    assert!(line("lua ").contains("part of the runtime"));
    assert!(line("broken").contains("broken"));
    assert!(done.text().contains("cls_broken.lua:1"), "{}", done.text());
}

#[test]
fn show_lists_methods_with_flags_and_the_words_of_the_author() {
    let place = Place::new();
    let done = place.run(["class", "show", "hellolua"]).succeeded();
    assert!(
        done.text()
            .contains("method        r  replay  prints the recorded greeting")
    );
    assert!(done.text().contains("method        rw turn_it_to_11"));
    assert!(done.text().contains("needs         lua"), "{}", done.text());
    let json = place
        .run(["--json", "class", "show", "hellolua"])
        .succeeded()
        .json();
    assert_eq!(json["runtime"], "lua");
    assert_eq!(json["methods"].as_array().map(Vec::len), Some(4));
    place.run(["class", "show", "nosuch"]).failed(&[
        "class nosuch",
        "EOPNOTSUPP",
        "there is no class",
    ]);
    place
        .run(["class", "show", "../x"])
        .failed(&["EINVAL", "only A-Z"]);
}

#[test]
fn explain_names_every_candidate_in_order_and_the_chosen_one() {
    let place = Place::new();
    let other = place.scratch.copy_of("other", &place.classes);
    let mut command = place.command();
    command.arg("--lua-class-dir").arg(&other);
    let done = super::Done::from(testkit::binary::finish(
        command.args(["--json", "class", "explain", "hellolua"]),
    ));
    let json = done.succeeded().json();
    let candidates = json["candidates"].as_array().expect("candidates");
    let runtimes: Vec<_> = candidates.iter().map(|c| c["runtime"].as_str()).collect();
    let at = |runtime| runtimes.iter().position(|r| *r == Some(runtime));
    assert!(at("native") < at("lua"), "{runtimes:?}");
    let lua: Vec<_> = candidates
        .iter()
        .filter(|candidate| candidate["runtime"] == "lua")
        .collect();
    assert_eq!(lua.len(), 2);
    assert_eq!(
        (&lua[0]["chosen"], &lua[1]["chosen"]),
        (&true.into(), &false.into())
    );
    assert_eq!(lua[0]["digest"], lua[1]["digest"], "they are copies");
    assert!(lua[0]["reason"].is_string());
    let text = place.run(["class", "explain", "hellolua"]).succeeded();
    assert!(text.text().contains("* "), "{}", text.text());
    assert!(text.text().contains("class hellolua is open"));
}

#[test]
fn check_judges_a_file_before_it_is_installed() {
    let place = Place::new();
    let good = place.classes.join("cls_counter.lua");
    let done = place
        .run(["class", "check", good.to_str().expect("UTF-8")])
        .succeeded();
    assert!(
        done.text().contains("class         counter"),
        "{}",
        done.text()
    );
    assert!(done.text().contains("add"));
    let bad = place.scratch.file("new/cls_bad.lua", "function (");
    place
        .run(["class", "check", bad.to_str().expect("UTF-8")])
        .failed(&["radula: file /", "cls_bad.lua: EIO: ", "cls_bad.lua:1"]);
    let misnamed = place.scratch.file("new/bad.txt", "");
    place
        .run(["class", "check", misnamed.to_str().expect("UTF-8")])
        .failed(&["bad.txt"]);
}

#[test]
fn looking_at_classes_makes_no_store() {
    let place = Place::new();
    place.run(["class", "ls"]).succeeded();
    place.run(["class", "show", "hellolua"]).succeeded();
    place.run(["config"]).succeeded();
    assert!(!place.scratch.path().join("store").exists());
}

#[test]
fn a_runtime_that_is_switched_off_runs_none_of_its_classes_and_says_so() {
    let place = Place::new();
    let call = ["exec", "g", "hellolua", "say_hello", "--set"];
    place
        .run([&call[..], &["runtimes.lua=false"]].concat())
        .failed(&["EOPNOTSUPP", "lua", "switched off in the configuration"]);
    place
        .run([&call[..], &["runtimes.native=false"]].concat())
        .succeeded();
}

#[test]
fn opening_all_classes_at_the_start_reports_every_failure_and_goes_on() {
    let place = Place::new();
    place.scratch.file("classes/cls_bad1.lua", "(");
    place.scratch.file("classes/cls_bad2.lua", "(");
    let set = ["--set", "open_classes_on_start=true", "--set", "log=warn"];
    let done = place.run([&set[..], &["exec", "g", "hellolua", "say_hello"]].concat());
    assert_eq!(
        (done.code, done.text()),
        (Some(0), "Hello, world! (from Lua)")
    );
    for class in ["bad1", "bad2"] {
        let complaint = format!("class {class} did not open");
        assert!(done.err.contains(&complaint), "{}", done.err);
    }
    let done = place.run(["exec", "g", "hellolua", "say_hello", "--set", "log=warn"]);
    assert_eq!(done.err, "", "classes nobody asked for stay closed");
}

#[test]
fn a_class_can_have_limits_of_its_own() {
    let place = Place::new();
    let show = ["--json", "class", "show", "counter", "--set"];
    let limits = |setting: &str| {
        let done = place.run([&show[..], &[setting]].concat()).succeeded();
        done.json()["limits"].clone()
    };
    let limits = limits("limits.class.counter.memory=1GiB");
    assert_eq!(limits["memory"], 1 << 30);
    assert_eq!(limits["deadline"], 1_000);
}

#[test]
fn a_class_is_described_with_the_types_of_its_methods() {
    let place = Place::new();
    let described = place.run(["class", "describe", "refcount"]).succeeded();
    let text = "refcount.put (rw): drops a reference; the last one removes the object\n  input   {1 1| tag:str implicit:bool}\n  output  bytes\n";
    assert!(described.text().contains(text), "{described:?}");
    let json = place
        .run(["class", "describe", "refcount", "--json"])
        .succeeded()
        .json();
    let methods = json["methods"].as_array().expect("a list");
    let read = methods
        .iter()
        .find(|method| method["name"] == "read")
        .expect("it is there");
    assert_eq!(read["input"]["tree"]["fields"][0]["name"], "implicit");
    assert_eq!(read["output"]["tree"]["kind"], "struct");
}
