//! The harness against the engine: the corpus passes, and what must fail fails.
#![expect(
    clippy::disallowed_methods,
    reason = "writes cases into temporary directories"
)]

use std::{
    fs,
    sync::{Mutex, PoisonError},
};

use review::{ChildCommand, Family, Guard, Options, Outcome, Report, StoreKind, report};

fn options() -> Options {
    Options {
        jobs: 2,
        ..Options::new(ChildCommand {
            program: env!("CARGO_BIN_EXE_radula-review-case").into(),
            args: Vec::new(),
        })
    }
}

/// Reviews judge times, so that one runs at a time.
fn review(options: &Options) -> Report {
    static TURN: Mutex<()> = Mutex::new(());
    let _turn = TURN.lock().unwrap_or_else(PoisonError::into_inner);
    review::run(options, &mut |_| ()).expect("the harness works")
}

fn assert_passes(report: &Report) {
    let failed: Vec<String> = report
        .cases
        .iter()
        .filter(|case| !case.verdict.pass)
        .map(report::table_row)
        .collect();
    assert!(
        report.totals.pass,
        "{}\n{}",
        failed.join("\n"),
        report::summary(report)
    );
}

#[test]
fn every_built_in_case_passes() {
    let report = review(&options());
    println!("{}", report::summary(&report));
    assert_passes(&report);
    let lua = report
        .cases
        .iter()
        .filter(|case| case.family == Family::Lua)
        .count();
    assert!(lua >= 2 * 125, "only {lua} Lua cases");
    for store in StoreKind::ALL {
        let on_it = report.cases.iter().filter(|case| case.store == store);
        assert!(on_it.count() >= 240, "cases on {store}");
    }
}

#[test]
fn the_engine_holds_without_limits_of_the_operating_system() {
    let report = review(&Options {
        rlimits: false,
        families: vec![Family::Eval, Family::Files],
        ..options()
    });
    assert_passes(&report);
}

#[test]
fn without_guards_every_known_breach_is_reported() {
    for (guards, at_least) in [
        (vec![Guard::Lua, Guard::Files], 25),
        (vec![Guard::Image], 5),
        (vec![Guard::Memory], 1),
        (vec![Guard::WasmMeter], 3),
        (vec![Guard::WasmMemory], 1),
    ] {
        let known = guards.iter().flat_map(|guard| guard.known_breaches());
        let report = review(&Options {
            only: known.map(|id| (*id).to_owned()).collect(),
            unhardened: guards.clone(),
            // Most of these do nothing but wait for the outer guard.
            jobs: 8,
            stores: vec![StoreKind::Memory],
            ..options()
        });
        let missed: Vec<&str> = report
            .known_breaches()
            .filter(|case| case.verdict.pass)
            .map(|case| case.id.as_str())
            .collect();
        assert!(
            missed.is_empty(),
            "without {guards:?} the harness missed {missed:?}"
        );
        assert!(report.known_breaches().count() >= at_least);
        assert!(!report.totals.pass);
        let ends = report.cases.iter().map(|case| case.verdict.outcome);
        let hung = ends.filter(|end| *end == Outcome::Hang).count();
        let expected = match guards[0] {
            Guard::Lua => 10,
            Guard::WasmMeter => 3,
            _ => 0,
        };
        assert!(
            hung >= expected,
            "without {guards:?} only {hung} cases hung"
        );
    }
}

