//! Directories, and what lies above them.

use std::os::unix::fs::symlink;

use super::*;
use crate::DirRefused;

fn open(path: &Path) -> Result<ScopedDir, DirRefused> {
    ScopedDir::open(path, &Trust::of_this_process())
}

fn open_without(path: &Path, absent: Checks) -> Result<ScopedDir, DirRefused> {
    ScopedDir::open_checking(path, &Trust::of_this_process(), Checks::STRICT - absent)
}

#[test]
fn a_directory_others_may_write_is_refused_and_opens_without_the_check() {
    let place = Place::new();
    let path = place.classes.display();
    for (mode, message) in [
        (0o777, "is writable by everybody (mode 0777): chmod go-w"),
        (0o775, "is writable by its group (mode 0775): chmod g-w"),
    ] {
        set_mode(&place.classes, mode);
        assert_eq!(
            open(&place.classes).unwrap_err().to_string(),
            format!("{path} {message} {path}")
        );
        assert!(open_without(&place.classes, Checks::DIR_MODE).is_ok());
    }
    // Sticky, as /tmp is: names of trusted users are safe in it.
    set_mode(&place.classes, 0o1777);
    assert!(open(&place.classes).is_ok());
}

#[test]
fn a_directory_above_that_others_may_write_is_named() {
    let place = Place::new();
    let middle = place.classes.join("middle");
    let deep = middle.join("deep");
    fs::create_dir_all(&deep).unwrap();
    set_mode(&deep, 0o755);
    set_mode(&middle, 0o777);
    assert_eq!(
        open(&deep).unwrap_err().to_string(),
        format!(
            "{path} is writable by everybody (mode 0777): chmod go-w {path}",
            path = middle.display()
        )
    );
    assert!(open_without(&deep, Checks::DIR_MODE).is_ok());
    set_mode(&middle, 0o1777);
    assert!(open(&deep).is_ok());
}

#[test]
fn a_directory_that_becomes_writable_after_it_was_opened_is_refused() {
    let place = Place::new();
    place.install("cls_x.lua", b"x");
    let dir = place.open();
    assert!(dir.read_verified("cls_x.lua", LIMIT).is_ok());
    set_mode(&place.classes, 0o777);
    assert!(matches!(
        dir.read_verified("cls_x.lua", LIMIT),
        Err(FileRefused::Directory(_))
    ));
    let lenient = Checks::STRICT - Checks::DIR_MODE;
    assert!(
        dir.read_checking("cls_x.lua", LIMIT, lenient, || ())
            .is_ok()
    );
}

#[test]
fn a_strangers_directory_is_refused_and_opens_without_the_check() {
    let place = Place::new();
    let stranger = Trust::only([424_242]);
    let error = ScopedDir::open(&place.classes, &stranger).unwrap_err();
    assert_eq!(
        error.to_string(),
        "/ belongs to uid 0, who could change which classes run: chown it to uid 424242"
    );
    let lenient = Checks::STRICT - Checks::DIR_OWNER;
    assert!(ScopedDir::open_checking(&place.classes, &stranger, lenient).is_ok());
    if is_root() {
        std::os::unix::fs::chown(&place.classes, Some(1234), None).unwrap();
        assert!(matches!(
            open(&place.classes),
            Err(DirRefused::Owner { owner: 1234, .. })
        ));
        let trusting = Trust::of_this_process().and(1234);
        assert!(ScopedDir::open(&place.classes, &trusting).is_ok());
    }
}

#[test]
fn a_strangers_symlink_on_the_way_is_refused_and_followed_without_the_check() {
    let place = Place::new();
    let link = place.root.path().join("link");
    symlink(&place.classes, &link).unwrap();
    assert_eq!(open(&link).unwrap().path(), place.classes);

    let stranger = Trust::only([424_242]);
    let lenient = Checks::STRICT - Checks::DIR_OWNER;
    let error = ScopedDir::open_checking(&link, &stranger, lenient).unwrap_err();
    assert!(
        matches!(&error, DirRefused::LinkOwner { path, .. } if *path == link),
        "{error}"
    );
    assert!(ScopedDir::open_checking(&link, &stranger, lenient - Checks::DIR_LINKS).is_ok());
}

#[test]
fn a_symlink_into_a_writable_directory_is_found_out() {
    let place = Place::new();
    let open_to_all = place.outside.join("open");
    let target = open_to_all.join("target");
    fs::create_dir_all(&target).unwrap();
    set_mode(&target, 0o755);
    set_mode(&open_to_all, 0o777);
    let link = place.classes.join("link");
    symlink("../outside/open/target", &link).unwrap();
    let error = open(&link).unwrap_err();
    assert!(matches!(&error, DirRefused::WorldWritable { path, .. } if *path == open_to_all));
}

#[test]
fn symlink_loops_end() {
    let place = Place::new();
    symlink("b", place.classes.join("a")).unwrap();
    symlink("a", place.classes.join("b")).unwrap();
    let error = at_once(|| open(&place.classes.join("a")).unwrap_err());
    assert!(matches!(error, DirRefused::TooManyLinks { .. }), "{error}");
}

#[test]
fn dots_lead_where_the_kernel_would_go() {
    let place = Place::new();
    let link = place.outside.join("link");
    symlink(&place.classes, &link).unwrap();
    // Behind a link, `..` is the parent of its target.
    assert_eq!(open(&link.join("..")).unwrap().path(), place.root.path());
    assert_eq!(
        open(&place.classes.join("./../classes/.")).unwrap().path(),
        place.classes
    );
    assert_eq!(open(Path::new("/../..")).unwrap().path(), Path::new("/"));
}

#[test]
fn relative_paths_begin_at_the_working_directory() {
    let here = std::env::current_dir().unwrap().canonicalize().unwrap();
    let lenient = Checks::STRICT - Checks::INSTALLED_ONLY;
    let opened = |path| {
        ScopedDir::open_checking(Path::new(path), &Trust::of_this_process(), lenient).unwrap()
    };
    assert_eq!(opened("src").path(), here.join("src"));
    assert_eq!(opened(".").path(), here);
    assert_eq!(Some(opened("..").path()), here.parent());
}

#[test]
fn missing_directories_and_files_in_their_place_are_told_apart() {
    let place = Place::new();
    let file = place.install("file", b"x");
    let missing = open(&place.classes.join("none/deeper")).unwrap_err();
    assert!(missing.is_missing());
    assert_eq!(
        missing.to_string(),
        format!("{} does not exist", place.classes.join("none").display())
    );
    for path in [file.clone(), file.join("below")] {
        let error = open(&path).unwrap_err();
        assert!(matches!(error, DirRefused::NotADirectory { .. }), "{error}");
        assert!(!error.is_missing());
    }
}

#[test]
fn a_removed_directory_is_noticed() {
    let place = Place::new();
    let dir = place.open();
    assert!(!dir.is_removed());
    fs::remove_dir(&place.classes).unwrap();
    assert!(dir.is_removed());
}
