//! Names, given and listed.

use std::{
    ffi::OsStr,
    os::unix::{ffi::OsStrExt, fs::MetadataExt},
};

use super::*;
use crate::Skipped;

#[test]
fn only_single_components_reach_the_directory() {
    let place = Place::new();
    place.install("cls_ok.lua", b"ok");
    fs::create_dir(place.classes.join("d")).unwrap();
    let dir = place.open();
    for name in [
        "",
        ".",
        "..",
        "/",
        "./cls_ok.lua",
        "d/../cls_ok.lua",
        "../classes/cls_ok.lua",
        "/etc/passwd",
        "cls_ok.lua/",
        "a\0b",
    ] {
        for error in [
            dir.read_verified(name, LIMIT).unwrap_err(),
            dir.identity(name).unwrap_err(),
        ] {
            assert!(
                matches!(error, FileRefused::Name { .. }),
                "{name:?}: {error}"
            );
        }
    }
    // cap-std alone is content with names such as these.
    assert!(dir.cap_std_opens("./cls_ok.lua") && dir.cap_std_opens("d/../cls_ok.lua"));
    let error = dir.read_verified(&"a/".repeat(100_000), LIMIT).unwrap_err();
    assert!(error.to_string().len() < 400);
}

#[test]
fn names_that_cannot_be_class_files_are_left_out_and_counted() {
    let place = Place::new();
    for name in [
        "cls_b.lua",
        "cls_a.lua",
        "notes.txt",
        ".hidden.lua",
        "cls_a.lua~",
        ".cls_a.lua.swp",
        "cls_a.lua.swp",
        "#cls_a.lua#",
        "cls_a.lua.orig",
    ] {
        place.install(name, b"x");
    }
    write(
        &place.classes.join(OsStr::from_bytes(b"cls_\xff.lua")),
        b"x",
    );
    let listing = place.open().names().unwrap();
    assert_eq!(listing.names, ["cls_a.lua", "cls_b.lua", "notes.txt"]);
    let skipped = Skipped {
        not_utf8: 1,
        hidden: 2,
        leftovers: 4,
    };
    assert_eq!(listing.skipped, skipped);
    assert_eq!(skipped.total(), 7);
    assert!(!listing.truncated);
}

#[test]
fn a_listing_ends_at_its_bound_and_says_so() {
    let place = Place::new();
    for number in 0..10 {
        place.install(&format!("cls_{number}.lua"), b"x");
    }
    let dir = place.open();
    let whole = dir.names_up_to(10).unwrap();
    assert!(!whole.truncated);
    assert_eq!(whole.names.len(), 10);
    let part = dir.names_up_to(9).unwrap();
    assert!(part.truncated);
    assert_eq!(part.names.len(), 9);
}

#[test]
fn a_hundred_thousand_names_are_listed_in_good_time() {
    let place = Place::new();
    // Names of one file, as far as the file system lets them be: cheaper to make, as dear to list.
    let mut file = place.install("cls_0.lua", b"x");
    for number in 1..100_000 {
        let path = place.classes.join(format!("cls_{number}.lua"));
        if fs::hard_link(&file, &path).is_err() {
            file = write(&path, b"x");
        }
    }
    assert!(fs::metadata(&file).unwrap().nlink() > 1);
    let start = Instant::now();
    let listing = place.open().names().unwrap();
    let took = start.elapsed();
    assert_eq!(listing.names.len(), 100_000);
    assert!(!listing.truncated);
    assert!(took < Duration::from_secs(5), "took {took:?}");
}
