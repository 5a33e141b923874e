//! The behaviour suite: every case of `tests/corpus/behaviour` on every subject.

use libtest_mimic::{Arguments, Failed, Trial};
use testkit::behaviour::{subjects, trials};

fn main() {
    let mut arguments = Arguments::from_args();
    // Most of a trial on disk is waiting for the disk.
    arguments.test_threads.get_or_insert(8);
    let trials = trials(subjects())
        .into_iter()
        .map(|trial| {
            Trial::test(trial.name.clone(), move || {
                trial.run().map_err(Failed::from)
            })
        })
        .collect();
    libtest_mimic::run(&arguments, trials).exit();
}
