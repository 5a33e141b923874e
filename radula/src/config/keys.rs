//! Every key there is, once.

use objclass::{ClassName, LimitKind};
use transaction::Quotas;

use super::{units::Unit, value::ValueKind};

/// One key with a fixed name.
#[derive(Debug)]
pub(crate) struct KeySpec {
    pub(crate) name: &'static str,
    pub(crate) kind: ValueKind,
    pub(crate) doc: &'static str,
}

const fn key(name: &'static str, kind: ValueKind, doc: &'static str) -> KeySpec {
    KeySpec { name, kind, doc }
}

/// The keys with fixed names that are no quota and no limit, in the order they are printed.
pub(crate) const KEYS: &[KeySpec] = &[
    key(
        "store",
        ValueKind::Store,
        "where objects are kept: a directory, \"memory\", or rados:///POOL for a Ceph cluster",
    ),
    key(
        "pool",
        ValueKind::Name {
            may_be_empty: false,
        },
        "the pool used when none is named",
    ),
    key(
        "namespace",
        ValueKind::Name { may_be_empty: true },
        "the namespace used when none is named",
    ),
    key(
        "durability",
        ValueKind::Word(&["sync", "buffered"]),
        "\"sync\": a reply means the change is on disk; \"buffered\": it survives the process, not the machine",
    ),
    key(
        "cache_size",
        ValueKind::Number(Unit::Bytes),
        "memory the disk store may use for its cache",
    ),
    key(
        "reserve",
        ValueKind::Number(Unit::Bytes),
        "room of the file system kept back: with less, writes are refused until there is room again",
    ),
    key(
        "buffered_bytes",
        ValueKind::Number(Unit::Bytes),
        "bytes of buffered changes after which all of them are put on disk",
    ),
    key(
        "buffered_time",
        ValueKind::Number(Unit::Milliseconds),
        "time after which a buffered change is put on disk",
    ),
    key(
        "commit_room",
        ValueKind::Number(Unit::Bytes),
        "bytes of changes on their way to the disk at once; others wait, in the order they came",
    ),
    key(
        "commit_queue",
        ValueKind::Number(Unit::Count),
        "how many changes wait for that room; the next is refused",
    ),
    key(
        "commit_wait",
        ValueKind::Number(Unit::Milliseconds),
        "how long a change waits for that room",
    ),
    key(
        "object_queue",
        ValueKind::Number(Unit::Count),
        "how many writers wait for one object; the next is refused",
    ),
    key(
        "object_wait",
        ValueKind::Number(Unit::Milliseconds),
        "how long a writer waits for its object",
    ),
    key(
        "store_wait",
        ValueKind::Number(Unit::Milliseconds),
        "how long to wait for another process to leave the store",
    ),
    key(
        "class_dir",
        ValueKind::Directories,
        "directories searched for native classes, libcls_NAME.so",
    ),
    key(
        "lua_class_dir",
        ValueKind::Directories,
        "directories searched for Lua classes, cls_NAME.lua",
    ),
    key(
        "wasm_class_dir",
        ValueKind::Directories,
        "directories searched for WASM classes, cls_NAME.wasm",
    ),
    key(
        "wasm_compiler",
        ValueKind::Path(&["auto", "in-process"]),
        "the radula command that compiles WASM classes; \"auto\" finds it, \"in-process\" does without its ceilings",
    ),
    key(
        "wasm_cache_dir",
        ValueKind::Path(&["none"]),
        "directory of compiled WASM classes, ours alone; \"none\" compiles anew in every process",
    ),
    key(
        "wasm_compile_time",
        ValueKind::Number(Unit::Milliseconds),
        "how long one WASM class may take to compile",
    ),
    key(
        "wasm_compile_memory",
        ValueKind::Number(Unit::Bytes),
        "how much memory one WASM class may take to compile",
    ),
    key(
        "class_load_list",
        ValueKind::Classes,
        "classes that may be loaded; \"*\" is all",
    ),
    key(
        "class_default_list",
        ValueKind::Classes,
        "classes that may be called without a grant for the class; \"*\" is all",
    ),
    key(
        "open_classes_on_start",
        ValueKind::Switch,
        "open every class of the load list at the start, and report all that fail",
    ),
    key(
        "trusted_owners",
        ValueKind::Users,
        "users besides root and ourselves who may own class files and the directories above them",
    ),
    key(
        "runtimes.native",
        ValueKind::Switch,
        "whether native classes run",
    ),
    key("runtimes.lua", ValueKind::Switch, "whether Lua classes run"),
    key(
        "runtimes.wasm",
        ValueKind::Switch,
        "whether WASM classes run",
    ),
    key(
        "log",
        ValueKind::Word(&["off", "error", "warn", "info", "debug", "trace"]),
        "how much the command logs to standard error",
    ),
];

