//! Class files somebody tampered with. That the same checks hold for every kind of file is tested where they live; here
//! it is shown that no native file gets around them, and that no code of a refused file runs.
#![expect(clippy::disallowed_methods, reason = "tampers with files of its own")]

use std::{
    fs,
    os::unix::fs::{PermissionsExt, symlink},
    path::PathBuf,
    process::Command,
    sync::atomic::{AtomicBool, Ordering},
    thread,
    time::{Duration, Instant},
};

use testkit::corpus::repository;

use super::*;

/// A directory with a class `marked` whose constructor leaves a mark.
struct Marked {
    scratch: Scratch,
    class: Vec<u8>,
}

impl Marked {
    fn new() -> Self {
        let scratch = Scratch::new();
        let mark = scratch.path().join("ran");
        let source = format!(
            "#include <fcntl.h>\n#include \"objclass.h\"\nOBJCLASS(\"marked\", \"1\")\n\
             __attribute__((constructor)) static void ran(void) {{ creat({mark:?}, 0600); }}\n\
             static int32_t run(objclass_call *c, objclass_bytes i) {{ return objclass_output(c, i); }}\n\
             int32_t objclass_init(objclass_registry *r)\n\
             {{ return objclass_register(r, \"run\", OBJCLASS_RD | OBJCLASS_WR, run); }}\n"
        );
        Self {
            class: compile(&scratch, &source),
            scratch,
        }
    }

    fn ran(&self) -> bool {
        self.scratch.path().join("ran").exists()
    }

    fn native(&self, name: &str) -> PathBuf {
        self.scratch.dir("native").join(name)
    }
}

fn compile(scratch: &Scratch, source: &str) -> Vec<u8> {
    let (input, output) = (
        scratch.file("build/a.c", source),
        scratch.path().join("build/a.so"),
    );
    let status = Command::new("cc")
        .args([
            "-std=gnu11",
            "-shared",
            "-fPIC",
            "-fvisibility=hidden",
            "-I",
        ])
        .arg(repository().join("abi"))
        .arg("-o")
        .arg(&output)
        .arg(&input)
        .status()
        .expect("a C compiler");
    assert!(status.success());
    fs::read(output).expect("it was built")
}

/// What an attacker did, and how the refusal names it.
type Attack = (&'static str, fn(&Marked), &'static str);

const ATTACKS: &[Attack] = &[
    (
        "a FIFO nobody writes to",
        |marked| {
            let path = marked.native("libcls_marked.so");
            assert!(Command::new("mkfifo").arg(path).status().unwrap().success());
        },
        "regular file",
    ),
    (
        "a hard link",
        |marked| {
            let outside = marked.scratch.file("outside.so", &marked.class);
            fs::hard_link(outside, marked.native("libcls_marked.so")).unwrap();
        },
        "link",
    ),
    (
        "a symlink to another directory",
        |marked| {
            let outside = marked.scratch.file("outside.so", &marked.class);
            symlink(outside, marked.native("libcls_marked.so")).unwrap();
        },
        "symbolic link",
    ),
    (
        "a group-writable file",
        |marked| {
            let path = marked
                .scratch
                .file("native/libcls_marked.so", &marked.class);
            fs::set_permissions(path, fs::Permissions::from_mode(0o664)).unwrap();
        },
        "writable",
    ),
    (
        "a group-writable directory",
        |marked| {
            marked
                .scratch
                .file("native/libcls_marked.so", &marked.class);
            let directory = marked.scratch.dir("native");
            fs::set_permissions(directory, fs::Permissions::from_mode(0o775)).unwrap();
        },
        "writable",
    ),
    (
        "a sparse file of 4 GiB",
        |marked| {
            let path = marked
                .scratch
                .file("native/libcls_marked.so", &marked.class);
            let file = fs::OpenOptions::new().write(true).open(path).unwrap();
            file.set_len(4 << 30).unwrap();
        },
        "more than the",
    ),
    (
        "a truncated file",
        |marked| {
            let half = &marked.class[..marked.class.len() / 2];
            marked.scratch.file("native/libcls_marked.so", half);
        },
        "truncated",
    ),
    (
        "a file for another machine",
        |marked| {
            let mut class = marked.class.clone();
            class[18] = 8;
            marked.scratch.file("native/libcls_marked.so", class);
        },
        "built for",
    ),
];

#[test]
fn no_tampered_file_is_opened_and_none_of_its_code_runs() {
    for (what, attack, says) in ATTACKS {
        let marked = Marked::new();
        attack(&marked);
        let directory = marked.scratch.path().join("native");
        let config = set(hermetic_config(&marked.scratch), "class_dir", directory);
        let radula = Radula::open(config).expect("the engine opens");
        let started = Instant::now();
        let error = radula
            .ioctx("test")
            .exec("object", "marked", "run", b"")
            .expect_err(what);
        assert!(
            started.elapsed() < Duration::from_secs(1),
            "{what} took long"
        );
        assert_eq!(error.errno(), Errno::EIO, "{what}: {}", whole(&error));
        assert!(whole(&error).contains(says), "{what}: {}", whole(&error));
        assert!(!marked.ran(), "{what}: its constructor ran");
    }
    let marked = Marked::new();
    marked
        .scratch
        .file("native/libcls_marked.so", &marked.class);
    let world = World::open(marked.scratch, StoreKind::Memory);
    assert_eq!(world.exec("marked", "run", "fine").unwrap(), "fine");
    assert!(
        world.scratch.path().join("ran").exists(),
        "the mark is never left: this test cannot fail"
    );
}

