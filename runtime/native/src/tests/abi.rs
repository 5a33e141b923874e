//! The header and `class-abi` are the same ABI.

use std::{fmt::Write as _, fs, mem::offset_of, process::Command};

use class_abi as abi;

use super::*;

/// Name and value of everything both sides must agree on, as Rust has it.
fn ours() -> Vec<(String, usize)> {
    let mut facts = vec![
        ("OBJCLASS_ABI".into(), abi::ABI as usize),
        ("OBJCLASS_RD".into(), abi::RD as usize),
        ("OBJCLASS_WR".into(), abi::WR as usize),
    ];
    macro_rules! layout {
        ($($c:literal = $rust:ident { $($field:ident),* $(,)? })*) => {$(
            facts.push((format!("sizeof({})", $c), size_of::<abi::$rust>()));
            $(facts.push((
                format!("offsetof({}, {})", $c, stringify!($field)),
                offset_of!(abi::$rust, $field),
            ));)*
        )*};
    }
    layout! {
        "objclass_registry" = Registry { host }
        "objclass_call" = Call { host }
        "objclass_bytes" = Bytes { data, size }
        "objclass_pair" = Pair { key, value }
        "objclass_keys" = Keys { keys, count, more }
        "objclass_pairs" = Pairs { pairs, count, more }
        "objclass_object_stat" = Stat { size, mtime_ns }
        "objclass_info" = Info { size, pool, name_space, oid, origin, version, subop, access }
        "objclass_method" = Method { size, name, flags, unused, run, doc }
        "objclass_host" = Host { size }
    }
    for (name, offset) in abi::Host::FIELDS {
        facts.push((format!("offsetof(objclass_host, {name})"), *offset));
    }
    facts
}

/// What a C compiler makes of the same expressions.
fn theirs(include: &Path, facts: &[(String, usize)]) -> Vec<usize> {
    let mut source = String::from("#include <stdio.h>\n#include \"objclass.h\"\nint main(void){\n");
    for (expression, _) in facts {
        writeln!(source, "printf(\"%zu\\n\", (size_t)({expression}));").unwrap();
    }
    source.push_str("return 0;}\n");
    let directory = tempfile::tempdir().unwrap();
    let (input, program) = (directory.path().join("a.c"), directory.path().join("a"));
    fs::write(&input, source).unwrap();
    let compiled = Command::new("cc")
        .arg("-I")
        .arg(include)
        .arg(&input)
        .arg("-o")
        .arg(&program)
        .status()
        .unwrap();
    assert!(compiled.success());
    let printed = Command::new(program).output().unwrap().stdout;
    String::from_utf8(printed)
        .unwrap()
        .lines()
        .map(|line| line.parse().unwrap())
        .collect()
}

#[test]
fn every_size_and_offset_is_the_same_in_c_and_rust() {
    let facts = ours();
    let (expected, values): (Vec<_>, Vec<_>) = facts.iter().cloned().unzip();
    assert_eq!(
        expected.iter().zip(values).collect::<Vec<_>>(),
        expected
            .iter()
            .zip(theirs(&header(), &facts))
            .collect::<Vec<_>>()
    );
    let last = abi::Host::FIELDS.last().unwrap();
    assert_eq!(last.1 + size_of::<usize>(), size_of::<abi::Host>());
}

#[test]
fn nothing_of_the_first_release_has_moved() {
    let facts: Vec<_> = ours()
        .into_iter()
        .filter(|(expression, _)| {
            ![
                "interrupted)",
                "doc)",
                "sizeof(objclass_method)",
                "sizeof(objclass_host)",
            ]
            .iter()
            .any(|newer| expression.ends_with(newer))
        })
        .collect();
    let values: Vec<_> = facts.iter().map(|(_, value)| *value).collect();
    assert_eq!(values, theirs(&pinned_header(), &facts));
    let sizes = [
        ("sizeof(objclass_host)".into(), abi::HOST_SIZE_1_0),
        ("sizeof(objclass_method)".into(), abi::METHOD_SIZE_1_0),
    ];
    assert_eq!(
        theirs(&pinned_header(), &sizes),
        [abi::HOST_SIZE_1_0, abi::METHOD_SIZE_1_0]
    );
}

#[test]
fn the_header_is_clean_c_and_clean_cpp() {
    for (compiler, standard) in [
        ("cc", "-std=c11"),
        ("c++", "-std=c++11"),
        ("c++", "-std=c++20"),
    ] {
        let directory = tempfile::tempdir().unwrap();
        let extension = if compiler == "cc" { "c" } else { "cc" };
        let input = directory.path().join(format!("class.{extension}"));
        let body = "int32_t objclass_init(objclass_registry *r) { (void)r; return 0; }\n\
                    OBJCLASS_DEPENDS(\"lock version\")\n";
        fs::write(&input, class_source("clean", body)).unwrap();
        let compiled = Command::new(compiler)
            .args([
                standard,
                "-Wall",
                "-Wextra",
                "-Wpedantic",
                "-Werror",
                "-fPIC",
                "-shared",
            ])
            .arg("-I")
            .arg(header())
            .arg("-o")
            .arg(directory.path().join("out"))
            .arg(&input)
            .output()
            .unwrap();
        let errors = String::from_utf8_lossy(&compiled.stderr);
        assert!(compiled.status.success(), "{compiler} {standard}: {errors}");
        let bytes = fs::read(directory.path().join("out")).unwrap();
        let class = open("clean", bytes).unwrap();
        assert_eq!(class.dependencies().len(), 2, "{compiler} {standard}");
        assert_eq!(class.version(), Some("1"));
    }
}
