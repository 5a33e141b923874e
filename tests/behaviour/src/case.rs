//! The format of case files. `tests/corpus/behaviour/README.md` says it in prose.

use std::{collections::BTreeMap, path::Path};

use serde::Deserialize;

use crate::{Op, Step, StepKind, state::ObjectState, word};

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
    /// Which of the 30 tests of Ceph's class lua it stands for, by their order there.
    pub ceph: Option<u8>,
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
    /// Fuel and memory limits bind the class.
    Confined,
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
    /// This many omap entries more: keys `k000000`, `k000001` … and as values what is said here.
    omap_series: Option<Series>,
    header: Option<Literal>,
}

#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Series {
    count: usize,
    value: Literal,
}

impl Content {
    /// Objects that differ from this one in one part each: data, xattrs, omap, header.
    #[must_use]
    pub fn others(&self) -> Vec<Content> {
        let with = |change: fn(&mut Content)| {
            let mut other = self.clone();
            change(&mut other);
            other
        };
        vec![
            with(|other| {
                other
                    .data
                    .get_or_insert_with(|| Literal(Vec::new()))
                    .0
                    .push(b'x')
            }),
            with(|other| drop(other.xattrs.insert("%00other".into(), Literal(Vec::new())))),
            with(|other| drop(other.omap.insert("%00other".into(), Literal(Vec::new())))),
            with(|other| {
                other
                    .header
                    .get_or_insert_with(|| Literal(Vec::new()))
                    .0
                    .push(b'x')
            }),
        ]
    }

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
        let mut omap = keyed(&self.omap)?;
        if let Some(series) = &self.omap_series {
            let key = |index| format!("k{index:06}").into_bytes();
            omap.extend((0..series.count).map(|index| (key(index), series.value.0.clone())));
        }
        Ok(ObjectState {
            data: bytes(&self.data),
            xattrs: keyed(&self.xattrs)?,
            omap,
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
}
