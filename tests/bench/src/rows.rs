//! The table of what is measured. A group a module; each row says what it compares and why that is fair, and has its
//! subjects: ours, the floor, peers. A subject that cannot be had stays in its row as missing, with the reason.

mod call;
mod ceph;
mod classes;
mod compute;
mod durable;
mod limits;
pub(crate) mod memory;
mod scale;
mod startup;
mod stock;
mod store;

use std::{process::ExitCode, time::Duration};

pub(crate) use call::{checked, exec};
pub(crate) use compute::{patient, without_limits as unlimited};
pub(crate) use startup::command as startup_command;

use crate::{
    model::{Effort, Row},
    world::World,
};

/// Objects of the largest rows.
pub const MILLION: u64 = 1_000_000;

/// Many objects: a million, or what a quick run has time for.
fn many(world: &World) -> u64 {
    if world.quick() { 50_000 } else { MILLION }
}

/// Every row, in the order of the report.
#[must_use]
pub fn all() -> Vec<Row> {
    [
        call::rows(),
        stock::rows(),
        limits::rows(),
        compute::rows(),
        durable::rows(),
        store::rows(),
        scale::rows(),
        classes::rows(),
        memory::rows(),
        startup::rows(),
        ceph::rows(),
    ]
    .into_iter()
    .flatten()
    .collect()
}

/// When this process was started by a row to be measured itself: does its work. None otherwise.
#[must_use]
pub fn child() -> Option<ExitCode> {
    memory::child_process().or_else(crate::subjects::crashed::child_process)
}

const fn effort(rounds: usize, millis: u64, quick_rounds: usize, quick_millis: u64) -> Effort {
    Effort {
        rounds,
        time: Duration::from_millis(millis),
        quick_rounds,
        quick_time: Duration::from_millis(quick_millis),
    }
}

#[cfg(test)]
mod tests {
    use std::collections::HashSet;

    use super::*;
    use crate::model::Role;

    #[test]
    fn every_row_has_a_name_of_its_own_and_says_what_it_compares_and_why() {
        let rows = all();
        let names: HashSet<_> = rows.iter().map(|row| row.id.as_str()).collect();
        assert_eq!(names.len(), rows.len());
        for row in &rows {
            assert!(
                row.what.ends_with('.') && row.fair.ends_with('.'),
                "{}",
                row.id
            );
            assert!(
                !row.title.is_empty() && row.subjects.len() > 1,
                "{}",
                row.id
            );
            let ours = row.subjects.iter().any(|s| s.role == Role::Ours);
            let floors = row.subjects.iter().filter(|s| s.role == Role::Floor);
            assert!(
                ours && floors.count() == 1,
                "{}: ratios are against one floor",
                row.id
            );
            let names: HashSet<_> = row.subjects.iter().map(|s| s.name.as_str()).collect();
            assert_eq!(names.len(), row.subjects.len(), "{}", row.id);
        }
    }
}
