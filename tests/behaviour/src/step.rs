//! What a case does to its object, one step after the other.

use std::collections::BTreeMap;

use serde::Deserialize;

use crate::{Literal, word};

/// One thing done to the object, and how it must end. Without expectations it must return 0 and output nothing.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Step {
    /// Actions for class `actor`.
    #[serde(rename = "do")]
    pub actions: Option<Vec<Action>>,
    /// Flags of the actor's method: `r`, `w` or `rw` (the default).
    pub flags: Option<String>,
    /// The handler to call in the case's script.
    pub handler: Option<String>,
    /// A method `class.method` of a bundled class.
    pub exec: Option<String>,
    /// Input for the handler or method.
    pub input: Option<Literal>,
    /// A compound operation.
    pub operate: Option<Vec<Op>>,
    /// Limits lowered by the request.
    #[serde(default)]
    pub limits: BTreeMap<String, u64>,

    /// Return value of a success.
    pub ret: Option<i32>,
    /// Error number, by name or as digits.
    pub errno: Option<String>,
    /// Kind of the error: `class`, `limit`, `guest-error`, …
    pub kind: Option<String>,
    /// A part of the error's text.
    pub says: Option<String>,
    /// Output of a success, exactly.
    pub output: Option<Literal>,
    /// Output of a success, line by line.
    pub lines: Option<Vec<String>>,
    /// Output of a success that differs from run to run: it must match this many bytes at least.
    pub output_at_least: Option<usize>,
    /// What was logged, exactly.
    pub log: Option<Vec<String>>,
    /// Whether the step made a new version of the object.
    pub new_version: Option<bool>,
    /// Outputs of the operations of a compound one.
    pub replies: Option<Vec<Literal>>,
    /// Which operation of a compound one failed, from 0.
    pub failed: Option<usize>,
}

/// One action of class `actor`.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum Action {
    /// A line in the actor's encoding.
    Line(String),
    /// A nested call of the actor by itself.
    Call(NestedCall),
}

/// A nested call, written as a table because its input is a list of actions again.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct NestedCall {
    /// The method: `r`, `w` or `rw`.
    pub call: String,
    /// Whether the caller goes on when it fails.
    #[serde(default, rename = "try")]
    pub guarded: bool,
    /// What the callee does.
    #[serde(rename = "do")]
    pub actions: Vec<Action>,
}

/// One operation of a compound one.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "snake_case", deny_unknown_fields)]
pub enum Op {
    /// Fails with `ENOENT` unless the object exists.
    AssertExists {},
    /// Fails unless the object is at the version it had when the operation began, plus this.
    AssertVersion(i64),
    /// Fails with `ECANCELED` unless an xattr has this value.
    CmpXattr(String, Literal),
    /// Creates; exclusively or not.
    Create(bool),
    /// Writes at an offset.
    Write(u64, Literal),
    /// Replaces the data.
    WriteFull(Literal),
    /// Appends to the data.
    Append(Literal),
    /// Sets an xattr.
    SetXattr(String, Literal),
    /// Removes an xattr.
    RemoveXattr(String),
    /// Sets an omap entry.
    OmapSet(String, Literal),
    /// Removes the object.
    Remove {},
    /// Reads data: offset, length.
    Read(u64, u64),
    /// Runs the actor's method with these actions.
    Act(String, Vec<Action>),
}

/// What a step does, told apart.
#[derive(Clone, Debug)]
pub enum StepKind<'a> {
    /// Call the actor.
    Act {
        /// `r`, `w` or `rw`.
        flags: &'a str,
        /// The input.
        input: Vec<u8>,
    },
    /// Call a handler of the script.
    Handler {
        /// Its name.
        name: &'a str,
        /// The input.
        input: Vec<u8>,
    },
    /// Call a bundled class.
    Exec {
        /// The class.
        class: &'a str,
        /// The method.
        method: &'a str,
        /// The input.
        input: Vec<u8>,
    },
    /// A compound operation.
    Operate(&'a [Op]),
}

impl Step {
    /// What the step does.
    ///
    /// # Errors
    /// A text when it says no or more than one thing to do.
    pub fn kind(&self) -> Result<StepKind<'_>, String> {
        let input = || self.input.as_ref().map(|l| l.0.clone()).unwrap_or_default();
        match (&self.actions, &self.handler, &self.exec, &self.operate) {
            (Some(actions), None, None, None) => Ok(StepKind::Act {
                flags: self.flags.as_deref().unwrap_or("rw"),
                input: script_of(actions).into_bytes(),
            }),
            (None, Some(name), None, None) => Ok(StepKind::Handler {
                name,
                input: input(),
            }),
            (None, None, Some(path), None) => path
                .split_once('.')
                .map(|(class, method)| StepKind::Exec {
                    class,
                    method,
                    input: input(),
                })
                .ok_or_else(|| format!("exec is `class.method`, not {path:?}")),
            (None, None, None, Some(ops)) => Ok(StepKind::Operate(ops)),
            _ => Err("a step has exactly one of `do`, `handler`, `exec`, `operate`".into()),
        }
    }
}

/// The actor's input for `actions`.
#[must_use]
pub(crate) fn script_of(actions: &[Action]) -> String {
    let lines: Vec<String> = actions
        .iter()
        .map(|action| match action {
            Action::Line(line) => line.clone(),
            Action::Call(call) => format!(
                "{}call actor {} {}",
                if call.guarded { "try " } else { "" },
                call.call,
                word::word(script_of(&call.actions).as_bytes()),
            ),
        })
        .collect();
    lines.join("\n")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::CaseFile;

    #[test]
    fn nested_calls_become_words() {
        let file = CaseFile::parse(
            "source = ''\n[[case]]\nname = 'x'\nafter = 'missing'\n\
             step = [{ do = ['create', { call = 'r', try = true, do = ['stat', 'fail EIO'] }] }]",
        )
        .unwrap();
        let StepKind::Act { input, .. } = file.cases[0].steps[0].kind().unwrap() else {
            panic!("not an actor step");
        };
        assert_eq!(input, b"create\ntry call actor r stat%0afail%20EIO");
    }
}
