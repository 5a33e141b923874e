//! Every key every host has, once: its name, what it holds, what it is for, its built-in value, when a change of it takes
//! effect, and the hosts that have it. A host adds rows of its own in front.

use std::{
    borrow::Cow,
    path::{Path, PathBuf},
};

use loader::{ClassList, Kind};
use objclass::{ClassName, InvalidName, LimitKind, Limits};
use transaction::Quotas;

use super::{
    unit::Unit,
    value::{Value, ValueKind},
};
use crate::EVAL_CLASS;

/// A program that calls classes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HostKind {
    /// A process with a store, through the library.
    Embedded,
    /// An OSD, through the plugin.
    Osd,
}

/// When a change of a key takes effect.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Applies {
    /// For what begins after the settings were read again.
    AtOnce,
    /// When the process starts anew.
    AtRestart,
}

/// Which hosts have a key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Hosts {
    /// All.
    Every,
    /// One.
    Only(HostKind),
}

/// One key.
#[derive(Clone, Debug)]
pub struct KeySpec {
    /// Its dotted name.
    pub name: Cow<'static, str>,
    /// What it holds.
    pub kind: ValueKind,
    /// What it is for, in one line; empty when its table says so.
    pub doc: Cow<'static, str>,
    /// Its built-in value.
    pub default: Value,
    /// When a change takes effect.
    pub applies: Applies,
    /// The hosts that have it.
    pub hosts: Hosts,
}

impl KeySpec {
    /// A key of every host, whose changes take effect at once.
    pub fn new(
        name: impl Into<Cow<'static, str>>,
        kind: ValueKind,
        default: Value,
        doc: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            name: name.into(),
            kind,
            doc: doc.into(),
            default,
            applies: Applies::AtOnce,
            hosts: Hosts::Every,
        }
    }

    /// A key that holds a number, such as a size or a time.
    pub fn number(
        name: impl Into<Cow<'static, str>>,
        unit: Unit,
        default: u64,
        doc: impl Into<Cow<'static, str>>,
    ) -> Self {
        let default = Value::Number(default, unit);
        Self::new(name, ValueKind::Number(unit), default, doc)
    }

    /// A key that is on or off.
    pub fn switch(
        name: impl Into<Cow<'static, str>>,
        default: bool,
        doc: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self::new(name, ValueKind::Switch, Value::Switch(default), doc)
    }

    /// This key, fixed from start to end of a process.
    #[must_use]
    pub fn at_restart(mut self) -> Self {
        self.applies = Applies::AtRestart;
        self
    }

    /// This key, in one kind of host.
    #[must_use]
    pub fn only(mut self, host: HostKind) -> Self {
        self.hosts = Hosts::Only(host);
        self
    }
}

/// What built-in values depend on.
pub struct Machine<'a> {
    /// Which kind of host this is.
    pub host: HostKind,
    /// The kinds of class files it runs: [`KINDS`](crate::KINDS), and those of its own runtimes.
    pub kinds: &'a [Kind],
    /// Where the classes of a kind lie.
    pub class_dirs: &'a dyn Fn(&Kind) -> Vec<PathBuf>,
    /// Where compiled classes are kept; `None` keeps none.
    pub wasm_cache: Option<&'a Path>,
}

impl std::fmt::Debug for Machine<'_> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Machine")
            .field("host", &self.host)
            .field("kinds", &self.kinds)
            .finish_non_exhaustive()
    }
}

