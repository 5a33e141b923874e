//! `review`: the security review harness.

use std::{
    io::{IsTerminal as _, Write as _},
    process::ExitCode,
};

use review::{ChildCommand, Options, Progress, ReviewError, StoreKind, report};

use crate::{
    failure::Failure,
    files,
    output::{Output, printable},
    verbs::{CASE_VERB, ReviewArgs},
};

/// Runs one case: what the process does that a review started.
pub(crate) fn child_main() -> ExitCode {
    review::child_main()
}

/// Runs the review; returns whether everything passed.
pub(crate) fn run(args: ReviewArgs, is_json: bool, output: &mut Output) -> Result<bool, Failure> {
    let program = files::program()
        .map_err(ReviewError::Program)
        .map_err(failure)?;
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
        rates: args.rates,
        stores: args
            .objects
            .map_or_else(StoreKind::built, |store| vec![store]),
        ..Options::new(child)
    };
    if !is_json && args.soak.is_none() && args.search.is_none() && args.rates.is_none() {
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
    })
    .map_err(failure)?;
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

fn failure(error: ReviewError) -> Failure {
    Failure::Review {
        is_usage: matches!(error, ReviewError::Corpus(_) | ReviewError::NoLua),
        error: Box::new(error),
    }
}
