//! Curves over the seconds of a run, on linear axes.

use std::fmt::Write as _;

use super::{WIDTH, count, opened};
use crate::report::html::Html;

/// One curve of a panel: a value for each second.
#[derive(Clone, Debug)]
pub struct Curve {
    /// Its name in the panel.
    pub name: &'static str,
    /// A value a second.
    pub values: Vec<f64>,
}

const HEIGHT: f64 = 200.0;
const LEFT: f64 = 70.0;
const RIGHT: f64 = WIDTH - 150.0;
const TOP: f64 = 24.0;
const BOTTOM: f64 = HEIGHT - 20.0;

/// A panel with one or a few curves, from 0 to the largest value.
#[must_use]
pub fn curves_over_time(title: &str, curves: &[Curve]) -> String {
    let values = curves.iter().flat_map(|curve| &curve.values);
    let most = values.copied().fold(f64::MIN_POSITIVE, f64::max);
    let mut svg = opened(HEIGHT, title);
    let _infallible = write!(
        svg,
        "<text class=\"label\" style=\"text-anchor:start\" x=\"{LEFT}\" y=\"14\">{}</text>",
        Html(title)
    );
    for part in [0.0, 0.5, 1.0] {
        let y = BOTTOM - part * (BOTTOM - TOP);
        let _infallible = write!(
            svg,
            "<path class=\"grid\" d=\"M{LEFT} {y:.1}H{RIGHT:.1}\"/><text class=\"label\" x=\"62\" y=\"{:.1}\">{:.3}</text>",
            y + 4.0,
            part * most
        );
    }
    for (index, Curve { name, values }) in curves.iter().enumerate() {
        let step = (RIGHT - LEFT) / count(values.len().saturating_sub(1).max(1));
        let place = |value: f64| BOTTOM - value / most * (BOTTOM - TOP);
        let mut path = String::new();
        for (second, value) in values.iter().enumerate() {
            let letter = if second == 0 { 'M' } else { 'L' };
            let x = LEFT + step * count(second);
            let _infallible = write!(path, "{letter}{x:.1} {:.1}", place(*value));
        }
        let last = values.last().copied().unwrap_or_default();
        let _infallible = write!(
            svg,
            "<g class=\"ours dash{}\"><path class=\"curve\" d=\"{path}\"/></g>\
             <text class=\"name ours\" x=\"{:.1}\" y=\"{:.1}\">{}</text>",
            index % 4,
            RIGHT + 10.0,
            place(last) + 4.0,
            Html(name)
        );
    }
    svg + "</svg>"
}
