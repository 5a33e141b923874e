//! The format of case files. `tests/corpus/behaviour/README.md` says it in prose.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use crate::{state::ObjectState, word};

/// Why a case file is not one.
#[derive(Debug, thiserror::Error)]
#[error("{file}: {reason}")]
pub struct CaseFileError {
    /// The file.
    pub file: String,
    /// What is wrong with it.
    pub reason: String,
}

/// One topic: a file of cases.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct CaseFile {
    /// Where the behaviour comes from; read by people.
    pub source: String,
    /// The script of every case that has none of its own.
    pub script: Option<Script>,
    /// The cases.
    #[serde(rename = "case")]
    pub cases: Vec<Case>,
}

/// A script in the language of the subjects that can run it.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Script {
    /// The text of a Lua class.
    pub lua: String,
}

/// One behaviour: an object, steps on it, and the object afterwards.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// The behaviour as a sentence, with underscores.
    pub name: String,
    /// What a subject must offer beyond what the steps ask for by themselves.
    #[serde(default)]
    pub needs: Vec<Feature>,
    /// The script that defines the handlers.
    pub script: Option<Script>,
    /// The object before the first step; missing when absent.
    pub object: Option<Content>,
    /// What is done, in order.
    #[serde(rename = "step")]
    pub steps: Vec<Step>,
    /// The object after the last step.
    pub after: After,
}

/// What a case may ask of a subject.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Feature {
    /// A class `actor` in the subject's language.
    Actor,
    /// Methods with flags other than `rw`.
    Flags,
    /// Lua scripts, in whatever way.
    Lua,
    /// The script comes with the request.
    Eval,
    /// The script is an installed class file.
    Installed,
}

/// Bytes in a case file.
#[derive(Clone, Debug, Deserialize)]
#[serde(try_from = "RawLiteral")]
pub struct Literal(pub Vec<u8>);

#[derive(Deserialize)]
#[serde(untagged)]
enum RawLiteral {
    Text(String),
    Repeated { repeat: String, times: usize },
}

impl TryFrom<RawLiteral> for Literal {
    type Error = String;

    fn try_from(raw: RawLiteral) -> Result<Self, String> {
        match raw {
            RawLiteral::Text(text) => word::bytes(&text).map(Literal),
            RawLiteral::Repeated { repeat, times } => {
                Ok(Literal(word::bytes(&repeat)?.repeat(times)))
            }
        }
    }
}

/// An object in a case file.
#[derive(Clone, Debug, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Content {
    data: Option<Literal>,
    #[serde(default)]
    xattrs: BTreeMap<String, Literal>,
    #[serde(default)]
    omap: BTreeMap<String, Literal>,
    header: Option<Literal>,
}

impl Content {
    /// The object as a value.
    ///
    /// # Errors
    /// A text when a name or key is not in the encoding of case files.
    pub fn state(&self) -> Result<ObjectState, String> {
        let keyed = |map: &BTreeMap<String, Literal>| {
            map.iter()
                .map(|(key, value)| Ok((word::bytes(key)?, value.0.clone())))
                .collect::<Result<BTreeMap<_, _>, String>>()
        };
        let bytes =
            |literal: &Option<Literal>| literal.as_ref().map(|l| l.0.clone()).unwrap_or_default();
        Ok(ObjectState {
            data: bytes(&self.data),
            xattrs: keyed(&self.xattrs)?,
            omap: keyed(&self.omap)?,
            header: bytes(&self.header),
        })
    }
}

/// The object after a case.
#[derive(Clone, Debug, Deserialize)]
#[serde(untagged)]
pub enum After {
    /// `unchanged` or `missing`.
    Word(AfterWord),
    /// Exactly this.
    Content(Content),
}

/// The two states that need no content.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum AfterWord {
    /// As the case set it up, version and mtime included.
    Unchanged,
    /// Not there.
    Missing,
}

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
pub(super) fn script_of(actions: &[Action]) -> String {
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

impl CaseFile {
    /// Reads a case file and checks what the format alone cannot say.
    ///
    /// # Errors
    /// [`CaseFileError`] names the file and the reason.
    #[expect(
        clippy::disallowed_methods,
        reason = "reads the repository's own test data"
    )]
    pub fn load(path: &Path) -> Result<CaseFile, CaseFileError> {
        let refuse = |reason: String| CaseFileError {
            file: path.display().to_string(),
            reason,
        };
        let text = std::fs::read_to_string(path).map_err(|error| refuse(error.to_string()))?;
        Self::parse(&text).map_err(refuse)
    }

    /// Reads the text of a case file.
    ///
    /// # Errors
    /// A text with the reason.
    pub fn parse(text: &str) -> Result<CaseFile, String> {
        let mut file: CaseFile = toml::from_str(text).map_err(|error| error.to_string())?;
        for case in &mut file.cases {
            if case.script.is_none() {
                case.script.clone_from(&file.script);
            }
            case.check()
                .map_err(|reason| format!("case {}: {reason}", case.name))?;
        }
        Ok(file)
    }
}

impl Case {
    /// Everything a subject must offer to run this case.
    #[must_use]
    pub fn features(&self) -> Vec<Feature> {
        let mut features = self.needs.clone();
        for step in &self.steps {
            match step.kind() {
                Ok(StepKind::Act { flags, .. }) => {
                    features.push(Feature::Actor);
                    if flags != "rw" {
                        features.push(Feature::Flags);
                    }
                }
                Ok(StepKind::Handler { .. }) => features.push(Feature::Lua),
                Ok(StepKind::Operate(ops)) if ops.iter().any(|op| matches!(op, Op::Act(..))) => {
                    features.extend([Feature::Actor, Feature::Installed]);
                }
                _ => {}
            }
        }
        features
    }

    fn check(&self) -> Result<(), String> {
        if self.steps.is_empty() {
            return Err("it has no step, so it cannot fail".into());
        }
        if let Some(content) = &self.object {
            content.state()?;
        }
        if let After::Content(content) = &self.after {
            content.state()?;
        }
        for step in &self.steps {
            let kind = step.kind()?;
            if matches!(kind, StepKind::Handler { .. }) && self.script.is_none() {
                return Err("it calls a handler and has no script".into());
            }
            if let Some(flags) = &step.flags
                && !matches!(flags.as_str(), "r" | "w" | "rw")
            {
                return Err(format!("no flags {flags:?}"));
            }
            let success = step.ret.is_some() || step.output.is_some() || step.lines.is_some();
            if step.errno.is_some() && success {
                return Err("a step ends with an errno or with a result, not with both".into());
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_case_that_could_not_fail_is_refused() {
        let stepless = "source = ''\n[[case]]\nname = 'x'\nstep = []\nafter = 'missing'";
        assert!(
            CaseFile::parse(stepless)
                .unwrap_err()
                .contains("cannot fail")
        );
        let endless = "source = ''\n[[case]]\nname = 'x'\nstep = [{ do = ['stat'] }]";
        assert!(CaseFile::parse(endless).unwrap_err().contains("after"));
        let misspelt = "source = ''\n[[case]]\nname = 'x'\nafter = 'missing'\nstep = [{ do = ['stat'], erno = 'EIO' }]";
        assert!(CaseFile::parse(misspelt).is_err());
    }

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
