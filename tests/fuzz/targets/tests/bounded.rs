//! Every target on its seeds and on mutations of them, for a bounded time.
#![expect(
    clippy::disallowed_methods,
    reason = "reads the seeds of this repository"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    time::{Duration, Instant},
};

use fuzz_targets::{
    TARGETS,
    mutation::{Random, mutate},
};

/// Seconds a target is run when `RADULA_FUZZ_SECONDS` says nothing.
const SECONDS: u64 = 2;

fn seeds(name: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("../../corpus/fuzz")
        .join(name);
    let entries =
        fs::read_dir(&folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    let mut paths: Vec<PathBuf> = entries
        .map(|entry| entry.expect("an entry of the folder").path())
        .collect();
    paths.sort();
    paths
        .iter()
        .map(|path| fs::read(path).expect("a seed"))
        .collect()
}

fn variable(name: &str, otherwise: u64) -> u64 {
    std::env::var(name)
        .ok()
        .and_then(|text| text.parse().ok())
        .unwrap_or(otherwise)
}

/// Prints the input when the target panics, so that it can become a seed.
struct Witness<'a>(&'a str, &'a [u8]);

impl Drop for Witness<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            eprintln!(
                "target {} on {:?}\nas bytes {:02x?}",
                self.0,
                String::from_utf8_lossy(self.1),
                self.1
            );
        }
    }
}

fn try_one(name: &str, run: fn(&[u8]) -> bool, input: &[u8]) -> bool {
    let _witness = Witness(name, input);
    run(input)
}

#[test]
fn every_target_keeps_its_promises_on_seeds_and_mutations() {
    let time = Duration::from_secs(variable("RADULA_FUZZ_SECONDS", SECONDS));
    let seed = variable("RADULA_FUZZ_SEED", 1);
    for target in TARGETS {
        let seeds = seeds(target.name);
        assert!(!seeds.is_empty(), "target {} has no seeds", target.name);
        let accepted = seeds
            .iter()
            .filter(|seed| try_one(target.name, target.run, seed))
            .count();
        assert!(
            accepted > 0,
            "target {} accepts none of its seeds, so it reaches nothing",
            target.name
        );
        let mut random = Random::new(seed);
        let began = Instant::now();
        let mut runs = 0u64;
        while began.elapsed() < time {
            try_one(
                target.name,
                target.run,
                &mutate(&mut random, &seeds, target.words),
            );
            runs += 1;
        }
        println!("{}: {} seeds, {runs} mutations", target.name, seeds.len());
        assert!(
            runs > 20,
            "target {} is too slow to fuzz: {runs} runs",
            target.name
        );
    }
}
