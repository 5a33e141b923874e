//! The bundled classes where a case as data cannot say it: answers that are compared with each other.

use serde_json::Value;
use testkit::{
    behaviour::{StoreKind, Subject},
    engine::TestEngine,
};

/// One page of a kvlog: its record numbers, and whether there is more.
fn page(objects: &radula::IoCtx, request: &str) -> (Vec<u64>, bool) {
    let reply = objects
        .exec("log", "kvlog", "list", request.as_bytes())
        .expect("the log is listed");
    let answer: Value = serde_json::from_slice(&reply.output).expect("the answer is JSON");
    let records = answer["records"].as_array().expect("records are an array");
    let numbers = records
        .iter()
        .map(|record| record["number"].as_u64().expect("a number"))
        .collect();
    (numbers, answer["more"].as_bool().expect("more is a flag"))
}

#[test]
fn a_kvlog_of_large_records_is_listed_in_pages_within_the_limits() {
    const RECORDS: u64 = 40;
    for store in [StoreKind::Memory, StoreKind::Disk] {
        let engine = TestEngine::of(&Subject::lua(store), None);
        let objects = engine.objects();
        // Control characters are the worst case: JSON writes each as six.
        let record = [1_u8; 64 << 10];
        for number in 1..=RECORDS {
            let reply = objects
                .exec("log", "kvlog", "append", record)
                .expect("the record is appended");
            assert_eq!(reply.output, number.to_string());
        }
        let (mut seen, mut pages, mut more) = (Vec::new(), 0, true);
        while more {
            let after = seen.last().copied().unwrap_or(0);
            let (numbers, goes_on) =
                page(&objects, &format!(r#"{{"after": {after}, "max": 1000}}"#));
            assert!(
                !numbers.is_empty(),
                "a page without records that says there is more"
            );
            seen.extend(numbers);
            more = goes_on;
            pages += 1;
        }
        assert_eq!(
            seen,
            (1..=RECORDS).collect::<Vec<_>>(),
            "every record once, in order"
        );
        assert!(
            pages > 5,
            "{RECORDS} records of 64 KiB came in {pages} pages"
        );
    }
}

#[test]
fn the_pages_of_a_kvlog_are_as_large_as_asked_for() {
    let engine = TestEngine::of(&Subject::lua(StoreKind::Memory), None);
    let objects = engine.objects();
    for _ in 0..120 {
        objects
            .exec("log", "kvlog", "append", b"x")
            .expect("the record is appended");
    }
    assert_eq!(
        page(&objects, ""),
        ((1..=100).collect(), true),
        "100 by default"
    );
    assert_eq!(
        page(&objects, r#"{"max": 120}"#),
        ((1..=120).collect(), false)
    );
    assert_eq!(
        page(&objects, r#"{"max": 33, "after": 50}"#),
        ((51..=83).collect(), true)
    );
    assert_eq!(page(&objects, r#"{"after": 120}"#), (Vec::new(), false));
}
