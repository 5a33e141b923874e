//! `shell`: many commands, one process, one open engine.

use std::{
    ffi::OsString,
    io::{self, BufRead, IsTerminal as _, Write as _},
    os::unix::ffi::OsStringExt as _,
};

use clap::Parser as _;
use radula::Sources;

use crate::{
    args::{CallArgs, Line},
    commands::{self, class, config},
    failure::{Failure, LineError},
    files,
    session::Session,
    terminal,
    verbs::{LineVerb, ShellArgs},
    words,
};

/// Whether to read another line.
#[derive(PartialEq, Eq)]
enum Next {
    GoOn,
    Leave,
}

/// Runs the lines. Returns whether all of them succeeded.
pub(crate) fn run(
    session: &mut Session,
    args: &ShellArgs,
    sources: &Sources,
) -> Result<bool, Failure> {
    let is_interactive = args.file.is_none() && io::stdin().is_terminal();
    let mut lines: Box<dyn BufRead> = match &args.file {
        Some(path) => Box::new(files::lines(path)?),
        None => Box::new(io::stdin().lock()),
    };
    session.stdin_is_free = args.file.is_some();
    let flags = session.call.clone();
    let mut all_well = true;
    let mut text = Vec::new();
    for number in 1.. {
        if is_interactive {
            terminal::say("radula> ");
        }
        text.clear();
        let read = lines
            .read_until(b'\n', &mut text)
            .map_err(|source| Failure::file("read", "commands".as_ref(), source))?;
        if read == 0 {
            break;
        }
        match line(session, &flags, &text, sources) {
            Ok(Next::GoOn) => {}
            Ok(Next::Leave) => break,
            Err(Failure::OutputClosed) => return Err(Failure::OutputClosed),
            Err(failure) => {
                all_well = false;
                report(session, number, &failure)?;
                if !(args.keep_going || is_interactive) {
                    break;
                }
            }
        }
        session.output.end_line()?;
        session.output.flush()?;
    }
    Ok(all_well)
}

fn line(
    session: &mut Session,
    flags: &CallArgs,
    text: &[u8],
    sources: &Sources,
) -> Result<Next, Failure> {
    // A line's flags hold for that line; what it does not say is as the process was told.
    session.call = flags.clone();
    let text = text.strip_suffix(b"\n").unwrap_or(text);
    let text = text.strip_suffix(b"\r").unwrap_or(text);
    let words = words::split(text).ok_or(Failure::Line(LineError::Quotes))?;
    if words.is_empty() {
        return Ok(Next::GoOn);
    }
    let line = match Line::try_parse_from(words.into_iter().map(OsString::from_vec)) {
        Ok(line) => line,
        // `help` and `--help`: an answer, not a failure.
        Err(error) if !error.use_stderr() => {
            write!(session.output, "{error}")?;
            return Ok(Next::GoOn);
        }
        Err(error) => return Err(Failure::Line(usage(&error))),
    };
    session.call = flags.overridden_by(&line.call);
    match line.verb {
        LineVerb::Verb(verb) => commands::run(session, &verb)?,
        LineVerb::Config => {
            let settings = session.config().clone();
            config::print(&mut session.output, &settings, session.call.json)?;
        }
        LineVerb::Reload => {
            session.reconfigure(sources)?;
            class::reload(session)?;
        }
        LineVerb::Quit => return Ok(Next::Leave),
    }
    Ok(Next::GoOn)
}

fn report(session: &mut Session, number: usize, failure: &Failure) -> Result<(), Failure> {
    if session.call.json {
        let mut json = failure.json();
        json["line"] = number.into();
        session.output.json(&json)?;
    }
    session.output.flush()?;
    terminal::say_line(&format!("line {number}: {failure}"));
    Ok(())
}

/// The first line of what clap says; the rest is a page of usage.
fn usage(error: &clap::Error) -> LineError {
    let text = error.to_string();
    let first = text.lines().next().unwrap_or_default();
    LineError::Usage {
        summary: first.trim_start_matches("error: ").to_owned(),
    }
}
