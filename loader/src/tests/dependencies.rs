//! Classes that need other classes.

use super::*;
use crate::ClassList;

#[test]
fn with_class_lua_off_lua_classes_say_so_and_with_it_on_they_work_again() {
    let site = Site::new();
    site.install("lua/cls_hello.lua", "methods a");
    let loader = site.loader();
    let before = loader.open("hello").unwrap();

    let mut off = site.config.clone();
    off.disabled_classes.insert(class("lua"));
    loader.reconfigure(off);
    let error = refused(&loader, "hello", Errno::EOPNOTSUPP);
    assert_eq!(
        error.reason(),
        "class hello needs class lua, which is not available: class lua is switched off in the configuration"
    );
    refused(&loader, "lua", Errno::EOPNOTSUPP);
    assert_eq!(state(&loader, "hello"), ClassState::MissingDeps);

    loader.reconfigure(site.config.clone());
    let after = loader.open("hello").unwrap();
    assert_eq!(after.version, before.version, "it was never unloaded");
    assert_eq!(state(&loader, "hello"), ClassState::Open);
    loader.open("lua").unwrap();
}

#[test]
fn a_class_first_wanted_while_lua_is_off_opens_once_it_is_on() {
    let mut site = Site::new();
    site.install("lua/cls_hello.lua", "methods a");
    let on = site.config.clone();
    site.config.disabled_classes.insert(class("lua"));
    let loader = site.loader();
    refused(&loader, "hello", Errno::EOPNOTSUPP);
    assert_eq!(site.lua.opens(), 0, "dependencies come first");
    assert_eq!(state(&loader, "hello"), ClassState::MissingDeps);
    loader.reconfigure(on);
    loader.open("hello").unwrap();
}

#[test]
fn a_runtime_that_is_off_takes_its_files_and_its_own_classes_along() {
    let site = Site::new();
    let file = site.install("lua/cls_hello.lua", "methods a");
    let loader = site.loader();
    loader.open("hello").unwrap();
    let mut off = site.config.clone();
    off.disabled_runtimes.insert("lua".to_owned());
    loader.reconfigure(off);
    assert_eq!(
        refused(&loader, "hello", Errno::EOPNOTSUPP).reason(),
        format!(
            "class hello ({}) needs the lua runtime, which is switched off in the configuration",
            file.display()
        )
    );
    assert_eq!(
        refused(&loader, "lua", Errno::EOPNOTSUPP).reason(),
        "class lua needs the lua runtime, which is switched off in the configuration"
    );
    loader.reconfigure(site.config.clone());
    loader.open("hello").unwrap();
}

#[test]
fn a_missing_dependency_is_named_and_looked_for_again() {
    let site = Site::new();
    site.install("lua/cls_a.lua", "methods m\ndepends b");
    let loader = site.loader();
    let error = refused(&loader, "a", Errno::EOPNOTSUPP);
    assert!(
        error
            .reason()
            .starts_with("class a needs class b, which is not available: there is no class b: "),
        "{}",
        error.reason()
    );
    assert_eq!(state(&loader, "a"), ClassState::MissingDeps);
    refused(&loader, "a", Errno::EOPNOTSUPP);
    site.install("lua/cls_b.lua", "methods m");
    loader.open("a").unwrap();
    assert_eq!(
        site.lua.opens(),
        2,
        "a was not compiled again for want of b"
    );
    assert_eq!(state(&loader, "b"), ClassState::Open);
}

#[test]
fn a_class_whose_dependency_is_missing_may_be_edited_not_to_need_it() {
    let site = Site::new();
    site.install("lua/cls_a.lua", "methods m\ndepends b");
    let loader = site.loader();
    refused(&loader, "a", Errno::EOPNOTSUPP);
    // Of the same size: size alone tells nothing.
    site.install("lua/cls_a.lua", "methods m\n---------");
    loader.open("a").unwrap();
}

#[test]
fn the_error_number_of_a_dependency_is_that_of_its_dependents() {
    let mut site = Site::new();
    site.install("lua/cls_broken.lua", "broken");
    site.install("lua/cls_secret.lua", "methods m");
    site.install("lua/cls_switched.lua", "methods m");
    for name in ["broken", "secret", "switched"] {
        let text = format!("methods m\ndepends {name}");
        site.install(&format!("lua/cls_needs_{name}.lua"), &text);
    }
    site.config.load_list =
        ClassList::parse("broken switched needs_broken needs_secret needs_switched").unwrap();
    site.config.disabled_classes.insert(class("switched"));
    let loader = site.loader();
    refused(&loader, "needs_broken", Errno::EIO);
    // Unlike in Ceph, where a dependency is not checked against the list.
    let error = refused(&loader, "needs_secret", Errno::EPERM);
    assert!(
        error
            .reason()
            .ends_with("class secret is not on class_load_list")
    );
    refused(&loader, "needs_switched", Errno::EOPNOTSUPP);
}

#[test]
fn a_circle_is_an_error_that_names_it() {
    let site = Site::new();
    for (name, depends) in [
        ("a", "b"),
        ("b", "c"),
        ("c", "a"),
        ("d", "a"),
        ("self", "self"),
    ] {
        let text = format!("methods m\ndepends {depends}");
        site.install(&format!("lua/cls_{name}.lua"), &text);
    }
    let loader = site.loader();
    let circle = "classes depend on each other in a circle";
    assert_eq!(
        refused(&loader, "a", Errno::EIO).reason(),
        format!("{circle}: a -> b -> c -> a")
    );
    assert_eq!(
        refused(&loader, "d", Errno::EIO).reason(),
        format!("class d needs class a, which is not available: {circle}: a -> b -> c -> a")
    );
    assert_eq!(
        refused(&loader, "self", Errno::EIO).reason(),
        format!("{circle}: self -> self")
    );
    // Broken open, it opens.
    site.install("lua/cls_c.lua", "methods m");
    loader.open("d").unwrap();
}

#[test]
fn circles_wanted_from_all_sides_at_once_lock_nobody_out() {
    let site = Site::new();
    for number in 0..8 {
        let text = format!("methods m\ndepends c{}", (number + 1) % 8);
        site.install(&format!("lua/cls_c{number}.lua"), &text);
    }
    let loader = site.loader();
    std::thread::scope(|scope| {
        for number in 0..8 {
            let loader = &loader;
            scope.spawn(move || {
                for _ in 0..50 {
                    refused(loader, &format!("c{number}"), Errno::EIO);
                }
            });
        }
    });
}

#[test]
fn long_chains_end_and_wide_ones_do_not_multiply() {
    let site = Site::new();
    for number in 0..40 {
        let text = format!("methods m\ndepends chain{}", number + 1);
        site.install(&format!("lua/cls_chain{number}.lua"), &text);
    }
    site.install("lua/cls_chain40.lua", "methods m");
    let loader = site.loader();
    let error = refused(&loader, "chain0", Errno::EIO);
    assert!(
        error
            .reason()
            .contains("reached through more than 32 dependencies")
    );
    loader.open("chain20").unwrap();

    // Twenty layers of two that both need both below: a million paths, forty classes.
    for layer in 0..20 {
        for side in ["l", "r"] {
            let text = format!("methods m\ndepends l{0} r{0}", layer + 1);
            let text = if layer == 19 { "methods m" } else { &text };
            site.install(&format!("lua/cls_{side}{layer}.lua"), text);
        }
    }
    let start = std::time::Instant::now();
    loader.open("l0").unwrap();
    assert!(start.elapsed() < std::time::Duration::from_secs(5));
}