/// The keys every host may have, in the order they are printed.
fn shared(machine: &Machine<'_>) -> Vec<KeySpec> {
    let mut rows = Vec::new();
    for kind in machine.kinds {
        rows.push(KeySpec::new(
            kind.dir_key,
            ValueKind::Directories,
            Value::Directories((machine.class_dirs)(kind)),
            format!(
                "directories searched for {} classes, {}",
                kind.title,
                kind.file_name("NAME")
            ),
        ));
    }
    rows.extend([
        KeySpec::new(
            "wasm_compiler",
            ValueKind::Path(&["auto", "in-process"]),
            Value::Text("auto".to_owned()),
            "the radula command that compiles WASM classes; \"auto\" finds it, \"in-process\" does without its ceilings",
        )
        .at_restart(),
        KeySpec::new(
            "wasm_cache_dir",
            ValueKind::Path(&["none"]),
            match machine.wasm_cache {
                Some(path) => Value::Path(path.to_owned()),
                None => Value::Text("none".to_owned()),
            },
            "directory of compiled WASM classes, ours alone; \"none\" compiles anew in every process",
        )
        .at_restart(),
        KeySpec::number(
            "wasm_compile_time",
            Unit::Milliseconds,
            2_000,
            "how long one WASM class may take to compile",
        )
        .at_restart(),
        KeySpec::number(
            "wasm_compile_memory",
            Unit::Bytes,
            256 << 20,
            "how much memory one WASM class may take to compile",
        )
        .at_restart(),
        KeySpec::new(
            "class_load_list",
            ValueKind::Classes,
            Value::Classes(ClassList::All),
            "classes that may be loaded; \"*\" is all",
        ),
        // An OSD has grants and a list of its own.
        KeySpec::new(
            "class_default_list",
            ValueKind::Classes,
            Value::Classes(ClassList::All),
            "classes that may be called without a grant for the class; \"*\" is all",
        )
        .only(HostKind::Embedded),
        KeySpec::switch(
            "open_classes_on_start",
            false,
            "open every class of the load list at the start, and report all that fail",
        )
        .only(HostKind::Embedded),
        KeySpec::new(
            "trusted_owners",
            ValueKind::Users,
            Value::Users(Vec::new()),
            "users besides root and ourselves who may own class files and the directories above them",
        ),
    ]);
    for kind in machine.kinds {
        rows.push(KeySpec::switch(
            format!("runtimes.{}", kind.name),
            true,
            format!("whether {} classes run", kind.title),
        ));
    }
    let (level, doc) = match machine.host {
        HostKind::Embedded => ("error", "how much the command logs to standard error"),
        HostKind::Osd => ("info", "how much the plugin logs to the OSD's log"),
    };
    rows.push(KeySpec::new(
        "log",
        ValueKind::Word(&["off", "error", "warn", "info", "debug", "trace"]),
        Value::Text(level.to_owned()),
        doc,
    ));
    rows.push(KeySpec::switch(
        format!("class.{EVAL_CLASS}.enabled"),
        true,
        "",
    ));
    let mut quotas = Quotas::default();
    for (name, unit, field) in QUOTAS {
        let mut row = KeySpec::number(format!("quotas.{name}"), *unit, *field(&mut quotas), "");
        // An OSD has quotas of its own for pools.
        if *name == "pool_objects" {
            row = row.only(HostKind::Embedded);
        }
        rows.push(row);
    }
    for (profile, limits) in [("installed", Limits::INSTALLED), ("eval", Limits::EVAL)] {
        for &kind in LimitKind::ALL {
            let name = format!("limits.{profile}.{kind}");
            rows.push(KeySpec::number(name, Unit::of(kind), limits.get(kind), ""));
        }
    }
    rows
}

/// Reaches one field of [`Quotas`].
type QuotaField = fn(&mut Quotas) -> &mut u64;

/// The keys beneath `quotas`, with their units and fields.
pub(crate) const QUOTAS: &[(&str, Unit, QuotaField)] = &[
    ("object_size", Unit::Bytes, |q| &mut q.object_size),
    ("xattr_name", Unit::Bytes, |q| &mut q.xattr_name),
    ("xattr_value", Unit::Bytes, |q| &mut q.xattr_value),
    ("xattr_count", Unit::Count, |q| &mut q.xattr_count),
    ("xattr_bytes", Unit::Bytes, |q| &mut q.xattr_bytes),
    ("omap_key", Unit::Bytes, |q| &mut q.omap_key),
    ("omap_value", Unit::Bytes, |q| &mut q.omap_value),
    ("omap_entries", Unit::Count, |q| &mut q.omap_entries),
    ("omap_bytes", Unit::Bytes, |q| &mut q.omap_bytes),
    ("pool_objects", Unit::Count, |q| &mut q.pool_objects),
];

/// The keys of one host.
#[derive(Debug)]
pub(crate) struct Keys {
    pub(crate) kinds: Vec<Kind>,
    pub(crate) rows: Vec<KeySpec>,
}

/// What a dotted name is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// A key, and what it holds.
    Key(ValueKind),
    /// A table that holds keys.
    Table,
    /// A key beneath a class whose name cannot be.
    BadClass(InvalidName),
    /// Neither.
    Unknown,
}

impl Keys {
    /// The keys of `machine`: `own` first.
    pub(crate) fn new(machine: &Machine<'_>, own: Vec<KeySpec>) -> Self {
        let here = |row: &KeySpec| match row.hosts {
            Hosts::Every => true,
            Hosts::Only(host) => host == machine.host,
        };
        let rows = own.into_iter().chain(shared(machine)).filter(here);
        Self {
            kinds: machine.kinds.to_vec(),
            rows: rows.collect(),
        }
    }

