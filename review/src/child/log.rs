//! Collects what classes log.

use std::{
    fmt,
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

use tracing::{
    Event, Metadata, Subscriber,
    field::{Field, Visit},
    span,
};

use super::Unable;

/// Most log text kept of a case, in bytes. The log limit of a call is far lower.
const MAX_BYTES: usize = 4 << 20;

/// What was logged in this process since it was last taken.
#[derive(Clone, Debug, Default)]
pub(super) struct Log(Arc<Mutex<Lines>>);

#[derive(Debug, Default)]
struct Lines {
    lines: Vec<String>,
    bytes: usize,
}

impl Log {
    /// Becomes the process's log.
    pub(super) fn install() -> Result<Self, Unable> {
        let log = Log::default();
        tracing::subscriber::set_global_default(log.clone()).map_err(|_| Unable::Log)?;
        Ok(log)
    }

    pub(super) fn take(&self) -> Vec<String> {
        std::mem::take(&mut *self.lines()).lines
    }

    fn lines(&self) -> MutexGuard<'_, Lines> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The fields of one event as text.
struct Text(String);

impl Visit for Text {
    fn record_debug(&mut self, field: &Field, value: &dyn fmt::Debug) {
        self.0.push_str(&format!("{field}={value:?} "));
    }

    fn record_str(&mut self, field: &Field, value: &str) {
        self.0.push_str(&format!("{field}={value} "));
    }
}

impl Subscriber for Log {
    fn enabled(&self, _metadata: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, _attributes: &span::Attributes<'_>) -> span::Id {
        span::Id::from_u64(1)
    }

    fn record(&self, _span: &span::Id, _values: &span::Record<'_>) {}

    fn record_follows_from(&self, _span: &span::Id, _follows: &span::Id) {}

    fn event(&self, event: &Event<'_>) {
        let mut text = Text(String::new());
        event.record(&mut text);
        let mut kept = self.lines();
        if kept.bytes < MAX_BYTES {
            kept.bytes += text.0.len();
            kept.lines.push(text.0);
        }
    }

    fn enter(&self, _span: &span::Id) {}

    fn exit(&self, _span: &span::Id) {}
}
