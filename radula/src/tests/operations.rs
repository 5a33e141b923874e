use objclass::Errno;

use super::pool;
use crate::{Comparison, Exclusive, OmapRange, Operation, StepReply};

fn bytes(reply: &StepReply) -> &[u8] {
    match reply {
        StepReply::Bytes(bytes) => bytes,
        other => panic!("{other:?} is no bytes"),
    }
}

#[test]
fn steps_see_what_those_before_them_did() {
    let pool = pool();
    let reply = pool
        .operate(
            "o",
            &Operation::new()
                .create(Exclusive::Yes)
                .append("one ")
                .append("two")
                .read(..)
                .set_xattr("name", "value")
                .get_xattr("name")
                .omap_set([("a", "1"), ("b", "2"), ("c", "3")])
                .omap_remove_keys(["b"])
                .omap_get_keys(OmapRange::all().at_most(10))
                .omap_set_header("head")
                .omap_get_header()
                .stat(),
        )
        .unwrap();
    assert_eq!(reply.steps.len(), 12);
    assert_eq!(bytes(&reply.steps[3]), b"one two");
    assert_eq!(bytes(&reply.steps[5]), b"value");
    assert!(
        matches!(&reply.steps[8], StepReply::Keys(page) if page.entries == ["a", "c"] && !page.more)
    );
    assert_eq!(bytes(&reply.steps[10]), b"head");
    assert!(matches!(&reply.steps[11], StepReply::Stat(stat) if stat.size == 7));
    assert!(reply.version > 0);
    assert_eq!(pool.read("o", ..).unwrap(), "one two");
}

#[test]
fn a_failing_step_undoes_all_and_says_which_it_was() {
    let pool = pool();
    pool.write_full("o", "old").unwrap();
    let operation = Operation::new()
        .write_full("new")
        .set_xattr("name", "value")
        .get_xattr("other")
        .append("never");
    let error = pool.operate("o", &operation).unwrap_err();
    assert_eq!(error.step(), Some(2));
    assert_eq!(error.errno(), Errno::ENODATA);
    assert_eq!(
        error.to_string(),
        "step 2 (get_xattr), object p/o: ENODATA: no data"
    );
    assert_eq!(pool.read("o", ..).unwrap(), "old");
    assert!(pool.get_xattrs("o").unwrap().is_empty());
}

#[test]
fn calls_and_plain_steps_are_one_transaction() {
    let pool = pool();
    let operation = Operation::new()
        .write_full("plain")
        .exec("probe", "read", "")
        .exec("probe", "put", "called")
        .read(..);
    let reply = pool.operate("o", &operation).unwrap();
    assert!(matches!(&reply.steps[1], StepReply::Exec(reply) if reply.output == "plain"));
    assert_eq!(bytes(&reply.steps[3]), b"called");

    let failing = Operation::new()
        .write_full("lost")
        .exec("probe", "put_then_fail", "lost too");
    let error = pool.operate("o", &failing).unwrap_err();
    assert_eq!((error.step(), error.class()), (Some(1), Some("probe")));
    assert_eq!(
        error.to_string(),
        "step 1 (exec), class probe, method put_then_fail, object p/o: EEXIST: already exists"
    );
    assert_eq!(pool.read("o", ..).unwrap(), "called");
}

#[test]
fn the_position_of_a_call_grows_with_the_steps() {
    let operation = Operation::new()
        .exec("probe", "info", "")
        .create(Exclusive::No)
        .exec("probe", "info", "");
    let reply = pool().operate("o", &operation).unwrap();
    let output = |step: &StepReply| match step {
        StepReply::Exec(reply) => String::from_utf8_lossy(&reply.output).into_owned(),
        other => panic!("{other:?}"),
    };
    assert_eq!(output(&reply.steps[0]), "0 0 embedded");
    assert_eq!(output(&reply.steps[2]), "0 2 embedded");
}

#[test]
fn an_unknown_method_stops_an_operation_before_it_begins() {
    let pool = pool();
    let operation = Operation::new().write_full("x").exec("probe", "nosuch", "");
    let error = pool.operate("o", &operation).unwrap_err();
    assert_eq!(error.step(), Some(1));
    assert_eq!(error.errno(), Errno::EOPNOTSUPP);
    assert_eq!(pool.stat("o").unwrap_err().errno(), Errno::ENOENT);
}

