//! Files that change under the reader's hands.

use std::{
    fs::File,
    io::Write,
    os::unix::fs::{MetadataExt, symlink},
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::SystemTime,
};

use super::*;

impl Place {
    /// Reads `name` while `attack` happens between the checks and the read.
    fn read_during(
        &self,
        name: &str,
        checks: Checks,
        attack: impl FnOnce(),
    ) -> Result<VerifiedFile, FileRefused> {
        self.open().read_checking(name, LIMIT, checks, attack)
    }
}

#[test]
fn a_file_that_grows_while_it_is_read_is_refused() {
    let place = Place::new();
    let path = place.install("cls_x.lua", b"safe()");
    let grow = || {
        let mut file = File::options().append(true).open(&path).unwrap();
        file.write_all(b" evil()").unwrap();
    };
    let error = place
        .read_during("cls_x.lua", Checks::STRICT, grow)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("grew beyond 6 bytes while it was read"),
        "{error}"
    );

    place.install("cls_x.lua", b"safe()");
    let absent = Checks::LENGTH | Checks::STABLE;
    let torn = place
        .read_during("cls_x.lua", Checks::STRICT - absent, grow)
        .unwrap();
    assert_eq!(
        &torn.bytes[..],
        b"safe() ",
        "no more than one byte beyond the checked size"
    );
}

#[test]
fn a_file_that_shrinks_while_it_is_read_is_refused() {
    let place = Place::new();
    let path = place.install("cls_x.lua", b"check() act()");
    let shrink = || {
        File::options()
            .write(true)
            .open(&path)
            .unwrap()
            .set_len(3)
            .unwrap()
    };
    let error = place
        .read_during("cls_x.lua", Checks::STRICT, shrink)
        .unwrap_err();
    assert!(
        error
            .to_string()
            .contains("shrank from 13 to 3 bytes while it was read"),
        "{error}"
    );

    place.install("cls_x.lua", b"check() act()");
    let absent = Checks::LENGTH | Checks::STABLE;
    let torn = place
        .read_during("cls_x.lua", Checks::STRICT - absent, shrink)
        .unwrap();
    assert_eq!(&torn.bytes[..], b"che");
}

#[test]
fn a_file_rewritten_in_place_while_it_is_read_is_refused() {
    let place = Place::new();
    let path = place.install("cls_x.lua", b"good");
    let rewrite = || {
        let mut file = File::options().write(true).open(&path).unwrap();
        file.write_all(b"evil").unwrap();
        // Clocks of file systems are coarse; two writes within one tick leave no trace.
        file.set_modified(SystemTime::now() + Duration::from_secs(1))
            .unwrap();
    };
    let error = place
        .read_during("cls_x.lua", Checks::STRICT, rewrite)
        .unwrap_err();
    assert!(matches!(error, FileRefused::Rewritten { .. }), "{error}");

    place.install("cls_x.lua", b"good");
    let torn = place
        .read_during("cls_x.lua", Checks::STRICT - Checks::STABLE, rewrite)
        .unwrap();
    assert_eq!(&torn.bytes[..], b"evil");
}

/// What the checks would be worth if they looked at the name: checked, replaced, opened.
fn read_by_name(place: &Place, name: &str, attack: impl FnOnce()) -> Vec<u8> {
    let path = place.classes.join(name);
    let facts = fs::symlink_metadata(&path).unwrap();
    assert!(facts.is_file() && facts.nlink() == 1 && facts.len() <= LIMIT);
    attack();
    fs::read(path).unwrap()
}

#[test]
fn what_was_checked_is_what_is_read_whatever_the_name_means_meanwhile() {
    let place = Place::new();
    write(&place.outside.join("evil.lua"), b"evil");
    let path = place.install("cls_x.lua", b"good");
    let swap = || {
        fs::remove_file(&path).unwrap();
        symlink("../outside/evil.lua", &path).unwrap();
    };
    let file = place
        .read_during("cls_x.lua", Checks::STRICT, swap)
        .unwrap();
    assert_eq!(&file.bytes[..], b"good");

    fs::remove_file(&path).unwrap();
    place.install("cls_x.lua", b"good");
    assert_eq!(read_by_name(&place, "cls_x.lua", swap), b"evil");
}

#[test]
fn ten_thousand_reads_during_rename_swaps_return_only_checked_content() {
    let place = Place::new();
    place.install("cls_x.lua", b"good");
    let stop = AtomicBool::new(false);
    let dir = place.open();
    let (mut read, mut refused) = (0, 0);
    thread::scope(|scope| {
        scope.spawn(|| {
            // In turn: a good file, a file anybody may write, a symbolic link. No hard link: its count goes down
            // when it is renamed over, and the file is then as good as any.
            let next = place.classes.join("next.tmp");
            let target = place.classes.join("cls_x.lua");
            write(&place.outside.join("linked"), b"linked");
            let mut turn = 0;
            while !stop.load(Ordering::Relaxed) {
                match turn % 3 {
                    0 => drop(write(&next, b"good")),
                    1 => {
                        write(&next, b"evil");
                        set_mode(&next, 0o666);
                    }
                    _ => symlink("../outside/linked", &next).unwrap(),
                }
                fs::rename(&next, &target).unwrap();
                turn += 1;
            }
        });
        let mut wrong = None;
        // On a busy machine the other thread may be late.
        let patience = Instant::now() + Duration::from_secs(30);
        let mut rounds = 0;
        while rounds < 10_000 || (read == 0 || refused == 0) && Instant::now() < patience {
            rounds += 1;
            match dir.read_verified("cls_x.lua", LIMIT) {
                Ok(file) => {
                    let digest = *blake3::hash(&file.bytes).as_bytes();
                    if &file.bytes[..] != b"good" || file.digest.0 != digest {
                        wrong = Some(file);
                    }
                    read += 1;
                }
                Err(_) => refused += 1,
            }
        }
        stop.store(true, Ordering::Relaxed);
        assert!(wrong.is_none(), "{wrong:?}");
    });
    assert!(
        read > 0 && refused > 0,
        "{read} read, {refused} refused: the swaps were not seen"
    );
}

#[test]
fn a_directory_swapped_for_a_symlink_changes_nothing() {
    let place = Place::new();
    place.install("cls_x.lua", b"good");
    write(&place.outside.join("cls_x.lua"), b"evil");
    let dir = place.open();
    fs::rename(&place.classes, place.root.path().join("moved")).unwrap();
    symlink(&place.outside, &place.classes).unwrap();
    assert_eq!(
        &dir.read_verified("cls_x.lua", LIMIT).unwrap().bytes[..],
        b"good"
    );
    assert_eq!(dir.names().unwrap().names, ["cls_x.lua"]);
    // What a path says now is another matter.
    assert_eq!(fs::read(place.classes.join("cls_x.lua")).unwrap(), b"evil");
}
