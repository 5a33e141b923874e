//! What the loader says of itself.

use super::*;
use crate::{ClassList, Found};

#[test]
fn an_explanation_shows_every_path_in_order_and_why() {
    let mut site = Site::new();
    site.dir("native");
    site.dir("wasm");
    site.config.dirs = vec![
        ("lua", vec![site.path("none"), site.path("lua")]),
        ("native", vec![site.path("native")]),
        ("wasm", vec![site.path("wasm")]),
    ];
    site.install("lua/cls_x.lua", "methods a");
    site.install("wasm/cls_x.wasm", "12345");
    let native = Arc::new(Fake::named("native"));
    let loader = Loader::new(runtimes(&[&native, &site.lua]), site.config.clone());
    let explained = loader.explain("x").unwrap();
    assert_eq!(explained.state, ClassState::Open);
    assert!(explained.permitted && explained.by_default && explained.builtin.is_none());
    let open = explained.outcome.unwrap();
    let seen: Vec<_> = explained
        .candidates
        .iter()
        .map(|candidate| {
            let path = candidate.path.strip_prefix(site.root.path()).unwrap();
            (
                path.to_str().unwrap(),
                candidate.chosen,
                candidate.reason.as_str(),
            )
        })
        .collect();
    let none = format!("{} does not exist", site.path("none").display());
    assert_eq!(
        seen,
        [
            ("native/libcls_x.so", false, "does not exist"),
            ("none/cls_x.lua", false, none.as_str()),
            ("lua/cls_x.lua", true, "first found: 9 bytes, open"),
            (
                "wasm/cls_x.wasm",
                false,
                "not used: an earlier file decides"
            ),
        ]
    );
    let Found::File { size, digest } = explained.candidates[2].found else {
        panic!("not found");
    };
    assert_eq!((size, Some(digest)), (9, open.digest));
}

#[test]
fn an_explanation_says_why_a_class_does_not_open() {
    let mut site = Site::new();
    site.dir("wasm");
    site.config.dirs.push(("wasm", vec![site.path("wasm")]));
    let path = site.install("lua/cls_x.lua", "methods a");
    site.install("wasm/cls_w.wasm", "12345");
    set_mode(&path, 0o664);
    let loader = site.loader();
    let explained = loader.explain("x").unwrap();
    assert_eq!(explained.state, ClassState::Broken);
    assert_eq!(
        explained.candidates[0].reason,
        format!(
            "refused, and nothing is tried instead: {path} is writable by its group (mode 0664): chmod g-w {path}",
            path = path.display()
        )
    );
    let explained = loader.explain("w").unwrap();
    assert_eq!(explained.state, ClassState::Disabled);
    assert_eq!(
        explained.candidates[1].reason,
        "first found, but this build lacks the wasm runtime"
    );
    let explained = loader.explain("nope").unwrap();
    assert_eq!(explained.state, ClassState::Missing);
    assert_eq!(explained.candidates.len(), 2);
    let explained = loader.explain("lua").unwrap();
    assert_eq!(explained.builtin, Some("lua"));
    assert!(explained.candidates.is_empty());
    assert!(loader.explain("../x").is_err());
}

#[test]
fn an_explanation_tells_an_edited_file_from_what_runs() {
    let site = Site::new();
    site.install("lua/cls_x.lua", "methods a");
    let loader = site.loader();
    let running = loader.open("x").unwrap().digest.unwrap();
    site.install("lua/cls_x.lua", "methods b!");
    assert_eq!(
        loader.explain("x").unwrap().candidates[0].reason,
        format!(
            "first found: 10 bytes, but version {running} stays open until a reload or restart"
        )
    );
}

