//! How a hostile call ended, in one word.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Deserializer, Serialize, Serializer};

macro_rules! outcomes {
    ($($(#[$doc:meta])* $variant:ident = $word:literal;)*) => {
        /// How a call ended. The words are those of the cases' `@expect` tags.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Outcome { $($(#[$doc])* $variant,)* }

        impl Outcome {
            /// Every outcome.
            pub const ALL: &'static [Outcome] = &[$(Outcome::$variant),*];

            /// The word in tags and reports.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Outcome::$variant => $word,)* }
            }
        }
    };
}

outcomes! {
    /// The method returned.
    Ok = "ok";
    /// The script raised an error, or answered with an error number.
    Error = "error";
    /// The class did not load, or the script found the way closed (`REFUSED` at the start of its output).
    Refused = "refused";
    /// Fuel or deadline.
    LimitCpu = "limit:cpu";
    /// Memory.
    LimitMem = "limit:mem";
    /// Output bytes.
    LimitOutput = "limit:output";
    /// Log bytes.
    LimitLog = "limit:log";
    /// Object bytes, omap keys, input, nested calls, or a quota of the object.
    LimitHost = "limit:host";
    /// The host failed. No case expects it.
    HostFault = "host-fault";
    /// The process died. No case expects it.
    Crash = "crash";
    /// The outer guard had to end the process. No case expects it.
    Hang = "hang";
}

impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that names no outcome.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{word:?} is no outcome: use {}", expectable())]
pub struct UnknownOutcome {
    word: String,
}

fn expectable() -> String {
    let words: Vec<&str> = Outcome::ALL.iter().map(|outcome| outcome.word()).collect();
    words.join(", ")
}

/// Other words for the same ends, as cases in WebAssembly have them: a trap is the guest's error, and so is a stack that
/// is used up.
const OTHER_WORDS: &[(&str, Outcome)] = &[
    ("reject", Outcome::Refused),
    ("trap", Outcome::Error),
    ("limit:stack", Outcome::Error),
];

impl FromStr for Outcome {
    type Err = UnknownOutcome;

    fn from_str(word: &str) -> Result<Self, UnknownOutcome> {
        if let Some((_, outcome)) = OTHER_WORDS.iter().find(|(other, _)| *other == word) {
            return Ok(*outcome);
        }
        Outcome::ALL
            .iter()
            .copied()
            .find(|outcome| outcome.word() == word)
            .ok_or_else(|| UnknownOutcome {
                word: word.to_owned(),
            })
    }
}

impl Serialize for Outcome {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.word())
    }
}

impl<'de> Deserialize<'de> for Outcome {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let word = String::deserialize(deserializer)?;
        word.parse().map_err(serde::de::Error::custom)
    }
}

/// The outcomes a case accepts, written `limit:cpu|error`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Accepted(Vec<Outcome>);

impl Accepted {
    /// What a case without a tag accepts: everything short of a host fault, a crash or a hang.
    #[must_use]
    pub fn any_controlled_end() -> Self {
        let bad = [Outcome::HostFault, Outcome::Crash, Outcome::Hang];
        Accepted(
            Outcome::ALL
                .iter()
                .copied()
                .filter(|outcome| !bad.contains(outcome))
                .collect(),
        )
    }

    /// Whether `outcome` is among them.
    #[must_use]
    pub fn contains(&self, outcome: Outcome) -> bool {
        self.0.contains(&outcome)
    }

    /// The same, and `outcome` too.
    #[must_use]
    pub fn or(mut self, outcome: Outcome) -> Self {
        if !self.contains(outcome) {
            self.0.push(outcome);
        }
        self
    }
}

impl FromStr for Accepted {
    type Err = UnknownOutcome;

    fn from_str(words: &str) -> Result<Self, UnknownOutcome> {
        words
            .split('|')
            .map(|word| word.trim().parse())
            .collect::<Result<_, _>>()
            .map(Accepted)
    }
}

impl TryFrom<String> for Accepted {
    type Error = UnknownOutcome;

    fn try_from(words: String) -> Result<Self, UnknownOutcome> {
        words.parse()
    }
}

impl From<Accepted> for String {
    fn from(accepted: Accepted) -> String {
        accepted.to_string()
    }
}

impl fmt::Display for Accepted {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let words: Vec<&str> = self.0.iter().map(|outcome| outcome.word()).collect();
        f.pad(&words.join("|"))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_round_trip_and_others_are_refused() {
        for &outcome in Outcome::ALL {
            assert_eq!(outcome.word().parse(), Ok(outcome));
        }
        assert!("limit:money".parse::<Outcome>().is_err());
        assert!("ok|".parse::<Accepted>().is_err());
        let accepted: Accepted = "limit:cpu|ok".parse().unwrap();
        assert_eq!(accepted.to_string(), "limit:cpu|ok");
        assert!(accepted.contains(Outcome::Ok) && !accepted.contains(Outcome::Error));
    }

    #[test]
    fn no_default_accepts_a_crash() {
        let default = Accepted::any_controlled_end();
        for bad in [Outcome::Crash, Outcome::Hang, Outcome::HostFault] {
            assert!(!default.contains(bad));
        }
    }
}
