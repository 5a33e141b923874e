//! Many clients at once: no update is lost, nobody sees half of one.

use std::{sync::Barrier, thread};

use radula::{IoCtx, Radula};
use testkit::behaviour::{StoreKind, Subject};
use testkit::engine::TestEngine;

const CLIENTS: usize = 8;

fn on_both_stores(test: impl Fn(&TestEngine)) {
    for store in [StoreKind::Memory, StoreKind::Disk] {
        test(&TestEngine::of(&Subject::lua(store), None));
    }
}

/// Runs `client` in eight threads that start together.
fn together(radula: &Radula, client: impl Fn(usize, &IoCtx) + Sync) {
    let start = Barrier::new(CLIENTS);
    thread::scope(|scope| {
        for index in 0..CLIENTS {
            let (start, client, objects) = (&start, &client, radula.ioctx("test"));
            scope.spawn(move || {
                start.wait();
                client(index, &objects);
            });
        }
    });
}

fn number(objects: &IoCtx, oid: &str) -> u64 {
    let reply = objects
        .exec(oid, "counter", "get", b"")
        .expect("the counter answers");
    String::from_utf8_lossy(&reply.output)
        .parse()
        .expect("the counter is a number")
}

#[test]
fn eight_clients_adding_to_one_object_give_the_exact_sum() {
    const ADDS: u64 = 100;
    on_both_stores(|engine| {
        together(engine.radula(), |index, objects| {
            for _ in 0..ADDS {
                objects
                    .exec("sum", "counter", "add", (index + 1).to_string().as_bytes())
                    .expect("the add succeeds");
            }
        });
        let clients = CLIENTS as u64;
        assert_eq!(
            number(&engine.objects(), "sum"),
            ADDS * clients * (clients + 1) / 2
        );
    });
}

#[test]
fn clients_of_different_objects_do_not_mix_them_up() {
    const ADDS: u64 = 50;
    on_both_stores(|engine| {
        together(engine.radula(), |index, objects| {
            for round in 0..ADDS {
                let oid = format!("sum-{}", (index as u64 + round) % CLIENTS as u64);
                objects
                    .exec(&oid, "counter", "add", b"1")
                    .expect("the add succeeds");
            }
        });
        let sum: u64 = (0..CLIENTS)
            .map(|index| number(&engine.objects(), &format!("sum-{index}")))
            .sum();
        assert_eq!(sum, ADDS * CLIENTS as u64);
    });
}

#[test]
fn answers_of_concurrent_adds_are_all_different() {
    const ADDS: usize = 50;
    on_both_stores(|engine| {
        let answers = std::sync::Mutex::new(Vec::new());
        together(engine.radula(), |_, objects| {
            for _ in 0..ADDS {
                let reply = objects
                    .exec("one", "counter", "add", b"")
                    .expect("the add succeeds");
                let answer: usize = String::from_utf8_lossy(&reply.output)
                    .parse()
                    .expect("a number");
                answers.lock().expect("no client panicked").push(answer);
            }
        });
        let mut answers = answers.into_inner().expect("no client panicked");
        answers.sort_unstable();
        assert_eq!(answers, (1..=ADDS * CLIENTS).collect::<Vec<_>>());
    });
}

/// Writers keep data, xattr, omap value and header equal; a reader that reads them in one call finds them equal.
#[test]
fn a_reader_never_sees_half_of_a_write() {
    const ROUNDS: usize = 60;
    on_both_stores(|engine| {
        let objects = engine.objects();
        let write = |mark: &str| {
            format!(
                "write_full {mark}*3000\nsetxattr mark {mark}\nmap_set_val mark {mark}\nmap_write_header {mark}"
            )
        };
        objects
            .exec("o", "actor", "rw", write("a").as_bytes())
            .expect("the first write succeeds");
        together(engine.radula(), |index, objects| {
            for round in 0..ROUNDS {
                if index < 2 {
                    let mark = ["a", "b", "c"][(index + round) % 3];
                    objects
                        .exec("o", "actor", "rw", write(mark).as_bytes())
                        .expect("the write succeeds");
                } else {
                    let reply = objects
                        .exec(
                            "o",
                            "actor",
                            "r",
                            b"read 1500 1\ngetxattr mark\nmap_get_val mark\nmap_read_header",
                        )
                        .expect("the read succeeds");
                    let text = String::from_utf8_lossy(&reply.output).into_owned();
                    let mut marks: Vec<&str> = text
                        .lines()
                        .filter_map(|line| line.split(' ').nth(1))
                        .collect();
                    assert_eq!(marks.len(), 4, "{text}");
                    marks.dedup();
                    assert_eq!(marks.len(), 1, "half of a write: {text}");
                }
            }
        });
    });
}

#[test]
fn a_failing_client_does_not_disturb_the_others() {
    const ROUNDS: u64 = 40;
    on_both_stores(|engine| {
        together(engine.radula(), |index, objects| {
            for _ in 0..ROUNDS {
                if index % 2 == 0 {
                    objects
                        .exec("o", "counter", "add", b"1")
                        .expect("the add succeeds");
                } else {
                    let error = objects
                        .exec("o", "actor", "rw", b"write_full 999999\nfail EBUSY")
                        .expect_err("it fails");
                    assert_eq!(error.errno(), objclass::Errno::EBUSY);
                }
            }
        });
        assert_eq!(number(&engine.objects(), "o"), ROUNDS * CLIENTS as u64 / 2);
    });
}