/// A class whose method answers a number.
fn answering(scratch: &Scratch, name: &str, answer: i32) -> Vec<u8> {
    let source = format!(
        "#include \"objclass.h\"\nOBJCLASS(\"{name}\", \"{answer}\")\n\
         static int32_t run(objclass_call *c, objclass_bytes i) {{ (void)c; (void)i; return {answer}; }}\n\
         int32_t objclass_init(objclass_registry *r)\n\
         {{ return objclass_register(r, \"run\", OBJCLASS_RD | OBJCLASS_WR, run); }}\n"
    );
    compile(scratch, &source)
}

#[test]
fn a_reload_takes_the_new_file_and_keeps_the_old_one_while_the_new_one_is_broken() {
    let world = World::open(Scratch::new(), StoreKind::Memory);
    let [one, two] = [1, 2].map(|answer| answering(&world.scratch, "edited", answer));
    let install = |content: &[u8]| {
        // As an installer does it: a new file, renamed into place.
        let new = world.scratch.file("native/new", content);
        fs::rename(new, world.scratch.path().join("native/libcls_edited.so")).unwrap();
        world.radula.loader().reload();
    };
    let answer = || {
        world
            .objects()
            .exec("object", "edited", "run", b"")
            .unwrap()
            .ret
    };
    install(&one);
    assert_eq!(answer(), 1);
    install(&two);
    assert_eq!(answer(), 2);
    install(&one[..one.len() / 2]);
    assert_eq!(answer(), 2, "a broken file took the class away");
    install(&one);
    assert_eq!(answer(), 1, "the first version again, loaded only once");
}

#[test]
fn a_file_swapped_while_it_is_opened_is_one_or_the_other_and_never_a_mixture() {
    let scratch = Scratch::new();
    let class = |answer| answering(&scratch, "swapped", answer);
    let (one, two) = (class(1), class(2));
    let path = scratch.file("native/libcls_swapped.so", &one);
    let (good, link) = (
        scratch.file("native/good", &two),
        scratch.path().join("native/link"),
    );
    let outside = scratch.file("outside.so", class(3));
    let stop = AtomicBool::new(false);
    thread::scope(|scope| {
        scope.spawn(|| {
            // Between a good file and a symlink out of the directory, as fast as it goes.
            while !stop.load(Ordering::Relaxed) {
                let _ = fs::remove_file(&link);
                symlink(&outside, &link).unwrap();
                fs::rename(&link, &path).unwrap();
                fs::copy(&good, &link).unwrap();
                fs::set_permissions(&link, fs::Permissions::from_mode(0o644)).unwrap();
                fs::rename(&link, &path).unwrap();
            }
        });
        let (mut opened, mut refused) = (0, 0);
        for _ in 0..400 {
            let config = set(
                hermetic_config(&Scratch::new()),
                "class_dir",
                scratch.path().join("native"),
            );
            let radula = Radula::open(config).unwrap();
            match radula.ioctx("test").exec("object", "swapped", "run", b"") {
                Ok(reply) => {
                    assert!(matches!(reply.ret, 1 | 2), "the file outside was opened");
                    opened += 1;
                }
                Err(error) => {
                    assert_eq!(error.errno(), Errno::EIO, "{}", whole(&error));
                    refused += 1;
                }
            }
        }
        stop.store(true, Ordering::Relaxed);
        assert!(
            opened > 0 && refused > 0,
            "{opened} opened, {refused} refused: no race was met"
        );
    });
}

#[test]
fn overwriting_an_open_class_in_place_changes_nothing_until_it_is_looked_at_again() {
    let world = World::with_bundled_classes();
    assert_eq!(
        world.exec("hello", "say_hello", "").unwrap(),
        "Hello, world!"
    );
    let path = world.scratch.path().join("native/libcls_hello.so");
    let length = usize::try_from(fs::metadata(&path).unwrap().len()).unwrap();
    fs::write(&path, vec![0xcc; length]).unwrap();
    // Mapped pages of the file itself would now hold breakpoints.
    assert_eq!(
        world.exec("hello", "say_hello", "").unwrap(),
        "Hello, world!"
    );
    for method in ["record_hello", "replay", "turn_it_to_11"] {
        world.exec("hello", method, "").unwrap();
    }
}

#[test]
fn dependencies_of_a_native_class_are_opened_first_and_a_cycle_is_an_error() {
    let scratch = Scratch::new();
    let class = |name: &str, needs: &str| {
        let source = format!(
            "#include \"objclass.h\"\nOBJCLASS(\"{name}\", \"1\")\nOBJCLASS_DEPENDS(\"{needs}\")\n\
             static int32_t run(objclass_call *c, objclass_bytes i) {{ return objclass_output(c, i); }}\n\
             int32_t objclass_init(objclass_registry *r)\n\
             {{ return objclass_register(r, \"run\", OBJCLASS_RD | OBJCLASS_WR, run); }}\n"
        );
        let built = compile(&scratch, &source);
        scratch.file(&format!("native/libcls_{name}.so"), built);
    };
    class("needs", "below");
    class("one", "two");
    class("two", "one");
    let world = World::open(scratch, StoreKind::Memory);
    let error = world.exec("needs", "run", "").unwrap_err();
    assert_eq!(error.errno(), Errno::EOPNOTSUPP);
    assert!(whole(&error).contains("below"), "{}", whole(&error));
    // The missing class may be in another language; no restart is needed.
    world
        .scratch
        .file("lua/cls_below.lua", "function f() end objclass.register(f)");
    assert_eq!(world.exec("needs", "run", "ok").unwrap(), "ok");
    let error = world.exec("one", "run", "").unwrap_err();
    assert_eq!(error.errno(), Errno::EIO, "{}", whole(&error));
}