#[test]
fn a_reviewers_own_case_is_run_and_a_breach_in_it_fails_the_review() {
    let directory = tempfile::tempdir().unwrap();
    let case = |name: &str, text: &str| fs::write(directory.path().join(name), text).unwrap();
    case(
        "X1_breach.lua",
        "--@kind escape\n--@expect ok\nfunction attack(i, o) o:append('BREACH \\27[31m<b>') end cls.register(attack)",
    );
    case(
        "X2_logged.lua",
        "--@expect ok\nfunction attack(i, o) cls.log('BREACH in the log') end cls.register(attack)",
    );
    case(
        "X3_raised.lua",
        "--@expect error\nfunction attack(i, o) error('BREACH in an error') end cls.register(attack)",
    );
    case(
        "X4_not_as_expected.lua",
        "--@expect limit:cpu\nfunction attack(i, o) end cls.register(attack)",
    );
    case(
        "X5_untagged.lua",
        "function attack(i, o) while true do end end cls.register(attack)",
    );
    case(
        "X6_not_on_the_list.lua",
        "--@allow _G.print\nfunction attack(i, o) o:append('_G.print:function _G.os:table') end cls.register(attack)",
    );
    let only = ["X1", "X2", "X3", "X4", "X5", "X6"];
    let report = review(&Options {
        directories: vec![directory.path().to_owned()],
        only: only.map(String::from).into(),
        ..options()
    });
    assert_eq!(report.totals.failed, ["X1", "X2", "X3", "X4", "X6"]);
    let case = |id: &str| report.cases.iter().find(|case| case.id == id).unwrap();
    assert!(case("X6").verdict.reasons[0].contains("_G.os is reachable"));
    assert_eq!(case("X5").verdict.outcome, Outcome::LimitCpu);
    let page = report.to_html();
    assert!(
        !page.contains('\u{1b}') && !page.contains("<b>\""),
        "the page holds what the case said"
    );
}

#[test]
fn random_scripts_in_one_engine_leave_the_canaries_alone() {
    let mut options = options();
    for (calls, jobs) in [(60, 1), (200, 8)] {
        options.soak = Some(calls);
        options.jobs = jobs;
        let report = review(&options);
        let soak = report.soak.expect("a soak was asked for");
        assert!(
            soak.pass,
            "{calls} calls, {jobs} at a time: {:#?}",
            soak.reasons
        );
        assert_eq!(soak.canaries, 2 * calls);
    }
}

#[test]
fn a_soak_of_a_broken_engine_fails() {
    let report = review(&Options {
        soak: Some(20),
        unhardened: vec![Guard::Image],
        ..options()
    });
    assert!(!report.totals.pass);
    assert!(!report.soak.unwrap().reasons.is_empty());
}

/// Programs of a short search: `SEARCH_PROGRAMS` for a long one, `SEARCH_SEED` for others.
fn number(name: &str, default: u64) -> u64 {
    let given = std::env::var(name).ok();
    given.map_or(default, |text| text.parse().expect("a number"))
}

#[test]
fn a_search_on_disk_finds_nothing() {
    let report = review(&Options {
        search: Some(number("SEARCH_PROGRAMS", 120)),
        seed: number("SEARCH_SEED", 1),
        ..options()
    });
    println!("{}", report::summary(&report));
    let search = report.search.as_ref().expect("a search was asked for");
    assert!(search.pass, "{}", report::summary(&report));
    assert!(search.host_calls >= search.programs, "{search:?}");
}

#[test]
fn a_unit_of_fuel_costs_about_the_same_everywhere() {
    let rates = u32::try_from(number("RATES_SHAPES", 1)).expect("a small number");
    let report = review(&Options {
        rates: Some(rates),
        seed: number("SEARCH_SEED", 1),
        ..options()
    });
    println!("{}", report::summary(&report));
    let rates = report.rates.as_ref().expect("the prices were asked for");
    assert!(rates.pass, "{}", report::summary(&report));
    assert!(rates.functions.len() > 90, "{}", rates.functions.len());
    for name in [
        "cls.map_get_keys",
        "string.find",
        "json.decode",
        "cmsgpack.pack",
    ] {
        assert!(
            rates.functions.iter().any(|rate| rate.function == name),
            "{name}"
        );
    }
}

#[test]
fn without_the_guards_in_luas_core_a_unit_of_fuel_costs_anything() {
    let report = review(&Options {
        rates: Some(4),
        seed: 1,
        unhardened: vec![Guard::Lua],
        ..options()
    });
    assert!(!report.totals.pass, "{}", report::summary(&report));
}

#[test]
fn a_search_without_the_guards_in_luas_core_finds_the_hole_and_cuts_it_down() {
    let report = review(&Options {
        search: Some(2_000),
        seed: 1,
        unhardened: vec![Guard::Lua],
        ..options()
    });
    let search = report.search.expect("a search was asked for");
    assert!(!search.pass);
    let finding = &search.findings[0];
    let lines = finding.script.lines().count();
    assert!(lines <= 8, "{} lines: {}", lines, finding.script);
}
