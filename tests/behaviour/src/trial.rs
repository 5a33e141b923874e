//! Subjects times cases.

use std::{path::Path, sync::Arc};

use crate::{Case, CaseFile, Feature, RunsCases, check};

/// One case on one subject.
pub struct Trial<S> {
    /// `RUNTIME/STORE/TOPIC/CASE`.
    pub name: String,
    /// The subject.
    pub subject: Arc<S>,
    /// The case.
    pub case: Arc<Case>,
}

impl<S> std::fmt::Debug for Trial<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.name)
    }
}

impl<S: RunsCases> Trial<S> {
    /// Runs it.
    ///
    /// # Errors
    /// A text that says where the subject departed from the case.
    pub fn run(&self) -> Result<(), String> {
        check::run(&self.case, &*self.subject).map_err(|mismatch| mismatch.to_string())
    }
}

/// Every case of the corpus for every subject that offers what it needs.
///
/// # Panics
/// When a case file is not one: a suite that skipped it would pass without having looked.
#[must_use]
pub fn trials<S: RunsCases>(subjects: Vec<S>) -> Vec<Trial<S>> {
    let topics = topics();
    let mut trials = Vec::new();
    for subject in subjects.into_iter().map(Arc::new) {
        for (topic, cases) in &topics {
            let offers = |case: &&Arc<Case>| {
                let mut needed = case.features().into_iter();
                needed.all(|feature| subject.offers(feature))
            };
            for case in cases.iter().filter(offers) {
                trials.push(Trial {
                    name: format!("{}/{topic}/{}", subject.name(), case.name),
                    subject: Arc::clone(&subject),
                    case: Arc::clone(case),
                });
            }
        }
    }
    trials
}

/// Every case of the corpus, as `TOPIC/CASE`.
///
/// # Panics
/// When a case file is not one.
#[must_use]
pub fn case_names() -> Vec<String> {
    topics()
        .into_iter()
        .flat_map(|(topic, cases)| {
            cases
                .into_iter()
                .map(move |case| format!("{topic}/{}", case.name))
        })
        .collect()
}

type Topic = (String, Vec<Arc<Case>>);

fn topics() -> Vec<Topic> {
    let corpus = concat!(env!("CARGO_MANIFEST_DIR"), "/../corpus/behaviour");
    let mut topics = Vec::new();
    gather(Path::new(corpus), "", &mut topics);
    assert!(
        !topics.is_empty(),
        "tests/corpus/behaviour holds no case file"
    );
    topics
}

#[expect(
    clippy::disallowed_methods,
    reason = "reads the repository's own test data"
)]
fn gather(directory: &Path, prefix: &str, topics: &mut Vec<Topic>) {
    let mut paths: Vec<_> = std::fs::read_dir(directory)
        .expect("the behaviour corpus is readable")
        .map(|entry| entry.expect("the behaviour corpus is readable").path())
        .collect();
    paths.sort();
    for path in paths {
        let stem = path
            .file_stem()
            .expect("a file has a name")
            .to_string_lossy();
        if path.is_dir() {
            gather(&path, &format!("{prefix}{stem}/"), topics);
        } else if path
            .extension()
            .is_some_and(|extension| extension == "toml")
        {
            let file = CaseFile::load(&path).unwrap_or_else(|error| panic!("{error}"));
            let cases = file.cases.into_iter().map(|mut case| {
                // What lies in a language's folder is about that language.
                if prefix == "lua/" {
                    case.needs.push(Feature::Lua);
                }
                Arc::new(case)
            });
            topics.push((format!("{prefix}{stem}"), cases.collect()));
        }
    }
}
