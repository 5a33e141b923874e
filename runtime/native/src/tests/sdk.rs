//! Classes written with the SDKs, built as their authors build them.

use std::{env, fs, process::Command};

use objclass::{ObjectRead, ObjectWrite, TrapKind};

use super::*;

fn root() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..")
}

/// Runs cargo, which is waiting for this test and holds no lock.
fn cargo(directory: &Path, target: &Path, arguments: &[&str]) {
    let cargo = env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let built = Command::new(cargo)
        .arg("build")
        .args(arguments)
        .arg("--target-dir")
        .arg(target)
        .current_dir(directory)
        .output()
        .unwrap();
    let errors = String::from_utf8_lossy(&built.stderr);
    assert!(built.status.success(), "{errors}");
}

/// Where this test was built: beside it are its dependencies, which need not be built again.
fn target() -> PathBuf {
    let test = env::current_exe().unwrap();
    test.ancestors().nth(3).unwrap().to_owned()
}

/// Builds a class of this workspace.
fn class(name: &'static str, package: &str) -> Arc<dyn Class> {
    let target = target();
    cargo(&root(), &target, &["--package", package]);
    let file = target.join(format!("debug/libcls_{name}.so"));
    open(name, fs::read(file).unwrap()).unwrap()
}

fn probe() -> World {
    World::with([("probe", class("probe", "radula-native-probe"))])
}

#[test]
fn the_rust_sdk_offers_the_whole_seam() {
    let world = probe();
    for method in ["data", "xattrs", "omap"] {
        let result = world.exec(&mut object(), "probe", method, b"");
        result.unwrap_or_else(|error| panic!("{method}: {error}"));
    }
    let reply = world.exec(&mut object(), "probe", "services", b"").unwrap();
    assert_eq!((reply.ret, &*reply.output), (9, "first, \u{c9}".as_bytes()));
    assert_eq!(world.logged(), [("probe".into(), 5, "oid is 2".into())]);
}

#[test]
fn the_macro_says_what_the_author_wrote() {
    let world = probe();
    let class = &world.classes["probe"];
    assert_eq!(class.version(), Some("3.2.1-beta"));
    let depends: Vec<_> = class.dependencies().iter().map(ClassName::as_str).collect();
    assert_eq!(depends, ["lock", "version"]);
    let data = &class.methods()[0];
    assert_eq!(data.doc.as_deref(), Some("Does everything to the data."));
    assert_eq!(data.flags.to_string(), "rw");
    assert_eq!(class.methods()[1].doc, None);
}

#[test]
fn typed_values_cross_as_postcard() {
    let world = probe();
    // Postcard: length and text, then a varint.
    let note = b"\x02hi\xac\x02";
    let answer = world.exec(&mut object(), "probe", "typed", note);
    assert_eq!(output(answer), &note[..]);
    for (bad, words) in [
        (&b"\x09hi"[..], "cannot be decoded"),
        (b"\x02hi\x01more", "beyond its end"),
    ] {
        let error = world
            .exec(&mut object(), "probe", "typed", bad)
            .unwrap_err();
        assert_eq!(error.errno(), Errno::EINVAL);
        assert!(error.to_string().contains(words), "{error}");
    }
    for (method, input, words) in [
        ("text", &b"\xff"[..], "the input is not UTF-8"),
        ("no_input", b"x", "the method takes no input"),
    ] {
        let error = world
            .exec(&mut object(), "probe", method, input)
            .unwrap_err();
        assert_eq!(
            (error.errno(), error.to_string().as_str()),
            (Errno::EINVAL, words)
        );
    }
}

#[test]
fn errors_keep_their_number_and_their_words() {
    let world = probe();
    for (input, code, words) in [
        ("errno", Errno::EBUSY.code(), Errno::EBUSY.description()),
        ("own", 9999, "error number defined by the class"),
        ("words", Errno::EBUSY.code(), "come back later"),
        ("error", Errno::ESTALE.code(), "error"),
    ] {
        let error = world
            .exec(&mut object(), "probe", "ends", input.as_bytes())
            .unwrap_err();
        assert_eq!(
            (error.errno().code(), error.to_string().as_str()),
            (code, words)
        );
        assert_eq!(error.kind().word(), "class");
    }
    let error = world
        .exec(&mut object(), "probe", "negative", b"")
        .unwrap_err();
    assert_eq!(error.errno(), Errno::EEXIST);
}

