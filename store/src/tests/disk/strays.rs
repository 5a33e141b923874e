//! Files in a store's directory that are not its own, and files of its own that somebody tidied away.

use super::*;

/// A store that was closed, and one that was killed.
fn both() -> [TempDir; 2] {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    try_change(&store, &id("o"), Durability::Sync, |t| {
        t.write_full(bytes("data"))
    })
    .unwrap();
    let killed = crash_image(directory.path());
    drop(store);
    [directory, killed]
}

fn is_sound(path: &Path) {
    let store = open(path).unwrap();
    assert_eq!(content(&store, &id("o")).unwrap().data, "data");
    assert_eq!(crate::disk::fsck::check(&store).problems, []);
}

#[test]
fn what_the_engine_leaves_alone_is_left_alone() {
    for name in [
        "engine/.DS_Store",
        "engine/.nfs0000a1",
        "engine/0.jnl~",
        "engine/notes",
        "engine/keyspaces/.DS_Store",
        "engine/keyspaces/1/.DS_Store",
        "engine/keyspaces/1/tables/.DS_Store",
        "engine/keyspaces/1/tables/._0",
        "engine/keyspaces/1/#0#",
        ".DS_Store",
        "notes",
    ] {
        for image in both() {
            let stray = image.path().join(name);
            fs::create_dir_all(stray.parent().unwrap()).unwrap();
            fs::write(&stray, "mine").unwrap();
            is_sound(image.path());
            is_sound(image.path());
            assert_eq!(fs::read_to_string(&stray).unwrap(), "mine", "{name}");
        }
    }
}

#[test]
fn what_the_engine_would_stumble_over_is_named_and_left_alone() {
    for name in [
        "engine/x.jnl",
        "engine/00.jnl",
        "engine/1.JNL",
        "engine/keyspaces/old/file",
        "engine/keyspaces/1/v0~",
        "engine/keyspaces/1/tables/.nfs0000a1",
        "engine/keyspaces/1/tables/1~",
        "engine/keyspaces/1/tables/1.bak/file",
    ] {
        for image in both() {
            let stray = image.path().join(name);
            fs::create_dir_all(stray.parent().unwrap()).unwrap();
            fs::write(&stray, "mine").unwrap();
            let stray = match stray.ends_with("file") {
                true => stray.parent().unwrap(),
                false => &stray,
            };
            for _ in 0..2 {
                let error = open(image.path()).unwrap_err();
                assert!(matches!(error, OpenStoreError::Stray { .. }), "{error}");
                let text = error.to_string();
                assert!(text.starts_with(&format!("{stray:?} is ")), "{text}");
                assert!(text.ends_with("not the store's; remove it"), "{text}");
            }
            match stray.is_dir() {
                true => fs::remove_dir_all(stray).unwrap(),
                false => fs::remove_file(stray).unwrap(),
            }
            is_sound(image.path());
        }
    }
}

#[test]
fn a_file_with_a_name_of_the_engines_that_came_after_the_close_is_named() {
    let [closed, _] = both();
    let copy = closed.path().join("engine/7.jnl");
    fs::copy(closed.path().join("engine/0.jnl"), &copy).unwrap();
    let error = open(closed.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("engine/7.jnl\" was not there when"),
        "{error}"
    );
    fs::remove_file(copy).unwrap();
    is_sound(closed.path());
}

#[test]
fn empty_files_that_were_tidied_away_are_made_anew() {
    for image in both() {
        for name in ["lock", "engine/lock"] {
            fs::remove_file(image.path().join(name)).unwrap();
            is_sound(image.path());
        }
        fs::remove_file(image.path().join("lock")).unwrap();
        fs::remove_file(image.path().join("engine/lock")).unwrap();
        is_sound(image.path());
    }
}

/// Without a look before, the engine would begin anew and the store be empty.
#[test]
fn a_store_that_lost_its_engine_or_a_part_of_it_is_damaged_and_not_empty() {
    for name in [
        "engine",
        "engine/version",
        "engine/keyspaces",
        "engine/keyspaces/1",
    ] {
        for image in both() {
            let path = image.path().join(name);
            match path.is_dir() {
                true => fs::remove_dir_all(&path).unwrap(),
                false => fs::remove_file(&path).unwrap(),
            }
            for _ in 0..2 {
                let error = open(image.path()).unwrap_err();
                assert!(matches!(error, OpenStoreError::Damaged { .. }), "{error}");
                assert!(error.to_string().contains("engine"), "{error}");
                assert!(error.to_string().contains("missing"), "{error}");
            }
        }
    }
}

#[test]
fn a_journal_with_a_second_name_is_not_written_through() {
    for image in both() {
        let other = image.path().join("elsewhere");
        let journal = image.path().join("engine/0.jnl");
        fs::hard_link(&journal, &other).unwrap();
        let before = fs::read(&other).unwrap();
        let error = open(image.path()).unwrap_err();
        assert!(error.to_string().contains("has a second name"), "{error}");
        assert_eq!(fs::read(&other).unwrap(), before);
        fs::remove_file(other).unwrap();
        is_sound(image.path());
    }
}

#[test]
fn what_the_system_says_is_said_with_the_name_of_the_file() {
    let [closed, _] = both();
    let header = closed.path().join("radula-store");
    // Nobody opens such a path, not even root.
    let long = closed.path().join("n".repeat(300));
    let error = open(&long).unwrap_err();
    let source = std::error::Error::source(&error).unwrap().to_string();
    assert!(source.contains(&"n".repeat(300)), "{source}");
    fs::remove_file(&header).unwrap();
    fs::create_dir(&header).unwrap();
    let error = open(closed.path()).unwrap_err();
    assert!(error.to_string().contains("radula-store"), "{error}");
}
