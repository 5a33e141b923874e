use std::{
    os::unix::{fs::symlink, net::UnixListener},
    thread,
};

use super::*;

fn mode(path: &Path) -> u32 {
    fs::metadata(path).unwrap().mode() & 0o777
}

fn write(path: &Path, purpose: Purpose) -> Result<PathBuf, Failure> {
    let mut file = NewFile::create(path, purpose)?;
    file.write_all(b"new").unwrap();
    file.finish()
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

#[test]
fn what_holds_objects_is_its_owners_and_a_file_that_was_there_keeps_its_permissions() {
    let scratch = tempfile::tempdir().unwrap();
    for (purpose, fresh, replaced) in [
        (Purpose::Backup, 0o600, 0o600),
        (Purpose::Object, 0o600, 0o644),
    ] {
        let path = scratch.path().join("file");
        write(&path, purpose).unwrap();
        assert_eq!(mode(&path), fresh, "{purpose:?}");
        fs::set_permissions(&path, Permissions::from_mode(0o644)).unwrap();
        write(&path, purpose).unwrap();
        assert_eq!(mode(&path), replaced, "{purpose:?}");
        fs::remove_file(path).unwrap();
    }
}

#[test]
fn a_name_that_appears_while_the_file_is_written_is_not_replaced() {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("file");
    let mut file = NewFile::create(&path, Purpose::Backup).unwrap();
    file.write_all(b"new").unwrap();
    fs::write(&path, "precious").unwrap();
    let error = file.finish().unwrap_err().to_string();
    assert!(error.contains("another file got this name"), "{error}");
    // The same when a plain file gives way to something else.
    let file = NewFile::create(&path, Purpose::Backup).unwrap();
    fs::remove_file(&path).unwrap();
    symlink("elsewhere", &path).unwrap();
    let error = file.finish().unwrap_err().to_string();
    assert!(error.contains("was replaced"), "{error}");
    assert_eq!(names(scratch.path()), ["file"]);
}

#[test]
fn a_link_stays_and_the_file_it_leads_to_is_replaced_whole() {
    let scratch = tempfile::tempdir().unwrap();
    let (target, first, second) = (
        scratch.path().join("target"),
        scratch.path().join("first"),
        scratch.path().join("second"),
    );
    fs::write(&target, "old").unwrap();
    symlink("target", &first).unwrap();
    symlink("first", &second).unwrap();
    let mut file = NewFile::create(&second, Purpose::Object).unwrap();
    file.write_all(b"new").unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"old");
    file.finish().unwrap();
    assert_eq!(fs::read(&target).unwrap(), b"new");
    assert_eq!(fs::read_link(&second).unwrap(), Path::new("first"));
    assert_eq!(names(scratch.path()), ["first", "second", "target"]);
    symlink("nowhere", scratch.path().join("dangling")).unwrap();
    let error = write(&scratch.path().join("dangling"), Purpose::Object).unwrap_err();
    assert!(error.to_string().contains("leads nowhere"), "{error}");
    assert!(!scratch.path().join("nowhere").exists());
}

#[test]
fn a_pipe_is_written_through_and_a_socket_and_a_directory_are_refused() {
    let scratch = tempfile::tempdir().unwrap();
    let pipe = scratch.path().join("pipe");
    rustix::fs::mkfifoat(rustix::fs::CWD, &pipe, rustix::fs::Mode::RWXU).unwrap();
    let reader = thread::spawn({
        let pipe = pipe.clone();
        move || fs::read(pipe).unwrap()
    });
    write(&pipe, Purpose::Backup).unwrap();
    assert_eq!(reader.join().unwrap(), b"new");
    assert!(fs::metadata(&pipe).unwrap().file_type().is_fifo());
    let socket = scratch.path().join("socket");
    let _listener = UnixListener::bind(&socket).unwrap();
    let error = write(&socket, Purpose::Backup).unwrap_err();
    assert!(error.to_string().contains("a socket"), "{error}");
    assert!(fs::metadata(&socket).unwrap().file_type().is_socket());
    for path in [scratch.path().to_owned(), scratch.path().join("none/")] {
        assert!(write(&path, Purpose::Object).is_err(), "{path:?}");
    }
    assert_eq!(names(scratch.path()), ["pipe", "socket"]);
}

#[test]
fn a_name_we_chose_gets_a_number_where_it_is_taken() {
    let scratch = tempfile::tempdir().unwrap();
    let stem = || "a".to_owned();
    let begin = || NewFile::create_in(scratch.path(), stem(), ".b", Purpose::Backup).unwrap();
    let together = [begin(), begin(), begin()];
    let made: Vec<_> = together.map(|file| file.finish().unwrap()).into();
    let wanted = ["a.b", "a-2.b", "a-3.b"].map(|name| scratch.path().join(name));
    assert_eq!(made, wanted);
    // A link that leads nowhere takes its name as well.
    symlink("nowhere", scratch.path().join("a-4.b")).unwrap();
    assert_eq!(begin().finish().unwrap(), scratch.path().join("a-5.b"));
}

#[test]
fn names_of_descriptors_are_told_from_links_to_files() {
    assert!(is_descriptor(Path::new("/dev/stdout")));
    assert!(is_descriptor(Path::new("/proc/self/fd/1")));
    let scratch = tempfile::tempdir().unwrap();
    fs::write(scratch.path().join("file"), "").unwrap();
    symlink("file", scratch.path().join("link")).unwrap();
    assert!(!is_descriptor(&scratch.path().join("link")));
}
