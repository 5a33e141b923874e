//! Files that change under a running engine.

use std::{
    fs::File,
    sync::atomic::AtomicBool,
    thread,
    time::{Duration, Instant, SystemTime},
};

use super::*;
use crate::Reloaded;

/// The one outcome of a reload with one class open.
#[track_caller]
fn reload(loader: &Loader) -> Reloaded {
    let mut outcomes = loader.reload();
    assert_eq!(outcomes.len(), 1, "{outcomes:?}");
    outcomes.remove(0).result
}

#[test]
fn an_edited_file_answers_anew_after_a_restart_or_reload_and_not_before() {
    let site = Site::new();
    site.install("lua/cls_x.lua", "methods a");
    let loader = site.loader();
    loader.open("x").unwrap();
    site.install("lua/cls_x.lua", "methods b");
    assert_eq!(text(&loader.open("x").unwrap()), "methods a");
    loader.reconfigure(site.config.clone());
    assert_eq!(text(&loader.open("x").unwrap()), "methods a");
    assert_eq!(text(&site.loader().open("x").unwrap()), "methods b");
    let Reloaded::Replaced { version, digest } = reload(&loader) else {
        panic!("not replaced");
    };
    let new = loader.open("x").unwrap();
    assert_eq!(text(&new), "methods b");
    assert_eq!((new.version, new.digest), (version, Some(digest)));
}

#[test]
fn an_unchanged_file_is_not_compiled_again() {
    let site = Site::new();
    site.install("lua/cls_x.lua", "methods a");
    let loader = site.loader();
    let before = loader.open("x").unwrap();
    // Installed again: another inode and other times, the same content.
    site.install("lua/cls_x.lua", "methods a");
    assert!(matches!(reload(&loader), Reloaded::Unchanged));
    assert_eq!(loader.open("x").unwrap().version, before.version);
    assert_eq!(site.lua.opens(), 1);
}

#[test]
fn other_content_of_the_same_size_and_time_is_noticed() {
    let site = Site::new();
    let path = site.install("lua/cls_x.lua", "methods a");
    let long_ago = SystemTime::UNIX_EPOCH + Duration::from_secs(1_000_000_000);
    let backdate = || {
        let file = File::options().write(true).open(&path).unwrap();
        file.set_modified(long_ago).unwrap();
    };
    backdate();
    let loader = site.loader();
    loader.open("x").unwrap();
    fs::write(&path, "methods b").unwrap();
    backdate();
    assert!(matches!(reload(&loader), Reloaded::Replaced { .. }));
    assert_eq!(text(&loader.open("x").unwrap()), "methods b");
}

#[test]
fn a_broken_new_version_leaves_the_old_one_and_shows_why() {
    let site = Site::new();
    let path = site.install("lua/cls_x.lua", "methods a");
    let loader = site.loader();
    let before = loader.open("x").unwrap();
    type Breakage = fn(&Path);
    let breakages: [(&str, Breakage); 4] = [
        ("broken thing", |path| {
            fs::write(path, "broken thing").unwrap()
        }),
        ("there is no class nowhere", |path| {
            fs::write(path, "methods a\ndepends nowhere").unwrap();
        }),
        ("x -> x", |path| {
            fs::write(path, "methods a\ndepends x").unwrap()
        }),
        ("writable by everybody", |path| set_mode(path, 0o666)),
    ];
    for (reason, breakage) in breakages {
        breakage(&path);
        let Reloaded::Kept { error } = reload(&loader) else {
            panic!("{reason}: not kept");
        };
        assert!(error.reason().contains(reason), "{}", error.reason());
        assert!(Arc::ptr_eq(&before.class, &loader.open("x").unwrap().class));
        let status = loader.list().classes.swap_remove(1);
        assert_eq!(status.state, ClassState::Open);
        assert_eq!(status.version, Some(before.version));
        assert!(status.reload_error.unwrap().reason().contains(reason));
        let explained = loader.explain("x").unwrap();
        assert!(explained.reload_error.unwrap().reason().contains(reason));
        // The old one is no worse off after a change of the configuration.
        loader.reconfigure(site.config.clone());
        assert_eq!(loader.open("x").unwrap().version, before.version);
    }
    site.install("lua/cls_x.lua", "methods b");
    assert!(matches!(reload(&loader), Reloaded::Replaced { .. }));
    assert!(loader.list().classes[1].reload_error.is_none());
}

#[test]
fn a_removed_file_keeps_its_class_until_a_reload() {
    let site = Site::new();
    site.install("lua/cls_x.lua", "methods a");
    let loader = site.loader();
    let held = loader.open("x").unwrap();
    site.remove("lua/cls_x.lua");
    loader.open("x").unwrap();
    assert_eq!(state(&loader, "x"), ClassState::Open);
    loader.reconfigure(site.config.clone());
    loader.open("x").unwrap();
    assert!(matches!(reload(&loader), Reloaded::Closed));
    refused(&loader, "x", Errno::EOPNOTSUPP);
    assert_eq!(text(&held), "methods a");
}

#[test]
fn a_reload_follows_a_directory_that_was_replaced() {
    let site = Site::new();
    site.install("lua/cls_x.lua", "methods a");
    let loader = site.loader();
    loader.open("x").unwrap();
    fs::rename(site.path("lua"), site.path("old")).unwrap();
    site.dir("lua");
    site.install("lua/cls_x.lua", "methods b");
    site.install("lua/cls_y.lua", "methods a");
    refused(&loader, "y", Errno::EOPNOTSUPP);
    assert!(matches!(reload(&loader), Reloaded::Replaced { .. }));
    loader.open("y").unwrap();
}

