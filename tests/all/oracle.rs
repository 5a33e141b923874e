//! The memory store as oracle: whatever is done, the disk store answers and holds the same.
#![expect(
    clippy::disallowed_methods,
    reason = "how much is tested is a matter of the environment"
)]

use std::{cell::Cell, sync::Arc};

use proptest::{
    collection::vec,
    prelude::*,
    test_runner::{RngAlgorithm, TestRng, TestRunner},
};
use radula::{Error, IoCtx, OmapRange, Operation, OperationReply, StepReply};
use testkit::{
    behaviour::{Feature, RunsCases as _, StoreKind, Subject, observe, range, subjects},
    engine::TestEngine,
    word::word,
    wrong::{Wrong, WrongStore},
};

/// One step of a random compound operation.
#[derive(Clone, Debug)]
enum Step {
    Create(bool),
    Remove,
    Write(u64, Vec<u8>),
    WriteFull(Vec<u8>),
    Append(Vec<u8>),
    Truncate(u64),
    Zero(u64, u64),
    Read(u64, u64),
    SetXattr(u8, Vec<u8>),
    RemoveXattr(u8),
    OmapSet(Vec<(u8, Vec<u8>)>),
    OmapRemove(u8),
    OmapRemoveRange(u8, u8),
    OmapClear,
    OmapSetHeader(Vec<u8>),
    OmapList(u8, u64),
    Act(Vec<String>),
}

/// Offsets near the ends of extents, where mistakes live, and anywhere.
fn offset() -> impl Strategy<Value = u64> {
    prop_oneof![
        4 => 0..300u64,
        2 => (1..4u64, 0..5u64).prop_map(|(extent, past)| extent * 65_536 - 2 + past),
        1 => 0..400_000u64,
    ]
}

fn data() -> impl Strategy<Value = Vec<u8>> {
    prop_oneof![
        6 => vec(any::<u8>(), 0..40),
        1 => (any::<u8>(), 60_000..140_000usize).prop_map(|(byte, times)| vec![byte; times]),
    ]
}

fn step() -> impl Strategy<Value = Step> {
    let key = 0..6u8;
    let small = || vec(any::<u8>(), 0..6);
    prop_oneof![
        1 => any::<bool>().prop_map(Step::Create),
        1 => Just(Step::Remove),
        4 => (offset(), data()).prop_map(|(offset, data)| Step::Write(offset, data)),
        1 => data().prop_map(Step::WriteFull),
        2 => data().prop_map(Step::Append),
        2 => offset().prop_map(Step::Truncate),
        2 => (offset(), offset()).prop_map(|(offset, length)| Step::Zero(offset, length)),
        2 => (offset(), offset()).prop_map(|(offset, length)| Step::Read(offset, length)),
        2 => (key.clone(), small()).prop_map(|(key, value)| Step::SetXattr(key, value)),
        1 => key.clone().prop_map(Step::RemoveXattr),
        3 => vec((key.clone(), small()), 1..4).prop_map(Step::OmapSet),
        1 => key.clone().prop_map(Step::OmapRemove),
        // A range may begin at the empty key, which no entry has.
        2 => (0..7u8, key.clone()).prop_map(|(begin, end)| Step::OmapRemoveRange(begin, end)),
        1 => Just(Step::OmapClear),
        1 => small().prop_map(Step::OmapSetHeader),
        2 => (key, 0..5u64).prop_map(|(after, max)| Step::OmapList(after, max)),
        4 => vec(action(), 1..6).prop_map(Step::Act),
    ]
}

/// What a method may do: simple actions, and calls of methods that do such things, two levels deep. A `fail` ends
/// its method, and with it the operation unless the call was guarded.
fn action() -> impl Strategy<Value = String> {
    simple_action().prop_recursive(2, 24, 6, |inner| {
        let guard = prop_oneof![3 => Just("try "), 1 => Just("")];
        (
            guard,
            prop_oneof![4 => Just("rw"), 1 => Just("r"), 1 => Just("w")],
            vec(inner, 0..6),
        )
            .prop_map(|(guard, flags, actions)| {
                format!(
                    "{guard}call actor {flags} {}",
                    word(actions.join("\n").as_bytes())
                )
            })
    })
}

