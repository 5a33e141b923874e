//! `backup` and `restore`: the whole store, in one file.

use std::{
    io::{self, Read, Write as _},
    path::Path,
    time::SystemTime,
};

use radula::{ArchiveSummary, Config, Radula, RestoreFailed};
use serde_json::json;

use crate::{
    failure::Failure,
    files::{self, NewFile, Purpose},
    output::{Output, compact_time},
    progress::Counted,
    session::Session,
    verbs::BackupArgs,
};

/// Writes an archive, or checks one.
pub(super) fn backup(session: &mut Session, args: &BackupArgs) -> Result<(), Failure> {
    if args.verify {
        let made = with_archive(&args.file, session.stdin_is_free, |from| {
            radula::verify_backup(session.config(), from)
                .map_err(|error| failed("verify", &args.file, error))
        })?;
        return answer(session, &made, None);
    }
    if args.file == Path::new("-") {
        // The archive goes out as it is made; there is no other answer.
        session.output.release()?;
        let engine = Radula::clone(session.engine()?);
        engine
            .backup(&mut session.output)
            .map_err(|error| failed("write", &args.file, error))?;
        return Ok(session.output.flush()?);
    }
    let engine = Radula::clone(session.engine()?);
    let mut file = Counted::new("written", new_file(&args.file)?, None);
    let made = engine
        .backup(&mut file)
        .map_err(|error| failed("write", &args.file, error))?;
    let path = file.into_inner().finish()?;
    drop(engine);
    answer(session, &made, Some(&path))
}

/// Makes the configured store from an archive. Returns whether all went well.
pub(crate) fn restore(
    output: &mut Output,
    config: &Config,
    file: &Path,
    is_json: bool,
) -> Result<bool, Failure> {
    let made = with_archive(file, true, |from| {
        radula::restore(config, from).map_err(|error| match error {
            RestoreFailed::Open(error) => Failure::Open(error),
            error => failed("restore", file, error),
        })
    })?;
    print(output, &made, None, is_json)?;
    output.flush()?;
    Ok(true)
}

/// A directory gets a file of its own for each backup.
fn new_file(path: &Path) -> Result<NewFile<'_>, Failure> {
    match files::is_directory(path)? {
        true => {
            let stem = format!("radula-{}", compact_time(SystemTime::now().into()));
            NewFile::create_in(path, stem, ".backup", Purpose::Backup)
        }
        false => NewFile::create(path, Purpose::Backup),
    }
}

fn with_archive<T>(
    path: &Path,
    stdin_is_free: bool,
    read: impl FnOnce(&mut dyn Read) -> Result<T, Failure>,
) -> Result<T, Failure> {
    if path != Path::new("-") {
        let file = files::open(path)?;
        let length = file
            .metadata()
            .ok()
            .filter(|found| found.is_file())
            .map(|found| found.len());
        return read(&mut Counted::new("read", file, length));
    }
    match stdin_is_free {
        true => read(&mut Counted::new("read", io::stdin().lock(), None)),
        false => Err(Failure::StdinTaken),
    }
}

fn failed(
    verb: &'static str,
    path: &Path,
    error: impl std::error::Error + Send + Sync + 'static,
) -> Failure {
    Failure::Archive {
        verb,
        path: path.display().to_string(),
        error: Box::new(error),
    }
}

fn answer(
    session: &mut Session,
    made: &ArchiveSummary,
    path: Option<&Path>,
) -> Result<(), Failure> {
    let made = *made;
    session.answer(
        || report(&made, path),
        |output| Ok(output.name(line(&made, path).as_bytes())?),
    )
}

fn print(
    output: &mut Output,
    made: &ArchiveSummary,
    path: Option<&Path>,
    is_json: bool,
) -> Result<(), Failure> {
    match is_json {
        true => output.json(&report(made, path))?,
        false => output.name(line(made, path).as_bytes())?,
    }
    Ok(())
}

fn report(made: &ArchiveSummary, path: Option<&Path>) -> serde_json::Value {
    json!({
        "ok": true,
        "file": path.map(|path| path.display().to_string()),
        "objects": made.objects,
        "bytes": made.bytes,
        "length": made.length,
        "last_version": made.last_version,
        "digest": made.digest.to_string(),
    })
}

fn line(made: &ArchiveSummary, path: Option<&Path>) -> String {
    let file = path.map_or_else(String::new, |path| format!(" in {}", path.display()));
    format!(
        "{} objects, {} bytes of data, {} bytes of archive{file}, digest {}",
        made.objects, made.bytes, made.length, made.digest
    )
}
