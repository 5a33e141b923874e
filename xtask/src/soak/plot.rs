//! Curves in a PNG: panels above each other, each with its own scale from 0.

use std::{fs::File, io::BufWriter, path::Path};

use font8x8::UnicodeFonts as _;

use crate::run::TaskResult;

const WIDTH: usize = 1200;
const PANEL: usize = 190;
const TOP: usize = 36;
/// Around the curves of a panel: left of them the scale, above them the title.
const LEFT: usize = 90;
const RIGHT: usize = 20;
const ABOVE: usize = 26;
const BELOW: usize = 14;

type Colour = [u8; 3];

const PAPER: Colour = [255, 255, 255];
const INK: Colour = [40, 40, 40];
const GRID: Colour = [222, 222, 222];
const CURVES: [Colour; 3] = [[31, 95, 180], [214, 96, 20], [60, 140, 60]];

/// A line through one value each second.
pub(super) struct Curve {
    pub(super) name: &'static str,
    pub(super) values: Vec<f64>,
}

/// Curves with one scale.
pub(super) struct Panel {
    pub(super) title: &'static str,
    pub(super) curves: Vec<Curve>,
}

/// A page of panels.
pub(super) struct Plot {
    pub(super) title: String,
    pub(super) panels: Vec<Panel>,
}

impl Plot {
    /// Writes it as a PNG.
    pub(super) fn write(&self, path: &Path) -> TaskResult {
        let mut canvas = Canvas::new(WIDTH, TOP + PANEL * self.panels.len());
        canvas.text(LEFT, 12, &self.title, INK);
        for (number, panel) in self.panels.iter().enumerate() {
            panel.draw(&mut canvas, TOP + number * PANEL);
        }
        canvas.write(path)
    }
}

impl Panel {
    fn draw(&self, canvas: &mut Canvas, top: usize) {
        let (left, right) = (LEFT, WIDTH - RIGHT);
        let (ceiling, floor) = (top + ABOVE, top + PANEL - BELOW);
        let values = self.curves.iter().flat_map(|curve| &curve.values);
        let most = round_up(values.copied().fold(0.0, f64::max));
        canvas.text(left, top + 8, self.title, INK);
        for step in 0..=4_usize {
            let y = floor - (floor - ceiling) * step / 4;
            canvas.line((left, y), (right, y), GRID);
            let label = short(most * step as f64 / 4.0);
            canvas.text(left - 8 - label.len() * 8, y.saturating_sub(4), &label, INK);
        }
        let mut legend = right;
        for (curve, colour) in self.curves.iter().zip(CURVES) {
            legend -= curve.name.len() * 8 + 16;
            canvas.text(legend, top + 8, curve.name, colour);
            let place = |(second, value): (usize, &f64)| {
                let last = (curve.values.len() - 1).max(1);
                let height = (value / most * (floor - ceiling) as f64).round();
                (
                    left + (right - left) * second / last,
                    floor - to_pixels(height),
                )
            };
            let points: Vec<_> = curve.values.iter().enumerate().map(place).collect();
            for pair in points.windows(2) {
                canvas.line(pair[0], pair[1], colour);
            }
        }
    }
}

#[expect(
    clippy::cast_possible_truncation,
    clippy::cast_sign_loss,
    reason = "a height within its panel, rounded"
)]
fn to_pixels(height: f64) -> usize {
    height.clamp(0.0, PANEL as f64) as usize
}

/// The next number of the kind 1, 2, 5, 10 and so on.
fn round_up(value: f64) -> f64 {
    let power = 10_f64.powf(value.max(1e-3).log10().floor());
    let steps = [1.0, 2.0, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0];
    let step = steps.into_iter().find(|step| step * power >= value);
    step.unwrap_or(10.0) * power
}

fn short(value: f64) -> String {
    match value {
        0.0 => "0".to_owned(),
        value if value < 10.0 => format!("{value:.2}"),
        value => format!("{value:.0}"),
    }
}

struct Canvas {
    width: usize,
    height: usize,
    pixels: Vec<u8>,
}

impl Canvas {
    fn new(width: usize, height: usize) -> Self {
        Self {
            width,
            height,
            pixels: PAPER.repeat(width * height),
        }
    }

    fn dot(&mut self, x: usize, y: usize, colour: Colour) {
        if x < self.width && y < self.height {
            let at = (y * self.width + x) * colour.len();
            self.pixels[at..at + colour.len()].copy_from_slice(&colour);
        }
    }

    fn line(&mut self, from: (usize, usize), to: (usize, usize), colour: Colour) {
        let steps = from.0.abs_diff(to.0).max(from.1.abs_diff(to.1)).max(1);
        let between = |a: usize, b: usize, step: usize| match b >= a {
            true => a + (b - a) * step / steps,
            false => a - (a - b) * step / steps,
        };
        for step in 0..=steps {
            let x = between(from.0, to.0, step);
            self.dot(x, between(from.1, to.1, step), colour);
        }
    }

    fn text(&mut self, left: usize, top: usize, text: &str, colour: Colour) {
        for (place, letter) in text.chars().enumerate() {
            let glyph = font8x8::BASIC_FONTS.get(letter).unwrap_or([0; 8]);
            for (y, row) in glyph.into_iter().enumerate() {
                for x in (0..8).filter(|x| row >> x & 1 == 1) {
                    self.dot(left + place * 8 + x, top + y, colour);
                }
            }
        }
    }

    fn write(&self, path: &Path) -> TaskResult {
        let file = BufWriter::new(File::create(path)?);
        let mut encoder = png::Encoder::new(
            file,
            u32::try_from(self.width)?,
            u32::try_from(self.height)?,
        );
        encoder.set_color(png::ColorType::Rgb);
        encoder.set_depth(png::BitDepth::Eight);
        encoder.write_header()?.write_image_data(&self.pixels)?;
        Ok(())
    }
}
