//! Tests on real Ceph clusters, one module per concept.
//!
//! Each test says what cluster it needs; those that need the same share one, which starts with the first and ends
//! with the last of them. Every test has objects and classes of its own.

mod access;
mod behaviour;
mod catalogue;
mod ceph_suite;
mod client;
mod crash;
mod differences;
mod hostile;
mod manners;
mod own_writes;
mod reload;
mod replies;
mod session;
mod shared;
mod stock;

use libtest_mimic::{Arguments, Conclusion, Trial};
use testkit::cluster::{Release, gone_without_ceph};

use crate::shared::Shared;

fn main() {
    let mut arguments = Arguments::from_args();
    // Clusters, not tests, are what keeps a machine busy.
    arguments.test_threads.get_or_insert(2);
    run(&arguments).exit();
}

fn run(arguments: &Arguments) -> Conclusion {
    let ours = Shared::with_plugin("memstore-1", |options, _| options);
    let stock = Shared::stock("stock", Release::Installed, |options| options);
    let mut trials: Vec<Trial> = Vec::new();
    match Release::Installed.check() {
        Ok(()) => {
            trials.extend(stock::trials());
            trials.extend(session::trials(&ours));
            trials.extend(client::trials(&ours));
            trials.extend(own_writes::trials(&ours));
            trials.extend(reload::trials(&ours));
            trials.extend(replies::trials(&ours));
            trials.extend(access::trials());
            trials.extend(hostile::trials());
            trials.extend(crash::trials());
            trials.extend(manners::trials());
            trials.extend(behaviour::trials());
            trials.extend(catalogue::trials());
        }
        Err(missing) => gone_without_ceph("every test on Ceph", &missing),
    }
    match Release::Installed
        .check()
        .and_then(|()| Release::Eighteen.check())
    {
        Ok(()) => {
            trials.extend(ceph_suite::trials(&stock, &ours));
            trials.extend(catalogue::program_trials());
        }
        Err(missing) => gone_without_ceph("Ceph's own tests, and Ceph 18.2", &missing),
    }
    libtest_mimic::run(arguments, trials)
}
