//! Tests on real Ceph clusters, one module per concept.
//!
//! Each test says what cluster it needs; those that need the same share one, which starts with the first and ends
//! with the last of them.

mod ceph_suite;
mod shared;
mod stock;

use libtest_mimic::{Arguments, Conclusion, Trial};
use testkit::cluster::{Release, gone_without_ceph};

fn main() {
    let mut arguments = Arguments::from_args();
    // Clusters, not tests, are what keeps a machine busy.
    arguments.test_threads.get_or_insert(2);
    run(&arguments).exit();
}

fn run(arguments: &Arguments) -> Conclusion {
    let mut trials: Vec<Trial> = Vec::new();
    for (what, release) in [
        ("every test on Ceph", Release::Installed),
        ("Ceph's own test programs and Ceph 18.2", Release::Eighteen),
    ] {
        if let Err(missing) = release.check() {
            gone_without_ceph(what, &missing);
            continue;
        }
        match release {
            Release::Installed => trials.extend(stock::trials()),
            Release::Eighteen => trials.extend(ceph_suite::trials()),
        }
    }
    libtest_mimic::run(arguments, trials)
}