#[test]
fn a_panic_is_eio_with_message_and_line_and_the_process_lives() {
    let world = probe();
    let error = world
        .exec(&mut object(), "probe", "out_of_bounds", b"ab")
        .unwrap_err();
    assert_eq!(error.errno(), Errno::EIO);
    let place = error.location().unwrap();
    assert!(
        place.file.ends_with("probe/src/lib.rs") && place.line > 100,
        "{place}"
    );
    let CallError::Trap(trap) = error else {
        panic!("{error}")
    };
    assert_eq!(trap.kind, TrapKind::Panic);
    assert_eq!(
        trap.message,
        "panicked: index out of bounds: the len is 2 but the index is 2"
    );
    let (class, level, text) = world.logged().remove(0);
    assert_eq!((class.as_str(), level), ("probe", 0));
    assert_eq!(text, trap.to_string());

    let error = world
        .exec(&mut object(), "probe", "no_message", b"")
        .unwrap_err();
    assert!(
        error.to_string().ends_with("panicked: no message"),
        "{error}"
    );

    let mut object = object();
    world.exec(&mut object, "probe", "survives", b"").unwrap();
    assert_eq!(object.read(0, 0).unwrap(), "kept");
}

#[test]
fn a_long_loop_that_asks_is_stopped() {
    let limits = Limits {
        deadline_ms: 30,
        ..Limits::INSTALLED
    };
    let error = probe().exec_within(limits, &mut object(), "probe", "forever", b"");
    assert_eq!(error.unwrap_err().errno(), Errno::ETIMEDOUT);
}

#[test]
fn hello_answers_as_cephs_does() {
    let world = World::with([("hello", class("hello", "radula-class-hello"))]);
    let mut object = object();
    let mut call = |method, input: &[u8]| world.exec(&mut object, "hello", method, input);
    assert_eq!(output(call("say_hello", b"")), "Hello, world!");
    assert_eq!(output(call("say_hello", b"Ceph")), "Hello, Ceph!");
    assert_eq!(call("say_hello", &[b'x'; 100]).unwrap().output.len(), 108);
    assert_eq!(
        call("say_hello", &[b'x'; 101]).unwrap_err().errno(),
        Errno::EINVAL
    );
    assert_eq!(call("replay", b"").unwrap_err().errno(), Errno::ENOENT);
    assert_eq!(
        call("turn_it_to_11", b"").unwrap_err().errno(),
        Errno::ENOENT
    );
    assert_eq!(
        call("record_hello", &[b'x'; 101]).unwrap_err().errno(),
        Errno::EINVAL
    );
    assert!(output(call("record_hello", b"Ceph")).is_empty());
    assert_eq!(
        call("record_hello", b"Ceph").unwrap_err().errno(),
        Errno::EEXIST
    );
    assert_eq!(output(call("replay", b"")), "Hello, Ceph!");
    assert!(output(call("turn_it_to_11", b"")).is_empty());
    assert_eq!(output(call("replay", b"")), "HELLO, CEPH!");
    let reply = call("write_return_data", b"").unwrap();
    assert_eq!(
        (reply.ret, &*reply.output),
        (42, &b"you might see this"[..])
    );
    let reply = call("write_too_much_return_data", b"").unwrap();
    assert_eq!((reply.ret, reply.output.len()), (42, 520));
    let error = call("write_return_data", b"x").unwrap_err();
    assert_eq!(
        (error.errno(), error.to_string().as_str()),
        (Errno::EINVAL, "too much input data!")
    );
    for bad in ["bad_reader", "bad_writer"] {
        assert_eq!(call(bad, b"x").unwrap_err().errno(), Errno::EPERM, "{bad}");
    }
    assert_eq!(object.xattr(b"said_by").unwrap(), "client.1 test");
    assert_eq!(object.xattr(b"amplified_by").unwrap(), "client.1 test");
}

