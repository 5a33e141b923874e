//! The names in a class directory.

/// What a class directory holds. Counts say what was left out, so that nothing is left out silently.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Listing {
    /// File names, sorted. Nothing is known of what they name.
    pub names: Vec<String>,
    /// Entries left out.
    pub skipped: Skipped,
    /// Whether there are more than [`Listing::MAX_ENTRIES`] entries and the rest was not looked at.
    pub truncated: bool,
}

impl Listing {
    /// As many entries are looked at.
    pub const MAX_ENTRIES: usize = 100_000;

    pub(crate) fn take(&mut self, name: &[u8]) {
        let Ok(text) = std::str::from_utf8(name) else {
            self.skipped.not_utf8 += 1;
            return;
        };
        if text.starts_with('.') {
            self.skipped.hidden += 1;
        } else if is_editor_leftover(text) {
            self.skipped.leftovers += 1;
        } else {
            self.names.push(text.to_owned());
        }
    }
}

/// Directory entries that cannot be class files, by reason.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Skipped {
    /// Names that are not UTF-8.
    pub not_utf8: u64,
    /// Names that begin with a dot.
    pub hidden: u64,
    /// What editors and patch tools leave behind: `*~`, `#*#`, `*.swp`, `*.swo`, `*.bak`, `*.orig`, `*.rej`, `*.tmp`.
    pub leftovers: u64,
}

impl Skipped {
    /// All of them.
    #[must_use]
    pub fn total(&self) -> u64 {
        self.not_utf8 + self.hidden + self.leftovers
    }
}

fn is_editor_leftover(name: &str) -> bool {
    const SUFFIXES: [&str; 7] = ["~", ".swp", ".swo", ".bak", ".orig", ".rej", ".tmp"];
    (name.starts_with('#') && name.ends_with('#'))
        || SUFFIXES.iter().any(|suffix| name.ends_with(suffix))
}
