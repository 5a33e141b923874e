//! Crash images: at every point of the record the disks that a power cut could leave, each opened and held against what
//! was acknowledged by then.

use std::{
    panic::{AssertUnwindSafe, catch_unwind},
    sync::atomic::{AtomicUsize, Ordering},
    time::Instant,
};

use faults::{Cut, Disk, Event, Image};

use super::{
    account::Account,
    run::{Place, Session},
    workload::*,
    *,
};
use crate::disk::fsck::check;

/// Images that are opened, `POWER_IMAGES` for more.
const IMAGES: usize = 10_000;

/// The record of all sessions, and the directory that it tells of.
fn recorded() -> (Place, Vec<Event>) {
    let place = Place::new();
    for session in 0..SESSIONS {
        let output = place.session(&Session::of(session), None);
        let said = String::from_utf8_lossy(&output.stdout);
        // The second one aborts when it is done.
        let ended = session == 1 || output.status.success();
        assert!(ended, "{said} {}", String::from_utf8_lossy(&output.stderr));
    }
    let notes = fs::read_to_string(place.marks()).unwrap();
    assert_eq!(notes.matches("done").count(), SESSIONS, "{notes}");
    for word in ["failed", "skipped", "refused"] {
        assert!(!notes.contains(word), "{notes}");
    }
    let events = place.record();
    (place, events)
}

/// Whether a power cut behind this event can leave something else than one before it.
fn changes_the_disk(event: &Event) -> bool {
    !matches!(
        event,
        Event::Read { .. } | Event::Mark { .. } | Event::Open { .. } | Event::Failed { .. }
    )
}

/// An event without its bytes.
fn label(event: &Event) -> String {
    match event {
        Event::Write { inode, at, bytes } => format!("write of {} at {at} of {inode}", bytes.len()),
        other => format!("{other:?}"),
    }
}

pub(super) fn number(name: &str, otherwise: usize) -> usize {
    let value = std::env::var(name).ok();
    value
        .and_then(|value| value.parse().ok())
        .unwrap_or(otherwise)
}

/// Opens images of `events` at every point, `images` in all, and returns how many and what was wrong with the first few
/// that were wrong.
fn survey(place: &Place, events: &[Event], images: usize) -> (usize, Vec<String>) {
    let expected = expected(SESSIONS * STEPS);
    let points = events
        .iter()
        .filter(|event| changes_the_disk(event))
        .count();
    let each = images.div_ceil(points);
    let seed = number("POWER_SEED", 0) as u64;
    let opened = AtomicUsize::new(0);
    let wrong = std::sync::Mutex::new(Vec::new());
    let workers = thread::available_parallelism().map_or(1, usize::from);
    thread::scope(|scope| {
        for worker in 0..workers {
            let (expected, opened, wrong) = (&expected, &opened, &wrong);
            scope.spawn(move || {
                let mut disk = Disk::new(&place.store());
                let mut account = Account::new();
                let mut point = 0;
                for event in events {
                    disk.apply(event);
                    if let Event::Mark { text } = event {
                        account.note(text);
                    }
                    if !changes_the_disk(event) {
                        continue;
                    }
                    point += 1;
                    if point % workers != worker {
                        continue;
                    }
                    for choice in 0..each {
                        let cut = match choice {
                            0 => Cut::KeepsNothing,
                            1 => Cut::KeepsAll,
                            _ => Cut::Random(seed ^ ((point as u64) << 20) ^ choice as u64),
                        };
                        let account = match cut {
                            Cut::KeepsAll => account.clone().with_all_stable(),
                            _ => account.clone(),
                        };
                        let number = opened.fetch_add(1, Ordering::Relaxed);
                        let outcome = examine(
                            &disk.cut(cut),
                            &account,
                            expected,
                            number.is_multiple_of(16),
                        );
                        if let Err(what) = outcome {
                            let mut wrong = wrong.lock().unwrap();
                            wrong.push(format!(
                                "at point {point} ({}) {cut:?}: {what}",
                                label(event)
                            ));
                            if wrong.len() > 20 {
                                return;
                            }
                        }
                    }
                }
            });
        }
    });
    (opened.into_inner(), wrong.into_inner().unwrap())
}

