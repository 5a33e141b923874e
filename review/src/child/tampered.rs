//! Class directories that somebody tampered with.
#![expect(
    clippy::disallowed_methods,
    reason = "tampers with a temporary directory of its own"
)]

use std::{
    ffi::OsString,
    fs, io,
    os::unix::{
        ffi::OsStringExt,
        fs::{PermissionsExt, symlink},
        net::UnixListener,
    },
    path::{Path, PathBuf},
    sync::atomic::{AtomicBool, Ordering},
    thread,
};

use objclass::Limits;
use rustix::fs::{CWD, FileType, Gid, Mode, RenameFlags, Uid, chown, mknodat, renameat_with};

use super::{
    CaseRun, Speaker,
    bench::{self, ATTACKED, Bench, Unable},
    seen::seen,
};
use crate::{
    Outcome,
    files::{Call, Files, Make, Meanwhile},
};

/// A small class, for directories with many.
const SMALL: &[u8] = b"function attack(i, o) end cls.register(attack)";

pub(super) fn lay_out(files: &Files, speaker: &Speaker) -> Result<PathBuf, Unable> {
    let directory = bench::class_dir()?;
    files.make.iter().try_for_each(|step| make(step, speaker))?;
    Ok(files
        .class_dir
        .as_ref()
        .map_or(directory, |path| place(path)))
}

/// A path of a case file; `\xNN` stands for a byte.
fn place(text: &str) -> PathBuf {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((before, after)) = rest.split_once("\\x") {
        bytes.extend_from_slice(before.as_bytes());
        match after
            .get(..2)
            .and_then(|digits| u8::from_str_radix(digits, 16).ok())
        {
            Some(byte) => {
                bytes.push(byte);
                rest = &after[2..];
            }
            None => {
                bytes.extend_from_slice(b"\\x");
                rest = after;
            }
        }
    }
    bytes.extend_from_slice(rest.as_bytes());
    PathBuf::from(OsString::from_vec(bytes))
}

fn make(step: &Make, speaker: &Speaker) -> Result<(), Unable> {
    let (Make::File { path, .. }
    | Make::Sparse { path, .. }
    | Make::Dir { path, .. }
    | Make::Symlink { path, .. }
    | Make::HardLink { path, .. }
    | Make::Fifo { path }
    | Make::Socket { path }
    | Make::Owned { path, .. }
    | Make::Many { dir: path, .. }
    | Make::Remove { path }
    | Make::Chmod { path, .. }) = step;
    let path = place(path);
    let failed = |source: io::Error| Unable::Layout {
        path: path.clone(),
        source,
    };
    if let Some(parent) = path
        .parent()
        .filter(|parent| !parent.as_os_str().is_empty() && !parent.exists())
    {
        bench::make_dir(parent)?;
    }
    let made = match step {
        Make::File { content, mode, .. } => {
            // A new file, so that a class that is open keeps what it has.
            let _absent = fs::remove_file(&path);
            fs::write(&path, content.bytes()?)
                .and_then(|()| set_mode(&path, mode.as_deref().unwrap_or("644")))
        }
        Make::Sparse { size, .. } => fs::File::create(&path)
            .and_then(|file| file.set_len(*size))
            .and_then(|()| set_mode(&path, "644")),
        Make::Dir { mode, .. } => fs::create_dir_all(&path)
            .and_then(|()| set_mode(&path, mode.as_deref().unwrap_or("755"))),
        Make::Symlink { target, .. } => symlink(place(target), &path),
        Make::HardLink { target, .. } => fs::hard_link(place(target), &path),
        Make::Fifo { .. } => {
            mknodat(CWD, &path, FileType::Fifo, Mode::from_raw_mode(0o644), 0).map_err(Into::into)
        }
        Make::Socket { .. } => UnixListener::bind(&path).map(drop),
        Make::Owned { uid, content, .. } => fs::write(&path, content.bytes()?)
            .and_then(|()| set_mode(&path, "644"))
            .and_then(|()| Ok(chown(&path, Some(Uid::from_raw(*uid)), None::<Gid>)?)),
        Make::Many { count, .. } => (0..*count).try_for_each(|number| {
            if number % 1_000 == 0 {
                speaker.stage("laying out many files");
            }
            let path = path.join(format!("cls_many{number}.lua"));
            fs::write(&path, SMALL)
        }),
        Make::Remove { .. } => fs::remove_file(&path),
        Make::Chmod { mode, .. } => set_mode(&path, mode),
    };
    made.map_err(failed)
}

