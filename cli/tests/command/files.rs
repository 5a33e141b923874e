//! Files the command writes: whole or not at all, for their owner alone, never over what is no plain file.
#![expect(
    clippy::disallowed_methods,
    reason = "prepares what is in the way, looks at what is left, and sets limits with a shell"
)]

use std::{
    fs,
    os::unix::{
        fs::{FileTypeExt as _, MetadataExt as _, PermissionsExt as _, symlink},
        net::UnixListener,
    },
    path::{Path, PathBuf},
    process::Command,
    thread,
};

use super::place::{Done, Place, program};

impl Place {
    /// A directory of its own for what the command writes.
    fn out(&self) -> PathBuf {
        self.dir("out")
    }

    /// A shell that sets limits or ties descriptors first; `$R` is the command, `$S` its store.
    fn in_shell(&self, script: &str) -> Done {
        let mut command = Command::new("bash");
        command
            .env("R", program())
            .env("S", self.path("store"))
            .env("HOME", self.path("home"))
            .current_dir(self.out())
            .arg("-c")
            .arg(script);
        command.output().unwrap().into()
    }
}

fn names(directory: &Path) -> Vec<String> {
    let mut names: Vec<_> = fs::read_dir(directory)
        .unwrap()
        .map(|entry| entry.unwrap().file_name().into_string().unwrap())
        .collect();
    names.sort();
    names
}

fn mode(path: &Path) -> u32 {
    fs::symlink_metadata(path).unwrap().mode() & 0o777
}

/// A store with one object of 3 MB.
fn filled() -> Place {
    let place = Place::new();
    place
        .feed(&["put", "big", "-"], &vec![b'x'; 3_000_000])
        .succeeded();
    place
}

#[test]
fn what_holds_objects_is_readable_by_its_owner_alone() {
    let place = filled();
    let done = place.in_shell("umask 022; $R --store $S backup b; $R --store $S get big g; mkdir d; $R --store $S backup d");
    assert_eq!((done.code, &*done.err), (Some(0), ""), "{done:?}");
    let out = place.out();
    assert_eq!((mode(&out.join("b")), mode(&out.join("g"))), (0o600, 0o600));
    let within = names(&out.join("d"));
    assert_eq!(mode(&out.join("d").join(&within[0])), 0o600);
    assert_eq!(names(&out), ["b", "d", "g"]);
}

#[test]
fn a_name_beside_the_target_is_nobodys_business() {
    let place = filled();
    let out = place.out();
    fs::write(out.join("keep"), "precious").unwrap();
    symlink("keep", out.join("b.partial")).unwrap();
    fs::write(out.join("c.partial"), "mine").unwrap();
    for file in ["b", "c"] {
        place
            .run(["backup", out.join(file).to_str().unwrap()])
            .succeeded();
        place
            .run(["backup", "--verify", out.join(file).to_str().unwrap()])
            .succeeded();
    }
    assert_eq!(fs::read(out.join("keep")).unwrap(), b"precious");
    assert_eq!(fs::read(out.join("c.partial")).unwrap(), b"mine");
    assert!(fs::symlink_metadata(out.join("b")).unwrap().is_file());
    assert_eq!(names(&out), ["b", "b.partial", "c", "c.partial", "keep"]);
}

#[test]
fn links_pipes_and_sockets_stay_what_they_are() {
    let place = filled();
    let out = place.out();
    let path = |name: &str| out.join(name).to_str().unwrap().to_owned();
    fs::write(out.join("target"), "old").unwrap();
    symlink("target", out.join("link")).unwrap();
    symlink("nowhere", out.join("dangling")).unwrap();
    let _socket = UnixListener::bind(out.join("socket")).unwrap();
    rustix::fs::mkfifoat(rustix::fs::CWD, out.join("pipe"), rustix::fs::Mode::RWXU).unwrap();
    for verb in [&["backup"][..], &["get", "big"]] {
        let run = |name: &str| place.run(verb.iter().copied().chain([&*path(name)]));
        run("link").succeeded();
        assert_eq!(
            fs::read_link(out.join("link")).unwrap(),
            Path::new("target")
        );
        assert!(fs::metadata(out.join("target")).unwrap().len() >= 3_000_000);
        run("dangling").failed(&["cannot write", "leads nowhere"]);
        run("socket").failed(&["cannot write", "a socket"]);
        let reader = thread::spawn({
            let pipe = out.join("pipe");
            move || fs::read(pipe).unwrap().len()
        });
        run("pipe").succeeded();
        assert!(reader.join().unwrap() >= 3_000_000);
    }
    let kind = |name: &str| fs::symlink_metadata(out.join(name)).unwrap().file_type();
    assert!(kind("pipe").is_fifo() && kind("socket").is_socket());
    assert_eq!(
        names(&out),
        ["dangling", "link", "pipe", "socket", "target"]
    );
}

