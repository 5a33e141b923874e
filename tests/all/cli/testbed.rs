//! `radula testbed`: a program runs while a store is served, and its status is the command's.
#![expect(clippy::disallowed_methods, reason = "looks whether a file is left")]

use testkit::binary::{finish, radula};

use super::{Done, Place};

/// Runs a shell script; `$1` is the command, `$2` the store that is served.
fn run(script: &str) -> Done {
    let place = Place::new();
    let mut command = place.command();
    command.args(["testbed", "--", "sh", "-c", script, "sh"]);
    command
        .arg(radula())
        .arg(place.scratch.path().join("store"));
    finish(&mut command).into()
}

#[test]
fn a_program_finds_the_configuration_and_its_status_is_ours() {
    let ran = run("grep mon_host \"$CEPH_CONF\"; echo \"$CEPH_CONF\"; exit 7");
    assert_eq!(ran.code, Some(7), "{ran:?}");
    let mut lines = ran.text().lines();
    let host = lines.next().unwrap_or_default();
    assert!(host.starts_with("mon_host = [v2:127.0.0.1:"), "{ran:?}");
    let conf = lines.next().unwrap_or_default();
    assert!(conf.ends_with("/ceph.conf"), "{ran:?}");
    assert!(
        !std::path::Path::new(conf).exists(),
        "it goes with the server"
    );
}

#[test]
fn a_program_that_a_signal_ended_is_told_as_a_shell_tells_it() {
    let ran = run("kill -9 $$");
    assert_eq!(ran.code, Some(128 + 9), "{ran:?}");
}

#[test]
fn a_store_that_is_named_is_the_one_that_is_served() {
    // Nobody else can open it meanwhile.
    let ran = run("\"$1\" --store \"$2\" ls");
    assert_eq!(ran.code, Some(1), "{ran:?}");
    assert!(ran.err.contains("is in use"), "{ran:?}");
}

#[test]
fn a_program_that_is_not_there_is_a_failure() {
    let place = Place::new();
    let ran = place.run(["testbed", "--", "/nonexistent/program"]);
    ran.failed(&["cannot run /nonexistent/program"]);
}
