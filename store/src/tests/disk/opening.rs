//! Opening: what is refused, and what the refusal says.

use super::*;

/// Names of everything in a directory, to see that a refusal touched nothing.
fn names(path: &Path) -> Vec<String> {
    let entries = fs::read_dir(path).unwrap();
    let mut names: Vec<_> = entries
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn a_second_handle_is_refused_and_names_the_process() {
    let directory = tempfile::tempdir().unwrap();
    let first = open(directory.path()).unwrap();
    let error = open(directory.path()).unwrap_err();
    let expected = format!("in use by process {}", std::process::id());
    assert!(error.to_string().contains(&expected), "{error}");
    change(&first, &id("o"), |t| t.create(true));
    drop(first);
    assert!(content(&open(directory.path()).unwrap(), &id("o")).is_some());
}

#[test]
fn a_directory_with_something_else_is_refused_and_left_alone() {
    let directory = tempfile::tempdir().unwrap();
    fs::write(directory.path().join("thesis.tex"), "text").unwrap();
    let error = open(directory.path()).unwrap_err();
    assert!(matches!(error, OpenStoreError::NotAStore { .. }));
    assert!(error.to_string().contains("thesis.tex"), "{error}");
    assert_eq!(names(directory.path()), ["thesis.tex"]);

    let file = directory.path().join("thesis.tex");
    let error = open(&file).unwrap_err();
    assert!(matches!(error, OpenStoreError::NotAStore { .. }), "{error}");

    let header = tempfile::tempdir().unwrap();
    fs::write(header.path().join("radula-store"), "#!/bin/sh").unwrap();
    let error = open(header.path()).unwrap_err();
    assert!(matches!(error, OpenStoreError::NotAStore { .. }), "{error}");
}

#[test]
fn a_missing_store_is_created_only_when_asked() {
    let directory = tempfile::tempdir().unwrap();
    let options = DiskOptions {
        create: false,
        ..DiskOptions::default()
    };
    for path in [directory.path().to_owned(), directory.path().join("a/b")] {
        let error = DiskStore::open(&path, &options).unwrap_err();
        assert!(matches!(error, OpenStoreError::Missing { .. }), "{error}");
    }
    assert!(names(directory.path()).is_empty());
    drop(open(&directory.path().join("a/b")).unwrap());
    DiskStore::open(&directory.path().join("a/b"), &options).unwrap();
}

#[test]
fn a_newer_format_is_refused_before_anything_is_touched() {
    let directory = tempfile::tempdir().unwrap();
    drop(open(directory.path()).unwrap());
    let header = directory.path().join("radula-store");
    let mut bytes = fs::read(&header).unwrap();
    bytes[16] += 1;
    fs::write(&header, &bytes).unwrap();
    let before = names(&directory.path().join("engine"));
    let error = open(directory.path()).unwrap_err();
    assert!(
        error
            .to_string()
            .contains("has format 4, this release reads up to 3"),
        "{error}"
    );
    assert_eq!(names(&directory.path().join("engine")), before);
    assert!(directory.path().join("closed").exists());

    bytes[16] -= 1;
    bytes[20] ^= 1;
    fs::write(&header, &bytes).unwrap();
    let error = open(directory.path()).unwrap_err();
    assert!(matches!(error, OpenStoreError::Damaged { .. }), "{error}");
}

#[test]
fn a_creation_that_was_cut_short_is_begun_again() {
    let whole = tempfile::tempdir().unwrap();
    drop(open(whole.path()).unwrap());
    // The header is written last; until then nothing was ever acknowledged. An engine cut short may be in any state.
    for cut in ["version", "0.jnl", "keyspaces"] {
        let image = crash_image(whole.path());
        fs::remove_file(image.path().join("radula-store")).unwrap();
        fs::remove_file(image.path().join("closed")).unwrap();
        fs::write(image.path().join("creating"), "").unwrap();
        let piece = image.path().join("engine").join(cut);
        if piece.is_dir() {
            fs::remove_dir_all(piece).unwrap();
        } else {
            fs::remove_file(piece).unwrap();
        }
        let store = open(image.path()).unwrap();
        change(&store, &id("o"), |t| t.create(true));
        assert!(!image.path().join("creating").exists());
    }
}

#[test]
fn a_store_that_lost_its_header_is_not_taken_for_an_empty_one() {
    let directory = tempfile::tempdir().unwrap();
    let store = open(directory.path()).unwrap();
    change(&store, &id("o"), |t| t.create(true));
    drop(store);
    let header = fs::read(directory.path().join("radula-store")).unwrap();
    fs::remove_file(directory.path().join("radula-store")).unwrap();
    let error = open(directory.path()).unwrap_err();
    assert!(matches!(error, OpenStoreError::NotAStore { .. }), "{error}");
    fs::write(directory.path().join("radula-store"), header).unwrap();
    assert!(content(&open(directory.path()).unwrap(), &id("o")).is_some());
}

#[test]
fn a_store_that_may_not_be_written_says_so() {
    use std::os::unix::fs::PermissionsExt;

    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("store");
    drop(open(&path).unwrap());
    fs::set_permissions(path.join("lock"), fs::Permissions::from_mode(0o444)).unwrap();
    let writable = fs::OpenOptions::new().write(true).open(path.join("lock"));
    match open(&path) {
        // A user whom permissions do not bind, such as root, opens it; everyone else is told.
        Ok(_) => assert!(writable.is_ok()),
        Err(error) => {
            assert!(writable.is_err());
            assert!(
                matches!(error, OpenStoreError::Permission { .. }),
                "{error}"
            );
        }
    }
}

#[test]
fn a_clean_close_leaves_little_to_replay() {
    let directory = tempfile::tempdir().unwrap();
    let engine = directory.path().join("engine");
    let journals = || settle::journal_bytes(&engine).unwrap();
    let store = open(directory.path()).unwrap();
    change(&store, &id("small"), |t| t.write_full(bytes("small")));
    drop(store);
    let little = journals();
    assert!(
        little > 0,
        "a small journal is cheaper to replay than to move"
    );

    let replay = DiskOptions::default().replay;
    let store = open(directory.path()).unwrap();
    for number in 0..3 {
        let content = Bytes::from(vec![number; 128 << 10]);
        change(&store, &id("large"), |t| t.write_full(content));
    }
    assert!(journals() > replay);
    let frozen = store.freeze().unwrap();
    drop(store);
    assert!(journals() > replay, "somebody still reads");
    drop(frozen);

    drop(open(directory.path()).unwrap());
    assert_eq!(journals(), 0);
    // The engine goes on with its numbers: what is written now is newer than what was there.
    for round in 0..2 {
        let store = open(directory.path()).unwrap();
        let large = content(&store, &id("large")).unwrap();
        assert_eq!(large.data.len(), 128 << 10, "{round}");
        let text = format!("round {round}");
        assert!(content(&store, &id("small")).is_some());
        change(&store, &id("small"), |t| t.write_full(bytes(&text)));
        drop(store);
        let store = open(directory.path()).unwrap();
        assert_eq!(content(&store, &id("small")).unwrap().data, text.as_bytes());
    }
}
