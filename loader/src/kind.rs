//! The kinds of class files there are, whether this build can run them or not.
//!
//! A build without a runtime still recognises its files: the answer "this build lacks the wasm runtime" must
//! not become "no such class", nor another file of the same name.

/// A kind of class file.
#[derive(Debug, PartialEq, Eq)]
pub struct Kind {
    /// The runtime's name: `native`, `lua`, `wasm`.
    pub runtime: &'static str,
    /// What file names begin with.
    pub prefix: &'static str,
    /// What file names end with.
    pub suffix: &'static str,
    /// The cargo feature a build needs to run it.
    pub feature: &'static str,
    /// Classes that are part of the runtime.
    pub builtin: &'static [&'static str],
}

/// Every kind, in order of precedence.
pub const KINDS: &[Kind] = &[
    Kind {
        runtime: "native",
        prefix: "libcls_",
        suffix: ".so",
        feature: "native",
        builtin: &[],
    },
    Kind {
        runtime: "lua",
        prefix: "cls_",
        suffix: ".lua",
        feature: "lua",
        builtin: &["lua"],
    },
    Kind {
        runtime: "wasm",
        prefix: "cls_",
        suffix: ".wasm",
        feature: "wasm",
        builtin: &[],
    },
];

impl Kind {
    /// The kind the runtime `runtime` runs.
    #[must_use]
    pub fn of_runtime(runtime: &str) -> Option<&'static Kind> {
        KINDS.iter().find(|kind| kind.runtime == runtime)
    }

    /// The class part of a file name: `hello` of `cls_hello.lua`. `None` when the name is not of this kind.
    #[must_use]
    pub fn class_part<'a>(&self, file_name: &'a str) -> Option<&'a str> {
        file_name
            .strip_prefix(self.prefix)?
            .strip_suffix(self.suffix)
    }

    /// The file name of class `class`.
    #[must_use]
    pub fn file_name(&self, class: &str) -> String {
        format!("{}{class}{}", self.prefix, self.suffix)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn file_names_and_class_names_belong_together() {
        for (runtime, file) in [
            ("native", "libcls_hello.so"),
            ("lua", "cls_hello.lua"),
            ("wasm", "cls_hello.wasm"),
        ] {
            let kind = Kind::of_runtime(runtime).unwrap();
            assert_eq!(kind.file_name("hello"), file);
            assert_eq!(kind.class_part(file), Some("hello"));
        }
        let lua = Kind::of_runtime("lua").unwrap();
        assert_eq!(lua.class_part("cls_hello.wasm"), None);
        assert_eq!(lua.class_part("hello.lua"), None);
        assert_eq!(Kind::of_runtime("cobol"), None);
    }
}
