//! What is tried again, when, and what it costs until then.

use std::time::{Duration, Instant};

use super::*;
use crate::slot::Slot;

#[test]
fn a_missing_class_is_found_once_it_is_installed() {
    let site = Site::new();
    let loader = site.loader();
    refused(&loader, "late", Errno::EOPNOTSUPP);
    site.install("lua/cls_late.lua", "methods a");
    loader.open("late").unwrap();
}

#[test]
fn a_missing_directory_is_found_once_it_exists_and_again_when_it_was_replaced() {
    let mut site = Site::new();
    site.config.dirs = vec![("lua", vec![site.path("later")])];
    let loader = site.loader();
    refused(&loader, "x", Errno::EOPNOTSUPP);
    site.dir("later");
    site.install("later/cls_x.lua", "methods a");
    loader.open("x").unwrap();
    fs::remove_dir_all(site.path("later")).unwrap();
    site.dir("later");
    site.install("later/cls_y.lua", "methods a");
    loader.open("y").unwrap();
}

#[test]
fn a_broken_file_is_not_compiled_again_until_it_changes() {
    let site = Site::new();
    site.install("lua/cls_x.lua", "broken one");
    let loader = site.loader();
    for _ in 0..1_000 {
        let error = refused(&loader, "x", Errno::EIO);
        assert!(error.reason().ends_with("broken one"));
    }
    assert_eq!(site.lua.opens(), 1);
    assert_eq!(state(&loader, "x"), ClassState::Broken);
    site.install("lua/cls_x.lua", "broken two");
    assert!(
        refused(&loader, "x", Errno::EIO)
            .reason()
            .ends_with("broken two")
    );
    site.install("lua/cls_x.lua", "methods a");
    loader.open("x").unwrap();
    assert_eq!(site.lua.opens(), 3);
}

#[test]
fn a_repaired_mode_counts_as_a_change() {
    let site = Site::new();
    let path = site.install("lua/cls_x.lua", "methods a");
    set_mode(&path, 0o666);
    let loader = site.loader();
    assert!(
        refused(&loader, "x", Errno::EIO)
            .reason()
            .contains("chmod go-w")
    );
    set_mode(&path, 0o644);
    loader.open("x").unwrap();
}

#[test]
fn the_wait_before_the_same_broken_file_is_read_again_doubles_up_to_a_minute() {
    let site = Site::new();
    let path = site.install("lua/cls_x.lua", "broken");
    let dir = sandbox::ScopedDir::open(&site.path("lua"), &sandbox::Trust::default()).unwrap();
    let identity = dir.identity("cls_x.lua").unwrap().unwrap();
    let slot = Slot::new(class("x"));
    let error = ClassUnavailable::NoMethods {
        class: class("x"),
        file: path.clone(),
    };
    let mut now = Instant::now();
    let mut waits = Vec::new();
    for _ in 0..8 {
        slot.failed(&path, identity, &error, now);
        let answered = |after: u64| {
            let later = now + Duration::from_secs(after);
            slot.recall(&path, &identity, later).is_some()
        };
        let wait = (0..100).find(|after| !answered(*after)).unwrap();
        waits.push(wait);
        now += Duration::from_secs(wait);
    }
    assert_eq!(waits, [1, 2, 4, 8, 16, 32, 60, 60]);
    slot.forget_failure();
    assert!(slot.recall(&path, &identity, now).is_none());
}

#[test]
fn a_higher_limit_gives_a_broken_class_another_chance() {
    let site = Site::new();
    site.install("lua/cls_x.lua", "broken");
    let loader = site.loader();
    refused(&loader, "x", Errno::EIO);
    loader.reconfigure(site.config.clone());
    refused(&loader, "x", Errno::EIO);
    assert_eq!(site.lua.opens(), 2);
}

#[test]
fn a_million_unknown_names_leave_nothing_behind() {
    let site = Site::new();
    site.install("lua/cls_known.lua", "methods a");
    let loader = site.loader();
    loader.open("known").unwrap();
    for number in 0..20_000 {
        assert!(loader.open(&format!("unknown{number}")).is_err());
    }
    assert_eq!(loader.all_slots().len(), 1);
    // The rest of the million without a directory: what is kept does not depend on where was looked.
    let nowhere = Loader::new(runtimes(&[&site.lua]), LoaderConfig::default());
    for number in 0..1_000_000 {
        assert!(nowhere.open(&format!("unknown{number}")).is_err());
    }
    assert!(nowhere.all_slots().is_empty());
}

#[test]
fn a_class_whose_broken_file_is_gone_leaves_nothing_behind() {
    let site = Site::new();
    let loader = site.loader();
    site.install("lua/cls_gone.lua", "broken");
    refused(&loader, "gone", Errno::EIO);
    assert_eq!(loader.all_slots().len(), 1);
    site.remove("lua/cls_gone.lua");
    refused(&loader, "gone", Errno::EOPNOTSUPP);
    assert!(loader.all_slots().is_empty());
}

#[test]
fn directories_taken_out_and_put_in_take_effect_at_once() {
    let mut site = Site::new();
    let other = site.dir("other");
    site.install("lua/cls_x.lua", "methods a");
    site.install("lua/cls_y.lua", "methods a");
    site.install("other/cls_x.lua", "methods b");
    let loader = site.loader();
    let first = loader.open("x").unwrap();
    loader.open("y").unwrap();
    // Behind the directory it came from: nothing changes. Before it: another file decides.
    site.config.dirs = vec![("lua", vec![site.path("lua"), other.clone()])];
    loader.reconfigure(site.config.clone());
    assert_eq!(loader.open("x").unwrap().version, first.version);
    site.config.dirs = vec![("lua", vec![other, site.path("lua")])];
    loader.reconfigure(site.config.clone());
    assert_eq!(text(&loader.open("x").unwrap()), "methods b");
    assert_eq!(
        text(&first),
        "methods a",
        "a holder of the old one holds it still"
    );
    // Without its directory a class is gone.
    site.config.dirs = vec![("lua", vec![site.path("other")])];
    loader.reconfigure(site.config.clone());
    refused(&loader, "y", Errno::EOPNOTSUPP);
}
