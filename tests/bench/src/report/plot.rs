//! Plots as inline SVG: a row as dots on a logarithmic axis, a series as lines. Colours are the page's.

mod time;

use std::fmt::Write as _;

use super::{
    Figure, Outcome, RowReport,
    format::{quantity, role},
    html::Html,
};
use crate::model::{Role, Unit};

pub use time::{Curve, curves_over_time};

const WIDTH: f64 = 760.0;
const LABELS: f64 = 250.0;
const LINE: f64 = 24.0;

/// A logarithmic axis from `from` to `to` on `start`..`end` of the drawing.
struct Axis {
    from: f64,
    to: f64,
    start: f64,
    end: f64,
}

impl Axis {
    /// One that has room for all `values`: a third of a decade more on either side.
    fn holding(values: impl Iterator<Item = f64>, start: f64, end: f64) -> Option<Self> {
        let logs = values.filter(|v| *v > 0.0).map(f64::log10);
        let (mut from, mut to) = (f64::INFINITY, f64::NEG_INFINITY);
        for log in logs {
            from = from.min(log);
            to = to.max(log);
        }
        (from <= to).then_some(Self {
            from: from - 0.33,
            to: to + 0.33,
            start,
            end,
        })
    }

    fn place(&self, value: f64) -> f64 {
        let part = (value.max(1e-12).log10() - self.from) / (self.to - self.from);
        self.start + part * (self.end - self.start)
    }

    /// Powers of ten, or also 2 and 5 where there are few.
    fn marks(&self) -> Vec<f64> {
        let steps: &[f64] = if self.to - self.from > 2.5 {
            &[1.0]
        } else {
            &[1.0, 2.0, 5.0]
        };
        let mut marks = Vec::new();
        let mut power = self.from.floor();
        while power <= self.to {
            let step = steps.iter().map(|step| step * 10f64.powf(power));
            marks.extend(step.filter(|m| (self.from..=self.to).contains(&m.log10())));
            power += 1.0;
        }
        marks
    }
}

fn measured(row: &RowReport) -> impl Iterator<Item = (&str, Role, &Figure)> {
    row.subjects
        .iter()
        .filter_map(|subject| match &subject.outcome {
            Outcome::Measured(figure) => Some((subject.name.as_str(), subject.role, &**figure)),
            _ => None,
        })
}

/// One row: a dot at each median, a bar between the quartiles.
pub(super) fn dots(row: &RowReport) -> String {
    let subjects: Vec<_> = measured(row).collect();
    let summaries = subjects.iter().map(|(_, _, figure)| figure.summary);
    let ends = summaries.flat_map(|summary| [summary.lower, summary.upper]);
    let Some(axis) = Axis::holding(ends, LABELS, WIDTH - 10.0) else {
        return String::new();
    };
    let height = 24.0 + LINE * count(subjects.len());
    let mut svg = opened(height, &row.title);
    for mark in axis.marks() {
        let x = axis.place(mark);
        let _infallible = write!(
            svg,
            "<path class=\"grid\" d=\"M{x:.1} 0V{:.1}\"/><text class=\"mark\" x=\"{x:.1}\" y=\"{:.1}\">{}</text>",
            height - 20.0,
            height - 5.0,
            quantity(row.unit, mark)
        );
    }
    for (index, (name, of, figure)) in subjects.iter().enumerate() {
        let y = LINE * (count(index) + 0.5);
        let (summary, kind) = (&figure.summary, role(*of));
        let _infallible = write!(
            svg,
            "<g class=\"{kind}\"><title>{}: {}</title><text class=\"label\" x=\"{:.1}\" y=\"{:.1}\">{}</text>\
             <path class=\"range\" d=\"M{:.1} {y:.1}H{:.1}\"/><circle cx=\"{:.1}\" cy=\"{y:.1}\" r=\"5\"/></g>",
            Html(name),
            quantity(row.unit, summary.median),
            LABELS - 12.0,
            y + 4.0,
            Html(name),
            axis.place(summary.lower),
            axis.place(summary.upper),
            axis.place(summary.median),
        );
    }
    svg + "</svg>"
}

