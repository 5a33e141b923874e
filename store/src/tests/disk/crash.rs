//! Crashes at and between all commits of a random run: the journal is the order in which things became durable, so
//! every prefix of it is a crash image.

use proptest::{collection::vec, prelude::*};

use super::*;
use crate::{
    disk::fsck::check,
    tests::oracle::{Op, op, transact},
};

const OBJECTS: u8 = 3;

fn state(store: &dyn Subject) -> Vec<Option<Content>> {
    (0..OBJECTS)
        .map(|object| content(store, &id(&object.to_string())))
        .collect()
}

fn run() -> impl Strategy<Value = Vec<(u8, Vec<Op>)>> {
    vec((0..OBJECTS, vec(op(), 1..6)), 2..8)
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 4, ..ProptestConfig::default() })]

    #[test]
    fn every_prefix_of_the_journal_is_the_state_after_a_commit(run in run()) {
        let directory = tempfile::tempdir().unwrap();
        // The second opening cuts the journal to its used length; from then on it grows by what is written.
        drop(open(directory.path()).unwrap());
        let store = open(directory.path()).unwrap();
        let journal = directory.path().join("engine/0.jnl");
        let length = || usize::try_from(fs::metadata(&journal).unwrap().len()).unwrap();
        let mut points = vec![(length(), state(&store))];
        for (object, ops) in &run {
            transact(&store, *object, ops, true);
            points.push((length(), state(&store)));
        }
        let written = fs::read(&journal).unwrap();
        let image = crash_image(directory.path());
        for (number, (end, expected)) in points.iter().enumerate() {
            let next = points.get(number + 1).map_or(*end, |(next, _)| *next);
            for cut in [*end, end + (next - end) / 2, next.max(end + 1) - 1] {
                let crashed = crash_image(image.path());
                fs::write(crashed.path().join("engine/0.jnl"), &written[..cut.min(written.len())]).unwrap();
                let store = open(crashed.path()).unwrap();
                prop_assert_eq!(&state(&store), expected, "cut at {} behind commit {}", cut, number);
                prop_assert_eq!(check(&store).problems, vec![]);
            }
        }
    }
}
