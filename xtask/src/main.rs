//! Tasks of this repository, run as `cargo xtask TASK`.
#![forbid(unsafe_code)]

mod asan;
mod bench;
mod ceph;
mod ci;
mod classes;
mod deb;
mod demo;
mod fuzz;
mod install;
mod nightly;
mod outside;
mod run;
mod soak;
mod test;
mod wasm;

use std::process::ExitCode;

const HELP: &str = "\
Tasks of this repository: cargo xtask TASK

  demo       build the command and the bundled classes (release), and run the main job on the embedded store;
             --all: with the runtime of WASM classes, whose compiler takes longer to build than the rest
  test       install what is missing and run every test
  ci         what CI runs: format, lints, docs, test, feature combinations, licences
  classes    build the bundled native classes for a development build of the command (debug);
             --wasm: build the WASM class files of this repository again; --wasm --check: and compare
  ceph       build the engine and the stub for Ceph OSDs (release) into target/ceph; --dist: as packages have them, optimised
             across crates
  deb        build the Debian package radula-ceph (profile dist) into target/deb; --check: and install from it
  bench      measure the engine beside floors and peers: [--quick] [--only NAME] [--install] ...; --help says more
  asan       run the hostile corpus on a build with AddressSanitizer, C included
  fuzz       run the fuzzers with sanitizers: [--seconds N] [TARGET ...]
  nightly    the proofs of the store, with large numbers and new seeds: [--seed N]
  soak       ten minutes of mixed load on the durable store, judged, and drawn in target/soak/soak.html: [--minutes N]
  install    install what the tests need and this machine lacks
  help       print this";

fn main() -> ExitCode {
    let mut args = std::env::args().skip(1);
    let task = args.next().unwrap_or_else(|| "help".into());
    let rest: Vec<String> = args.collect();
    let result = match task.as_str() {
        "demo" => match rest.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => demo::demo(false),
            ["--all"] => demo::demo(true),
            _ => Err("demo takes nothing, or --all".into()),
        },
        "test" => test::test(&rest),
        "ci" => ci::ci(),
        "classes" => match rest.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => classes::build_native_classes("debug").map(drop),
            ["--wasm"] => wasm::wasm_classes(false),
            ["--wasm", "--check"] => wasm::wasm_classes(true),
            _ => Err("classes takes nothing, --wasm, or --wasm --check".into()),
        },
        "ceph" => match rest.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => ceph::build_plugin(run::RELEASE).map(drop),
            ["--dist"] => ceph::build_plugin(run::DIST).map(drop),
            _ => Err("ceph takes nothing, or --dist".into()),
        },
        "deb" => match rest.iter().map(String::as_str).collect::<Vec<_>>()[..] {
            [] => deb::deb().map(drop),
            ["--check"] => deb::check(),
            _ => Err("deb takes nothing, or --check".into()),
        },
        "asan" => asan::asan(),
        "bench" => bench::bench(&rest),
        "fuzz" => fuzz::fuzz(&rest),
        "nightly" => nightly::nightly(&rest),
        "soak" => soak::soak(&rest),
        "install" => install::install(),
        "help" | "--help" | "-h" => {
            println!("{HELP}");
            Ok(())
        }
        unknown => {
            eprintln!("xtask: no task {unknown:?}\n\n{HELP}");
            return ExitCode::from(2);
        }
    };
    match result {
        Ok(()) => ExitCode::SUCCESS,
        Err(failure) => {
            eprintln!("xtask {task}: {failure}");
            ExitCode::FAILURE
        }
    }
}
