//! Recorded calls of Ceph's object classes, replayed on any host.
//!
//! A recording in `tests/corpus/classes/vectors` says what stock Ceph answered and stored. [`replay`] makes the same
//! calls on a [`ClassHost`] and lists what is different. The host decides where the objects are (embedded, served, in
//! an OSD) and which implementation of the class answers.

mod host;
mod pattern;
mod script;
#[cfg(test)]
mod tests;
mod totp;

use std::time::Duration;

use objclass::Errno;

use crate::corpus;

use self::{
    pattern::{Bindings, Pattern},
    script::{Answer, Step},
};

/// Hands every class with a recording to the macro `$with`, as `identifier = "name";`.
#[macro_export]
macro_rules! recorded_classes {
    ($with:ident) => {
        $with! {
            two_pc_queue = "2pc_queue";
            cas = "cas";
            cephfs = "cephfs";
            cmpomap = "cmpomap";
            fifo = "fifo";
            hello = "hello";
            journal = "journal";
            kvs = "kvs";
            lock = "lock";
            log = "log";
            numops = "numops";
            otp = "otp";
            queue = "queue";
            refcount = "refcount";
            sdk = "sdk";
            timeindex = "timeindex";
            user = "user";
            version = "version";
        }
    };
}

macro_rules! names {
    ($($identifier:ident = $class:literal;)*) => {
        /// The classes with a recording.
        pub const RECORDED: &[&str] = &[$($class),*];
    };
}
recorded_classes!(names);

/// The recording of a class.
#[must_use]
pub fn recording(class: &str) -> String {
    corpus::text(&corpus::corpus().join(format!("classes/vectors/{class}.txt")))
}

/// Where calls are replayed.
pub trait ClassHost {
    /// Calls a method as a plain call through librados does: output of a call that wrote is dropped.
    ///
    /// # Errors
    /// The error number the client gets.
    fn call(&self, oid: &str, class: &str, method: &str, input: &[u8]) -> Result<Vec<u8>, Errno>;
    /// The object's size, `None` when it does not exist.
    fn size(&self, oid: &str) -> Option<u64>;
    /// A range of its data, as far as it goes.
    fn read(&self, oid: &str, from: u64, length: u64) -> Vec<u8>;
    /// An attribute.
    fn xattr(&self, oid: &str, name: &[u8]) -> Option<Vec<u8>>;
    /// All omap entries in order.
    fn omap(&self, oid: &str) -> Vec<(Vec<u8>, Vec<u8>)>;
    /// Makes this the whole content.
    fn write_full(&self, oid: &str, data: &[u8]);
    /// Sets an attribute.
    fn set_xattr(&self, oid: &str, name: &[u8], value: &[u8]);
    /// Sets an omap entry.
    fn set_omap(&self, oid: &str, key: &[u8], value: &[u8]);
    /// Removes the object if it is there.
    fn remove(&self, oid: &str);
}

/// What a replay found.
#[derive(Debug, Default)]
pub struct Replay {
    /// Calls whose answer was recorded.
    pub calls: usize,
    /// Calls among them that ours answer otherwise on purpose.
    pub on_purpose: usize,
    /// Looks at what is stored.
    pub looks: usize,
    /// What was different, one text for each step.
    pub differences: Vec<String>,
}

impl Replay {
    /// Fails with all differences when there are any.
    ///
    /// # Panics
    /// Then.
    pub fn must_agree(&self, class: &str) {
        assert!(
            self.differences.is_empty(),
            "class {class}: {} of {} steps differ from the recording\n{}",
            self.differences.len(),
            self.calls + self.looks,
            self.differences.join("\n")
        );
    }
}

/// Whose implementation of the class answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Whose {
    /// Ours, which differs from stock in a few places on purpose.
    Ours,
    /// Ceph's own.
    Stock,
}

/// Replays a recording.
///
/// # Panics
/// When the recording cannot be read.
#[must_use]
pub fn replay(recording: &str, host: &dyn ClassHost, whose: Whose) -> Replay {
    let (mut replay, mut known) = (Replay::default(), Bindings::default());
    for line in script::parse(recording) {
        if line.ours_differs && whose == Whose::Ours {
            replay.on_purpose += 1;
            continue;
        }
        for _ in 0..line.times {
            if let Err(difference) = step(&line.step, host, whose, &mut replay, &mut known) {
                let at = line.number;
                replay.differences.push(format!("line {at}: {difference}"));
            }
        }
    }
    replay
}

