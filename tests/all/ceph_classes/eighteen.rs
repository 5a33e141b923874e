//! Ceph 18.2: its classes need a newer C++ runtime than Debian 12 has, and the same process cannot have two releases. So the tests
//! of its neighbours run again, in a process under the dynamic loader that was unpacked with that release.

use std::process::Output;

use testkit::{
    cluster::{Release, gone_without_ceph},
    fixture::Scratch,
};

use super::STOCK_CLASSES;

/// What is run again, and how many tests that are.
const AGAIN: [&str; 2] = ["ceph_classes::recorded::", "ceph_classes::stock::every"];
const TESTS: usize = 19;

#[expect(clippy::disallowed_methods, reason = "starts this program once more")]
fn again(classes: &std::path::Path) -> Output {
    let program = std::env::current_exe().expect("a test is a file");
    Release::Eighteen
        .command_of(&program)
        .args(AGAIN)
        .env(STOCK_CLASSES, classes)
        .output()
        .expect("the loader runs")
}

#[test]
fn the_classes_of_18_2_open_and_answer_as_recorded() {
    if let Err(missing) = Release::Eighteen.check_classes() {
        gone_without_ceph("the classes of Ceph 18.2", &missing);
        return;
    }
    let scratch = Scratch::new();
    // Copies: a tree that was unpacked once may be shared by hard links.
    let classes = scratch.copy_of("classes", &Release::Eighteen.stock_classes());
    let output = again(&classes);
    let said = String::from_utf8_lossy(&output.stdout);
    assert!(
        output.status.success() && said.contains(&format!("test result: ok. {TESTS} passed")),
        "{said}\n{}",
        String::from_utf8_lossy(&output.stderr)
    );
}
