//! Cases of class files and directories: how the directory is laid out, and what is called.

use serde::{Deserialize, Serialize};

use crate::{Accepted, recipe::Recipe};

/// A class directory, what happens to it, and the calls made meanwhile.
#[derive(Clone, Debug, Default, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Files {
    /// Steps that lay out the case's directory, before the engine starts. Paths are relative to it; the class
    /// directory is `classes` and exists, with mode 0755.
    #[serde(default)]
    pub make: Vec<Make>,
    /// The class directory, when it is not `classes`.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub class_dir: Option<String>,
    /// Whether the whole directory must be refused, so that the control class next to the attack is refused too.
    #[serde(default)]
    pub directory_refused: bool,
    /// What goes on in the background during the calls.
    #[serde(default)]
    pub meanwhile: Vec<Meanwhile>,
    /// The calls, in order. The case's outcome is that of the first.
    pub calls: Vec<Call>,
}

/// One step of the layout.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Make {
    /// A regular file.
    File {
        /// Where; `\xNN` stands for a byte.
        path: String,
        /// Its content.
        #[serde(default)]
        content: Recipe,
        /// Permission bits as octal digits, 644 when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<String>,
    },
    /// A file of this size without content.
    Sparse {
        /// Where.
        path: String,
        /// Bytes.
        size: u64,
    },
    /// A directory.
    Dir {
        /// Where.
        path: String,
        /// Permission bits as octal digits, 755 when not given.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        mode: Option<String>,
    },
    /// A symbolic link.
    Symlink {
        /// Where.
        path: String,
        /// What it says.
        target: String,
    },
    /// A second name of a file.
    HardLink {
        /// Where.
        path: String,
        /// The file, relative to the case's directory.
        target: String,
    },
    /// A named pipe.
    Fifo {
        /// Where.
        path: String,
    },
    /// A Unix socket.
    Socket {
        /// Where.
        path: String,
    },
    /// A file owned by somebody else (when the harness may do that).
    Owned {
        /// Where.
        path: String,
        /// The owner.
        uid: u32,
        /// Its content.
        content: Recipe,
    },
    /// Many small class files.
    Many {
        /// Their directory.
        dir: String,
        /// How many.
        count: u32,
    },
    /// What is there goes away.
    Remove {
        /// Where.
        path: String,
    },
    /// Other permission bits, for what is there.
    Chmod {
        /// Where.
        path: String,
        /// Permission bits as octal digits.
        mode: String,
    },
}

/// What goes on while calls run, over and over.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "what", rename_all = "kebab-case", deny_unknown_fields)]
pub enum Meanwhile {
    /// The file grows.
    Append {
        /// Which.
        path: String,
    },
    /// The file is cut to nothing and written again.
    Rewrite {
        /// Which.
        path: String,
        /// Its content.
        content: Recipe,
    },
    /// Two names change places.
    Swap {
        /// One.
        one: String,
        /// The other.
        other: String,
    },
}

/// One call in a case of files.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Call {
    /// Class name, as a client sends it; `{n}` counts the calls.
    pub class: Recipe,
    /// How often it is called.
    #[serde(default = "once")]
    pub times: u32,
    /// Ends it may come to, when not those of the case.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub expect: Option<Accepted>,
    /// Outputs it may have when it succeeds, for content that must be one version or the other.
    #[serde(default)]
    pub outputs: Vec<String>,
    /// Longest time of one call, in milliseconds.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub within_ms: Option<u32>,
    /// Whether the class's file is looked at again before every call.
    #[serde(default)]
    pub reload: bool,
    /// What to do to the directory before the calls.
    #[serde(default)]
    pub before: Vec<Make>,
}

fn once() -> u32 {
    1
}
