//! The `radula` command: object classes and objects from the shell.
#![deny(unsafe_code)]

mod args;
mod class_dirs;
mod commands;
mod failure;
mod files;
mod logging;
mod output;
mod progress;
mod session;
mod shell;
mod signals;
mod systemd;
mod terminal;
mod types;
mod verbs;
mod words;

use std::{ffi::OsString, io::Write as _, os::unix::ffi::OsStrExt as _, process::ExitCode};

use clap::{CommandFactory as _, Parser as _};
use radula::{Config, Sources};

use crate::{
    args::{CallArgs, Cli},
    failure::Failure,
    output::Output,
    session::Session,
    verbs::TopVerb,
};

fn main() -> ExitCode {
    let cli = match Cli::try_parse() {
        Ok(cli) => cli,
        Err(error) => return misused(&error),
    };
    let is_json = cli.call.json;
    if matches!(cli.verb, TopVerb::ReviewCase) {
        return commands::review::child_main();
    }
    if matches!(cli.verb, TopVerb::WasmCompile) {
        return radula::compile_wasm_class();
    }
    signals::ignore_file_size();
    match run(cli) {
        Ok(code) => code,
        Err(failure) => {
            if !matches!(failure, Failure::OutputClosed) {
                report(&failure, is_json);
            }
            ExitCode::from(failure.exit_code())
        }
    }
}

/// Prints help, or what is wrong with the command line. What was typed is repeated in it.
fn misused(error: &clap::Error) -> ExitCode {
    let is_hidden = |word: OsString| terminal::is_hidden(word.as_bytes());
    if error.use_stderr() && std::env::args_os().any(is_hidden) {
        terminal::say(&error.to_string());
    } else {
        // A reader who left is no failure.
        let _ = error.print();
    }
    ExitCode::from(if error.use_stderr() { 2 } else { 0 })
}

/// Returns how to end; a shell reports its failures itself.
fn run(cli: Cli) -> Result<ExitCode, Failure> {
    let well = |well| match well {
        true => ExitCode::SUCCESS,
        false => ExitCode::FAILURE,
    };
    if let TopVerb::Completions { shell } = cli.verb {
        return completions(shell).map(|()| ExitCode::SUCCESS);
    }
    // A review must not depend on how the engine is configured here.
    if let TopVerb::Review(args) = cli.verb {
        return commands::review::run(args, cli.call.json, &mut Output::standard()).map(well);
    }
    let sources = Sources {
        file: cli.process.config.clone(),
        flags: cli.process.flags(&cli.call),
        keys: server::keys(),
        ..Sources::of_process()
    };
    let config = Config::load(&sources)?;
    logging::start(config.log(), cli.call.verbose);
    let mut output = Output::standard();
    match cli.verb {
        TopVerb::Config => {
            commands::config::print(&mut output, &config, cli.call.json)?;
            Ok(ExitCode::SUCCESS)
        }
        TopVerb::Restore { file } => {
            commands::backup::restore(&mut output, &config, &file, cli.call.json).map(well)
        }
        TopVerb::Fsck(args) => {
            commands::fsck::run(&mut output, &config, &args, cli.call.json).map(well)
        }
        TopVerb::Serve(args) => {
            commands::serve::run(&mut output, config, &args, cli.call.json)?;
            Ok(ExitCode::SUCCESS)
        }
        TopVerb::Testbed(args) => commands::testbed::run(config, &args).map(ExitCode::from),
        TopVerb::Ceph(verb) => {
            commands::ceph::run(&mut output, config, verb, cli.call.json).map(well)
        }
        TopVerb::Shell(args) => {
            // Pool and namespace are in the configuration now, where a reload finds them again.
            let call = CallArgs {
                pool: None,
                namespace: None,
                ..cli.call
            };
            let mut session = Session::of_shell(config, call, output)?;
            shell::run(&mut session, &args, &sources).map(well)
        }
        TopVerb::Verb(verb) => {
            let mut session = Session::of(&verb, config, cli.call, output)?;
            commands::run(&mut session, &verb)?;
            Ok(ExitCode::SUCCESS)
        }
        TopVerb::Completions { .. }
        | TopVerb::Review(_)
        | TopVerb::ReviewCase
        | TopVerb::WasmCompile => unreachable!("these need no configuration and ran before"),
    }
}

fn completions(shell: clap_complete::Shell) -> Result<(), Failure> {
    let mut script = Vec::new();
    clap_complete::generate(shell, &mut Cli::command(), "radula", &mut script);
    let mut output = Output::standard();
    output.write_all(&script)?;
    Ok(output.flush()?)
}

fn report(failure: &Failure, is_json: bool) {
    if is_json {
        // When standard output fails too, the line below still says what happened.
        let _ = Output::standard()
            .json(&failure.json())
            .and_then(|()| std::io::stdout().flush());
    }
    terminal::say_line(&format!("radula: {failure}"));
}
