//! `radula-bench`: measures every row and writes the report. `cargo xtask bench` builds and runs it.
#![expect(
    clippy::disallowed_methods,
    reason = "writes the report where it is told to"
)]

use std::{
    fs,
    path::{Path, PathBuf},
    process::ExitCode,
    time::Instant,
};

use clap::Parser;
use radula_bench::{
    machine::Machine,
    model::{Failure, Row},
    report::{self, Report},
    rows, run, soak,
    world::World,
};

/// Measures the engine beside floors and peers.
#[derive(Debug, Parser)]
struct Arguments {
    /// Few short rounds: shows that every row can be measured; the figures mean nothing
    #[arg(long)]
    quick: bool,
    /// Only the rows whose name begins with this or has it between its slashes, such as `call/lua` or `json`
    #[arg(long, value_name = "NAME")]
    only: Option<String>,
    /// Print the report as JSON in the place of the table
    #[arg(long)]
    json: bool,
    /// Put the tables into this document, between its marks
    #[arg(long, value_name = "FILE")]
    write_docs: Option<PathBuf>,
    /// Measure nothing: use the report that an earlier run left
    #[arg(long, conflicts_with_all = ["quick", "only", "list"])]
    from_report: bool,
    /// Print the names of the rows, and what they compare
    #[arg(long)]
    list: bool,
    /// Measure nothing: run a mixed load for this many minutes, and fail when memory or latency grows
    #[arg(long, value_name = "MINUTES", conflicts_with_all = ["quick", "only", "list", "from_report"])]
    soak: Option<f64>,
    /// Where the report and scratch files go
    #[arg(long, value_name = "DIRECTORY", default_value = "target/bench")]
    out: PathBuf,
}

fn main() -> ExitCode {
    // Rows about processes of their own are measured by this same program.
    if let Some(code) = rows::child() {
        return code;
    }
    match benchmark(&Arguments::parse()) {
        Ok(code) => code,
        Err(failure) => {
            eprintln!("radula-bench: {failure}");
            ExitCode::FAILURE
        }
    }
}

fn benchmark(arguments: &Arguments) -> Result<ExitCode, Failure> {
    if let Some(minutes) = arguments.soak {
        return soak::soak(&arguments.out, minutes);
    }
    let rows = selected(arguments.only.as_deref())?;
    if arguments.list {
        for row in &rows {
            println!("{:34} {}", row.id, row.title);
        }
        return Ok(ExitCode::SUCCESS);
    }
    let kept = arguments.out.join("report.json");
    let report = if arguments.from_report {
        serde_json::from_str(&fs::read_to_string(&kept)?)?
    } else {
        let report = measure(arguments, &rows)?;
        fs::write(&kept, serde_json::to_string_pretty(&report)?)?;
        report
    };
    let page = arguments.out.join("report.html");
    fs::write(&page, report::page(&report))?;
    if arguments.json {
        println!("{}", serde_json::to_string_pretty(&report)?);
    } else {
        println!("{}", report::table(&report));
    }
    eprintln!("{}\n{}", kept.display(), page.display());
    if let Some(document) = &arguments.write_docs {
        write_docs(document, &report)?;
    }
    let faults = report.faults();
    for fault in &faults {
        eprintln!("failed: {fault}");
    }
    Ok(if faults.is_empty() {
        ExitCode::SUCCESS
    } else {
        ExitCode::FAILURE
    })
}

fn selected(only: Option<&str>) -> Result<Vec<Row>, Failure> {
    let mut rows = rows::all();
    if let Some(only) = only {
        rows.retain(|row| row.id.starts_with(only) || row.id.split('/').any(|part| part == only));
        if rows.is_empty() {
            return Err(format!("no row is called like {only:?}; --list names them").into());
        }
    }
    Ok(rows)
}

fn measure(arguments: &Arguments, rows: &[Row]) -> Result<Report, Failure> {
    let started = Instant::now();
    let program = std::env::current_exe()?;
    let programs = program.parent().unwrap_or(Path::new("."));
    let world = World::new(&arguments.out, programs, arguments.quick)?;
    let machine = Machine::this(&arguments.out);
    let mut measured = Vec::new();
    for (index, row) in rows.iter().enumerate() {
        eprint!("[{:3}/{}] {:34}", index + 1, rows.len(), row.id);
        let report = run::run(row, &world);
        eprintln!(" {:6.1} s", report.took_seconds);
        measured.push(report);
    }
    Ok(Report {
        format: Report::FORMAT,
        machine,
        quick: arguments.quick,
        only: arguments.only.clone(),
        took_seconds: started.elapsed().as_secs_f64(),
        rows: measured,
    })
}

/// Only a full run is worth keeping.
fn write_docs(document: &Path, report: &Report) -> Result<(), Failure> {
    if report.quick || report.only.is_some() {
        return Err("--write-docs wants a full run: without --quick and --only".into());
    }
    let text = fs::read_to_string(document)?;
    let new =
        report::replace_tables(&text, report).ok_or("the document has no marks for figures")?;
    fs::write(document, new)?;
    eprintln!("{}", document.display());
    Ok(())
}
