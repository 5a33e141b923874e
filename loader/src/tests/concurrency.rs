//! Many threads.

use std::{
    sync::{Barrier, mpsc},
    thread,
    time::Duration,
};

use super::*;

#[test]
fn threads_that_want_the_same_class_open_it_once() {
    let site = Site::new();
    for number in 0..50 {
        site.install(&format!("lua/cls_c{number}.lua"), "methods a\nslow");
    }
    let loader = site.loader();
    let start = Barrier::new(8);
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                start.wait();
                for number in 0..50 {
                    loader.open(&format!("c{number}")).unwrap();
                }
            });
        }
    });
    assert_eq!(site.lua.opens(), 50);
}

#[test]
fn a_class_that_takes_long_to_open_delays_nobody_else() {
    let site = Site::new();
    site.install("lua/cls_slow.lua", "methods a\nwait");
    site.install("lua/cls_fast.lua", "methods a");
    site.install("lua/cls_open.lua", "methods a");
    let loader = site.loader();
    loader.open("open").unwrap();
    thread::scope(|scope| {
        let slow = scope.spawn(|| loader.open("slow").unwrap());
        // From here on the backend is inside `open`, until the gate is passed again.
        site.lua.gate.wait();
        let (done, finished) = mpsc::channel();
        let others = scope.spawn({
            let loader = &loader;
            move || {
                loader.open("open").unwrap();
                loader.open("fast").unwrap();
                assert!(loader.open("missing").is_err());
                assert_eq!(state(loader, "slow"), ClassState::Initializing);
                loader.reconfigure((*loader.config()).clone());
                loader.open("fast").unwrap();
                done.send(()).unwrap();
            }
        });
        let in_time = finished.recv_timeout(Duration::from_secs(10));
        site.lua.gate.wait();
        assert!(in_time.is_ok(), "others waited for the slow class");
        others.join().unwrap();
        // The configuration changed under it, and it opened all the same.
        assert_eq!(slow.join().unwrap().name.as_str(), "slow");
        assert_eq!(state(&loader, "slow"), ClassState::Open);
    });
}

#[test]
fn a_backend_that_panics_harms_nothing_but_its_caller() {
    let site = Site::new();
    site.install("lua/cls_x.lua", "panic");
    site.install("lua/cls_y.lua", "methods a");
    let loader = site.loader();
    for _ in 0..2 {
        thread::scope(|scope| assert!(scope.spawn(|| loader.open("x")).join().is_err()));
    }
    loader.open("y").unwrap();
    loader.reload();
    site.install("lua/cls_x.lua", "methods a");
    loader.open("x").unwrap();
}

#[test]
fn a_class_switched_off_while_it_opens_is_not_handed_out() {
    let site = Site::new();
    site.install("lua/cls_slow.lua", "methods a\nwait");
    let loader = site.loader();
    thread::scope(|scope| {
        let slow = scope.spawn(|| loader.open("slow"));
        site.lua.gate.wait();
        let mut off = site.config.clone();
        off.disabled_classes.insert(class("slow"));
        loader.reconfigure(off);
        site.lua.gate.wait();
        let error = slow.join().unwrap().unwrap_err();
        assert!(
            matches!(error, ClassUnavailable::Disabled { .. }),
            "{error}"
        );
    });
    refused(&loader, "slow", Errno::EOPNOTSUPP);
}

#[test]
fn a_version_replaced_while_its_dependency_opens_is_not_handed_out() {
    let site = Site::new();
    site.install("lua/cls_a.lua", "methods old\ndepends b");
    site.install("lua/cls_b.lua", "methods m");
    let loader = site.loader();
    loader.open("a").unwrap();
    site.remove("lua/cls_b.lua");
    loader.reload();
    loader.reconfigure(site.config.clone());
    // A caller that wants a has its old version in hand now, and waits for b.
    site.install("lua/cls_b.lua", "methods m\nwait");
    thread::scope(|scope| {
        let wanted = scope.spawn(|| loader.open("a").unwrap());
        site.lua.gate.wait();
        site.install("lua/cls_a.lua", "methods new");
        let outcomes = loader.reload();
        site.lua.gate.wait();
        assert_eq!(outcomes.len(), 1);
        assert_eq!(text(&wanted.join().unwrap()), "methods new");
    });
    assert_eq!(text(&loader.open("a").unwrap()), "methods new");
}

#[test]
fn opening_reconfiguring_and_reloading_at_once_always_ends() {
    let site = Site::new();
    for number in 0..6 {
        let text = format!("methods a\ndepends c{}", number + 1);
        site.install(&format!("lua/cls_c{number}.lua"), &text);
    }
    site.install("lua/cls_c6.lua", "methods a");
    let loader = site.loader();
    let mut off = site.config.clone();
    off.disabled_classes.insert(class("c3"));
    thread::scope(|scope| {
        for _ in 0..3 {
            scope.spawn(|| {
                for number in (0..7).cycle().take(700) {
                    // Either it opens, or c3 was off at that moment.
                    if let Err(error) = loader.open(&format!("c{number}")) {
                        assert_eq!(error.errno(), Errno::EOPNOTSUPP, "{}", error.reason());
                        assert!(number <= 3);
                    }
                }
            });
        }
        scope.spawn(|| {
            for _ in 0..50 {
                loader.reconfigure(off.clone());
                loader.reconfigure(site.config.clone());
            }
        });
        scope.spawn(|| {
            for version in 0..20 {
                site.install("lua/cls_c6.lua", &format!("methods a\nversion {version}"));
                loader.reload();
            }
        });
    });
    loader.reload();
    assert!(text(&loader.open("c6").unwrap()).ends_with("version 19"));
    loader.open("c0").unwrap();
}