#[test]
fn a_listing_opens_nothing_and_leaves_nothing_out_silently() {
    let mut site = Site::new();
    let bad = site.dir("bad");
    set_mode(&bad, 0o777);
    site.config.dirs = vec![("lua", vec![site.path("lua"), site.path("none"), bad])];
    site.config.load_list = ClassList::parse("a b lua").unwrap();
    site.config.default_list = ClassList::parse("b").unwrap();
    for name in [
        "cls_a.lua",
        "cls_b.lua",
        "cls_c.lua",
        "cls_b.lua~",
        ".cls_d.lua",
        "cls_e.f.lua",
        "README",
    ] {
        site.install(&format!("lua/{name}"), "methods m");
    }
    let loader = site.loader();
    let table = loader.list();
    assert_eq!(site.lua.opens(), 0);
    let seen: Vec<_> = table
        .classes
        .iter()
        .map(|status| {
            (
                status.name.as_str(),
                status.state.name(),
                status.permitted,
                status.by_default,
            )
        })
        .collect();
    assert_eq!(
        seen,
        [
            ("a", "unknown", true, false),
            ("b", "unknown", true, true),
            ("c", "disabled", false, false),
            ("lua", "open", true, false),
        ]
    );
    let [lua, none, bad] = &table.directories[..] else {
        panic!("{:?}", table.directories);
    };
    assert_eq!((lua.class_files, lua.other_files), (3, 2));
    assert_eq!((lua.skipped.hidden, lua.skipped.leftovers), (1, 1));
    assert!(none.refused.as_ref().unwrap().is_missing());
    assert!(
        bad.refused
            .as_ref()
            .unwrap()
            .to_string()
            .contains("chmod go-w")
    );

    set_mode(&site.path("bad"), 0o755);
    loader.open("a").unwrap();
    let table = loader.list();
    let a = &table.classes[0];
    assert_eq!(
        (a.state, a.methods, a.version.is_some()),
        (ClassState::Open, Some(1), true)
    );
}

#[test]
fn a_directory_named_twice_does_not_hide_its_own_files() {
    let mut site = Site::new();
    site.config.dirs.push(site.config.dirs[0].clone());
    site.install("lua/cls_a.lua", "methods m");
    let table = site.loader().list();
    assert!(table.classes[0].shadowed.is_empty());
    assert_eq!(table.directories.len(), 1);
}

#[test]
fn preloading_reports_every_failure_and_opens_the_rest() {
    let mut site = Site::new();
    site.config.load_list = ClassList::parse("bad1 bad2 good needs").unwrap();
    site.install("lua/cls_bad1.lua", "broken");
    site.install("lua/cls_bad2.lua", "");
    site.install("lua/cls_good.lua", "methods a");
    site.install("lua/cls_needs.lua", "methods a\ndepends good nowhere");
    site.install("lua/cls_unlisted.lua", "broken");
    let loader = site.loader();
    let report = loader.preload();
    let failed: Vec<_> = report
        .failures
        .iter()
        .map(|(name, _)| name.as_str())
        .collect();
    assert_eq!(failed, ["bad1", "bad2", "needs"]);
    assert_eq!(report.opened, 1);
    assert!(report.directories.is_empty());
    assert_eq!(state(&loader, "good"), ClassState::Open);

    set_mode(&site.path("lua"), 0o777);
    let report = site.loader().preload();
    assert!(report.directories[0].to_string().contains("chmod go-w"));
}

#[test]
fn open_classes_on_start_opens_them() {
    let mut site = Site::new();
    site.install("lua/cls_a.lua", "methods a");
    site.loader();
    assert_eq!(site.lua.opens(), 0);
    site.config.open_classes_on_start = true;
    site.loader();
    assert_eq!(site.lua.opens(), 1);
}

#[test]
fn a_file_is_checked_before_it_is_installed() {
    let site = Site::new();
    site.dir("draft");
    set_mode(&site.path("draft"), 0o777);
    site.install("lua/cls_there.lua", "methods a");
    let path = site.install("draft/cls_x.lua", "methods a b\ndepends lua there absent");
    let loader = site.loader();
    let report = loader.check_file(&path).unwrap();
    assert_eq!((report.class.as_str(), report.runtime), ("x", "lua"));
    assert_eq!(report.methods.len(), 2);
    let names: Vec<_> = report.dependencies.iter().map(ClassName::as_str).collect();
    assert_eq!(names, ["lua", "there", "absent"]);
    assert_eq!(report.missing.len(), 1);
    assert!(
        report.missing[0]
            .reason()
            .contains("there is no class absent")
    );
    assert_eq!(report.objections.len(), 1);
    assert!(
        report.objections[0]
            .to_string()
            .contains("draft is writable by everybody")
    );
    refused(&loader, "x", Errno::EOPNOTSUPP);

    let mine = site.install("draft/x.lua", "methods a");
    let error = loader.check_file(&mine).unwrap_err();
    assert_eq!(
        error.to_string(),
        format!(
            "{} is not named like a class file: libcls_NAME.so, cls_NAME.lua, cls_NAME.wasm",
            mine.display()
        )
    );
    for (name, text, errno) in [
        ("cls_a.b.lua", "methods a", Errno::EINVAL),
        ("cls_b.lua", "broken", Errno::EIO),
        ("cls_c.lua", "", Errno::EIO),
        ("cls_d.wasm", "12345", Errno::EOPNOTSUPP),
    ] {
        let path = site.install(&format!("draft/{name}"), text);
        assert_eq!(
            loader.check_file(&path).unwrap_err().errno(),
            errno,
            "{name}"
        );
    }
}
