//! Things that are called like class files and are none.

use std::{
    fs::File,
    os::unix::{fs::symlink, net::UnixListener},
    sync::mpsc,
    thread,
};

use rustix::fs::{CWD, Mode, OFlags, XattrFlags};

use super::*;

#[test]
fn a_fit_file_is_read_whole_with_its_digest() {
    let place = Place::new();
    let path = place.install("cls_ok.lua", b"return 1");
    let file = place.read("cls_ok.lua").unwrap();
    assert_eq!(&file.bytes[..], b"return 1");
    assert_eq!(file.digest.0, *blake3::hash(b"return 1").as_bytes());
    assert_eq!(file.path, path);
    assert_eq!(
        Some(file.identity),
        place.open().identity("cls_ok.lua").unwrap()
    );
    assert!(matches!(
        place.read("cls_none.lua"),
        Err(FileRefused::Missing { .. })
    ));
    assert_eq!(place.open().identity("cls_none.lua").unwrap(), None);
}

#[test]
fn a_fifo_is_refused_at_once_and_blocks_without_the_check() {
    let place = Place::new();
    let path = place.classes.join("cls_x.lua");
    rustix::fs::mkfifoat(CWD, &path, Mode::from_raw_mode(0o644)).unwrap();
    let error = at_once(|| place.read("cls_x.lua").unwrap_err());
    assert_eq!(
        error.to_string(),
        format!(
            "{} is a FIFO, not a regular file: remove it",
            path.display()
        )
    );

    // Opened and taken for a file, if only the kind is not looked at.
    let taken = place.read_without("cls_x.lua", Checks::REGULAR | Checks::SIZE);
    assert!(taken.is_ok(), "{taken:?}");

    // Never answered, if opened like any other file.
    let (answer, answered) = mpsc::channel();
    let dir = place.open();
    let victim = thread::spawn(move || {
        let result =
            dir.read_checking("cls_x.lua", LIMIT, Checks::STRICT - Checks::NO_BLOCK, || ());
        answer.send(result.is_err()).unwrap();
    });
    assert!(
        answered.recv_timeout(Duration::from_millis(300)).is_err(),
        "a blocking open was answered"
    );
    // A writer frees the victim.
    drop(rustix::fs::openat(CWD, &path, OFlags::WRONLY, Mode::empty()).unwrap());
    assert!(answered.recv_timeout(Duration::from_secs(10)).unwrap());
    victim.join().unwrap();
}

#[test]
fn a_link_to_a_version_of_its_own_name_is_followed() {
    let place = Place::new();
    place.install("libcls_x.so.1.0.0", b"code");
    symlink("libcls_x.so.1.0.0", place.classes.join("libcls_x.so.1")).unwrap();
    symlink("libcls_x.so.1", place.classes.join("libcls_x.so")).unwrap();
    let file = place.read("libcls_x.so").unwrap();
    assert_eq!(&file.bytes[..], b"code");
    assert_eq!(file.path, place.classes.join("libcls_x.so"));
    // What the loader compares to see a change is the file, not the link.
    let identity = || place.open().identity("libcls_x.so").unwrap().unwrap();
    assert_eq!(identity(), file.identity);
    place.install("libcls_x.so.1.0.0", b"other code");
    assert_ne!(identity(), file.identity);
    // The file behind it is under every rule.
    let target = place.classes.join("libcls_x.so.1.0.0");
    fs::set_permissions(&target, fs::Permissions::from_mode(0o666)).unwrap();
    let error = place.read("libcls_x.so").unwrap_err();
    assert!(
        matches!(error, FileRefused::WorldWritable { .. }),
        "{error}"
    );
}

#[test]
fn a_link_to_a_version_that_is_not_there_is_no_missing_file() {
    let place = Place::new();
    symlink("libcls_x.so.1", place.classes.join("libcls_x.so")).unwrap();
    assert!(place.open().identity("libcls_x.so").unwrap().is_some());
    let error = place.read("libcls_x.so").unwrap_err();
    assert!(matches!(error, FileRefused::Symlink { .. }), "{error}");
    symlink("libcls_x.so.2.2", place.classes.join("libcls_x.so.2")).unwrap();
    symlink("/etc/hostname", place.classes.join("libcls_x.so.2.2")).unwrap();
    let error = place.read("libcls_x.so.2").unwrap_err();
    assert!(matches!(error, FileRefused::Symlink { .. }), "{error}");
}

