//! `radula review` as a shell sees it.
#![expect(
    clippy::disallowed_methods,
    reason = "starts the command and reads the files it writes"
)]

use std::{
    fs,
    process::{Command, Output},
};

fn review(args: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_radula"))
        .arg("review")
        .args(args)
        .output()
        .expect("the command starts")
}

fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

#[test]
fn a_review_prints_a_table_and_writes_its_report_twice() {
    let directory = tempfile::tempdir().unwrap();
    let file = |name: &str| directory.path().join(name).display().to_string();
    let (html, json) = (file("report.html"), file("report.json"));
    let wanted = [
        "--only", "L175", "--only", "F02", "--only", "E40", "--only", "T01",
    ];
    let output = review(&[&wanted[..], &["--html", &html, "--json-file", &json]].concat());
    let table = text(&output.stdout);
    let errors = text(&output.stderr);
    assert_eq!(output.status.code(), Some(0), "{table}{errors}");
    // Each case runs on every store of this build.
    let count = if cfg!(feature = "disk") { 8 } else { 4 };
    let all = format!("{count} of {count} cases pass");
    assert!(table.contains(&all), "{table}");
    let page = fs::read_to_string(html).unwrap();
    assert!(page.contains(&all));
    let report: serde_json::Value = serde_json::from_slice(&fs::read(json).unwrap()).unwrap();
    assert_eq!(report["totals"]["pass"], true);
    assert_eq!(report["cases"].as_array().map(Vec::len), Some(count));
}

#[test]
fn the_status_tells_a_failed_case_from_wrong_usage() {
    let directory = tempfile::tempdir().unwrap();
    let script = "--@id X1\nfunction attack(i, o) o:append('BREACH') end cls.register(attack)";
    fs::write(directory.path().join("X1.lua"), script).unwrap();
    let own = directory.path().display().to_string();
    let failed = review(&[&own, "--only", "X1", "--json"]);
    assert_eq!(failed.status.code(), Some(1));
    let report: serde_json::Value = serde_json::from_slice(&failed.stdout).unwrap();
    assert_eq!(report["totals"]["failed"][0], "X1");
    for wrong in [
        &["--only", "no-such-case"][..],
        &["/no/such/directory"],
        &["--family", "wine"],
        &["--unhardened=everything"],
        &["--jobs", "0"],
    ] {
        let output = review(wrong);
        let errors = text(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{wrong:?}: {errors}");
    }
}