#[test]
fn versions_are_asserted_as_in_rados() {
    let pool = pool();
    let version = pool
        .operate("o", &Operation::new().write_full("x"))
        .unwrap()
        .version;
    let assert = |version| {
        pool.operate("o", &Operation::new().assert_version(version).append("y"))
            .map_err(|error| error.errno())
    };
    assert_eq!(assert(0).unwrap_err(), Errno::EINVAL);
    assert_eq!(assert(version + 1).unwrap_err(), Errno::EOVERFLOW);
    let next = assert(version).unwrap().version;
    assert_eq!(assert(version).unwrap_err(), Errno::ERANGE);
    assert!(assert(next).is_ok());
    assert_eq!(pool.read("o", ..).unwrap(), "xyy");
}

#[test]
fn the_callers_value_is_the_left_side_of_a_comparison() {
    use Comparison::{Equal, Greater, GreaterOrEqual, Less, LessOrEqual, NotEqual};
    let pool = pool();
    pool.set_xattr("o", "n", "10").unwrap();
    let text = |comparison, value: &str| {
        pool.operate("o", &Operation::new().compare_xattr("n", comparison, value))
            .map(drop)
            .map_err(|error| error.errno())
    };
    let number = |name: &str, comparison, value| {
        let operation = Operation::new().compare_xattr_number(name, comparison, value);
        pool.operate("o", &operation)
            .map(drop)
            .map_err(|error| error.errno())
    };
    // As text "9" > "10", as a number 9 < 10.
    for (comparison, as_text, as_number) in [
        (Equal, false, false),
        (NotEqual, true, true),
        (Greater, true, false),
        (GreaterOrEqual, true, false),
        (Less, false, true),
        (LessOrEqual, false, true),
    ] {
        let expect = |holds: bool| if holds { Ok(()) } else { Err(Errno::ECANCELED) };
        assert_eq!(text(comparison, "9"), expect(as_text), "{comparison:?}");
        assert_eq!(
            number("n", comparison, 9),
            expect(as_number),
            "{comparison:?}"
        );
    }
    assert_eq!(number("missing", Equal, 0), Ok(()), "a missing xattr is 0");
    pool.set_xattr("o", "word", "ten").unwrap();
    assert_eq!(number("word", Equal, 10), Err(Errno::EINVAL));
}

#[test]
fn an_operation_that_only_reads_answers_at_once_when_there_is_no_object() {
    let pool = pool();
    for operation in [
        Operation::new().assert_exists(),
        Operation::new().omap_get_keys(OmapRange::all().at_most(10)),
        Operation::new().read(..).stat(),
        Operation::new(),
    ] {
        let error = pool.operate("o", &operation).unwrap_err();
        assert_eq!(
            (error.errno(), error.kind().word()),
            (Errno::ENOENT, "no-object")
        );
    }
    // With a write among the steps the object may come to be: the reads are asked one by one.
    let operation = Operation::new()
        .omap_get_keys(OmapRange::all().at_most(10))
        .create(Exclusive::Yes);
    assert!(pool.operate("o", &operation).is_ok());
}

#[test]
fn a_removed_object_has_no_version_and_a_new_one_a_higher_one() {
    let pool = pool();
    let write = Operation::new().write_full("x");
    let first = pool.operate("o", &write).unwrap().version;
    let removed = pool.operate("o", &Operation::new().remove()).unwrap();
    assert_eq!(removed.version, 0);
    assert!(pool.operate("o", &write).unwrap().version > first);
    let replaced = pool
        .operate("o", &Operation::new().remove().create(Exclusive::Yes))
        .unwrap();
    assert!(replaced.version > first);
    assert_eq!(pool.stat("o").unwrap().size, 0);
}

#[test]
fn listings_come_in_pages() {
    let pool = pool();
    for name in ["a1", "a2", "a3", "b1"] {
        pool.create(name, Exclusive::Yes).unwrap();
    }
    let first = pool.list(None, "a", 2).unwrap();
    assert_eq!(
        (first.entries, first.more),
        (vec!["a1".into(), "a2".into()], true)
    );
    let rest = pool.list(Some("a2"), "a", 2).unwrap();
    assert_eq!((rest.entries, rest.more), (vec![String::from("a3")], false));
}

