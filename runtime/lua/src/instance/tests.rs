//! What a restore is: the same bytes. Seen from inside, because no script can see it.

use bytes::Bytes;
use objclass::{Budget, CallInfo, Context, Digest, Limits, MethodFlags, NoHost, ObjectId};
use transaction::{Absent, Quotas, Transaction};

use super::*;

fn instance(text: &'static str, guards: Guards) -> Instance {
    let source = Source::new(Bytes::from_static(text.as_bytes()), "cls_t.lua").unwrap();
    let mut budget = Budget::new(Limits::INSTALLED);
    let seeds = Seeds::of(&Digest([3; 32]));
    Instance::load(
        &source,
        &seeds,
        guards,
        View::Loading(&mut budget),
        16 << 20,
    )
    .unwrap()
}

/// An instance of an empty chunk, for tests of what keeps instances.
pub(crate) fn tiny() -> Instance {
    instance("", Guards::ALL)
}

fn call(instance: &mut Instance, index: usize) -> Result<Reply, CallError> {
    let info = CallInfo {
        object: ObjectId {
            pool: "p".into(),
            namespace: String::new(),
            oid: "o".into(),
        },
        version: 0,
        subop: 0,
        origin: "test".into(),
    };
    let mut object = Transaction::new(Box::new(Absent), info, Quotas::default());
    let mut budget = Budget::new(Limits {
        fuel: 20_000_000,
        ..Limits::INSTALLED
    });
    let access = MethodFlags::RD | MethodFlags::WR;
    let mut context = Context::new(&mut object, &mut budget, &NoHost, "t", access);
    instance.call(index, &mut context, b"input")
}

const TEXT: &str = "
    local up, list, rep = 0, {}, string.rep
    function poison()
      up = up + 1 list[up] = tostring(up)
      string.rep = nil x = y cls.log = nil cmsgpack = nil
      getmetatable = nil for i = 1, 1000 do _G['g' .. i] = { i } end
      math.randomseed(up) math.random()
    end
    function fail() poison() error({}) end
    function burn() poison() while true do end end
    function swell() poison() local t = {} while true do t[#t + 1] = rep('x', #t) end end
    function host() poison() cls.write_full('x') cls.setxattr('a', 'b') cls.remove() cls.remove() end
    for _, f in ipairs{ 'poison', 'fail', 'burn', 'swell', 'host' } do cls.register(_G[f]) end";

#[test]
fn after_a_restore_every_byte_is_that_of_the_image_whatever_the_call_did() {
    let mut instance = instance(TEXT, Guards::ALL);
    for index in 0..5 {
        let result = call(&mut instance, index);
        assert_eq!(result.is_ok(), index == 0, "{index}: {result:?}");
        let (heap, image) = instance.heap_and_image();
        assert!(heap != image, "call {index} changed nothing");
        instance.restore();
        let (heap, image) = instance.heap_and_image();
        assert!(heap == image, "call {index} left something behind");
    }
}

#[test]
fn without_the_image_the_bytes_stay_changed() {
    let mut instance = instance(
        TEXT,
        Guards {
            image: false,
            ..Guards::ALL
        },
    );
    call(&mut instance, 0).unwrap();
    instance.restore();
    let (heap, image) = instance.heap_and_image();
    assert!(heap != image);
}

#[test]
fn memory_of_a_call_that_grew_goes_back() {
    let mut instance = instance(TEXT, Guards::ALL);
    assert!(call(&mut instance, 3).is_err());
    instance.trim();
    instance.restore();
    // Pages that were given back read as zero.
    let end = instance.arena.capacity();
    let grown = &instance.arena.bytes(end)[instance.image.len() + 8192..];
    assert!(grown.iter().all(|&byte| byte == 0));
    assert!(call(&mut instance, 0).is_ok());
}

#[test]
fn without_the_image_the_memory_of_a_call_that_grew_stays() {
    let mut instance = instance(
        "function hoard(input, output)
           pieces = pieces or {}
           for i = 1, 20000 do pieces[#pieces + 1] = 'item ' .. #pieces end
           output:append(pieces[1])
         end
         cls.register(hoard)",
        Guards {
            image: false,
            ..Guards::ALL
        },
    );
    for round in 1..=4 {
        let reply = call(&mut instance, 0).unwrap();
        assert_eq!(reply.output, "item 0".repeat(round));
        instance.trim();
    }
}
