//! `tracing` and what classes log, to the OSD's log.

use std::{
    fmt::{self, Write},
    sync::{
        OnceLock,
        atomic::{AtomicU8, Ordering},
    },
};

use objclass::LogRecord;
use tracing::{
    Event, Level, Metadata, Subscriber,
    field::{Field, Visit},
    level_filters::LevelFilter,
    span,
};

/// Takes a line at one of Ceph's levels.
pub(crate) type Sink = fn(i32, &str);

static SINK: OnceLock<Sink> = OnceLock::new();

/// What passes, as a number: 0 nothing, 1 errors, … 5 everything.
static PASSING: AtomicU8 = AtomicU8::new(3);

/// Sends everything to `sink` from now on. The first sink stays.
pub(crate) fn to(sink: Sink) {
    let _ = SINK.set(sink);
    // Another subscriber can only be one of ours: this library has a `tracing` of its own.
    let _ = tracing::subscriber::set_global_default(OsdLog);
}

/// Lets events up to `level` pass.
pub(crate) fn set_level(level: LevelFilter) {
    let rank = level.into_level().map_or(0, |level| rank(&level));
    PASSING.store(rank, Ordering::Relaxed);
    tracing::callsite::rebuild_interest_cache();
}

/// Writes one line at one of Ceph's levels.
pub(crate) fn line(level: i32, text: &str) {
    if let Some(sink) = SINK.get() {
        sink(level, text);
    }
}

/// Takes a line a class logged, at the level it was given.
pub(crate) fn class_line(record: LogRecord<'_>) {
    // The OSD's levels end at 20, and below 0 it takes a line for an alarm of its own.
    let level = record.level.clamp(0, 20);
    line(level, &format!("<cls> {}: {}", record.class, record.text));
}

fn rank(level: &Level) -> u8 {
    match *level {
        Level::ERROR => 1,
        Level::WARN => 2,
        Level::INFO => 3,
        Level::DEBUG => 4,
        Level::TRACE => 5,
    }
}

/// A subscriber that writes to the OSD's log. Spans carry nothing here.
#[derive(Debug)]
struct OsdLog;

impl Subscriber for OsdLog {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.is_event() && rank(metadata.level()) <= PASSING.load(Ordering::Relaxed)
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(match PASSING.load(Ordering::Relaxed) {
            0 => LevelFilter::OFF,
            1 => LevelFilter::ERROR,
            2 => LevelFilter::WARN,
            3 => LevelFilter::INFO,
            4 => LevelFilter::DEBUG,
            _ => LevelFilter::TRACE,
        })
    }

    fn new_span(&self, _: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _: &span::Id, _: &span::Record<'_>) {}

    fn record_follows_from(&self, _: &span::Id, _: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let level = match *event.metadata().level() {
            Level::ERROR | Level::WARN => 0,
            Level::INFO => 1,
            Level::DEBUG => 10,
            Level::TRACE => 20,
        };
        let mut message = Message(String::from("radula: "));
        event.record(&mut message);
        line(level, &message.0);
    }

    fn enter(&self, _: &span::Id) {}

    fn exit(&self, _: &span::Id) {}
}

/// The message of an event; its fields repeat what the message says.
struct Message(String);

impl Visit for Message {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            let _ = write!(self.0, "{value:?}");
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::{Mutex, PoisonError};

    use super::*;

    static LINES: Mutex<Vec<(i32, String)>> = Mutex::new(Vec::new());

    fn keep(level: i32, text: &str) {
        let mut lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        lines.push((level, text.to_owned()));
    }

    fn heard(text: &str) -> Option<i32> {
        let lines = LINES.lock().unwrap_or_else(PoisonError::into_inner);
        Some(lines.iter().find(|(_, line)| line == text)?.0)
    }

    #[test]
    fn warnings_reach_the_log_of_an_osd_that_is_set_up_as_usual() {
        to(keep);
        tracing::error!("the test's error");
        tracing::warn!(class = "c", "the test's warning");
        tracing::info!("the test's news");
        // Ceph writes up to level 0 of `objclass` unless told otherwise.
        assert_eq!(heard("radula: the test's error"), Some(0));
        assert_eq!(heard("radula: the test's warning"), Some(0));
        assert_eq!(heard("radula: the test's news"), Some(1));
        class_line(LogRecord {
            class: "c",
            level: 99,
            text: "what a class says",
        });
        class_line(LogRecord {
            class: "c",
            level: -5,
            text: "what a class shouts",
        });
        assert_eq!(heard("<cls> c: what a class says"), Some(20));
        assert_eq!(heard("<cls> c: what a class shouts"), Some(0));
    }
}