/// Opens one image and looks at all there is; some also have to go on from there.
pub(super) fn examine(
    image: &Image,
    account: &Account,
    expected: &[Vec<Option<Content>>],
    goes_on: bool,
) -> Result<(), String> {
    let place = Place::new();
    image.save(&place.store()).unwrap();
    let options = DiskOptions {
        reserve: 0,
        ..DiskOptions::default()
    };
    let open = || {
        catch_unwind(|| DiskStore::open(&place.store(), &options))
            .map_err(|_| "the store panicked".to_owned())?
            .map_err(|error| format!("the store does not open: {error}"))
    };
    let look = |store: &DiskStore| {
        let found = catch_unwind(AssertUnwindSafe(|| {
            (0..OBJECTS)
                .map(|number| content(store, &object(number)))
                .collect::<Vec<_>>()
        }));
        let found = found.map_err(|_| "an object cannot be read".to_owned())?;
        account.check(&found, expected)?;
        check_receipts(store, &found)?;
        let problems = check(store).problems;
        match problems.is_empty() {
            true => Ok(()),
            false => Err(format!("fsck finds {problems:?}")),
        }
    };
    let store = open()?;
    look(&store)?;
    if goes_on {
        try_change(&store, &id("later"), Durability::Sync, |t| {
            t.write_full(bytes("later"))
        })
        .map_err(|error| format!("no commit after the crash: {error}"))?;
        drop(store);
        let store = open()?;
        look(&store)?;
        if content(&store, &id("later")).is_none() {
            return Err("a commit after the crash is gone".to_owned());
        }
    }
    Ok(())
}

#[test]
fn no_power_cut_at_any_point_loses_or_tears_what_was_acknowledged() {
    let (place, events) = recorded();
    let mut disk = Disk::new(&place.store());
    events.iter().for_each(|event| disk.apply(event));
    assert_eq!(disk.differs().unwrap(), None, "not everything was recorded");
    // What the run must have had to be called representative.
    let made = |what: &str| {
        let made =
            |event: &&Event| matches!(event, Event::Create { path, .. } if path.contains(what));
        events.iter().filter(made).count()
    };
    assert!(
        made(".jnl") > 3 && made("/tables/") > 20,
        "{} {}",
        made(".jnl"),
        made("/tables/")
    );
    let removed = |what: &str| {
        events
            .iter()
            .any(|event| matches!(event, Event::Unlink { path } if path.contains(what)))
    };
    assert!(removed(".jnl") && removed("/tables/"));

    let started = Instant::now();
    let images = number("POWER_IMAGES", IMAGES);
    let (opened, wrong) = survey(&place, &events, images);
    println!(
        "{opened} images of {} events in {:?}",
        events.len(),
        started.elapsed()
    );
    assert!(wrong.is_empty(), "{} wrong: {wrong:#?}", wrong.len());
    assert!(opened >= images);
}

/// A store that acknowledges before its journal is on the disk: the same run with those syncs left out of the record.
#[test]
fn an_acknowledgement_before_the_sync_is_caught() {
    let (place, mut events) = recorded();
    let mut journals = std::collections::HashSet::new();
    events.retain(|event| match event {
        Event::Create { inode, path } => {
            match path.ends_with(".jnl") {
                true => journals.insert(*inode),
                false => journals.remove(inode),
            };
            true
        }
        Event::Sync { inode } => !journals.contains(inode),
        _ => true,
    });
    let (_, wrong) = survey(&place, &events, 1000);
    assert!(
        wrong
            .iter()
            .any(|what| what.contains("lost acknowledged steps")),
        "{wrong:#?}"
    );
}
