//! The proofs of the store and the search for overruns, for a night: what `cargo xtask test` does with small numbers, with large ones and new seeds.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::run::{TaskResult, cargo, run};

/// Package, test binary, tests, and the numbers they take from the environment.
type Proof = (
    &'static str,
    &'static [&'static str],
    &'static str,
    &'static [(&'static str, u64)],
);

const PROOFS: &[Proof] = &[
    (
        "radula-store",
        &["--lib"],
        "power::cuts",
        &[("POWER_IMAGES", 500_000)],
    ),
    (
        "radula-store",
        &["--lib"],
        "power::failures",
        &[("FAILURE_STEPS", 18)],
    ),
    (
        "radula-store",
        &["--lib"],
        "no_flipped_bit_of_a_closed_store",
        &[("FLIPS", 100_000)],
    ),
    (
        "radula-store",
        &["--lib"],
        "oracle",
        &[("PROPTEST_CASES", 5_000)],
    ),
    (
        "radula-review",
        &["--test", "review"],
        "a_search_on_disk",
        &[("SEARCH_PROGRAMS", 100_000)],
    ),
    (
        "radula-server",
        &["--test", "stock"],
        "",
        &[
            ("SERVER_PROGRAMS", 1),
            ("CEPH_TEST_PATIENCE", 14_400),
            ("SERVER_MODEL_OPERATIONS", 100_000),
        ],
    ),
    (
        "radula-review",
        &["--test", "review"],
        "a_unit_of_fuel_costs",
        &[("RATES_SHAPES", 40)],
    ),
    (
        "radula-tests",
        &["--test", "all"],
        "kill::",
        &[("KILL_ROUNDS", 10_000)],
    ),
    (
        "radula-tests",
        &["--test", "all"],
        "linear::",
        &[("LINEAR_CALLS", 5_000_000)],
    ),
    (
        "radula-tests",
        &["--test", "all"],
        "oracle::",
        &[("ORACLE_TIMES", 50)],
    ),
];

/// Runs them all, each to its end; `--seed N` repeats a night.
pub(crate) fn nightly(args: &[String]) -> TaskResult {
    let seed = match args {
        [] => SystemTime::now().duration_since(UNIX_EPOCH)?.as_secs(),
        [flag, number] if flag == "--seed" => number.parse()?,
        _ => return Err("nightly takes --seed N or nothing".into()),
    };
    eprintln!("the seed of this night is {seed}");
    let mut failed = Vec::new();
    for (package, binary, tests, numbers) in PROOFS {
        let mut command = cargo();
        command
            .args(["test", "--release", "--package", package])
            .args(*binary)
            .args(["--", "--nocapture", tests])
            .env("POWER_SEED", seed.to_string())
            .env("ORACLE_SEED", seed.to_string())
            .env("SEARCH_SEED", seed.to_string());
        for (name, number) in *numbers {
            command.env(name, number.to_string());
        }
        if let Err(failure) = run(&mut command) {
            failed.push(format!("{tests}: {failure}"));
        }
    }
    match failed.is_empty() {
        true => Ok(()),
        false => Err(failed.join("\n").into()),
    }
}
