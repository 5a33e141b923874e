//! Cutting a program down to the statements it takes.

use crate::program::Program;

/// Runs of the child that one shrinking may cost.
const TRIES: usize = 120;

/// The smallest program found that still fails, by leaving statements out: halves first, then single ones.
///
/// # Errors
/// Those of `fails`.
pub(super) fn shrink<E>(
    program: &Program,
    mut fails: impl FnMut(&Program) -> Result<bool, E>,
) -> Result<Program, E> {
    let mut best = program.clone();
    let mut tries = 0;
    let mut size = best.steps.len().div_ceil(2);
    while size > 0 && tries < TRIES {
        let mut at = 0;
        let mut cut = false;
        while at < best.steps.len() && best.steps.len() > 1 && tries < TRIES {
            let mut candidate = best.clone();
            let end = (at + size).min(candidate.steps.len());
            candidate.steps.drain(at..end);
            tries += 1;
            if !candidate.steps.is_empty() && fails(&candidate)? {
                best = candidate;
                cut = true;
            } else {
                at = end;
            }
        }
        if size == 1 && !cut {
            break;
        }
        size = if cut { size } else { size / 2 };
        size = size.min(best.steps.len());
    }
    Ok(best)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_does_not_matter_is_left_out() {
        let mut program = Program::composed(1, 1);
        program.steps = (0..20).map(|step| format!("step{step}()")).collect();
        let needs = |program: &Program| {
            let has = |step: &str| program.steps.iter().any(|found| found == step);
            Ok::<_, ()>(has("step3()") && has("step17()"))
        };
        let cut = shrink(&program, needs).unwrap();
        assert_eq!(cut.steps, ["step3()", "step17()"]);
    }

    #[test]
    fn a_program_that_never_fails_again_stays_as_it_is() {
        let program = Program::composed(1, 2);
        let cut = shrink(&program, |_| Ok::<_, ()>(false)).unwrap();
        assert_eq!(cut.steps, program.steps);
    }
}
