//! Classes and hosts of different ages.

use std::mem::{offset_of, size_of};

use class_abi as abi;

use super::*;
use crate::host;

/// Uses what the first release had, and what came later where the header knows it.
const CLASS: &str = r#"
#include "objclass.h"
OBJCLASS("aged", "1")
static int32_t run(objclass_call *call, objclass_bytes input)
{
    objclass_info info;
    objclass_bytes data;
    int32_t r;
    if ((r = objclass_write_full(call, input)) < 0) return r;
    if ((r = objclass_read(call, 0, 0, &data)) < 0) return r;
    if ((r = objclass_output(call, data)) < 0) return r;
    if ((r = objclass_get_info(call, &info)) < 0) return r;
    return objclass_output(call, info.oid);
}
static int32_t newer(objclass_call *call, objclass_bytes input)
{
    (void)input;
    (void)call;
#ifdef NEWER
    return objclass_interrupted(call);
#else
    return 0;
#endif
}
int32_t objclass_init(objclass_registry *r)
{
    int32_t e = objclass_register(r, "run", OBJCLASS_RD | OBJCLASS_WR, run);
    return e < 0 ? e : objclass_register(r, "newer", OBJCLASS_RD, newer);
}
"#;

/// This host as it was at the first release: it has less, and says so.
static OLDER: abi::Host = abi::Host {
    size: abi::HOST_SIZE_1_0,
    ..host::TABLE
};

/// This host as it may be one day: its table goes on after what any class here knows.
#[repr(C)]
struct Newer {
    table: abi::Host,
    _more: [usize; 8],
}

static NEWER: Newer = Newer {
    table: abi::Host {
        size: size_of::<Newer>(),
        ..host::TABLE
    },
    _more: [0; 8],
};

fn open_in(table: &'static abi::Host, bytes: &[u8]) -> World {
    let backend = NativeBackend::with_table(table);
    let class = backend.open(&module("aged", bytes.to_vec()), &Limits::INSTALLED);
    World::with([("aged", class.unwrap())])
}

/// A file built when the ABI was first released. Unlike classes compiled here against the header of that time, it cannot
/// change with the compiler or with us.
#[cfg(target_arch = "x86_64")]
const PINNED: &[u8] = include_bytes!("pinned/libcls_pinned.x86_64.so");

#[cfg(target_arch = "x86_64")]
#[test]
fn a_class_built_at_the_first_release_still_runs() {
    let world = World::with([("pinned", open("pinned", PINNED.to_vec()).unwrap())]);
    assert_eq!(world.classes["pinned"].version(), Some("1.0.0"));
    let reply = world
        .exec(&mut object(), "pinned", "run", b"-data")
        .unwrap();
    assert_eq!((reply.ret, &*reply.output), (1, &b"oid-data"[..]));
    let error = world
        .exec(&mut object(), "pinned", "fails", b"x")
        .unwrap_err();
    assert_eq!(
        (error.errno(), error.to_string().as_str()),
        (Errno::EBUSY, "as it always did")
    );
}

#[test]
fn the_source_of_the_pinned_class_still_compiles_and_runs() {
    for include in [pinned_header(), header()] {
        let bytes = compile_against(&include, include_str!("pinned/pinned.c"), &[]);
        let world = World::with([("pinned", open("pinned", bytes).unwrap())]);
        let reply = world
            .exec(&mut object(), "pinned", "run", b"-data")
            .unwrap();
        assert_eq!((reply.ret, &*reply.output), (1, &b"oid-data"[..]));
    }
}

#[test]
fn a_class_of_any_age_runs_on_a_host_of_any_age() {
    let old_class = compile_against(&pinned_header(), CLASS, &[]);
    let new_class = compile_against(&header(), CLASS, &["-DNEWER"]);
    for (age, class) in [("old", &old_class), ("new", &new_class)] {
        for (host_age, table) in [
            ("old", &OLDER),
            ("this", &host::TABLE),
            ("new", &NEWER.table),
        ] {
            let world = open_in(table, class);
            let answer = output(world.exec(&mut object(), "aged", "run", b"data-"));
            assert_eq!(answer, "data-oid", "{age} class on {host_age} host");
        }
    }
}

#[test]
fn what_an_older_host_lacks_is_eopnotsupp_and_nothing_worse() {
    let class = compile_against(&header(), CLASS, &["-DNEWER"]);
    let error = open_in(&OLDER, &class)
        .exec(&mut object(), "aged", "newer", b"")
        .unwrap_err();
    assert_eq!(error.errno(), Errno::EOPNOTSUPP);
    let here = open_in(&host::TABLE, &class).exec(&mut object(), "aged", "newer", b"");
    assert_eq!(here.unwrap().ret, 0);
}

#[test]
fn a_class_from_the_future_passes_longer_structs() {
    // What a header with more fields would compile to.
    let source = r#"
#include "objclass.h"
OBJCLASS("future", "1")
struct method { objclass_method known; void *more[4]; };
struct info { objclass_info known; uint64_t more[4]; };
static int32_t run(objclass_call *call, objclass_bytes input)
{
    (void)input;
    struct info info;
    memset(&info, 0x5a, sizeof info);
    info.known.size = sizeof info;
    int32_t r = call->host->info(call, &info.known);
    if (r < 0) return r;
    if (info.known.size != sizeof info) return -EBADF;
    if (info.more[0] != 0x5a5a5a5a5a5a5a5aull) return -EFAULT;
    return (int32_t)info.known.version;
}
int32_t objclass_init(objclass_registry *r)
{
    struct method m;
    memset(&m, 0x5a, sizeof m);
    m.known.size = sizeof m;
    m.known.name = "run";
    m.known.flags = OBJCLASS_RD;
    m.known.run = run;
    m.known.doc = "From the future.";
    return r->host->register_method(r, &m.known);
}
"#;
    let world = World::of("future", source);
    assert_eq!(
        world.classes["future"].methods()[0].doc.as_deref(),
        Some("From the future.")
    );
    assert_eq!(
        world.exec(&mut object(), "future", "run", b"").unwrap().ret,
        7
    );
}

#[test]
fn a_class_from_the_past_has_room_for_less() {
    // An info struct that ends before `version`: the host writes that far and no further.
    let room = offset_of!(abi::Info, version);
    let source = one_method(
        "past",
        "OBJCLASS_RD",
        &format!(
            "objclass_info info;
             memset(&info, 0x5a, sizeof info);
             info.size = {room};
             int32_t r = call->host->info(call, &info);
             if (r < 0) return r;
             if (info.version != 0x5a5a5a5a5a5a5a5aull) return -EFAULT;
             if (info.size != {room}) return -EBADF;
             return objclass_output(call, info.origin);"
        ),
    );
    let answer = World::of("past", &source).exec(&mut object(), "past", "run", b"");
    assert_eq!(output(answer), "client.1 test");
}