#[test]
fn hello_c_says_hello() {
    let source = fs::read_to_string(root().join("classes/native/hello_c/hello_c.c")).unwrap();
    let world = World::of("hello_c", &source);
    let mut object = object();
    let mut call = |method, input: &[u8]| world.exec(&mut object, "hello_c", method, input);
    assert_eq!(output(call("say_hello", b"")), "Hello, world!");
    assert_eq!(call("say_hello", &[b'x'; 100]).unwrap().output.len(), 108);
    assert_eq!(
        call("say_hello", &[b'x'; 101]).unwrap_err().errno(),
        Errno::EINVAL
    );
    assert_eq!(call("replay", b"").unwrap_err().errno(), Errno::ENOENT);
    call("record_hello", b"C").unwrap();
    assert_eq!(
        call("record_hello", b"C").unwrap_err().errno(),
        Errno::EEXIST
    );
    assert_eq!(output(call("replay", b"")), "Hello, C!");
    object.remove().unwrap();
}

/// Builds a class as an author does, with the template's manifest and a `src/lib.rs` of its own.
fn from_template(class: &'static str, source: &str) -> World {
    let copy = tempfile::tempdir().unwrap();
    let manifest = fs::read_to_string(root().join("sdk/rust/template/Cargo.toml")).unwrap();
    let sdk = root().join("sdk/rust").canonicalize().unwrap();
    let placed = manifest
        .replace("path = \"..\"", &format!("path = {sdk:?}"))
        .replace("shelf", class);
    assert!(
        placed.contains(&format!("{sdk:?}")),
        "the template's dependency has moved"
    );
    fs::create_dir(copy.path().join("src")).unwrap();
    fs::write(copy.path().join("Cargo.toml"), placed).unwrap();
    fs::write(copy.path().join("src/lib.rs"), source).unwrap();
    // The workspace's choice of versions, so that nothing is fetched.
    fs::copy(root().join("Cargo.lock"), copy.path().join("Cargo.lock")).unwrap();
    let target = target().join("template");
    cargo(copy.path(), &target, &["--offline"]);
    let file = fs::read(target.join(format!("debug/libcls_{class}.so"))).unwrap();
    World::with([(class, open(class, file).unwrap())])
}

/// The first block of a language in the page for authors.
fn documented(language: &str) -> String {
    let page = fs::read_to_string(root().join("docs/native.md")).unwrap();
    let start = format!("```{language}\n");
    let block = page
        .split_once(&start)
        .expect("the page has such a block")
        .1;
    block
        .split_once("```")
        .expect("the block ends")
        .0
        .to_owned()
}

#[test]
fn the_documented_classes_build_and_work() {
    let world = from_template("visits", &documented("rust"));
    let mut object = object();
    let mut call = |method, input: &[u8]| world.exec(&mut object, "visits", method, input);
    assert_eq!(output(call("count", b"")), "0");
    assert_eq!(output(call("visit", b"Ada")), "1");
    assert_eq!(output(call("visit", b"Ada")), "2");
    assert_eq!(call("visit", b"").unwrap_err().to_string(), "who are you?");
    assert_eq!(output(call("count", b"")), "2");

    let world = World::of("shout", &documented("c"));
    object.write(0, Bytes::from_static(b"hey")).unwrap();
    assert_eq!(
        output(world.exec(&mut object, "shout", "shout", b"!!")),
        "hey!!"
    );
}

#[test]
fn the_template_builds_and_works() {
    let source = fs::read_to_string(root().join("sdk/rust/template/src/lib.rs")).unwrap();
    let world = from_template("shelf", &source);
    let mut object = object();
    let book = b"\x04Dune\x0dFrank Herbert\xda\x1e";
    world.exec(&mut object, "shelf", "put", book).unwrap();
    let error = world.exec(&mut object, "shelf", "put", book).unwrap_err();
    assert_eq!(error.to_string(), "\"Dune\" is on the shelf");
    assert_eq!(
        output(world.exec(&mut object, "shelf", "titles", b"")),
        "Dune\n"
    );
    assert_eq!(
        output(world.exec(&mut object, "shelf", "get", b"Dune")),
        &book[..]
    );
}