#[test]
fn symlinks_are_refused_wherever_they_lead() {
    let place = Place::new();
    place.install("cls_ok.lua", b"ok");
    write(&place.outside.join("secret.lua"), b"secret");
    for (name, target) in [
        ("cls_inside.lua", "cls_ok.lua"),
        ("cls_outside.lua", "../outside/secret.lua"),
        ("cls_absolute.lua", "/etc/hostname"),
        ("cls_magic.lua", "/proc/self/environ"),
        ("cls_dangling.lua", "cls_nothing.lua"),
        ("cls_loop.lua", "cls_loop.lua"),
    ] {
        symlink(target, place.classes.join(name)).unwrap();
        let error = at_once(|| place.read(name).unwrap_err());
        assert_eq!(
            error.to_string(),
            format!(
                "{} is a symbolic link: copy the file here instead",
                place.classes.join(name).display()
            )
        );
    }
    // Without the check the link inside is followed; those that lead outside still hit cap-std's wall.
    let followed = place
        .read_without("cls_inside.lua", Checks::NO_FOLLOW)
        .unwrap();
    assert_eq!(&followed.bytes[..], b"ok");
    for name in [
        "cls_outside.lua",
        "cls_absolute.lua",
        "cls_magic.lua",
        "cls_loop.lua",
    ] {
        assert!(at_once(|| place.read_without(name, Checks::NO_FOLLOW)).is_err());
    }
}

#[test]
fn hard_links_are_refused_and_open_without_the_check() {
    let place = Place::new();
    let secret = write(&place.outside.join("secret.lua"), b"secret");
    let path = place.classes.join("cls_x.lua");
    fs::hard_link(secret, &path).unwrap();
    assert_eq!(
        place.read("cls_x.lua").unwrap_err().to_string(),
        format!(
            "{} has 2 names (hard links): install a copy of its own",
            path.display()
        )
    );
    let leaked = place.read_without("cls_x.lua", Checks::LINKS).unwrap();
    assert_eq!(&leaked.bytes[..], b"secret");
}

#[test]
fn directories_sockets_and_devices_are_refused() {
    let place = Place::new();
    fs::create_dir(place.classes.join("cls_dir.lua")).unwrap();
    let _listener = UnixListener::bind(place.classes.join("cls_sock.lua")).unwrap();
    for (name, kind) in [("cls_dir.lua", "directory"), ("cls_sock.lua", "socket")] {
        let error = at_once(|| place.read(name).unwrap_err());
        assert!(
            matches!(error, FileRefused::NotRegular { kind: found, .. } if found == kind),
            "{error}"
        );
    }
    let devices = ScopedDir::open(Path::new("/dev"), &Trust::of_this_process()).unwrap();
    let error = at_once(|| devices.read_verified("zero", LIMIT).unwrap_err());
    assert_eq!(
        error.to_string(),
        "/dev/zero is a character device, not a regular file: remove it"
    );
    // Without the check bytes come out of it.
    let checks = Checks::NO_BLOCK | Checks::NO_FOLLOW;
    let read = devices.read_checking("zero", LIMIT, checks, || ()).unwrap();
    assert_eq!(&read.bytes[..], b"\0");
}

#[test]
fn an_empty_file_is_refused() {
    let place = Place::new();
    place.install("cls_x.lua", b"");
    assert!(matches!(
        place.read("cls_x.lua"),
        Err(FileRefused::Empty { .. })
    ));
    assert!(place.read_without("cls_x.lua", Checks::SIZE).is_ok());
}

#[test]
fn a_file_one_byte_too_large_is_refused_and_one_that_fits_is_not() {
    let place = Place::new();
    let path = place.install("cls_x.lua", &vec![b'-'; LIMIT_BYTES + 1]);
    assert_eq!(
        place.read("cls_x.lua").unwrap_err().to_string(),
        format!(
            "{} has 1048577 bytes, more than the 1048576 a class file of its kind may have",
            path.display()
        )
    );
    assert!(place.read_without("cls_x.lua", Checks::SIZE).is_ok());
    place.install("cls_x.lua", &vec![b'-'; LIMIT_BYTES]);
    assert_eq!(place.read("cls_x.lua").unwrap().bytes.len() as u64, LIMIT);
}

#[test]
fn five_sparse_gigabytes_are_never_read() {
    let place = Place::new();
    let path = place.install("cls_x.lua", b"");
    let size = 5 << 30;
    File::options()
        .write(true)
        .open(path)
        .unwrap()
        .set_len(size)
        .unwrap();
    let error = at_once(|| place.read("cls_x.lua").unwrap_err());
    assert!(matches!(error, FileRefused::TooLarge { size: found, .. } if found == size));
    // Should the size check ever be lost, the read still stops one byte beyond the limit.
    let read = place
        .read_without("cls_x.lua", Checks::SIZE | Checks::LENGTH)
        .unwrap();
    assert_eq!(read.bytes.len() as u64, LIMIT + 1);
}

#[test]
fn files_others_may_write_are_refused_and_read_without_the_check() {
    let place = Place::new();
    let path = place.install("cls_x.lua", b"theirs");
    for (mode, message) in [
        (0o666, "is writable by everybody (mode 0666): chmod go-w"),
        (0o602, "is writable by everybody (mode 0602): chmod go-w"),
        (0o664, "is writable by its group (mode 0664): chmod g-w"),
    ] {
        set_mode(&path, mode);
        assert_eq!(
            place.read("cls_x.lua").unwrap_err().to_string(),
            format!("{} {message} {}", path.display(), path.display())
        );
        assert!(place.read_without("cls_x.lua", Checks::MODE).is_ok());
    }
    set_mode(&path, 0o644);
    assert!(place.read("cls_x.lua").is_ok());
}