fn set_mode(path: &Path, octal: &str) -> io::Result<()> {
    let bits = u32::from_str_radix(octal, 8).map_err(io::Error::other)?;
    fs::set_permissions(path, fs::Permissions::from_mode(bits))
}

pub(super) fn attack(run: &mut CaseRun<'_>, bench: &Bench, files: &Files) -> Result<(), Unable> {
    let over = AtomicBool::new(false);
    thread::scope(|scope| {
        for action in &files.meanwhile {
            let over = &over;
            scope.spawn(move || {
                while !over.load(Ordering::Relaxed) {
                    // The engine and the attacker race: an attempt that fails is part of the race.
                    let _lost = meanwhile(action);
                }
            });
        }
        let result = files
            .calls
            .iter()
            .try_for_each(|call| calls(run, bench, call));
        over.store(true, Ordering::Relaxed);
        result
    })
}

fn meanwhile(action: &Meanwhile) -> io::Result<()> {
    match action {
        Meanwhile::Append { path } => {
            let path = place(path);
            let mut file = fs::OpenOptions::new().append(true).open(&path)?;
            if file.metadata()?.len() > 8 << 20 {
                file.set_len(0)?;
            }
            io::Write::write_all(&mut file, &[b'\n'; 4096])
        }
        Meanwhile::Rewrite { path, content } => {
            let content = content.bytes().map_err(io::Error::other)?;
            fs::OpenOptions::new()
                .write(true)
                .open(place(path))?
                .set_len(0)?;
            fs::write(place(path), content)
        }
        Meanwhile::Swap { one, other } => {
            renameat_with(CWD, place(one), CWD, place(other), RenameFlags::EXCHANGE)?;
            Ok(())
        }
    }
}

/// Makes the calls of one entry; the slowest and the first wrong one are shown.
fn calls(run: &mut CaseRun<'_>, bench: &Bench, call: &Call) -> Result<(), Unable> {
    call.before
        .iter()
        .try_for_each(|step| make(step, run.speaker))?;
    let class = String::from_utf8_lossy(&call.class.bytes()?).into_owned();
    let what = format!("class {}", objclass::escaped(class.as_bytes(), 40));
    run.speaker.stage(&what);
    let accepted = call
        .expect
        .clone()
        .unwrap_or_else(|| run.case.expect.clone());
    let before = bench.digest()?;
    let mut shown = None;
    for number in 0..call.times.max(1) {
        if number % 1_000 == 999 {
            run.speaker.stage(&what);
            // The engine may say something about each of many refusals.
            for line in run.log.take() {
                run.evidence.findings.search("log", line.as_bytes());
            }
        }
        if call.reload {
            bench.reload();
        }
        let name = class.replace("{n}", &number.to_string());
        let answer = bench.exec(ATTACKED, &name, "attack", b"hello");
        let evidence = &mut run.evidence;
        let (findings, memory) = (&mut evidence.findings, &mut evidence.memory);
        let mut this = seen(
            &what,
            &accepted,
            &answer,
            &Limits::INSTALLED,
            true,
            findings,
            memory,
        );
        if let Some(within) = call.within_ms {
            this.deadline_ms = this.deadline_ms.min(f64::from(within));
        }
        if let Ok(reply) = &answer.result
            && this.outcome == Outcome::Ok
            && !call.outputs.is_empty()
            && !call
                .outputs
                .iter()
                .any(|output| reply.output == output.as_bytes())
        {
            this.wrong.push(format!("answered {:?}", this.output));
        }
        let wrong = !this.wrong.is_empty() || !accepted.contains(this.outcome);
        let slower = shown
            .as_ref()
            .is_none_or(|slowest: &crate::evidence::CallSeen| this.elapsed_ms > slowest.elapsed_ms);
        if slower || wrong {
            shown = Some(this);
        }
        if wrong {
            break;
        }
    }
    if let Some(mut shown) = shown {
        shown.times = call.times.max(1);
        shown.object_unchanged = bench.digest()? == before;
        run.evidence.calls.push(shown);
    }
    Ok(())
}
