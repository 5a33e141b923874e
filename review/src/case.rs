//! A hostile case: what is tried, and how it may end.

use std::{fmt, str::FromStr};

use serde::{Deserialize, Serialize};

use crate::{
    Accepted, component::Component, files::Files, operation::Operations, recipe::Recipe,
    shape::Shape,
};

macro_rules! families {
    ($($(#[$doc:meta])* $variant:ident = $word:expr;)*) => {
        /// What a case attacks with.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "lowercase")]
        pub enum Family { $($(#[$doc])* $variant,)* }

        impl Family {
            /// Every family, in the order they run.
            pub const ALL: &'static [Family] = &[$(Family::$variant),*];

            /// The word on the command line, and the folder of the built-in corpus.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Family::$variant => $word,)* }
            }
        }
    };
}

families! {
    /// Class scripts.
    Lua = runtime::LUA.name;
    /// Class files and directories.
    Files = "files";
    /// Requests to class `lua`.
    Eval = "eval";
    /// Writes that must not stay.
    Transactions = "transactions";
    /// WASM classes.
    Wasm = runtime::WASM.name;
}

impl fmt::Display for Family {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.word())
    }
}

/// A word that names no family.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no family {0:?}: use lua, files, eval, transactions or wasm")]
pub struct UnknownFamily(String);

impl FromStr for Family {
    type Err = UnknownFamily;

    fn from_str(word: &str) -> Result<Self, UnknownFamily> {
        let found = Family::ALL
            .iter()
            .copied()
            .find(|family| family.word() == word);
        found.ok_or_else(|| UnknownFamily(word.to_owned()))
    }
}

/// One case, complete: a child process needs nothing else.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Case {
    /// Short name, unique in a run, such as `L006`.
    pub id: String,
    /// What it attacks with.
    pub family: Family,
    /// What it is after: `cpu`, `mem`, `crash`, `parse`, `escape`, `state`, `output`, `host`, `txn`, `info`.
    pub kind: String,
    /// What it tries, in a few words.
    pub title: String,
    /// The ends it may come to.
    pub expect: Accepted,
    /// What the reviewer should see, and where the idea comes from.
    pub why: String,
    /// The file it was read from, for the report.
    pub file: String,
    /// The attack.
    pub body: Body,
}

/// The attack itself.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Body {
    /// A class script whose method `attack` is called.
    Script(Script),
    /// A class directory, and calls on what is in it.
    Files(Files),
    /// One request to class `lua`.
    Eval(EvalRequest),
    /// Operations on one object, some of which must fail.
    Operations(Operations),
    /// A WASM class whose method `attack` is called.
    Component(Component),
}

/// A class script and how it is called.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
pub struct Script {
    /// The file's bytes.
    pub source: Recipe,
    /// The script to run next in the same engine; it must find nothing of this one.
    pub pair: Option<Box<Case>>,
    /// Handler names to try through `eval_json`, besides the installed method.
    pub eval_handlers: Vec<String>,
    /// Inputs to call it with, one call each. One call with a short text when empty.
    pub inputs: Vec<Recipe>,
    /// Method flags to register it with (`r`, `w`, `rw`) when the script says none.
    pub flags: Option<String>,
    /// What the object is made before the calls, in a word of the search's shapes.
    #[serde(default)]
    pub(crate) shape: Option<Shape>,
    /// Names that may be reachable. When not empty, any other name in the output is a breach.
    pub allow: Vec<String>,
}

/// One request to class `lua`, well formed or not.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct EvalRequest {
    /// `eval_json`, `eval_bufferlist` or `eval_msgpack`.
    pub method: String,
    /// The request's bytes.
    pub input: Recipe,
    /// Milliseconds the answer may take, when shorter than the deadline.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_ms: Option<u32>,
    /// Text the answer's error must contain, such as a position.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub says: Option<String>,
}
