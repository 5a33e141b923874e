//! Names to files: which one decides, and what its refusal means.

use std::os::unix::fs::symlink;

use super::*;
use crate::ClassList;

#[test]
fn a_class_opens_once_and_is_found_again() {
    let site = Site::new();
    let file = site.install("lua/cls_hello.lua", "methods say_hello record_hello");
    let loader = site.loader();
    let hello = loader.open("hello").unwrap();
    assert_eq!(hello.name.as_str(), "hello");
    assert_eq!(hello.backend, "lua");
    assert_eq!(hello.file.as_ref(), Some(&file));
    assert_eq!(hello.limits, Limits::INSTALLED);
    let (index, method) = hello.method("record_hello").unwrap();
    assert_eq!((index, method.name.as_str()), (1, "record_hello"));
    assert!(hello.method("sing").is_none());
    assert!(Arc::ptr_eq(&hello, &loader.open("hello").unwrap()));
    assert_eq!(site.lua.opens(), 1);
}

#[test]
fn impossible_names_are_refused_before_any_file_is_looked_for() {
    // Directories that cannot be looked into would be complained about if anybody looked.
    let site = Site::new();
    set_mode(&site.path("lua"), 0o777);
    let loader = site.loader();
    let long = "x".repeat(65);
    let huge = "x".repeat(4096);
    for name in [
        "",
        ".",
        "..",
        "/",
        "../x",
        "a/b",
        "a\0b",
        "hello\n",
        "hello ",
        "hello.",
        "%2e%2e",
        "h\u{435}llo",
        &long,
        &huge,
    ] {
        let error = refused(&loader, name, Errno::EINVAL);
        assert!(
            matches!(error, ClassUnavailable::InvalidName(_)),
            "{name:?}"
        );
    }
    refused(&loader, "possible", Errno::EIO);
}

#[test]
fn an_unknown_class_says_where_it_was_looked_for() {
    let site = Site::new();
    let error = refused(&site.loader(), "nope", Errno::EOPNOTSUPP);
    assert_eq!(
        error.reason(),
        format!(
            "there is no class nope: {} does not exist",
            site.path("lua/cls_nope.lua").display()
        )
    );
}

#[test]
fn the_first_kind_decides_and_within_it_the_first_directory() {
    let mut site = Site::new();
    for dir in ["native", "lua2", "wasm"] {
        site.dir(dir);
    }
    site.config.dirs = vec![
        ("wasm", vec![site.path("wasm")]),
        ("lua", vec![site.path("lua"), site.path("lua2")]),
        ("native", vec![site.path("native")]),
    ];
    let (native, wasm) = (Fake::named("native"), Fake::named("wasm"));
    let runtimes = runtimes(&[&Arc::new(wasm), &site.lua, &Arc::new(native)]);
    let fresh = || Loader::new(runtimes.clone(), site.config.clone());
    let files = [
        "native/libcls_x.so",
        "lua/cls_x.lua",
        "lua2/cls_x.lua",
        "wasm/cls_x.wasm",
    ];
    for file in files {
        site.install(file, "methods a");
    }
    for file in files {
        let loader = fresh();
        assert_eq!(loader.open("x").unwrap().file, Some(site.path(file)));
        let table = loader.list();
        assert_eq!(table.classes[1].name.as_str(), "x");
        let later: Vec<_> = files
            .iter()
            .skip_while(|other| **other != file)
            .skip(1)
            .map(|other| site.path(other))
            .collect();
        assert_eq!(table.classes[1].shadowed, later);
        site.remove(file);
    }
    refused(&fresh(), "x", Errno::EOPNOTSUPP);
}

#[test]
fn a_broken_file_is_an_error_and_nothing_else_is_tried() {
    let mut site = Site::new();
    site.dir("native");
    site.dir("lua2");
    site.config.dirs = vec![
        ("native", vec![site.path("native")]),
        ("lua", vec![site.path("lua"), site.path("lua2")]),
    ];
    site.install("lua2/cls_x.lua", "methods a");
    let loader = || {
        let native = Arc::new(Fake::named("native"));
        Loader::new(runtimes(&[&native, &site.lua]), site.config.clone())
    };
    let native = site.path("native/libcls_x.so");
    let lua = site.path("lua/cls_x.lua");
    type Breakage = fn(&Path);
    let breakages: [(&str, Breakage); 6] = [
        ("broken on purpose", |path| {
            write(path, b"broken on purpose")
        }),
        ("is empty: copy it again", |path| write(path, b"")),
        ("is a directory", |path| fs::create_dir(path).unwrap()),
        ("is a symbolic link", |path| {
            symlink("cls_good.lua", path).unwrap()
        }),
        ("is writable by everybody", |path| {
            write(path, b"methods a");
            set_mode(path, 0o666);
        }),
        ("has 1048577 bytes", |path| {
            write(path, &[b' '; (1 << 20) + 1]);
        }),
    ];
    for (reason, breakage) in breakages {
        for path in [&native, &lua] {
            breakage(path);
            let error = refused(&loader(), "x", Errno::EIO);
            assert!(error.reason().contains(reason), "{}", error.reason());
            assert!(
                error.reason().contains(path.to_str().unwrap()),
                "{}",
                error.reason()
            );
            fs::remove_dir(path)
                .or_else(|_| fs::remove_file(path))
                .unwrap();
            assert_eq!(
                loader().open("x").unwrap().file,
                Some(site.path("lua2/cls_x.lua")),
                "with the broken file gone, the next one is found"
            );
        }
    }
}

