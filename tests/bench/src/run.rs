//! Measuring a row: its subjects take turns, round after round, so that what the machine does meanwhile meets all.

use std::time::Instant;

use crate::{
    histogram::Histogram,
    model::{Absent, Role, Row, Runner, Subject, Unit},
    report::{Figure, Outcome, RowReport, SubjectReport},
    stats::Summary,
    world::World,
};

/// A subject on its way to a figure.
struct Turn<'a> {
    subject: &'a Subject,
    runner: Result<Box<dyn Runner>, Absent>,
    values: Vec<f64>,
    latencies: Histogram,
}

/// Measures `row`.
#[must_use]
pub fn run(row: &Row, world: &World) -> RowReport {
    let started = Instant::now();
    let (rounds, time) = if world.quick() {
        (row.effort.quick_rounds, row.effort.quick_time)
    } else {
        (row.effort.rounds, row.effort.time)
    };
    let mut turns: Vec<Turn<'_>> = row
        .subjects
        .iter()
        .map(|subject| Turn {
            subject,
            runner: (subject.prepare)(world),
            values: Vec::new(),
            latencies: Histogram::default(),
        })
        .collect();
    // The first round warms caches and is not counted; what is no time needs none.
    let first = match row.unit {
        Unit::Seconds | Unit::PerSecond => 0,
        Unit::Bytes | Unit::ProcessorSeconds => 1,
    };
    for round in first..=rounds {
        for turn in &mut turns {
            let Ok(runner) = &mut turn.runner else {
                continue;
            };
            match runner.round(if round == 0 { time / 4 } else { time }) {
                Err(failure) => turn.runner = Err(Absent::Failed(failure)),
                Ok(_) if round == 0 => {}
                Ok(sample) => {
                    turn.values.push(sample.value);
                    if let Some(latencies) = &sample.latencies {
                        turn.latencies.merge(latencies);
                    }
                }
            }
        }
    }
    let floor: Option<Vec<f64>> = turns
        .iter()
        .find(|turn| turn.subject.role == Role::Floor && turn.runner.is_ok())
        .map(|turn| turn.values.clone());
    let subjects = turns
        .into_iter()
        .map(|turn| SubjectReport {
            name: turn.subject.name.clone(),
            role: turn.subject.role,
            outcome: outcome(row, turn, floor.as_deref()),
        })
        .collect();
    RowReport {
        id: row.id.clone(),
        title: row.title.clone(),
        what: row.what.to_owned(),
        fair: row.fair.to_owned(),
        unit: row.unit,
        series: row.series.clone(),
        rounds,
        round_seconds: time.as_secs_f64(),
        took_seconds: started.elapsed().as_secs_f64(),
        subjects,
    }
}

fn outcome(row: &Row, turn: Turn<'_>, floor: Option<&[f64]>) -> Outcome {
    match turn.runner {
        Err(Absent::Missing(reason)) => return Outcome::Missing { reason },
        Err(Absent::Failed(failure)) => return failed(failure.to_string()),
        Ok(_) => {}
    }
    if !turn
        .values
        .iter()
        .all(|value| value.is_finite() && *value > 0.0)
    {
        return failed(format!("figures that cannot be: {:?}", turn.values));
    }
    let Some(summary) = Summary::of(&turn.values) else {
        return failed("no round was run".into());
    };
    // Of each round, so that what slows one round down weighs on both sides of its ratio.
    let ratios = floor.map(|floor| {
        let pairs = turn.values.iter().zip(floor);
        pairs
            .map(|(value, floor)| row.unit.cost(*value, *floor))
            .collect::<Vec<_>>()
    });
    Outcome::Measured(Box::new(Figure {
        summary,
        cost: ratios.as_deref().and_then(Summary::of),
        latency: turn.latencies.percentiles(),
        rounds: turn.values,
    }))
}

fn failed(reason: String) -> Outcome {
    Outcome::Failed { reason }
}

#[cfg(test)]
mod tests {
    use std::{cell::RefCell, rc::Rc, time::Duration};

    use super::*;
    use crate::{
        model::{Effort, Failure},
        runners::Once,
    };

    fn row(subjects: Vec<Subject>) -> Row {
        let time = Duration::from_millis(1);
        Row {
            id: "test".into(),
            title: String::new(),
            what: "",
            fair: "",
            unit: Unit::Seconds,
            series: None,
            effort: Effort {
                rounds: 3,
                time,
                quick_rounds: 3,
                quick_time: time,
            },
            subjects,
        }
    }

    fn figure(report: &SubjectReport) -> &Figure {
        match &report.outcome {
            Outcome::Measured(figure) => figure,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn subjects_take_turns_and_ratios_are_of_one_round() {
        let order = Rc::new(RefCell::new(String::new()));
        // The machine gets slower by the round; a ratio of two does not change.
        let subject = |role, name: &'static str, factor: f64| {
            let order = Rc::clone(&order);
            Subject::new(role, name, move |_| {
                let (order, mut value) = (Rc::clone(&order), factor);
                Ok(Once(move || {
                    order.borrow_mut().push_str(name);
                    value *= 2.0;
                    Ok(value)
                }))
            })
        };
        let row = row(vec![
            subject(Role::Floor, "a", 1.0),
            subject(Role::Ours, "b", 3.0),
        ]);
        let report = run(&row, &World::bare());
        assert_eq!(*order.borrow(), "abababab");
        assert_eq!(figure(&report.subjects[1]).rounds, [12.0, 24.0, 48.0]);
        let cost = figure(&report.subjects[1]).cost.unwrap();
        assert_eq!((cost.least, cost.most), (3.0, 3.0));
    }

    #[test]
    fn a_subject_that_fails_is_shown_as_failed_and_a_missing_one_as_missing() {
        let broken = || Err::<f64, Failure>("broken".into());
        let report = run(
            &row(vec![
                Subject::new(Role::Ours, "fails", move |_| Ok(Once(broken))),
                Subject::new(Role::Ours, "zero", |_| Ok(Once(|| Ok(0.0)))),
                Subject::missing(Role::Peer, "absent", "not installed"),
            ]),
            &World::bare(),
        );
        let outcomes: Vec<_> = report.subjects.iter().map(|s| &s.outcome).collect();
        assert!(matches!(outcomes[0], Outcome::Failed { reason } if reason == "broken"));
        assert!(matches!(outcomes[1], Outcome::Failed { .. }));
        assert!(matches!(outcomes[2], Outcome::Missing { reason } if reason == "not installed"));
    }
}