fn simple_action() -> impl Strategy<Value = String> {
    let key = || (0..6u8).prop_map(|key| word(&name(key)));
    let small = || vec(any::<u8>(), 0..6).prop_map(|value| word(&value));
    prop_oneof![
        2 => (offset(), small()).prop_map(|(offset, data)| format!("write {offset} {data}")),
        1 => offset().prop_map(|size| format!("truncate {size}")),
        1 => (key(), small()).prop_map(|(key, value)| format!("map_set_val {key} {value}")),
        1 => key().prop_map(|key| format!("try map_remove_key {key}")),
        1 => key().prop_map(|key| format!("map_get_keys {key} 3")),
        1 => (offset(), 0..200u64).prop_map(|(offset, length)| format!("try read {offset} {length}")),
        1 => (offset(), offset()).prop_map(|(offset, length)| format!("zero {offset} {length}")),
        1 => (offset(), small()).prop_map(|(offset, data)| format!("replace {offset} {data}")),
        1 => (key(), small()).prop_map(|(name, value)| format!("setxattr {name} {value}")),
        1 => (key(), key()).prop_map(|(begin, end)| format!("try map_remove_range {begin} {end}")),
        1 => small().prop_map(|header| format!("map_write_header {header}")),
        1 => (key(), key()).prop_map(|(a, b)| format!("map_get_vals_by_keys {a} {b}")),
        1 => (key(), 0..4u64).prop_map(|(after, max)| format!("map_get_vals {after} - {max}")),
        1 => key().prop_map(|name| format!("try getxattr {name}")),
        1 => Just("try stat".to_owned()),
        1 => Just("try getxattrs".to_owned()),
        1 => Just("try map_clear".to_owned()),
        1 => Just("try create exclusive".to_owned()),
        1 => Just("try remove".to_owned()),
        1 => Just("fail EBUSY".to_owned()),
    ]
}

/// Names whose byte order is not that of their numbers, some of them a prefix of another. The last is no name.
fn name(key: u8) -> Vec<u8> {
    [&b"b"[..], b"a", b"a\0", b"\xff", b"ab", b"k", b""][usize::from(key)].to_vec()
}

fn operation(steps: &[Step]) -> Operation {
    steps
        .iter()
        .fold(Operation::new(), |operation, step| match step {
            Step::Create(exclusive) => operation.create((*exclusive).into()),
            Step::Remove => operation.remove(),
            Step::Write(offset, data) => operation.write(*offset, data.clone()),
            Step::WriteFull(data) => operation.write_full(data.clone()),
            Step::Append(data) => operation.append(data.clone()),
            Step::Truncate(size) => operation.truncate(*size),
            Step::Zero(offset, length) => operation.zero(*offset..offset + length),
            Step::Read(offset, length) => operation.read(range(*offset, *length)),
            Step::SetXattr(key, value) => operation.set_xattr(name(*key), value.clone()),
            Step::RemoveXattr(key) => operation.remove_xattr(name(*key)),
            Step::OmapSet(entries) => operation.omap_set(
                entries
                    .iter()
                    .map(|(key, value)| (name(*key), value.clone())),
            ),
            Step::OmapRemove(key) => operation.omap_remove_keys([name(*key)]),
            Step::OmapRemoveRange(begin, end) => {
                operation.omap_remove_range(name(*begin), name(*end))
            }
            Step::OmapClear => operation.omap_clear(),
            Step::OmapSetHeader(header) => operation.omap_set_header(header.clone()),
            Step::OmapList(after, max) => {
                operation.omap_get_vals(OmapRange::all().after(name(*after)).at_most(*max))
            }
            Step::Act(actions) => operation.exec("actor", "rw", actions.join("\n")),
        })
}

