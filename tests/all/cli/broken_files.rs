//! Class files that must not run: each refused at once, with the reason, and never passed over.
#![expect(clippy::disallowed_methods, reason = "sets up the files of the test")]

use std::{
    os::unix::fs::{PermissionsExt as _, symlink},
    path::Path,
    process::Command,
    time::{Duration, Instant},
};

use testkit::binary::finish;

use super::{Done, Place};

const GOOD: &str = "function m(i, o) o:append('ran') end\nobjclass.register(m, 'w')\n";

/// Runs method `m` of class `x` and insists that the answer comes at once.
fn call(place: &Place) -> Done {
    // Made first: making the first command of a test run builds it.
    let mut command = place.command();
    command.args(["exec", "o", "x", "m"]);
    let started = Instant::now();
    let done = finish(&mut command).into();
    assert!(
        started.elapsed() < Duration::from_secs(10),
        "it took {:?}",
        started.elapsed()
    );
    done
}

fn file(place: &Place) -> std::path::PathBuf {
    place.classes.join("cls_x.lua")
}

#[expect(clippy::disallowed_methods, reason = "fixtures are files")]
fn remove(path: &Path) {
    std::fs::remove_file(path).expect("a file to remove");
}

fn set_mode(path: &Path, mode: u32) {
    std::fs::set_permissions(path, std::fs::Permissions::from_mode(mode)).expect("a mode to set");
}

#[test]
fn a_good_file_runs() {
    let place = Place::new();
    place.scratch.file("classes/cls_x.lua", GOOD);
    assert_eq!(call(&place).succeeded().text(), "ran");
}

#[test]
fn a_script_of_a_mebibyte_and_one_byte_is_refused_and_one_of_a_mebibyte_runs() {
    let place = Place::new();
    let padded = |size: usize| format!("{GOOD}--{}", "x".repeat(size - GOOD.len() - 2));
    place.scratch.file("classes/cls_x.lua", padded(1 << 20));
    assert_eq!(call(&place).succeeded().text(), "ran");
    place
        .scratch
        .file("classes/cls_x.lua", padded((1 << 20) + 1));
    call(&place).failed(&["EIO", "1048577 bytes", "1048576"]);
}

#[test]
fn a_syntax_error_is_refused_with_file_and_line() {
    let place = Place::new();
    place
        .scratch
        .file("classes/cls_x.lua", "-- fine\nfunction (\n");
    call(&place).failed(&["EIO", "cls_x.lua:2"]);
}

#[test]
fn a_script_that_loops_while_it_loads_is_ended() {
    let place = Place::new();
    place
        .scratch
        .file("classes/cls_x.lua", format!("{GOOD}\nwhile true do end\n"));
    call(&place).failed(&["EIO", "while loading"]);
}

#[test]
fn a_directory_is_refused() {
    let place = Place::new();
    let _ = place.scratch.dir("classes/cls_x.lua");
    call(&place).failed(&["EIO", "is a directory, not a regular file"]);
}

#[test]
#[expect(
    clippy::disallowed_methods,
    reason = "the standard library makes no FIFO"
)]
fn a_fifo_is_refused_without_waiting_for_a_writer() {
    let place = Place::new();
    let made = Command::new("mkfifo").arg(file(&place)).status();
    assert!(made.expect("mkfifo runs").success());
    call(&place).failed(&["EIO", "not a regular file"]);
}

#[test]
fn a_symbolic_link_out_of_the_directory_is_refused() {
    let place = Place::new();
    let target = place.scratch.file("elsewhere/cls_x.lua", GOOD);
    symlink(target, file(&place)).expect("a link");
    call(&place).failed(&["EIO", "symbolic link"]);
}

#[test]
fn a_file_everybody_may_write_is_refused() {
    let place = Place::new();
    let path = place.scratch.file("classes/cls_x.lua", GOOD);
    set_mode(&path, 0o666);
    call(&place).failed(&["EIO", "writable by"]);
    set_mode(&path, 0o644);
    assert_eq!(call(&place).succeeded().text(), "ran");
}

#[test]
fn an_empty_file_is_refused() {
    let place = Place::new();
    place.scratch.file("classes/cls_x.lua", "");
    call(&place).failed(&["EIO", "is empty"]);
}

#[test]
fn a_broken_native_file_is_an_error_and_never_falls_through_to_lua() {
    let place = Place::new();
    place.scratch.file("classes/cls_x.lua", GOOD);
    let native = place.scratch.dir("native");
    let path = place
        .scratch
        .file("native/libcls_x.so", "not a shared object");
    let run = || -> Done {
        let mut command = place.command();
        command.arg("--class-dir").arg(&native);
        finish(command.args(["exec", "o", "x", "m"])).into()
    };
    run().failed(&["libcls_x.so"]);
    remove(&path);
    assert_eq!(run().succeeded().text(), "ran");
}

#[test]
fn names_that_could_be_paths_are_refused_before_any_file_is_looked_for() {
    let place = Place::new();
    place.scratch.file("cls_x.lua", GOOD);
    let long = "x".repeat(65);
    for (name, reason) in [
        ("../x", "only A-Z a-z 0-9 _ - are allowed"),
        ("a/b", "only A-Z"),
        ("..", "only A-Z"),
        ("x\n", "only A-Z"),
        ("", "it is empty"),
        (&*long, "longer than 64 bytes"),
    ] {
        place
            .run(["exec", "o", name, "m"])
            .failed(&["EINVAL", reason]);
    }
}