/// The rows of one series: a line for each subject, both axes logarithmic.
pub(super) fn lines(rows: &[&RowReport]) -> String {
    let points = |row: &RowReport| row.series.as_ref().map(|series| as_f64(series.x));
    let height = 300.0;
    let xs = rows.iter().filter_map(|row| points(row));
    let medians = rows
        .iter()
        .flat_map(|row| measured(row).map(|(_, _, figure)| figure.summary.median));
    let (Some(mut across), Some(up)) = (
        Axis::holding(xs, 70.0, WIDTH - 230.0),
        Axis::holding(medians, height - 40.0, 10.0),
    ) else {
        return String::new();
    };
    across.from += 0.25;
    across.to -= 0.25;
    let Some(first) = rows.first() else {
        return String::new();
    };
    let series = first.series.as_ref();
    let mut svg = opened(height, series.map_or("", |series| &series.name));
    for mark in up.marks() {
        let y = up.place(mark);
        let _infallible = write!(
            svg,
            "<path class=\"grid\" d=\"M70 {y:.1}H{:.1}\"/><text class=\"label\" x=\"62\" y=\"{:.1}\">{}</text>",
            WIDTH - 230.0,
            y + 4.0,
            quantity(first.unit, mark)
        );
    }
    for row in rows {
        if let Some(x) = points(row) {
            let _infallible = write!(
                svg,
                "<text class=\"mark\" x=\"{:.1}\" y=\"{:.1}\">{x}</text>",
                across.place(x),
                height - 22.0
            );
        }
    }
    let _infallible = write!(
        svg,
        "<text class=\"mark\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
        f64::midpoint(70.0, WIDTH - 230.0),
        height - 5.0,
        Html(series.map_or("", |series| &series.axis))
    );
    curves(&mut svg, rows, &across, &up, first.unit);
    svg + "</svg>"
}

fn curves(svg: &mut String, rows: &[&RowReport], across: &Axis, up: &Axis, unit: Unit) {
    // In the order of the first row that has them: the same subject has the same dashes in every plot of a page.
    let mut names: Vec<(&str, Role)> = Vec::new();
    for row in rows {
        for (name, of, _) in measured(row) {
            if !names.iter().any(|(known, _)| *known == name) {
                names.push((name, of));
            }
        }
    }
    let mut labels: Vec<(f64, String)> = Vec::new();
    for (index, (name, of)) in names.iter().enumerate() {
        let mut path = String::new();
        let mut last = (0.0, 0.0, 0.0);
        let mut dots = String::new();
        for row in rows {
            let found = measured(row).find(|(other, _, _)| other == name);
            let (Some((_, _, figure)), Some(series)) = (found, &row.series) else {
                continue;
            };
            let median = figure.summary.median;
            let (x, y) = (across.place(as_f64(series.x)), up.place(median));
            let _infallible = write!(
                path,
                "{}{x:.1} {y:.1}",
                if path.is_empty() { 'M' } else { 'L' }
            );
            let _infallible = write!(
                dots,
                "<circle cx=\"{x:.1}\" cy=\"{y:.1}\" r=\"3.5\"><title>{}: {}</title></circle>",
                Html(name),
                quantity(unit, median)
            );
            last = (x, y, median);
        }
        let kind = role(*of);
        let _infallible = write!(
            svg,
            "<g class=\"{kind} dash{}\"><path class=\"curve\" d=\"{path}\"/>{dots}</g>",
            index % 4
        );
        let label = format!("{}: {}", Html(name), quantity(unit, last.2));
        labels.push((
            last.1,
            format!("<text class=\"name {kind}\" x=\"{:.1}\"", last.0 + 10.0) + "\u{0}" + &label,
        ));
    }
    labels.sort_by(|one, other| one.0.total_cmp(&other.0));
    let mut below = f64::NEG_INFINITY;
    for (y, text) in labels {
        // Labels that would lie on each other move down.
        below = y.max(below + 14.0);
        let (tag, label) = text.split_once('\u{0}').unwrap_or_default();
        let _infallible = write!(svg, "{tag} y=\"{:.1}\">{label}</text>", below + 4.0);
    }
}

fn opened(height: f64, title: &str) -> String {
    format!(
        "<svg viewBox=\"0 0 {WIDTH} {height}\" role=\"img\" aria-label=\"{}\">",
        Html(title)
    )
}

#[expect(clippy::cast_precision_loss, reason = "a few subjects")]
fn count(count: usize) -> f64 {
    count as f64
}

#[expect(clippy::cast_precision_loss, reason = "a place in a plot")]
fn as_f64(number: u64) -> f64 {
    number as f64
}