/// What both stores must agree on. Versions and times are each store's own.
fn answer(result: Result<OperationReply, Error>) -> String {
    match result {
        Ok(reply) => reply
            .steps
            .iter()
            .map(|step| match step {
                StepReply::Exec(reply) => format!("{} {}", reply.ret, word(&reply.output)),
                StepReply::Stat(stat) => format!("{} bytes", stat.size),
                other => format!("{other:?}"),
            })
            .collect::<Vec<_>>()
            .join("\n"),
        Err(error) => format!("{} at {:?}", error.errno(), error.step()),
    }
}

/// Runs one operation on both and compares the answers and the objects.
fn agree(expected: &IoCtx, other: &IoCtx, oid: &str, steps: &[Step]) -> Result<(), TestCaseError> {
    let seen = |objects| observe(objects, oid).expect("the store is readable");
    let (expected_before, before) = (seen(expected), seen(other));
    let operation = operation(steps);
    let expected_answer = answer(expected.operate(oid, &operation));
    prop_assert_eq!(
        &answer(other.operate(oid, &operation)),
        &expected_answer,
        "answers differ"
    );
    let (expected_after, after) = (seen(expected), seen(other));
    prop_assert_eq!(&after.state, &expected_after.state, "objects differ");
    prop_assert_eq!(
        after.version == before.version,
        expected_after.version == expected_before.version,
        "one made a new version"
    );
    Ok(())
}

/// Random sequences of operations on both; the first on which they differ, made as short as it gets.
fn compare(expected: &Subject, other: &Subject, sequences: u32) -> Result<(), String> {
    let (expected, other) = (TestEngine::of(expected, None), TestEngine::of(other, None));
    let (expected, other) = (expected.objects(), other.objects());
    let config = ProptestConfig {
        cases: sequences * times(),
        failure_persistence: None,
        ..ProptestConfig::default()
    };
    let seed = seed();
    let mut runner =
        TestRunner::new_with_rng(config, TestRng::from_seed(RngAlgorithm::ChaCha, &seed));
    let count = Cell::new(0);
    runner
        .run(&vec(vec(step(), 1..5), 1..16), |operations| {
            count.set(count.get() + 1);
            let oid = format!("object-{}", count.get());
            operations
                .iter()
                .try_for_each(|steps| agree(&expected, &other, &oid, steps))
        })
        .map_err(|error| error.to_string())
}

/// The same sequences in every run, others with `ORACLE_SEED=some text`.
fn seed() -> [u8; 32] {
    let mut seed = [7; 32];
    if let Ok(text) = std::env::var("ORACLE_SEED") {
        for (byte, letter) in seed.iter_mut().zip(text.bytes()) {
            *byte = letter;
        }
    }
    seed
}

/// So many times as many sequences, for a night: `ORACLE_TIMES=100`.
fn times() -> u32 {
    std::env::var("ORACLE_TIMES")
        .ok()
        .and_then(|times| times.parse().ok())
        .unwrap_or(1)
}

#[test]
fn the_disk_store_agrees_with_the_memory_store() {
    compare(
        &Subject::lua(StoreKind::Memory),
        &Subject::lua(StoreKind::Disk),
        96,
    )
    .unwrap_or_else(|difference| panic!("{difference}"));
}

/// Every runtime does the same to its object and says the same about it.
#[test]
fn the_runtimes_agree_with_each_other() {
    let others = subjects().into_iter().filter(|subject| {
        subject.offers(Feature::Installed)
            && subject.name().ends_with("/memory")
            && !subject.name().starts_with("lua/")
    });
    for other in others {
        compare(&Subject::lua(StoreKind::Memory), &other, 192)
            .unwrap_or_else(|difference| panic!("{} differs from lua: {difference}", other.name()));
    }
}

#[test]
fn the_oracle_notices_every_wrong_store() {
    for &wrong in Wrong::ALL {
        // Needs more keys than random operations make; the behaviour suite catches it.
        if wrong == Wrong::LosesMore {
            continue;
        }
        let wrong_one = Subject::lua(StoreKind::Memory)
            .with_store_wrapped(move |store| Arc::new(WrongStore::new(store, wrong)));
        let verdict = compare(&Subject::lua(StoreKind::Memory), &wrong_one, 256);
        assert!(
            verdict.is_err(),
            "a store that is wrong ({wrong:?}) agrees with the memory store"
        );
    }
}
