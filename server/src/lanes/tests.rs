use std::{sync::mpsc, time::Duration};

use super::*;

const WAIT: Duration = Duration::from_secs(20);
const ONE: Party = Party(1);
const OTHER: Party = Party(2);

#[test]
fn jobs_of_a_lane_run_in_order_and_those_of_others_beside_them() {
    let lanes = Lanes::new(3);
    let (open, gate) = mpsc::channel::<()>();
    let (done, results) = mpsc::channel();
    lanes.push(Lane(1), ONE, move || {
        let _ = gate.recv_timeout(WAIT);
    });
    for number in 0..100 {
        let done = done.clone();
        lanes.push(Lane(1), ONE, move || {
            done.send(number).expect("it is awaited")
        });
    }
    lanes.push(Lane(2), OTHER, {
        let done = done.clone();
        move || done.send(1_000).expect("it is awaited")
    });
    assert_eq!(results.recv_timeout(WAIT), Ok(1_000));
    open.send(()).expect("it waits");
    let order: Vec<i32> = (0..100)
        .map_while(|_| results.recv_timeout(WAIT).ok())
        .collect();
    assert!(order.into_iter().eq(0..100));
}

#[test]
fn a_job_that_panics_takes_no_thread_along() {
    let lanes = Lanes::new(2);
    let (done, results) = mpsc::channel();
    lanes.push(Lane(1), ONE, || panic!("on purpose"));
    lanes.push(Lane(1), ONE, move || done.send(()).expect("it is awaited"));
    assert_eq!(results.recv_timeout(WAIT), Ok(()));
}

#[test]
fn slow_jobs_of_one_party_never_take_every_thread() {
    let lanes = Lanes::new(8);
    let (begun, begins) = mpsc::channel();
    let (open, gate) = mpsc::channel::<()>();
    let gate = std::sync::Arc::new(std::sync::Mutex::new(gate));
    for lane in 0..100 {
        let (begun, gate) = (begun.clone(), std::sync::Arc::clone(&gate));
        lanes.push(Lane(lane), ONE, move || {
            begun.send(()).expect("it is awaited");
            let _ = gate.lock().expect("nobody panics").recv_timeout(WAIT);
        });
    }
    // Half of them are slow now; the other half is for others.
    for _ in 0..4 {
        assert_eq!(begins.recv_timeout(WAIT), Ok(()));
    }
    let (done, results) = mpsc::channel();
    for lane in 200..300 {
        let done = done.clone();
        lanes.push(Lane(lane), OTHER, move || {
            done.send(()).expect("it is awaited");
        });
    }
    for _ in 0..100 {
        assert_eq!(results.recv_timeout(WAIT), Ok(()));
    }
    assert!(begins.try_recv().is_err(), "a fifth thread was taken");
    drop(open);
    for _ in 0..96 {
        assert_eq!(begins.recv_timeout(WAIT), Ok(()));
    }
}
