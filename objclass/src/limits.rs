//! Ceilings of one call, and what it used of them. Plain data: `Budget` enforces the host's share, a backend's
//! meter the guest's.

use std::{fmt, time::Duration};

macro_rules! limit_kinds {
    ($($(#[$doc:meta])* $variant:ident / $field:ident / $name:literal;)*) => {
        /// Which ceiling was reached.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum LimitKind { $($(#[$doc])* $variant,)* }

        impl LimitKind {
            /// Every limit, in the order they are printed.
            pub const ALL: &'static [LimitKind] = &[$(LimitKind::$variant),*];

            /// The key in configuration files and on the command line.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(LimitKind::$variant => $name,)* }
            }

            /// The limit whose key is `name`.
            #[must_use]
            pub fn from_name(name: &str) -> Option<LimitKind> {
                Self::ALL.iter().copied().find(|kind| kind.name() == name)
            }
        }

        impl Limits {
            /// The value of one limit, in its unit (the deadline in milliseconds).
            #[must_use]
            pub fn get(&self, kind: LimitKind) -> u64 {
                match kind { $(LimitKind::$variant => self.$field,)* }
            }

            /// Sets one limit, in its unit (the deadline in milliseconds).
            pub fn set(&mut self, kind: LimitKind, value: u64) {
                match kind { $(LimitKind::$variant => self.$field = value,)* }
            }
        }

        impl Usage {
            /// What was used of one limit, in its unit (the deadline in milliseconds).
            #[must_use]
            pub fn get(&self, kind: LimitKind) -> u64 {
                match kind { $(LimitKind::$variant => self.$field,)* }
            }
        }
    };
}

limit_kinds! {
    /// Guest instructions, as the backend counts them.
    Fuel / fuel / "fuel";
    /// Wall-clock time, in milliseconds.
    Deadline / deadline_ms / "deadline";
    /// Bytes of one guest instance.
    Memory / memory / "memory";
    /// Bytes of input.
    Input / input / "input";
    /// Bytes of output.
    Output / output / "output";
    /// Bytes of log text.
    Log / log / "log";
    /// Bytes read from the object.
    ObjectRead / object_read / "object-read";
    /// Bytes written to the object, keys and names included.
    ObjectWritten / object_written / "object-written";
    /// Omap keys and xattrs read or written.
    OmapKeys / omap_keys / "omap-keys";
    /// Nested calls, and with them their depth.
    NestedCalls / nested_calls / "nested-calls";
}

impl fmt::Display for LimitKind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The ceilings of one call. A nested call shares the ceilings of its caller.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Guest instructions.
    pub fuel: u64,
    /// Wall-clock time, in milliseconds.
    pub deadline_ms: u64,
    /// Bytes of one guest instance.
    pub memory: u64,
    /// Bytes of input.
    pub input: u64,
    /// Bytes of output.
    pub output: u64,
    /// Bytes of log text.
    pub log: u64,
    /// Bytes read from the object.
    pub object_read: u64,
    /// Bytes written to the object.
    pub object_written: u64,
    /// Omap keys and xattrs read or written.
    pub omap_keys: u64,
    /// Nested calls.
    pub nested_calls: u64,
}

impl Limits {
    /// Ceilings for an installed class: 1 s, 16 MiB of guest and 16 MiB of buffered writes, which together bound what
    /// a call can make the host hold. The output is lower than what a guest of 16 MiB can hold while it grows, so that
    /// the limit reached is the one that is named.
    pub const INSTALLED: Limits = Limits {
        fuel: 1_000_000_000,
        deadline_ms: 1_000,
        memory: 16 << 20,
        input: 16 << 20,
        output: 4 << 20,
        log: 64 << 10,
        object_read: 64 << 20,
        object_written: 16 << 20,
        omap_keys: 100_000,
        nested_calls: 64,
    };

    /// Ceilings for a script that came with the request: 100 ms, 8 MiB, 64 KiB of output.
    pub const EVAL: Limits = Limits {
        fuel: 100_000_000,
        deadline_ms: 100,
        memory: 8 << 20,
        input: 8 << 20,
        output: 64 << 10,
        log: 64 << 10,
        object_read: 16 << 20,
        object_written: 8 << 20,
        omap_keys: 10_000,
        nested_calls: 16,
    };

    /// The deadline as a duration.
    #[must_use]
    pub const fn deadline(&self) -> Duration {
        Duration::from_millis(self.deadline_ms)
    }

    /// The lower of both, limit by limit: a request can lower a ceiling, never raise it.
    #[must_use]
    pub fn lowered_by(mut self, request: &Limits) -> Limits {
        for &kind in LimitKind::ALL {
            self.set(kind, self.get(kind).min(request.get(kind)));
        }
        self
    }

    /// No ceiling at all, the neutral request for [`lowered_by`](Limits::lowered_by).
    pub const UNLIMITED: Limits = Limits {
        fuel: u64::MAX,
        deadline_ms: u64::MAX,
        memory: u64::MAX,
        input: u64::MAX,
        output: u64::MAX,
        log: u64::MAX,
        object_read: u64::MAX,
        object_written: u64::MAX,
        omap_keys: u64::MAX,
        nested_calls: u64::MAX,
    };
}

/// What a call used, in the units of [`Limits`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Usage {
    /// Guest instructions.
    pub fuel: u64,
    /// Wall-clock time, in milliseconds, rounded down.
    pub deadline_ms: u64,
    /// Largest guest instance, in bytes.
    pub memory: u64,
    /// Bytes of input.
    pub input: u64,
    /// Bytes of output.
    pub output: u64,
    /// Bytes of log text.
    pub log: u64,
    /// Bytes read from the object.
    pub object_read: u64,
    /// Bytes written to the object.
    pub object_written: u64,
    /// Omap keys and xattrs read or written.
    pub omap_keys: u64,
    /// Nested calls.
    pub nested_calls: u64,
    /// Longest time between two looks at the clock, in microseconds: how late a deadline may be noticed. No limit
    /// of its own; the security review judges it.
    pub longest_gap_us: u64,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_lowers_and_never_raises() {
        let mut request = Limits::UNLIMITED;
        request.set(LimitKind::Fuel, 5);
        request.set(LimitKind::Memory, u64::MAX);
        let effective = Limits::INSTALLED.lowered_by(&request);
        assert_eq!(effective.fuel, 5);
        assert_eq!(effective.memory, Limits::INSTALLED.memory);
    }

    #[test]
    fn names_round_trip() {
        for &kind in LimitKind::ALL {
            assert_eq!(LimitKind::from_name(kind.name()), Some(kind));
        }
    }
}
