//! Classes that an author builds against Ceph's headers: the one of the documentation, and one that does what a class should
//! not.

use std::thread;

use objclass::Errno;
use radula::{IoCtx, Radula};
use testkit::{
    cluster::{Release, gone_without_ceph},
    corpus::{self, repository},
    engine::{hermetic_config, set},
    fixture::Scratch,
    native::ceph_class,
};

/// Objects beside a class built from `source`; `None` where Ceph's headers are not.
fn beside(name: &str, source: &str) -> Option<(IoCtx, Scratch)> {
    if let Err(missing) = Release::check_headers() {
        gone_without_ceph("classes built against Ceph's headers", &missing);
        return None;
    }
    let scratch = Scratch::new();
    let directory = ceph_class(&scratch, name, source);
    let config = set(hermetic_config(&scratch), "class_dir", directory);
    let radula = Radula::open(config).expect("the engine opens");
    let objects = radula.ioctx("rbd");
    objects.write_full("o", Vec::new()).expect("an object");
    Some((objects, scratch))
}

fn odd() -> Option<(IoCtx, Scratch)> {
    let source = corpus::corpus().join("classes/ceph/odd.cc");
    beside("odd", &corpus::text(&source))
}

fn call(objects: &IoCtx, method: &str, input: &str) -> Result<String, String> {
    let reply = objects.exec("o", "odd", method, input.as_bytes());
    reply
        .map(|reply| String::from_utf8_lossy(&reply.output).into_owned())
        .map_err(|error| format!("{}: {error}", error.errno()))
}

#[test]
fn the_class_of_the_documentation_opens_and_answers() {
    let page = corpus::text(&repository().join("docs/native.md"));
    let (_, rest) = page.split_once("```cpp\n").expect("an example");
    let (source, _) = rest.split_once("```").expect("its end");
    let Some((objects, _scratch)) = beside("greet", source) else {
        return;
    };
    let reply = objects
        .exec("o", "greet", "greet", b"Ceph")
        .expect("an answer");
    assert_eq!(&reply.output[..], b"Hello, Ceph");
    assert_eq!(
        &objects.get_xattr("o", "greeted").expect("an xattr")[..],
        b"Ceph"
    );
}

#[test]
fn an_exception_ends_its_call_and_leaves_nothing() {
    let Some((objects, _scratch)) = odd() else {
        return;
    };
    let error = call(&objects, "throws", "bike").expect_err("it throws");
    assert!(error.starts_with("EIO: "), "{error}");
    assert!(
        error.contains("threw std::runtime_error: no wheels on bike"),
        "{error}"
    );
    let error = call(&objects, "throws", "number").expect_err("it throws");
    assert!(error.contains("threw int"), "{error}");
    call(&objects, "writes_and_throws", "text").expect_err("it throws");
    assert_eq!(objects.stat("o").expect("the object").size, 0);
    // Seen from another class of its kind it is an error like any other, and the caller goes on.
    assert_eq!(
        call(&objects, "calls", "odd throws x").expect("an answer"),
        "-5:"
    );
    assert_eq!(
        call(&objects, "calls", "odd counts").expect("an answer"),
        "0:1"
    );
}

#[test]
fn nonsense_lengths_are_refused_or_harmless() {
    let Some((objects, _scratch)) = odd() else {
        return;
    };
    // Of 16 writes only those of one byte at a possible offset pass, and the cut at -1 fails.
    assert_eq!(call(&objects, "lengths", "x").expect("an answer"), "16");
    let error = call(&objects, "nothing_of_size", "").expect_err("no output");
    assert!(error.contains("an output that is not there"), "{error}");
    let error = call(&objects, "floods", "").expect_err("too much");
    assert!(error.starts_with("E2BIG"), "{error}");
    let long = "x".repeat(300);
    let error = call(&objects, "calls", &format!("odd {long} y")).expect("an answer");
    assert_eq!(error, format!("{}:", Errno::EOPNOTSUPP.to_return()));
}

#[test]
fn reads_show_the_object_as_the_call_found_it_and_stat_as_it_is() {
    let Some((objects, _scratch)) = odd() else {
        return;
    };
    let missing = Errno::ENOENT.to_return();
    let got = call(&objects, "reads_after_writing", "first").expect("an answer");
    assert_eq!(got, format!("||5|{missing}"));
    let got = call(&objects, "reads_after_writing", "second").expect("an answer");
    assert_eq!(got, "first|first|6|0");
    // A read ends where the object ends now, as in an OSD.
    let got = call(&objects, "calls", "odd reads_after_writing third").expect("an answer");
    assert_eq!(got, "0:second|secon|5|0");
}

#[test]
fn a_method_is_held_to_its_flags() {
    let Some((objects, _scratch)) = odd() else {
        return;
    };
    let error = call(&objects, "reads_without_the_flag", "").expect_err("it reads");
    assert!(error.starts_with("EIO: "), "{error}");
    assert!(
        error.contains("getxattr needs a method flagged RD"),
        "{error}"
    );
    assert!(objects.get_xattr("o", "count").is_err());
}

#[test]
fn a_listing_ends_where_an_osd_ends_it() {
    let Some((objects, _scratch)) = odd() else {
        return;
    };
    let entries = (0..1025).map(|number| (format!("{number:04}").into_bytes(), Vec::new()));
    objects.omap_set("o", entries).expect("entries");
    assert_eq!(
        call(&objects, "lists", "").expect("an answer"),
        "1024 and more"
    );
}

#[test]
fn sixteen_threads_lose_nothing() {
    let Some((objects, _scratch)) = odd() else {
        return;
    };
    thread::scope(|scope| {
        for thread in 0..16 {
            let objects = &objects;
            scope.spawn(move || {
                for _ in 0..50 {
                    call(objects, "counts", "").expect("a count");
                    if thread % 4 == 0 {
                        call(objects, "throws", "one of many").expect_err("it throws");
                    }
                }
            });
        }
    });
    assert_eq!(
        &objects.get_xattr("o", "count").expect("a count")[..],
        b"800"
    );
}