#[test]
fn the_verbs_answer_as_rados_does() {
    let pool = pool();
    let errno = |error: crate::Error| error.errno();
    assert_eq!(pool.remove("o").map_err(errno), Err(Errno::ENOENT));
    pool.truncate("o", 10).unwrap();
    pool.zero("o", 0..10).unwrap();
    assert_eq!(pool.stat("o").map_err(errno), Err(Errno::ENOENT));
    pool.write("o", 3, "x").unwrap();
    assert_eq!(pool.read("o", ..).unwrap(), "\0\0\0x");
    assert_eq!(pool.read("o", 3..103).unwrap(), "x");
    assert_eq!(
        pool.create("o", Exclusive::Yes).map_err(errno),
        Err(Errno::EEXIST)
    );
    assert_eq!(pool.create("o", Exclusive::No).map_err(errno), Ok(()));
    pool.omap_set("o", [("k", "v")]).unwrap();
    assert_eq!(pool.omap_get_val("o", "k").unwrap(), "v");
    assert_eq!(
        pool.omap_get_val("o", "other").map_err(errno),
        Err(Errno::ENOENT)
    );
    assert_eq!(
        pool.omap_get_vals_by_keys("o", ["k", "other"])
            .unwrap()
            .len(),
        1
    );
    pool.omap_clear("o").unwrap();
    assert!(
        pool.omap_get_keys("o", OmapRange::all().at_most(10))
            .unwrap()
            .entries
            .is_empty()
    );
    pool.truncate("o", 1).unwrap();
    assert_eq!(pool.stat("o").unwrap().size, 1);
    let too_large = pool.truncate("o", u64::MAX).map_err(errno);
    assert_eq!(too_large, Err(Errno::EFBIG));
}

#[test]
fn answers_are_found_by_kind_and_by_name() {
    let pool = pool();
    let operation = Operation::new()
        .write_full("one two")
        .omap_set([("a", "1"), ("b", "2")])
        .read(..3)
        .read(4..)
        .named("rest")
        .omap_get_keys(OmapRange::all().with_prefix("b"))
        .omap_get_vals(OmapRange::all())
        .exec("probe", "echo", "called")
        .stat();
    let reply = pool.operate("o", &operation).unwrap();
    assert_eq!(reply.bytes().unwrap(), "one", "the first of its kind");
    let rest = reply.get("rest").and_then(StepReply::bytes);
    assert_eq!(rest.unwrap(), "two");
    assert_eq!(reply.keys().unwrap().entries, ["b"]);
    assert_eq!(reply.pairs().unwrap().entries.len(), 2);
    let call = reply.exec().unwrap();
    assert_eq!(
        (&call.output[..], call.version),
        (&b"called"[..], reply.version)
    );
    assert_eq!(call.usage().unwrap().input, 6);
    assert_eq!(reply.stat().unwrap().size, 7);
    assert!(reply.get("none").is_none());
}

#[test]
#[should_panic(expected = "add the step first")]
fn a_name_needs_a_step() {
    let _nothing = Operation::new().named("first");
}

#[test]
fn a_range_of_nothing_reads_nothing_and_still_asks_whether_there_is_an_object() {
    let pool = pool();
    let missing = pool.read("o", 0..0).map_err(|error| error.errno());
    assert_eq!(missing, Err(Errno::ENOENT));
    pool.write_full("o", "abcdef").unwrap();
    assert_eq!(pool.read("o", 0..0).unwrap(), "");
    let (begin, end) = (3, 2);
    assert_eq!(pool.read("o", begin..end).unwrap(), "");
    assert_eq!(pool.read("o", ..=2).unwrap(), "abc");
    assert_eq!(pool.read("o", 4..).unwrap(), "ef");
    pool.zero("o", 2..4).unwrap();
    assert_eq!(pool.read("o", ..).unwrap(), "ab\0\0ef");
}

#[test]
fn iterators_go_through_every_page() {
    let pool = pool();
    let names: Vec<String> = (0..2_500).map(|n| format!("{n:04}")).collect();
    for name in &names {
        pool.create(name, Exclusive::Yes).unwrap();
    }
    let found: Result<Vec<String>, _> = pool.objects("").collect();
    assert_eq!(found.unwrap(), names);
    let found: Result<Vec<String>, _> = pool.objects("1").collect();
    assert_eq!(found.unwrap(), &names[1_000..2_000]);

    let entries = names.iter().map(|name| (name, name.clone()));
    pool.omap_set("o", entries).unwrap();
    let found: Result<Vec<_>, _> = pool.omap("o", OmapRange::all()).collect();
    assert_eq!(found.unwrap().len(), 2_500);
    let range = OmapRange::all().after("0999").at_most(1_200);
    let keys: Result<Vec<_>, _> = pool.omap_keys("o", range).collect();
    let keys = keys.unwrap();
    assert_eq!((keys.len(), &keys[0][..]), (1_200, &b"1000"[..]));
    let mut missing = pool.omap("missing", OmapRange::all());
    assert_eq!(missing.next().unwrap().unwrap_err().errno(), Errno::ENOENT);
    assert!(missing.next().is_none(), "an error is the end");
}
