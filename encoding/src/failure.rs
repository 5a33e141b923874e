//! What could not be decoded or encoded, and where.

use std::fmt::Write as _;

use crate::schema::{FieldId, MAX_DEPTH, Schema, TypeId};

/// One step from a value to one within it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Step {
    Field(FieldId),
    /// An element or an entry, from 0.
    Element(u32),
}

/// Most steps of a way: a map of no strings takes two a level.
const MAX_STEPS: usize = 2 * MAX_DEPTH as usize + 2;

/// What is wrong with a value. The text completes "FIELD: …".
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Mistake {
    /// Bytes are missing.
    Short {
        /// What is left.
        left: usize,
        /// What is needed.
        needed: usize,
    },
    /// A count of more elements than the bytes left can hold.
    Count {
        /// The count.
        count: u32,
        /// Bytes left.
        left: usize,
    },
    /// A struct that only newer readers understand.
    TooNew {
        /// The reader it needs.
        compat: u8,
        /// The reader there is.
        version: u8,
    },
    /// A varint of more than 64 bits.
    Varint,
    /// An address that begins with neither 0 nor 1.
    AddressForm(u8),
    /// A socket address of an impossible length.
    SocketAddress(usize),
    /// A value of another kind than the type wants.
    Kind {
        /// What is expected, with its article.
        expected: &'static str,
        /// What was found, as the language of the value says it.
        found: &'static str,
    },
    /// An integer that the type does not hold.
    Range {
        /// The value.
        value: i64,
        /// The type.
        ty: &'static str,
    },
    /// A string or a list of more than 4 GiB.
    TooLong,
}

impl Mistake {
    fn write(self, text: &mut String) {
        let _ = match self {
            Mistake::Short { left, needed } => write!(text, "{left} of {needed} bytes"),
            Mistake::Count { count, left } => write!(text, "{count} elements in {left} bytes"),
            Mistake::TooNew { compat, version } => write!(
                text,
                "written for readers of version {compat}, and this one knows {version}"
            ),
            Mistake::Varint => write!(text, "a varint of more than 64 bits"),
            Mistake::AddressForm(form) => write!(text, "an address of unknown form {form}"),
            Mistake::SocketAddress(length) => {
                write!(
                    text,
                    "a socket address of {length} bytes; at most 28 are possible"
                )
            }
            Mistake::Kind { expected, found } => {
                write!(text, "{expected} is expected, not {found}")
            }
            Mistake::Range { value, ty } => write!(text, "{value} does not fit {ty}"),
            Mistake::TooLong => write!(text, "longer than 4 GiB"),
        };
    }
}

/// A failure of decoding or encoding: plain data, so that it can stand in a frame that an error of Lua jumps over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failure {
    /// What is wrong.
    pub mistake: Mistake,
    root: TypeId,
    /// The way to it, innermost step first.
    steps: [Step; MAX_STEPS],
    count: usize,
}

impl Failure {
    pub(crate) fn new(root: TypeId) -> Failure {
        Failure {
            mistake: Mistake::Varint,
            root,
            steps: [Step::Element(0); MAX_STEPS],
            count: 0,
        }
    }

    pub(crate) fn begin(&mut self, mistake: Mistake) {
        self.mistake = mistake;
        self.count = 0;
    }

    pub(crate) fn through(&mut self, step: Step) {
        if let Some(place) = self.steps.get_mut(self.count) {
            *place = step;
            self.count += 1;
        }
    }

    /// `lock_op.cookie: 3 of 7 bytes`; elements count from 1.
    #[must_use]
    pub fn text(&self, schema: &Schema) -> String {
        let mut text = schema.name(self.root).to_owned();
        for step in self.steps[..self.count].iter().rev() {
            match *step {
                Step::Field(id) => {
                    text.push('.');
                    text.push_str(&schema.field(id).name);
                }
                Step::Element(index) => {
                    let _ = write!(text, "[{}]", u64::from(index) + 1);
                }
            }
        }
        text.push_str(": ");
        self.mistake.write(&mut text);
        text
    }
}
