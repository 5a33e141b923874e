//! The report as one page: no network, no script, no other file.

use std::fmt::{self, Display, Write};

use super::{
    Outcome, Report, RowReport,
    format::{cost, percent, quantity, role, time},
    plot,
};

/// What the page may do: its own style, nothing from anywhere.
const POLICY: &str =
    "default-src 'none'; style-src 'unsafe-inline'; base-uri 'none'; form-action 'none'";

const STYLE: &str = include_str!("page.css");

/// Text for HTML, in an element or a quoted attribute.
pub(super) struct Html<'a>(pub(super) &'a str);

impl Display for Html<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for c in self.0.chars() {
            match c {
                '&' => f.write_str("&amp;")?,
                '<' => f.write_str("&lt;")?,
                '>' => f.write_str("&gt;")?,
                '"' => f.write_str("&quot;")?,
                '\'' => f.write_str("&#39;")?,
                c => f.write_char(c)?,
            }
        }
        Ok(())
    }
}

/// The report as a page.
#[must_use]
pub fn page(report: &Report) -> String {
    let mut page = String::with_capacity(256 << 10);
    // Writing to a String cannot fail.
    let _infallible = write_page(&mut page, report);
    page
}

/// A page of nothing but drawings.
#[must_use]
pub fn plain_page(title: &str, drawings: &str) -> String {
    let mut page = String::new();
    // Writing to a String cannot fail.
    let _infallible = open(&mut page, title);
    page + "</header>\n<main>\n" + drawings + "\n</main>\n</body>\n</html>\n"
}

/// Everything up to the heading.
fn open(page: &mut String, title: &str) -> fmt::Result {
    writeln!(
        page,
        "<!doctype html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n\
         <meta http-equiv=\"Content-Security-Policy\" content=\"{POLICY}\">\n\
         <meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n\
         <title>{title}</title>\n<style>\n{STYLE}</style>\n</head>\n<body>\n<header>\n\
         <h1>{title}</h1>",
        title = Html(title),
    )
}

fn write_page(page: &mut String, report: &Report) -> fmt::Result {
    open(page, &format!("Radula measured, {}", report.machine.date))?;
    if report.quick {
        writeln!(
            page,
            "<p class=\"notice\">A quick run: it shows that everything can be measured. Its figures mean nothing.</p>"
        )?;
    }
    writeln!(
        page,
        "<p class=\"key\"><span class=\"floor\">floor</span><span class=\"ours\">ours</span><span class=\"peer\">peer</span></p>\n\
         <p>Subjects of a row took turns, round after round; figures are medians of rounds, ± is half the distance of \
         the quartiles. × is how many times dearer than the row's floor, as the median of the ratios of one round: \
         above 1 is worse, whatever the unit. Plots are logarithmic.</p>"
    )?;
    facts(page, report)?;
    writeln!(page, "</header>\n<main>")?;
    let mut group = "";
    for (index, row) in report.rows.iter().enumerate() {
        if row.group() != group {
            group = row.group();
            writeln!(page, "<h2>{}</h2>", Html(heading(group)))?;
        }
        series(page, report, index)?;
        write_row(page, row)?;
    }
    writeln!(page, "</main>\n</body>\n</html>")
}

impl RowReport {
    /// The part of the name that rows of one heading share.
    #[must_use]
    pub fn group(&self) -> &str {
        self.id.split('/').next().unwrap_or_default()
    }
}

/// The heading of a group.
pub(super) fn heading(group: &str) -> &str {
    match group {
        "call" => "What a call costs",
        "limits" => "What limits cost a script",
        "compute" => "Computing",
        "durable" => "Read-modify-write, on disk before the answer",
        "buffered" => "Read-modify-write, buffered",
        "store" => "The durable store by itself",
        "scale" => "Many threads, many objects",
        "classes" => "Many classes",
        "memory" => "Memory",
        "ceph" => "In a Ceph OSD",
        "startup" => "Start-up",
        other => other,
    }
}

fn facts(page: &mut String, report: &Report) -> fmt::Result {
    writeln!(page, "<dl>")?;
    for (name, value) in super::markdown::facts(report) {
        writeln!(page, "<dt>{}</dt><dd>{}</dd>", Html(&name), Html(&value))?;
    }
    writeln!(page, "</dl>")
}

/// Before the first row of a series: its plot.
fn series(page: &mut String, report: &Report, index: usize) -> fmt::Result {
    let row = &report.rows[index];
    let Some(series) = &row.series else {
        return Ok(());
    };
    let of_series = |row: &&RowReport| {
        let other = row.series.as_ref();
        other.is_some_and(|other| other.name == series.name)
    };
    if report.rows[..index].iter().any(|row| of_series(&row)) {
        return Ok(());
    }
    let rows: Vec<_> = report.rows.iter().filter(of_series).collect();
    writeln!(
        page,
        "<h3>{}</h3>\n{}",
        Html(&series.name),
        plot::lines(&rows)
    )
}

fn write_row(page: &mut String, row: &RowReport) -> fmt::Result {
    writeln!(
        page,
        "<h3>{}<code>{}</code></h3>\n<p class=\"why\">{} <b>Why this is fair:</b> {}</p>",
        Html(&row.title),
        Html(&row.id),
        Html(&row.what),
        Html(&row.fair)
    )?;
    if row.series.is_none() {
        writeln!(page, "{}", plot::dots(row))?;
    }
    writeln!(
        page,
        "<div class=\"wide\"><table><thead><tr><th></th><th>subject</th><th class=\"n\">median</th><th class=\"n\">±</th>\
         <th class=\"n\">× floor</th><th class=\"n\">p50</th><th class=\"n\">p99</th><th class=\"n\">p99.9</th></tr></thead><tbody>"
    )?;
    for subject in &row.subjects {
        let kind = role(subject.role);
        write!(
            page,
            "<tr><td class=\"{kind}\">{kind}</td><td>{}</td>",
            Html(&subject.name)
        )?;
        match &subject.outcome {
            Outcome::Missing { reason } => write!(
                page,
                "<td colspan=\"6\" class=\"absent\">missing: {}</td>",
                Html(reason)
            )?,
            Outcome::Failed { reason } => write!(
                page,
                "<td colspan=\"6\" class=\"failed\">failed: {}</td>",
                Html(reason)
            )?,
            Outcome::Measured(figure) => {
                let ratio = figure.cost.map_or_else(String::new, |c| cost(c.median));
                let latency = figure.latency.map_or_else(Default::default, |latency| {
                    [latency.p50, latency.p99, latency.p999].map(time)
                });
                for cell in [
                    quantity(row.unit, figure.summary.median),
                    percent(figure.summary.spread()),
                    ratio,
                ]
                .into_iter()
                .chain(latency)
                {
                    write!(page, "<td class=\"n\">{cell}</td>")?;
                }
            }
        }
        writeln!(page, "</tr>")?;
    }
    writeln!(page, "</tbody></table></div>")
}
