//! `review`: the security review harness.

use std::{
    io::{IsTerminal as _, Write as _},
    path::PathBuf,
};

use clap::{Args, ValueHint};
use review::{ChildCommand, Family, Guard, Options, Progress, ReviewError, StoreKind, report};

use crate::{
    failure::Failure,
    files,
    output::{Output, printable},
};

/// The hidden verb this program starts itself with.
pub(crate) const CASE_VERB: &str = "review-case";

#[derive(Args, Debug)]
pub(crate) struct ReviewArgs {
    /// Directories with cases of your own, .lua, .wat, .wasm and .toml; they join the built-in ones
    #[arg(value_name = "DIR", value_hint = ValueHint::DirPath)]
    directories: Vec<PathBuf>,
    /// Only cases of this family: lua, files, eval, transactions or wasm; repeatable
    #[arg(long = "family", value_name = "FAMILY")]
    families: Vec<Family>,
    /// Only the case of this id; repeatable
    #[arg(long, value_name = "ID")]
    only: Vec<String>,
    /// Also write the report as JSON to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    json_file: Option<PathBuf>,
    /// Also write the report as one self-contained page to this file
    #[arg(long, value_name = "FILE", value_hint = ValueHint::FilePath)]
    html: Option<PathBuf>,
    /// Switch guards off (lua, image, clock, requests, memory, files), to see the harness notice; the known breaches must be reported
    #[arg(
        long,
        value_name = "GUARDS",
        num_args = 0..=1,
        require_equals = true,
        value_delimiter = ',',
        default_missing_value = "lua,files"
    )]
    unhardened: Vec<Guard>,
    /// Let the engine hold without limits of the operating system on the child process
    #[arg(long)]
    no_rlimits: bool,
    /// Run this many cases, or with --soak calls, at a time; more than the processors blurs the times
    #[arg(short, long, value_name = "N", default_value_t = 1, value_parser = jobs)]
    jobs: usize,
    /// Instead of case by case: N calls of random scripts in one engine, canaries between them
    #[arg(long, value_name = "N")]
    soak: Option<u64>,
    /// Instead of case by case: compose N programs at random and run them on a store on disk, with a neighbour at work; what
    /// overruns is cut down to the statements it takes
    #[arg(long, value_name = "N", conflicts_with = "soak")]
    search: Option<u64>,
    /// Run cases only with objects in memory, or only on disk; both by default
    #[arg(long, value_name = "STORE")]
    objects: Option<StoreKind>,
    /// Decides every order that is random
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
}

fn jobs(text: &str) -> Result<usize, String> {
    match text.parse() {
        Ok(jobs @ 1..=256) => Ok(jobs),
        _ => Err("write a number from 1 to 256".to_owned()),
    }
}

/// Runs the review; returns whether everything passed.
pub(crate) fn run(args: ReviewArgs, is_json: bool, output: &mut Output) -> Result<bool, Failure> {
    let program = std::env::current_exe().map_err(ReviewError::Program)?;
    let child = ChildCommand {
        program,
        args: vec![CASE_VERB.to_owned()],
    };
    let options = Options {
        directories: args.directories,
        families: args.families,
        only: args.only,
        unhardened: args.unhardened,
        rlimits: !args.no_rlimits,
        jobs: args.jobs,
        seed: args.seed,
        soak: args.soak,
        search: args.search,
        stores: args
            .objects
            .map_or_else(StoreKind::built, |store| vec![store]),
        ..Options::new(child)
    };
    if !is_json && args.soak.is_none() && args.search.is_none() {
        writeln!(output, "{}", report::table_head())?;
        output.flush()?;
    }
    let is_watched = std::io::stderr().is_terminal();
    // Rows come as cases end. A reader who left is noticed when the summary is written.
    let report = review::run(&options, &mut |progress| match progress {
        Progress::Case(case) if !is_json => {
            let _ = writeln!(output, "{}", report::table_row(case)).and_then(|()| output.flush());
        }
        Progress::Searched(programs) if is_watched => eprintln!("{programs} programs"),
        _ => {}
    })?;
    if let Some(file) = &args.json_file {
        files::write(file, printable(report.to_json()?).as_bytes())?;
    }
    if let Some(file) = &args.html {
        files::write(file, report.to_html().as_bytes())?;
    }
    if is_json {
        writeln!(output, "{}", printable(report.to_json()?))?;
    } else {
        write!(output, "\n{}", report::summary(&report))?;
    }
    output.flush()?;
    Ok(report.totals.pass)
}
