//! What classes log on the thread that calls them.

use std::{
    fmt,
    sync::{Arc, Mutex, PoisonError},
};

/// What classes logged, as `LEVEL TEXT`.
#[derive(Clone, Debug, Default)]
pub struct ClassLog(Arc<Mutex<Vec<String>>>);

impl ClassLog {
    /// The lines since the last [`clear`](ClassLog::clear).
    #[must_use]
    pub fn lines(&self) -> Vec<String> {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }

    /// Runs `body`, keeping what classes log on this thread.
    pub fn during<T>(&self, body: impl FnOnce() -> T) -> T {
        tracing::subscriber::with_default(self.clone(), body)
    }

    /// Forgets them.
    pub fn clear(&self) {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clear();
    }
}

impl tracing::Subscriber for ClassLog {
    fn enabled(&self, metadata: &tracing::Metadata<'_>) -> bool {
        metadata.target() == "radula::class"
    }

    fn new_span(&self, _: &tracing::span::Attributes<'_>) -> tracing::span::Id {
        tracing::span::Id::from_u64(1)
    }

    fn record(&self, _: &tracing::span::Id, _: &tracing::span::Record<'_>) {}

    fn record_follows_from(&self, _: &tracing::span::Id, _: &tracing::span::Id) {}

    fn event(&self, event: &tracing::Event<'_>) {
        let mut line = LogLine::default();
        event.record(&mut line);
        let line = format!("{} {}", line.level, line.text);
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(line);
    }

    fn enter(&self, _: &tracing::span::Id) {}

    fn exit(&self, _: &tracing::span::Id) {}
}

#[derive(Default)]
struct LogLine {
    level: i64,
    text: String,
}

impl tracing::field::Visit for LogLine {
    fn record_i64(&mut self, field: &tracing::field::Field, value: i64) {
        if field.name() == "level" {
            self.level = value;
        }
    }

    fn record_debug(&mut self, field: &tracing::field::Field, value: &dyn fmt::Debug) {
        if field.name() == "message" {
            self.text = format!("{value:?}");
        }
    }
}
