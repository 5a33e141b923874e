//! Ceph's own test programs.

use std::{
    path::Path,
    process::{Command, ExitStatus, Stdio},
};

use super::{Cluster, Release};

/// How one of Ceph's own test programs ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CephTestReport {
    /// How many of its tests passed.
    pub passed: usize,
    /// The names of those that did not.
    pub failed: Vec<String>,
    /// Everything it printed.
    pub output: String,
}

/// How long one of Ceph's test programs may take, in seconds: `timeout` ends one that hangs. A night has more patience.
const PATIENCE: &str = "540";
const PATIENCE_OF_A_NIGHT: &str = "CEPH_TEST_PATIENCE";

/// Runs a program such as `ceph_test_cls_lua` against a cluster. It is of 18.2, whatever the cluster's release.
///
/// # Panics
/// When it cannot be started or did not get to the end of its tests.
#[must_use]
pub fn run_ceph_test(cluster: &Cluster, program: &str) -> CephTestReport {
    run_ceph_test_on(&cluster.conf(), program, &[])
}

/// Runs one of Ceph's test programs with arguments of its own against what `conf` leads to, and returns how it ended and
/// what it printed.
///
/// # Panics
/// When it cannot be started.
#[must_use]
#[expect(clippy::disallowed_methods, reason = "starts a test program")]
pub fn run_ceph_program(conf: &Path, program: &str, arguments: &[&str]) -> (ExitStatus, String) {
    let described = Release::test_program(program).unwrap_or_else(|missing| panic!("{missing}"));
    let output = Command::new("timeout")
        .arg(std::env::var(PATIENCE_OF_A_NIGHT).unwrap_or_else(|_| PATIENCE.to_owned()))
        .arg(described.get_program())
        .args(described.get_args())
        .args(arguments)
        .env("CEPH_CONF", conf)
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    (output.status, text)
}

/// Runs one of Ceph's test programs that report tests, as [`run_ceph_program`] does.
///
/// # Panics
/// When it cannot be started or did not get to the end of its tests.
#[must_use]
pub fn run_ceph_test_on(conf: &Path, program: &str, arguments: &[&str]) -> CephTestReport {
    let (status, text) = run_ceph_program(conf, program, arguments);
    let after = |prefix: &'static str| {
        text.lines()
            .filter_map(move |line| line.strip_prefix(prefix))
    };
    let passed = after("[  PASSED  ] ")
        .find_map(|rest| rest.split(' ').next()?.parse().ok())
        .unwrap_or_else(|| panic!("{program} did not come to its end: {status}\n{text}"));
    // `[  FAILED  ] ClsLua.Write (3 ms)` where it happened, and without the time in the summary.
    let failed = after("[  FAILED  ] ")
        .filter(|rest| rest.contains('.') && !rest.contains(' '))
        .map(str::to_owned)
        .collect();
    CephTestReport {
        passed,
        failed,
        output: text,
    }
}
