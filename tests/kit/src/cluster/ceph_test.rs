//! Ceph's own test programs.

use std::process::Stdio;

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

/// Runs a program such as `ceph_test_cls_lua` against a cluster. It is of 18.2, whatever the cluster's release.
///
/// # Panics
/// When it cannot be started or did not get to the end of its tests.
#[must_use]
pub fn run_ceph_test(cluster: &Cluster, program: &str) -> CephTestReport {
    let output = Release::test_program(program)
        .unwrap_or_else(|missing| panic!("{missing}"))
        .env("CEPH_CONF", cluster.conf())
        .stdin(Stdio::null())
        .output()
        .unwrap_or_else(|error| panic!("{program}: {error}"));
    let text = format!(
        "{}{}",
        String::from_utf8_lossy(&output.stdout),
        String::from_utf8_lossy(&output.stderr)
    );
    let after = |prefix: &'static str| {
        text.lines()
            .filter_map(move |line| line.strip_prefix(prefix))
    };
    let passed = after("[  PASSED  ] ")
        .find_map(|rest| rest.split(' ').next()?.parse().ok())
        .unwrap_or_else(|| {
            panic!(
                "{program} did not come to its end: {}\n{text}",
                output.status
            )
        });
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