#[test]
fn an_access_control_list_that_grants_writing_shows_as_group_write() {
    let place = Place::new();
    let path = place.install("cls_x.lua", b"theirs");
    // Version 2, then (tag, permissions, id) each: owner rw, user 1234 rw, group r, mask rw, others r.
    let mut list = 2u32.to_le_bytes().to_vec();
    for (tag, permissions, id) in [
        (0x01u16, 6u16, u32::MAX),
        (0x02, 6, 1234),
        (0x04, 4, u32::MAX),
        (0x10, 6, u32::MAX),
        (0x20, 4, u32::MAX),
    ] {
        list.extend(tag.to_le_bytes());
        list.extend(permissions.to_le_bytes());
        list.extend(id.to_le_bytes());
    }
    rustix::fs::setxattr(&path, "system.posix_acl_access", &list, XattrFlags::empty()).unwrap();
    assert!(matches!(
        place.read("cls_x.lua"),
        Err(FileRefused::GroupWritable { mode: 0o664, .. })
    ));
}

#[test]
fn files_of_strangers_are_refused_and_read_without_the_check() {
    let place = Place::new();
    let path = place.install("cls_x.lua", b"theirs");
    // The directory is believed and the file's owner is not: the other way round from a stranger's file, and
    // possible without being root.
    let stranger = Trust::only([424_242]);
    let lenient = Checks::STRICT - Checks::DIR_OWNER - Checks::DIR_LINKS;
    let dir = ScopedDir::open_checking(&place.classes, &stranger, lenient).unwrap();
    let error = dir
        .read_checking("cls_x.lua", LIMIT, lenient, || ())
        .unwrap_err();
    assert!(
        error
            .to_string()
            .ends_with("who could change it: chown it to uid 424242"),
        "{error}"
    );
    assert!(
        dir.read_checking("cls_x.lua", LIMIT, lenient - Checks::OWNER, || ())
            .is_ok()
    );
    if is_root() {
        std::os::unix::fs::chown(&path, Some(1234), None).unwrap();
        assert!(matches!(
            place.read("cls_x.lua"),
            Err(FileRefused::Owner { owner: 1234, .. })
        ));
        let trusting = Trust::of_this_process().and(1234);
        let dir = ScopedDir::open(&place.classes, &trusting).unwrap();
        assert!(dir.read_verified("cls_x.lua", LIMIT).is_ok());
    }
}

#[test]
fn an_unreadable_file_says_so() {
    let place = Place::new();
    let path = place.install("cls_x.lua", b"x");
    set_mode(&path, 0o000);
    let dir = place.open();
    // Root reads everything, so the attempt is made with the rights of nobody, on a thread of its own.
    let error = thread::spawn(move || {
        if is_root() {
            let nobody = rustix::fs::Uid::from_raw(65_534);
            rustix::thread::set_thread_res_uid(nobody, nobody, nobody).unwrap();
        }
        dir.read_verified("cls_x.lua", LIMIT).unwrap_err()
    })
    .join()
    .unwrap();
    let FileRefused::Unreadable { source, .. } = &error else {
        panic!("{error}");
    };
    assert_eq!(source.kind(), std::io::ErrorKind::PermissionDenied);
    assert!(
        error
            .to_string()
            .contains("give the user radula runs as the right to read it")
    );
}

#[test]
fn an_author_hears_objections_instead_of_a_refusal() {
    let place = Place::new();
    let path = place.install("cls_x.lua", b"draft");
    fs::hard_link(&path, place.outside.join("copy")).unwrap();
    set_mode(&path, 0o666);
    set_mode(&place.classes, 0o777);
    let inspected = ScopedDir::inspect(&path, &Trust::of_this_process(), LIMIT).unwrap();
    assert_eq!(&inspected.file.bytes[..], b"draft");
    let [directory, mode, links] = &inspected.objections[..] else {
        panic!("{:?}", inspected.objections);
    };
    assert!(
        matches!(directory, FileRefused::Directory(_)),
        "{directory}"
    );
    assert!(matches!(mode, FileRefused::WorldWritable { .. }), "{mode}");
    assert!(matches!(links, FileRefused::HardLinked { .. }), "{links}");

    let fifo = place.outside.join("cls_f.lua");
    rustix::fs::mkfifoat(CWD, &fifo, Mode::from_raw_mode(0o644)).unwrap();
    let error =
        at_once(|| ScopedDir::inspect(&fifo, &Trust::of_this_process(), LIMIT)).unwrap_err();
    assert!(
        matches!(error, FileRefused::NotRegular { kind: "FIFO", .. }),
        "{error}"
    );
}