#[test]
fn a_file_whose_runtime_is_not_built_in_names_the_feature() {
    let mut site = Site::new();
    site.dir("wasm");
    site.config.dirs.push(("wasm", vec![site.path("wasm")]));
    let file = site.install("wasm/cls_x.wasm", "\0asm");
    let error = refused(&site.loader(), "x", Errno::EOPNOTSUPP);
    assert_eq!(
        error.reason(),
        format!(
            "class x ({}) needs the wasm runtime, which this build lacks: build with cargo feature \"wasm\"",
            file.display()
        )
    );
    // Lua comes before WASM.
    site.install("lua/cls_x.lua", "methods a");
    assert_eq!(site.loader().open("x").unwrap().backend, "lua");
    // Without Lua, class lua is not merely unknown, and native files before Lua's still count.
    site.dir("native");
    site.config.dirs.push(("native", vec![site.path("native")]));
    site.install("native/libcls_x.so", "\x7fELF");
    let error = refused(&site.loader(), "x", Errno::EOPNOTSUPP);
    assert!(
        error.reason().contains("cargo feature \"native\""),
        "{}",
        error.reason()
    );
    let bare = Loader::new(runtimes(&[]), site.config.clone());
    let error = refused(&bare, "lua", Errno::EOPNOTSUPP);
    assert!(
        error.reason().contains("cargo feature \"lua\""),
        "{}",
        error.reason()
    );
}

#[test]
fn a_class_off_the_load_list_is_not_permitted_and_its_file_is_not_read() {
    let mut site = Site::new();
    site.install("lua/cls_hello.lua", "methods a\ndepends lua");
    site.install("lua/cls_other.lua", "methods a");
    site.config.load_list = ClassList::parse("hello").unwrap();
    let loader = site.loader();
    // Class lua, which its runtime implies, need not be listed, not even when the class repeats it.
    loader.open("hello").unwrap();
    for name in ["other", "lua", "nope"] {
        let error = refused(&loader, name, Errno::EPERM);
        assert_eq!(
            error.to_string(),
            format!("class {name} is not on class_load_list")
        );
    }
    assert_eq!(site.lua.opens(), 1);
    assert_eq!(state(&loader, "other"), ClassState::Disabled);
}

#[test]
fn the_default_list_marks_classes_that_need_no_grant() {
    let mut site = Site::new();
    site.install("lua/cls_open.lua", "methods a");
    site.install("lua/cls_granted.lua", "methods a");
    site.config.default_list = ClassList::parse("open").unwrap();
    let loader = site.loader();
    assert!(loader.open("open").unwrap().by_default);
    assert!(!loader.open("granted").unwrap().by_default);
}

#[test]
fn limits_of_a_class_come_with_it() {
    let mut site = Site::new();
    site.install("lua/cls_x.lua", "methods a");
    let overrides = site.config.policy.per_class.entry(class("x")).or_default();
    overrides.set(objclass::LimitKind::Memory, 1 << 20);
    let loader = site.loader();
    let x = loader.open("x").unwrap();
    assert_eq!(x.limits.memory, 1 << 20);
    assert_eq!(loader.open("lua").unwrap().limits, Limits::EVAL);
}

#[test]
fn a_refused_directory_is_named_and_hides_nothing_beyond_it() {
    let mut site = Site::new();
    let second = site.dir("lua2");
    site.config.dirs = vec![("lua", vec![site.path("lua"), second])];
    site.install("lua2/cls_x.lua", "methods a");
    set_mode(&site.path("lua"), 0o777);
    let loader = site.loader();
    let error = refused(&loader, "x", Errno::EIO);
    assert_eq!(
        error.reason(),
        format!(
            "class x was not looked for in a directory that is refused: {path} is writable by everybody (mode 0777): chmod go-w {path}",
            path = site.path("lua").display()
        )
    );
    // Repaired, it works without a restart.
    set_mode(&site.path("lua"), 0o755);
    loader.open("x").unwrap();
}

#[test]
fn twice_the_same_method_is_an_error() {
    let site = Site::new();
    site.install("lua/cls_x.lua", "methods a b a");
    let error = refused(&site.loader(), "x", Errno::EIO);
    assert!(
        error.reason().ends_with("method a is registered twice"),
        "{}",
        error.reason()
    );
}

#[test]
fn no_method_at_all_is_an_error() {
    let site = Site::new();
    site.install("lua/cls_x.lua", "-- only a comment");
    let error = refused(&site.loader(), "x", Errno::EIO);
    assert!(
        error
            .reason()
            .starts_with("class x registers no method in "),
        "{}",
        error.reason()
    );
}
