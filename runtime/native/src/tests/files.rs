//! Files that are refused before any of their code runs.

use std::{fs, process::Command};

use objclass::InvalidName;

use super::*;

/// Where a constructor leaves its mark: a file that is there when it ran.
struct Mark {
    directory: tempfile::TempDir,
}

impl Mark {
    fn new() -> Self {
        Self {
            directory: tempfile::tempdir().unwrap(),
        }
    }

    fn path(&self) -> PathBuf {
        self.directory.path().join("ran")
    }

    fn ran(&self) -> bool {
        self.path().exists()
    }

    /// A class whose constructor leaves the mark.
    fn class(&self, name: &str) -> String {
        format!(
            "#include <fcntl.h>
             __attribute__((constructor)) static void constructor(void) {{ creat(\"{}\", 0600); }}
             {}",
            self.path().display(),
            one_method(name, "OBJCLASS_RD", "return 0;")
        )
    }
}

/// Patches one byte range of a good file.
fn patched(mut bytes: Vec<u8>, at: usize, with: &[u8]) -> Vec<u8> {
    bytes[at..at + with.len()].copy_from_slice(with);
    bytes
}

#[test]
fn a_constructor_runs_only_after_every_check_passed() {
    let mark = Mark::new();
    let source = mark.class("mark_good");
    let good = compile(&source);
    // The same file under another class's name, cut short, for another machine, of another ABI: never loaded.
    assert!(matches!(
        open("mark_other", good.clone()),
        Err(OpenError::WrongClass { declared, expected })
            if declared.as_str() == "mark_good" && expected.as_str() == "mark_other"
    ));
    assert!(matches!(
        refused(open("mark_good", good[..good.len() - 1].to_vec())),
        Refused::Truncated { .. }
    ));
    assert!(matches!(
        refused(open("mark_good", patched(good.clone(), 18, &[8, 0]))),
        Refused::WrongMachine { .. }
    ));
    let abi = compile(&source.replace(
        "OBJCLASS(\"mark_good\", \"1\")",
        "const uint32_t objclass_abi = 2; const char objclass_name[] = \"mark_good\"; \
         const char objclass_version[] = \"1\";",
    ));
    assert!(matches!(
        refused(open("mark_good", abi)),
        Refused::WrongAbi {
            found: 2,
            expected: 1
        }
    ));
    assert!(!mark.ran(), "a refused file ran its constructor");
    open("mark_good", good).unwrap();
    assert!(
        mark.ran(),
        "the mark would not have been seen: this test cannot fail"
    );
}

#[test]
fn a_file_cut_at_any_length_is_refused_and_never_crashes() {
    let mark = Mark::new();
    let good = compile(&mark.class("cut"));
    let mut length = 0;
    while length < good.len() {
        let result = open("cut", good[..length].to_vec());
        assert!(
            matches!(refused(result), Refused::NotElf | Refused::Truncated { .. }),
            "{length} of {} bytes",
            good.len()
        );
        length += if length < 512 { 1 } else { 97 };
    }
    assert!(!mark.ran());
}

#[test]
fn headers_that_lie_are_refused_and_never_crash() {
    // Every byte of the file, the headers foremost, set to values that break offsets, sizes and counts. What is still
    // acceptable is only read here, not loaded.
    let good = compile(&one_method("lie", "OBJCLASS_RD", "return 0;"));
    let (name, class) = ("libcls_lie.so", ClassName::new("lie").unwrap());
    let mut refusals = 0;
    for at in 0..good.len() {
        for value in [0x00, 0x7f, 0xff] {
            let bytes = patched(good.clone(), at, &[value]);
            refusals += usize::from(crate::Identity::read(&bytes, name, &class).is_err());
        }
    }
    assert!(refusals > 200, "only {refusals} of the patches mattered");
}

#[test]
fn a_file_for_another_machine_or_format_is_refused() {
    let good = compile(&one_method("machine", "OBJCLASS_RD", "return 0;"));
    let refusal = |at, with: &[u8]| refused(open("machine", patched(good.clone(), at, with)));
    let other: &[u8] = if cfg!(target_arch = "aarch64") {
        &[62, 0]
    } else {
        &[183, 0]
    };
    let error = refusal(18, other);
    assert!(matches!(&error, Refused::WrongMachine { .. }), "{error}");
    assert!(error.to_string().contains("aarch64") && error.to_string().contains("x86-64"));
    assert!(matches!(
        refusal(4, &[1]),
        Refused::WrongFormat { found: "32-bit" }
    ));
    assert!(matches!(
        refusal(5, &[2]),
        Refused::WrongFormat {
            found: "big-endian"
        }
    ));
    assert!(matches!(
        refusal(16, &[2, 0]),
        Refused::NotLibrary {
            found: "an executable"
        }
    ));
    assert!(matches!(
        refusal(16, &[1, 0]),
        Refused::NotLibrary {
            found: "an object file"
        }
    ));
    for text in [
        &b""[..],
        b"\x7fEL",
        b"#!/bin/sh\n",
        b"\0asm\x01\0\0\0",
        b"\x1bLua",
    ] {
        assert!(matches!(
            refused(open("machine", text.to_vec())),
            Refused::NotElf
        ));
    }
}

#[test]
fn demands_on_the_dynamic_linker_are_refused() {
    let mark = Mark::new();
    let source = mark.class("demand");
    let build =
        |flags: &[&str]| refused(open("demand", compile_against(&header(), &source, flags)));
    for (flags, tag) in [
        (["-Wl,--enable-new-dtags,-rpath,/evil"], "RUNPATH"),
        (["-Wl,--disable-new-dtags,-rpath,/evil"], "RPATH"),
    ] {
        assert!(
            matches!(build(&flags), Refused::SearchPath { tag: found, path } if found == tag && path == "/evil")
        );
    }
    assert!(matches!(
        build(&["-Wl,-soname,libm.so.6"]),
        Refused::Soname { soname, expected } if soname == "libm.so.6" && expected == "libcls_demand.so"
    ));
    assert!(matches!(
        build(&["-Wl,--audit,evil.so"]),
        Refused::Linker { tag: "DT_AUDIT" }
    ));
    assert!(matches!(
        build(&["-Wl,-F,evil.so"]),
        Refused::Linker { tag: "DT_FILTER" }
    ));
    assert!(matches!(
        build(&["-Wl,-f,evil.so"]),
        Refused::Linker {
            tag: "DT_AUXILIARY"
        }
    ));
    assert!(matches!(
        build(&["-Wl,-z,execstack"]),
        Refused::ExecutableStack
    ));
    assert!(!mark.ran());
    let own_name = compile_against(&header(), &source, &["-Wl,-soname,libcls_demand.so"]);
    open("demand", own_name).unwrap();
}

#[test]
fn a_library_beside_the_class_is_not_pulled_in() {
    let directory = tempfile::tempdir().unwrap();
    let evil = directory.path().join("libevil.so");
    let planted = compile("__attribute__((visibility(\"default\"))) int evil(void) { return 0; }");
    fs::write(&evil, planted).unwrap();
    let source = one_method(
        "needy",
        "OBJCLASS_RD",
        "extern int evil(void); return evil();",
    );
    let search = format!("-L{}", directory.path().display());
    let bytes = compile_against(&header(), &source, &[&search, "-levil"]);
    let error = refused(open("needy", bytes));
    assert!(
        matches!(&error, Refused::Library { library } if library == "libevil.so"),
        "{error}"
    );
}

#[test]
fn missing_and_malformed_symbols_each_have_their_error() {
    let cases = [
        (
            "int32_t objclass_init(objclass_registry *r) { (void)r; return 0; }",
            "objclass_abi",
        ),
        ("const uint32_t objclass_abi = 1;", "objclass_name"),
        (
            "const uint32_t objclass_abi = 1; const char objclass_name[] = \"sym\";",
            "objclass_version",
        ),
        ("OBJCLASS(\"sym\", \"1\")", "objclass_init"),
    ];
    for (body, expected) in cases {
        let bytes = compile(&format!("#include \"objclass.h\"\n{body}\n"));
        let error = refused(open("sym", bytes));
        assert!(
            matches!(error, Refused::MissingSymbol { symbol } if symbol == expected),
            "{expected}: {error}"
        );
    }
    let init =
        "\n__attribute__((visibility(\"default\"))) int objclass_init(void *r) { return !r; }\n";
    let visible = "__attribute__((visibility(\"default\")))";
    for (symbols, expected) in [
        ("V const char objclass_abi = 1;", "objclass_abi"),
        (
            "V const unsigned objclass_abi = 1; V const char *objclass_name = \"sym\";",
            "objclass_name",
        ),
        (
            "V const unsigned objclass_abi = 1; V const char objclass_name[3] = \"sym\";",
            "objclass_name",
        ),
        (
            "V const unsigned objclass_abi = 1; V const char objclass_name[] = \"sym\"; V const char objclass_version[] = \"\\n\";",
            "objclass_version",
        ),
    ] {
        let error = refused(open(
            "sym",
            compile(&(symbols.replace('V', visible) + init)),
        ));
        assert!(
            matches!(error, Refused::BadSymbol { symbol, .. } if symbol == expected),
            "{symbols}: {error}"
        );
    }
    let ceph = compile(&format!("{visible} void __cls_init(void) {{}}"));
    // By how the build is: without the host library, without libceph-common, or with both, and then it registers nothing.
    let refused = refused(open("sym", ceph));
    assert!(
        matches!(
            refused,
            Refused::CephClass { .. } | Refused::CephCommon { .. } | Refused::CephInit { .. }
        ),
        "{refused}"
    );
}

#[test]
fn unacceptable_names_are_refused() {
    for body in [
        class_source(
            "../x",
            "int32_t objclass_init(objclass_registry *r) { (void)r; return 0; }",
        ),
        class_source(
            "named",
            "OBJCLASS_DEPENDS(\"lock a/b\") int32_t objclass_init(objclass_registry *r) { (void)r; return 0; }",
        ),
    ] {
        let result = open("named", compile(&body));
        assert!(
            matches!(&result, Err(OpenError::Name(InvalidName { given, .. })) if given.contains('/')),
            "{result:?}"
        );
    }
}

#[test]
fn an_undefined_symbol_is_the_dynamic_linkers_refusal() {
    let bytes = compile(&one_method(
        "undefined",
        "OBJCLASS_RD",
        "extern int nobody_has_this(void); return nobody_has_this();",
    ));
    let error = refused(open("undefined", bytes));
    let Refused::Dlopen { message } = error else {
        panic!("{error}")
    };
    assert!(
        message.starts_with("undefined symbol: nobody_has_this"),
        "{message}"
    );
}

#[test]
fn overwriting_the_class_file_after_it_was_opened_changes_nothing() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("libcls_stays.so");
    fs::write(
        &path,
        compile(&one_method("stays", "OBJCLASS_RD", "return 42;")),
    )
    .unwrap();
    let world = World::with([("stays", open("stays", fs::read(&path).unwrap()).unwrap())]);
    // In place, as a careless `cp` does it; with dlopen of the path this is a crash.
    let length = fs::metadata(&path).unwrap().len();
    fs::write(&path, vec![0xcc; usize::try_from(length).unwrap()]).unwrap();
    fs::write(&path, b"").unwrap();
    assert_eq!(
        world.exec(&mut object(), "stays", "run", b"").unwrap().ret,
        42
    );
}

#[test]
fn a_stripped_class_loads() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("class.so");
    fs::write(
        &path,
        compile(&one_method("stripped", "OBJCLASS_RD", "return 1;")),
    )
    .unwrap();
    assert!(Command::new("strip").arg(&path).status().unwrap().success());
    open("stripped", fs::read(&path).unwrap()).unwrap();
}