#[test]
fn classes_that_need_each_others_new_versions_are_replaced_together() {
    let site = Site::new();
    for name in ["a", "b", "c"] {
        site.install(&format!("lua/cls_{name}.lua"), "methods m");
    }
    let loader = site.loader();
    for name in ["a", "b", "c"] {
        loader.open(name).unwrap();
    }
    // New: a needs b needs nothing; c needs what is not there; together with b it would be fine without.
    site.install("lua/cls_a.lua", "methods m\ndepends b");
    site.install("lua/cls_b.lua", "methods m n");
    site.install("lua/cls_c.lua", "methods m\ndepends none");
    let outcomes = loader.reload();
    assert!(
        matches!(outcomes[0].result, Reloaded::Replaced { .. }),
        "{outcomes:?}"
    );
    assert!(
        matches!(outcomes[1].result, Reloaded::Replaced { .. }),
        "{outcomes:?}"
    );
    assert!(
        matches!(outcomes[2].result, Reloaded::Kept { .. }),
        "{outcomes:?}"
    );
    // A dependent of a version that is taken back stands on the old one.
    site.install("lua/cls_a.lua", "methods m\ndepends c b");
    site.install("lua/cls_b.lua", "methods m\ndepends none");
    let outcomes = loader.reload();
    assert!(
        matches!(outcomes[0].result, Reloaded::Replaced { .. }),
        "{outcomes:?}"
    );
    assert!(
        matches!(outcomes[1].result, Reloaded::Kept { .. }),
        "{outcomes:?}"
    );
    assert_eq!(text(&loader.open("b").unwrap()), "methods m n");
}

#[test]
fn a_circle_closed_by_a_reload_is_refused() {
    let site = Site::new();
    site.install("lua/cls_a.lua", "methods m");
    site.install("lua/cls_b.lua", "methods m\ndepends a");
    let loader = site.loader();
    loader.open("b").unwrap();
    loader.open("a").unwrap();
    site.install("lua/cls_a.lua", "methods m\ndepends b");
    let outcomes = loader.reload();
    let Reloaded::Kept { error } = &outcomes[0].result else {
        panic!("{outcomes:?}");
    };
    assert!(
        error.reason().ends_with("a -> b -> a"),
        "{}",
        error.reason()
    );
    assert_eq!(text(&loader.open("a").unwrap()), "methods m");
}

#[test]
fn calls_finish_on_the_version_they_began_with_and_new_ones_see_the_new() {
    let site = Site::new();
    site.install("lua/cls_x.lua", "methods a\nversion 0");
    let loader = site.loader();
    loader.open("x").unwrap();
    let stop = AtomicBool::new(false);
    let calls = AtomicUsize::new(0);
    thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                let mut last = 0;
                while !stop.load(Ordering::Relaxed) {
                    let held = loader.open("x").unwrap();
                    let begun = text(&held);
                    thread::yield_now();
                    assert_eq!(text(&held), begun);
                    assert!(held.version >= last, "an old version came back");
                    last = held.version;
                    calls.fetch_add(1, Ordering::Relaxed);
                }
            });
        }
        for version in 1..=100 {
            site.install("lua/cls_x.lua", &format!("methods a\nversion {version}"));
            let replaced = matches!(reload(&loader), Reloaded::Replaced { .. });
            let seen = text(&loader.open("x").unwrap());
            if !replaced || !seen.ends_with(&format!("version {version}")) {
                stop.store(true, Ordering::Relaxed);
                panic!("after reload {version}: {seen}");
            }
        }
        // On a busy machine the callers may not have run yet.
        let waiting = Instant::now();
        while calls.load(Ordering::Relaxed) <= 100 && waiting.elapsed() < Duration::from_secs(60) {
            thread::yield_now();
        }
        stop.store(true, Ordering::Relaxed);
    });
    assert!(calls.into_inner() > 100);
}

#[test]
fn reloads_during_rename_swaps_run_only_what_was_checked() {
    let site = Site::new();
    site.install("lua/cls_x.lua", "methods a");
    let loader = site.loader();
    loader.open("x").unwrap();
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            let draft = site.path("lua/draft.tmp");
            let mut turn = 0u64;
            while !stop.load(Ordering::Relaxed) {
                fs::write(&draft, format!("methods a\nturn {turn}")).unwrap();
                set_mode(&draft, if turn.is_multiple_of(2) { 0o644 } else { 0o666 });
                fs::rename(&draft, site.path("lua/cls_x.lua")).unwrap();
                turn += 1;
            }
        });
        let mut wrong = None;
        let (mut replaced, mut kept, mut rounds) = (0, 0, 0);
        // On a busy machine the other thread may be late.
        let patience = Instant::now() + Duration::from_secs(30);
        while rounds < 2_000 || (replaced == 0 || kept == 0) && Instant::now() < patience {
            rounds += 1;
            match reload(&loader) {
                Reloaded::Replaced { .. } => replaced += 1,
                Reloaded::Kept { .. } => kept += 1,
                _ => {}
            }
            let open = loader.open("x").unwrap();
            let turn: u64 = text(&open)
                .split(' ')
                .next_back()
                .unwrap()
                .parse()
                .unwrap_or(0);
            if !turn.is_multiple_of(2) {
                wrong = Some(open);
            }
        }
        stop.store(true, Ordering::Relaxed);
        assert!(
            wrong.is_none(),
            "a file others may write was run: {wrong:?}"
        );
        assert!(replaced > 0 && kept > 0, "{replaced} replaced, {kept} kept");
    });
}
