use objclass::Errno;

use super::pool;
use crate::{Exclusive, ExecOptions, Filter, IoCtx, Limits};

fn longer_than(bound: &str) -> Filter {
    Filter::new("probe", "longer_than").with_input(bound.to_owned())
}

/// Every name, page after page.
fn all(pool: &IoCtx, filter: &Filter, prefix: &str, max: usize) -> Vec<String> {
    let (mut names, mut after) = (Vec::new(), None);
    loop {
        let page = pool
            .list_filtered(filter, after.as_deref(), prefix, max)
            .unwrap();
        assert!(page.entries.len() <= max);
        assert!(page.failed.is_empty());
        names.extend(page.entries);
        after = page.next;
        if after.is_none() {
            return names;
        }
    }
}

#[test]
fn a_method_says_which_objects_are_listed_whatever_the_size_of_a_page() {
    let pool = pool();
    for (oid, data) in [
        ("a", "12345"),
        ("b", "1"),
        ("b2", "1234"),
        ("c", ""),
        ("d", "123"),
    ] {
        pool.write_full(oid, data).unwrap();
    }
    pool.clone()
        .with_namespace("n")
        .write_full("e", "12345")
        .unwrap();
    for max in [1, 2, 100] {
        assert_eq!(all(&pool, &longer_than("2"), "", max), ["a", "b2", "d"]);
        assert_eq!(all(&pool, &longer_than("0"), "b", max), ["b", "b2"]);
        assert!(all(&pool, &longer_than("9"), "", max).is_empty());
    }
    let page = pool
        .list_filtered(&longer_than("2"), Some("a"), "", 1)
        .unwrap();
    assert_eq!(page.entries, ["b2"], "after the cursor");
    assert_eq!(page.looked, 2);
}

#[test]
fn an_object_that_cannot_answer_is_named_and_the_others_are_listed() {
    let pool = pool();
    for (oid, data) in [("a", "12345"), ("b", "broken"), ("c", "12345")] {
        pool.write_full(oid, data).unwrap();
    }
    let page = pool.list_filtered(&longer_than("2"), None, "", 10).unwrap();
    assert_eq!(page.entries, ["a", "c"]);
    let failed: Vec<_> = page.failed.iter().map(ToString::to_string).collect();
    assert_eq!(failed.len(), 1);
    for part in ["class probe", "method longer_than", "object p/b", "EIO"] {
        assert!(failed[0].contains(part), "{failed:?}");
    }
    // Limits hold for each object anew.
    let tight = longer_than("2").with_options(ExecOptions::default().with_limits(Limits {
        object_read: 5,
        ..Limits::UNLIMITED
    }));
    let page = pool.list_filtered(&tight, None, "", 10).unwrap();
    assert_eq!(page.entries, ["a", "c"]);
    assert_eq!(page.failed[0].errno(), Errno::E2BIG);
}

#[test]
fn a_method_that_writes_or_is_not_there_is_refused_before_any_object_is_asked() {
    let pool = pool();
    pool.write_full("a", "x").unwrap();
    let ask = |method: &str| {
        let filter = Filter::new("probe", method).with_input("0");
        pool.list_filtered(&filter, None, "", 10).unwrap_err()
    };
    let writes = ask("put");
    assert_eq!(writes.errno(), Errno::EPERM, "{writes}");
    assert_eq!(pool.read("a", ..).unwrap(), "x");
    assert_eq!(ask("nothing").errno(), Errno::EOPNOTSUPP);
    let missing = Filter::new("missing", "longer_than");
    assert!(pool.list_filtered(&missing, None, "", 10).is_err());
}

#[test]
fn a_page_of_slow_answers_ends_early_and_says_where_to_go_on() {
    let pool = pool();
    for oid in ["a", "b", "c", "d"] {
        pool.write_full(oid, "slow").unwrap();
    }
    let page = pool.list_filtered(&longer_than("2"), None, "", 10).unwrap();
    assert!((1..4).contains(&page.looked), "{page:?}");
    assert_eq!(page.next.as_ref(), page.entries.last());
    assert_eq!(all(&pool, &longer_than("2"), "", 10), ["a", "b", "c", "d"]);
}

#[test]
fn a_page_looks_at_a_thousand_objects_at_most() {
    let pool = pool();
    for n in 0..1500 {
        pool.create(&format!("{n:04}"), Exclusive::Yes).unwrap();
    }
    let page = pool.list_filtered(&longer_than("0"), None, "", 10).unwrap();
    assert!(page.entries.is_empty() && page.looked <= 1000, "{page:?}");
    assert!(page.next.is_some(), "an empty page need not be the last");
    pool.write_full("1400", "x").unwrap();
    assert_eq!(all(&pool, &longer_than("0"), "", 10), ["1400"]);
}