    /// The row of a key; none for keys of single classes.
    pub(crate) fn row(&self, name: &str) -> Option<&KeySpec> {
        self.rows.iter().find(|row| row.name == name)
    }

    /// Finds `path`, the segments of a dotted name.
    pub(crate) fn lookup(&self, path: &[&str]) -> Lookup {
        let beneath_class = |class: &str, found: Lookup| match ClassName::new(class) {
            Ok(_) => found,
            Err(name) => Lookup::BadClass(name),
        };
        match path {
            ["class"] | ["limits", "class"] => return Lookup::Table,
            ["class", class] | ["limits", "class", class] => {
                return beneath_class(class, Lookup::Table);
            }
            ["class", class, "enabled"] => {
                return beneath_class(class, Lookup::Key(ValueKind::Switch));
            }
            ["limits", "class", class, name] => {
                let found = match LimitKind::from_name(name) {
                    Some(kind) => Lookup::Key(ValueKind::Number(Unit::of(kind))),
                    None => Lookup::Unknown,
                };
                return beneath_class(class, found);
            }
            _ => {}
        }
        // A quoted TOML key may hold a dot; joined, it would pass for a path it is not.
        if path.iter().any(|segment| segment.contains('.')) {
            return Lookup::Unknown;
        }
        let name = path.join(".");
        if let Some(row) = self.row(&name) {
            return Lookup::Key(row.kind);
        }
        let table = format!("{name}.");
        match self.rows.iter().any(|row| row.name.starts_with(&table)) {
            true => Lookup::Table,
            false => Lookup::Unknown,
        }
    }

    /// The key most like `path`, if one is like it at all.
    pub(crate) fn nearest(&self, path: &[&str]) -> Option<String> {
        let given = path.join(".");
        let class = match path {
            ["class", class, ..] | ["limits", "class", class, ..] => *class,
            _ => "NAME",
        };
        let limits = LimitKind::ALL
            .iter()
            .map(|kind| format!("limits.class.{class}.{kind}"));
        let enabled = std::iter::once(format!("class.{class}.enabled"));
        self.rows
            .iter()
            .map(|row| row.name.to_string())
            .chain(limits)
            .chain(enabled)
            .map(|name| (strsim::damerau_levenshtein(&given, &name), name))
            .filter(|(distance, name)| *distance <= (name.len() / 3).max(2))
            .min()
            .map(|(_, name)| name)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::settings::tests::machine;

    fn keys() -> Keys {
        Keys::new(&machine(HostKind::Embedded), Vec::new())
    }

    #[test]
    fn every_key_is_found_by_its_name_and_its_value_is_of_its_kind() {
        for host in [HostKind::Embedded, HostKind::Osd] {
            let keys = Keys::new(&machine(host), Vec::new());
            for row in &keys.rows {
                let path: Vec<_> = row.name.split('.').collect();
                assert_eq!(keys.lookup(&path), Lookup::Key(row.kind), "{}", row.name);
                assert!(row.kind.holds(&row.default), "{}", row.name);
            }
        }
    }

    #[test]
    fn a_host_has_its_own_keys_and_not_those_of_others() {
        let has = |host, name: &str| {
            let own = KeySpec::switch("serve.tls", true, "whether to").only(HostKind::Embedded);
            let path: Vec<_> = name.split('.').collect();
            Keys::new(&machine(host), vec![own]).lookup(&path) != Lookup::Unknown
        };
        for name in [
            "class_default_list",
            "quotas.pool_objects",
            "serve.tls",
            "serve",
        ] {
            assert!(has(HostKind::Embedded, name), "{name}");
            assert!(!has(HostKind::Osd, name), "{name}");
        }
        assert!(has(HostKind::Osd, "class_load_list"));
    }

    #[test]
    fn a_quoted_dot_is_no_path() {
        let keys = keys();
        assert_eq!(keys.lookup(&["runtimes.lua"]), Lookup::Unknown);
        assert!(matches!(
            keys.lookup(&["class", "../x", "enabled"]),
            Lookup::BadClass(_)
        ));
    }

    #[test]
    fn a_slip_of_the_hand_finds_its_key() {
        let keys = keys();
        let nearest = |path: &[&str]| keys.nearest(path).unwrap();
        assert_eq!(nearest(&["lua_clas_dir"]), "lua_class_dir");
        assert_eq!(
            nearest(&["limits", "eval", "object_read"]),
            "limits.eval.object-read"
        );
        assert_eq!(nearest(&["class", "lua", "enable"]), "class.lua.enabled");
        assert_eq!(keys.nearest(&["completely-different-thing"]), None);
    }
}
