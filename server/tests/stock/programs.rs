//! Ceph's own test programs, of 18.2: what they pass is written down, and what not with the reason.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;
use testkit::cluster::{Release, gone_without_ceph, run_ceph_program, run_ceph_test_on};

use crate::served::Served;

/// One program of `programs.toml`.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Program {
    name: String,
    /// How many of its tests pass; 0 for a program that reports by its exit code alone.
    passes: usize,
    /// Tests that fail, and why.
    #[serde(default)]
    fails: BTreeMap<String, String>,
    /// Tests that are not run, and why.
    #[serde(default)]
    skips: BTreeMap<String, String>,
    /// Takes too long for every run.
    #[serde(default)]
    nightly: bool,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Programs {
    program: Vec<Program>,
}

/// Set to 1 for those that take long, too.
const ALL: &str = "SERVER_PROGRAMS";

/// Whether Ceph's test programs are here; on CI they must be.
pub(crate) fn there() -> bool {
    match Release::Eighteen.check() {
        Ok(()) => true,
        Err(missing) => {
            gone_without_ceph("Ceph's test programs", &missing);
            false
        }
    }
}

impl Program {
    /// What is wrong with how it ended.
    fn judge(&self, conf: &Path) -> Result<(), String> {
        if self.passes == 0 {
            let (status, output) = run_ceph_program(conf, &self.name, &[]);
            return match status.success() {
                true => Ok(()),
                false => Err(format!("{}: {status}\n{output}", self.name)),
            };
        }
        let skipped: Vec<&str> = self.skips.keys().map(String::as_str).collect();
        let filter = format!("--gtest_filter=-{}", skipped.join(":"));
        let mut report = run_ceph_test_on(conf, &self.name, &[&filter]);
        report.failed.sort();
        report.failed.dedup();
        let expected: Vec<&String> = self.fails.keys().collect();
        let failed: Vec<&String> = report.failed.iter().collect();
        match report.passed == self.passes && failed == expected {
            true => Ok(()),
            false => Err(format!(
                "{}: {} passed and {failed:?} failed; written down are {} and {expected:?}\n{}",
                self.name, report.passed, self.passes, report.output
            )),
        }
    }
}

#[test]
fn the_test_programs_of_ceph_pass_but_for_what_is_written_down() {
    if !there() {
        return;
    }
    let Some(served) = Served::on("memory") else {
        return;
    };
    let all = std::env::var(ALL).is_ok_and(|value| value == "1");
    let programs: Programs = toml::from_str(include_str!("programs.toml")).expect("it is sound");
    let mut wrong = Vec::new();
    for program in &programs.program {
        for reason in program.fails.values().chain(program.skips.values()) {
            assert!(!reason.is_empty(), "{}: a reason is missing", program.name);
        }
        if all || !program.nightly {
            wrong.extend(program.judge(&served.conf()).err());
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    served.server.stop();
}