/// Reaches one field of [`Quotas`].
pub(crate) type QuotaField = fn(&mut Quotas) -> &mut u64;

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

/// What a dotted name is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Lookup {
    /// A key, and what it holds.
    Key(ValueKind),
    /// A table that holds keys.
    Table,
    /// A key beneath a class whose name cannot be.
    BadClass(objclass::InvalidName),
    /// Neither.
    Unknown,
}

/// Finds `path`, the segments of a dotted name.
pub(crate) fn lookup(path: &[&str]) -> Lookup {
    let limit = |name: &str| match LimitKind::from_name(name) {
        Some(kind) => Lookup::Key(ValueKind::Number(Unit::of(kind))),
        None => Lookup::Unknown,
    };
    let beneath_class = |class: &str, found: Lookup| match ClassName::new(class) {
        Ok(_) => found,
        Err(name) => Lookup::BadClass(name),
    };
    match path {
        ["runtimes" | "quotas" | "class" | "limits"] => Lookup::Table,
        ["limits", "installed" | "eval" | "class"] => Lookup::Table,
        ["class", class] | ["limits", "class", class] => beneath_class(class, Lookup::Table),
        ["class", class, "enabled"] => beneath_class(class, Lookup::Key(ValueKind::Switch)),
        ["limits", "installed" | "eval", name] => limit(name),
        ["limits", "class", class, name] => beneath_class(class, limit(name)),
        ["quotas", name] => QUOTAS
            .iter()
            .find(|(quota, _, _)| quota == name)
            .map_or(Lookup::Unknown, |(_, unit, _)| {
                Lookup::Key(ValueKind::Number(*unit))
            }),
        _ => {
            // A quoted TOML key may hold a dot; joined, it would pass for a path it is not.
            if path.iter().any(|segment| segment.contains('.')) {
                return Lookup::Unknown;
            }
            let name = path.join(".");
            KEYS.iter()
                .find(|key| key.name == name)
                .map_or(Lookup::Unknown, |key| Lookup::Key(key.kind))
        }
    }
}

/// The key most like `path`, if one is like it at all.
pub(crate) fn nearest(path: &[&str]) -> Option<String> {
    let given = path.join(".");
    let class = match path {
        ["class", class, ..] | ["limits", "class", class, ..] => *class,
        _ => "NAME",
    };
    let fixed = KEYS.iter().map(|key| key.name.to_owned());
    let quotas = QUOTAS.iter().map(|(name, _, _)| format!("quotas.{name}"));
    let limits = LimitKind::ALL.iter().flat_map(|kind| {
        [
            format!("limits.installed.{kind}"),
            format!("limits.eval.{kind}"),
            format!("limits.class.{class}.{kind}"),
        ]
    });
    let enabled = std::iter::once(format!("class.{class}.enabled"));
    fixed
        .chain(quotas)
        .chain(limits)
        .chain(enabled)
        .map(|name| (strsim::damerau_levenshtein(&given, &name), name))
        .filter(|(distance, name)| *distance <= (name.len() / 3).max(2))
        .min()
        .map(|(_, name)| name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_fixed_key_is_found_by_its_name() {
        for key in KEYS {
            let path: Vec<_> = key.name.split('.').collect();
            assert_eq!(lookup(&path), Lookup::Key(key.kind), "{}", key.name);
            assert!(!key.doc.is_empty());
        }
    }

    #[test]
    fn a_quoted_dot_is_no_path() {
        assert_eq!(lookup(&["runtimes.lua"]), Lookup::Unknown);
        assert!(matches!(
            lookup(&["class", "../x", "enabled"]),
            Lookup::BadClass(_)
        ));
    }

    #[test]
    fn a_slip_of_the_hand_finds_its_key() {
        assert_eq!(nearest(&["lua_clas_dir"]).unwrap(), "lua_class_dir");
        assert_eq!(
            nearest(&["limits", "eval", "object_read"]).unwrap(),
            "limits.eval.object-read"
        );
        assert_eq!(
            nearest(&["class", "lua", "enable"]).unwrap(),
            "class.lua.enabled"
        );
        assert_eq!(nearest(&["completely-different-thing"]), None);
    }
}