fn step(
    step: &Step,
    host: &dyn ClassHost,
    whose: Whose,
    replay: &mut Replay,
    known: &mut Bindings,
) -> Result<(), String> {
    match step {
        Step::Call {
            oid,
            class,
            method,
            input,
            answer,
            ours,
        } => {
            let input = input.bytes(known);
            let got = host.call(oid, class, method, &input);
            if *answer == Answer::Any {
                return Ok(());
            }
            replay.calls += 1;
            let answer = match ours {
                Some(ours) if whose == Whose::Ours => {
                    replay.on_purpose += 1;
                    ours
                }
                _ => answer,
            };
            return answered(answer, got, known)
                .map_err(|difference| format!("{class}.{method} of {oid}: {difference}"));
        }
        Step::WriteFull(oid, data) => host.write_full(oid, data),
        Step::SetXattr(oid, name, value) => host.set_xattr(oid, name, value),
        Step::SetOmap(oid, key, value) => host.set_omap(oid, key, value),
        Step::Remove(oid) => host.remove(oid),
        Step::Sleep(millis) => std::thread::sleep(Duration::from_millis(*millis)),
        look => {
            replay.looks += 1;
            return stored(look, host, known);
        }
    }
    Ok(())
}

fn answered(
    answer: &Answer,
    got: Result<Vec<u8>, Errno>,
    known: &mut Bindings,
) -> Result<(), String> {
    match (answer, got) {
        (Answer::Output(pattern), Ok(output)) => same(pattern, &output, known),
        (Answer::Error(want), Err(errno)) if want.code() == errno.code() => Ok(()),
        (Answer::Error(want), Ok(output)) => {
            Err(format!("want {want}, got output {}", script::hex(&output)))
        }
        (Answer::Error(want), Err(errno)) => Err(format!("want {want}, got {errno}")),
        (Answer::Output(pattern), Err(errno)) => Err(format!("want {pattern}, got {errno}")),
        (Answer::Any, _) => Ok(()),
    }
}

fn same(pattern: &Pattern, bytes: &[u8], known: &mut Bindings) -> Result<(), String> {
    if pattern.matches(bytes, known) {
        return Ok(());
    }
    Err(format!("\n  want {pattern}\n  have {}", script::hex(bytes)))
}

fn equal<T: PartialEq + std::fmt::Debug>(what: &str, want: &T, have: &T) -> Result<(), String> {
    if want == have {
        return Ok(());
    }
    Err(format!("{what}: want {want:?}, have {have:?}"))
}

fn stored(look: &Step, host: &dyn ClassHost, known: &mut Bindings) -> Result<(), String> {
    match look {
        Step::There(oid, there) => {
            equal(&format!("{oid} exists"), there, &host.size(oid).is_some())
        }
        Step::Size(oid, size) => equal(&format!("size of {oid}"), &Some(*size), &host.size(oid)),
        Step::Read(oid, from, length, want) => same(want, &host.read(oid, *from, *length), known),
        Step::Data(oid, max, size, want) => {
            equal(&format!("size of {oid}"), &Some(*size), &host.size(oid))?;
            let mut data = host.read(oid, 0, *max);
            if !want.is_exact_to_the_end() {
                return same(want, &data, known);
            }
            let end = data
                .iter()
                .rposition(|byte| *byte != 0)
                .map_or(0, |at| at + 1);
            data.truncate(end.max(want.shortest().min(data.len())));
            same(want, &data, known)
        }
        Step::Xattr(oid, name, want) => match (want, host.xattr(oid, name)) {
            (Some(want), Some(value)) => same(want, &value, known)
                .map_err(|text| format!("xattr {} of {oid}: {text}", script::name(name))),
            (None, None) => Ok(()),
            (want, have) => Err(format!(
                "xattr {} of {oid}: want it {}, is {}",
                script::name(name),
                there(want.is_some()),
                there(have.is_some())
            )),
        },
        Step::Omap(oid, want) => {
            let have = host.omap(oid);
            let keys = || {
                have.iter()
                    .map(|(key, _)| script::name(key))
                    .collect::<Vec<_>>()
            };
            if have.len() != want.len() {
                return Err(format!(
                    "omap of {oid}: want {} entries, have {:?}",
                    want.len(),
                    keys()
                ));
            }
            for ((want_key, want), (key, value)) in want.iter().zip(&have) {
                same(want_key, key, known)
                    .and_then(|()| same(want, value, known))
                    .map_err(|text| format!("omap {} of {oid}: {text}", script::name(key)))?;
            }
            Ok(())
        }
        other => unreachable!("{other:?} looks at nothing"),
    }
}

fn there(is: bool) -> &'static str {
    if is { "there" } else { "absent" }
}
