//! The targets.

use std::{cell::LazyCell, fs, path::PathBuf};

use radula::{Config, Sources};

use crate::engine::{self, eval_bufferlist};

/// One entry point for arbitrary bytes.
#[derive(Clone, Copy, Debug)]
pub struct Target {
    /// The name of the fuzzer and of the folder of its seeds.
    pub name: &'static str,
    /// Takes any bytes; returns whether they were accepted.
    ///
    /// # Panics
    /// When a promise of the engine is broken.
    pub run: fn(&[u8]) -> bool,
    /// Pieces that mean something in this format, for the mutator.
    pub words: &'static [&'static str],
}

/// Every target.
pub const TARGETS: &[Target] = &[
    Target {
        name: "lua_source",
        run: lua_source,
        words: LUA,
    },
    Target {
        name: "eval_json",
        run: eval_json,
        words: JSON,
    },
    Target {
        name: "eval_bufferlist",
        run: eval_bufferlist_request,
        words: LENGTHS,
    },
    Target {
        name: "eval_msgpack",
        run: eval_msgpack,
        words: MSGPACK,
    },
    Target {
        name: "cmsgpack",
        run: cmsgpack,
        words: MSGPACK,
    },
    Target {
        name: "json",
        run: json,
        words: JSON,
    },
    Target {
        name: "config",
        run: config,
        words: CONFIG,
    },
];

const LUA: &[&str] = &[
    "function ",
    "end ",
    "local ",
    "return ",
    "while true do ",
    "for i=1,1e9 do ",
    "goto x ",
    "::x:: ",
    "<const> ",
    "<close> ",
    "[[",
    "]]",
    "[==[",
    "--[[",
    "\"\\u{7fffffff}\"",
    "0x1p9999",
    "1e400",
    "..",
    "//",
    "<<",
    "~=",
    "{}",
    "setmetatable(",
    "pcall(",
    "string.rep(",
    "string.format(",
    "table.concat(",
    "cls.register(",
    "cls.write(",
    "bufferlist.new()",
    "_ENV",
    "_G",
    "load(",
    "objclass.",
    "cls.call(",
    "math.random(",
    "utf8.char(",
    "table.unpack(",
    "select('#',",
    "__index",
    "__gc",
    "__close",
];
const JSON: &[&str] = &[
    "{",
    "}",
    "[",
    "]",
    ",",
    ":",
    "\"",
    "\\u0000",
    "\\ud800",
    "\\",
    "1e400",
    "-0",
    "null",
    "true",
    "\"script\":",
    "\"handler\":",
    "\"input\":",
    "18446744073709551616",
    "[[[[[[[[",
    "\u{feff}",
];
const LENGTHS: &[&str] = &[
    "\u{1}\u{1}",
    "\0\0\0\0",
    "\u{7f}\u{7f}\u{7f}\u{7f}",
    "function f(i,o) end objclass.register(f)",
    "f",
];
const MSGPACK: &[&str] = &["\0", "\u{1}", "\u{7f}", "script", "handler"];
const CONFIG: &[&str] = &[
    "store = ",
    "\"memory\"",
    "[limits.eval]\n",
    "[limits.class.lua]\n",
    "[class.lua]\n",
    "enabled = false\n",
    "memory = ",
    "\"1 MiB\"",
    "lua_class_dir = [",
    "]",
    "\"*\"",
    "class_load_list = ",
    "runtimes.lua = ",
    "true",
    "deadline = ",
    "99999999999999999999",
    "[[",
    "\"\"\"",
    "#",
    "=",
    "[quotas]\n",
];

/// A script as it comes with a request: whatever it is, it ends within its limits and answers with an errno.
fn lua_source(script: &[u8]) -> bool {
    engine::exec(
        "eval_bufferlist",
        &eval_bufferlist(script, b"attack", b"input"),
    )
}

fn eval_json(request: &[u8]) -> bool {
    engine::exec("eval_json", request)
}

fn eval_bufferlist_request(request: &[u8]) -> bool {
    engine::exec("eval_bufferlist", request)
}

fn eval_msgpack(request: &[u8]) -> bool {
    engine::exec("eval_msgpack", request)
}

/// Decodes in a script; what decodes must encode to something that decodes to the same.
fn cmsgpack(bytes: &[u8]) -> bool {
    const SCRIPT: &[u8] = b"function check(input, output)
  local ok, value = pcall(cmsgpack.unpack, input:str())
  if ok and type(value) == 'string' then
    if cmsgpack.unpack(cmsgpack.pack(value)) ~= value then output:append('BROKEN') end
  end
end
objclass.register(check)";
    engine::exec("eval_bufferlist", &eval_bufferlist(SCRIPT, b"check", bytes))
}

/// As [`cmsgpack`], for the `json` table.
fn json(bytes: &[u8]) -> bool {
    const SCRIPT: &[u8] = b"function check(input, output)
  local ok, value = pcall(json.decode, input:str())
  if ok and type(value) == 'string' then
    if json.decode(json.encode(value)) ~= value then output:append('BROKEN') end
  end
end
objclass.register(check)";
    engine::exec("eval_bufferlist", &eval_bufferlist(SCRIPT, b"check", bytes))
}

/// A configuration file: read, or refused with its place; and what was read can be asked for.
fn config(text: &[u8]) -> bool {
    // One file a thread, written anew each time.
    thread_local! {
        static FILE: LazyCell<(tempfile::TempDir, PathBuf)> = const {
            LazyCell::new(|| {
                let directory = tempfile::tempdir().expect("a temporary directory");
                let path = directory.path().join("radula.toml");
                (directory, path)
            })
        };
    }
    FILE.with(|file| {
        write(&file.1, text);
        let sources = Sources {
            file: Some(file.1.clone()),
            ..Sources::default()
        };
        match Config::load(&sources) {
            Ok(config) => {
                let _ = (
                    config.store(),
                    config.pool(),
                    config.quotas(),
                    config.is_durable(),
                );
                assert!(
                    config
                        .settings()
                        .iter()
                        .all(|setting| !setting.key.is_empty())
                );
                true
            }
            Err(error) => {
                let line = error.to_string();
                assert!(
                    !line.contains(char::is_control),
                    "not one printable line: {line:?}"
                );
                false
            }
        }
    })
}

#[expect(
    clippy::disallowed_methods,
    reason = "the configuration under test comes from a file of our own"
)]
fn write(path: &std::path::Path, text: &[u8]) {
    fs::write(path, text).expect("a file in our own directory");
}
