//! Subjects: what can run a case.

use std::fmt;

use radula::IoCtx;

use crate::{Feature, Script};

/// One way to run cases: a runtime with its way to deliver a class, and a store.
pub trait RunsCases: Send + Sync {
    /// How trials call it: `RUNTIME/STORE`.
    fn name(&self) -> String;

    /// Whether it has `feature`. Cases that need one it lacks are not run.
    fn offers(&self, feature: Feature) -> bool;

    /// Sets up a fresh engine without objects, with the runtime's class `actor`, and with `script` where a script is a class file.
    fn stage(&self, script: Option<&Script>) -> Box<dyn Stage>;

    /// Runs a trial. Where trials share a place, those that read the log have to be alone.
    fn in_turn(&self, reads_log: bool, trial: &mut dyn FnMut()) {
        let _ = reads_log;
        trial();
    }
}

/// Where one trial happens: an engine, and an object that does not exist yet.
pub trait Stage: fmt::Debug {
    /// The pool of the object.
    fn objects(&self) -> IoCtx;

    /// The object.
    fn oid(&self) -> &str {
        "object"
    }

    /// The call that makes the actor do `actions` under `flags`.
    fn actor(&self, flags: &str, actions: &[u8]) -> Request {
        Request::new("actor", flags, actions)
    }

    /// The call of a handler of the script.
    fn handler(&self, name: &str, input: &[u8]) -> Request {
        Request::new("case", name, input)
    }

    /// A class with methods `header` and `set_header`, where a client gets at the omap header in no other way.
    fn header_class(&self) -> Option<&str> {
        None
    }

    /// Where the log of classes is, when it does not arrive on the thread that calls.
    fn log(&self) -> Option<&dyn CaseLog> {
        None
    }
}

/// A call of a method of the object.
#[derive(Clone, Debug)]
pub struct Request {
    /// The class.
    pub class: String,
    /// The method.
    pub method: String,
    /// Its input.
    pub input: Vec<u8>,
}

impl Request {
    /// A call with these parts.
    #[must_use]
    pub fn new(class: &str, method: &str, input: &[u8]) -> Self {
        Self {
            class: class.to_owned(),
            method: method.to_owned(),
            input: input.to_vec(),
        }
    }
}

/// A log that is written elsewhere.
pub trait CaseLog {
    /// Forgets what is in it.
    fn forget(&self);

    /// What classes logged since, as `LEVEL TEXT`, once it is `expected` or a while has passed.
    fn settled(&self, expected: &[String]) -> Vec<String>;
}