#[test]
fn what_the_shell_opened_is_written_to_and_kept() {
    let place = filled();
    let done = place.in_shell(
        "{ echo before; $R --store $S get big /dev/stdout; echo after; } > file; mkfifo p; \
         cat p > copy & $R --store $S get big >(cat > p); wait",
    );
    assert_eq!((done.code, &*done.err), (Some(0), ""), "{done:?}");
    let file = fs::read(place.out().join("file")).unwrap();
    assert_eq!(file.len(), 3_000_000 + "before\nafter\n".len());
    assert!(file.starts_with(b"before\nxxx") && file.ends_with(b"xxxafter\n"));
    assert_eq!(fs::read(place.out().join("copy")).unwrap().len(), 3_000_000);
}

#[test]
fn backups_into_a_directory_never_take_each_others_name() {
    let place = filled();
    let out = place.out();
    let lines: String = (0..5)
        .map(|n| format!("setxattr a{n} k v\nbackup {}\n", out.display()))
        .collect();
    place.feed(&["shell"], lines.as_bytes()).succeeded();
    let made = names(&out);
    assert_eq!(made.len(), 5, "{made:?}");
    let mut digests: Vec<_> = made
        .iter()
        .map(|name| {
            let json = place.run([
                "--json",
                "backup",
                "--verify",
                out.join(name).to_str().unwrap(),
            ]);
            json.succeeded().json()["digest"].to_string()
        })
        .collect();
    digests.sort();
    digests.dedup();
    assert_eq!(digests.len(), 5);
}

#[test]
fn a_file_size_limit_is_an_error_with_a_line_and_leaves_nothing() {
    let place = filled();
    fs::write(place.out().join("old"), "old").unwrap();
    // In units of 1024 bytes; the store itself is opened and closed within them.
    for verb in ["get big new", "get big old", "backup new", "backup old"] {
        let done = place.in_shell(&format!("ulimit -f 2000; $R --store $S {verb}"));
        done.failed(&["cannot write", "File too large"]);
        assert_eq!(names(&place.out()), ["old"], "{verb}");
        assert_eq!(fs::read(place.out().join("old")).unwrap(), b"old");
    }
    let done = place
        .in_shell("head -c 9000000 /dev/zero > blob; ulimit -f 2000; $R --store $S put b blob");
    assert_eq!(done.code, Some(1), "{done:?}");
    done.complained(&["radula: "]);
    place.run(["fsck"]).succeeded();
    assert_eq!(place.run(["ls"]).succeeded().text(), "big\n");
}

#[test]
fn a_reader_who_leaves_and_an_output_that_cannot_be_written_are_no_death() {
    let place = filled();
    let done = place.in_shell("set -o pipefail; $R --store $S backup - | head -c 10 > beginning");
    assert_eq!(done.code, Some(1), "{done:?}");
    done.complained(&["cannot write -", "Broken pipe"]);
    // Standard error is a pipe that nobody reads.
    let done = place.in_shell("{ sleep 0.2; $R --store $S get none -; echo $? > status; } 2>&1 >/dev/null | true; sleep 2; cat status");
    assert_eq!(done.text(), "1\n", "{done:?}");
}

#[test]
fn a_file_that_may_not_be_written_is_not_replaced() {
    let place = filled();
    let out = place.out();
    fs::write(out.join("file"), "old").unwrap();
    fs::set_permissions(out.join("file"), fs::Permissions::from_mode(0o640)).unwrap();
    let file = out.join("file");
    place
        .run(["get", "big", file.to_str().unwrap()])
        .succeeded();
    assert_eq!(mode(&file), 0o640, "get keeps what the user decided");
    for none in ["no/file", "no/", "file/"] {
        let path = out.join(none);
        place
            .run(["get", "big", path.to_str().unwrap()])
            .failed(&["cannot write"]);
        place
            .run(["backup", path.to_str().unwrap()])
            .failed(&["radula: cannot"]);
    }
    assert_eq!(names(&out), ["file"]);
}
