//! Real time per unit of fuel, function by function.

use std::collections::BTreeSet;

use fastrand::Rng;
use objclass::Limits;
use radula::ExecOptions;

use super::{
    Speaker,
    bench::{self, Bench, Unable},
    log::Log,
    shapes,
};
use crate::{
    child_process::LAYING_OUT,
    event::RatesSeen,
    evidence::Rate,
    program::{CLASSES, templates},
    shape::Shape,
    task::{Rates, Request},
};

/// What a statement may run for. Long enough to tell what a unit costs, short enough for hundreds of them.
const DEADLINE_MS: u64 = 25;

/// Processor time beneath which what a call costs beside its statement blurs the figure.
const SOON_MS: f64 = 2.0;

/// How often what looks bad is run again. What is the statement's doing is there each time.
const AGAIN: usize = 3;

/// Every function a script can reach, but those that do nothing outside loading.
const FUNCTIONS: &str = "local seen, names = {}, {} \
    local function walk(t, path) if seen[t] then return end seen[t] = true for k, v in pairs(t) do \
    if type(v) == 'function' then names[#names + 1] = path .. k elseif type(v) == 'table' then walk(v, path .. k .. '.') end end end \
    walk(_G, '') function attack(input, output) table.sort(names) output:append(table.concat(names, ' ')) end cls.register(attack)";

/// What a script prepares, once, for arguments that are dear.
const DEAR: &str = "local S = ('a'):rep(100000) local D = ('9'):rep(300) local B = bufferlist.new(S) local T, H = {}, {} \
    for j = 1, 3000 do T[j] = j % 7 H['key' .. j] = T end local N = {} for j = 1, 50 do N = { N, j } end \
    local function F(a, b) return false end";

/// Arguments for any function: dear ones, extreme ones, wrong ones.
const ARGUMENTS: [&str; 30] = [
    "S",
    "S",
    "T",
    "T",
    "H",
    "N",
    "B",
    "F",
    "D",
    "nil",
    "0",
    "1",
    "-1",
    "2",
    "3000",
    "100000",
    "math.maxinteger",
    "math.mininteger",
    "1e308",
    "2.22507385850720113605e-308",
    "0.1",
    "''",
    "'key7'",
    "'%99.99f'",
    "'%s'",
    "'.-a*b'",
    "'%f[y]'",
    "'i16z'",
    "'[[1],2]'",
    "true",
];

/// Objects the statements run on.
const OBJECTS: [Shape; 5] = [
    Shape::Small,
    Shape::Keys,
    Shape::Queue,
    Shape::Pages,
    Shape::Xattrs,
];

pub(super) fn run(
    task: &Rates,
    request: &Request,
    log: &Log,
    speaker: &Speaker,
) -> Result<RatesSeen, Unable> {
    speaker.stage(LAYING_OUT);
    let directory = bench::class_dir()?;
    for (name, source) in CLASSES {
        bench::write_class(&directory, name, source.as_bytes())?;
    }
    let bench = Bench::open(&directory, request)?;
    for shape in OBJECTS {
        shapes::prepare(bench.io(), shape.word(), shape)?;
        speaker.stage(LAYING_OUT);
    }
    let base = (0..5).map(|_| measured(&bench, Shape::Small, "do return end").cpu_ms);
    let base = base.fold(f64::INFINITY, f64::min);
    let mut seen = RatesSeen::default();
    for function in functions(&bench)? {
        speaker.stage(&format!("function {function}"));
        let rate = worst(task, &bench, &function, base, &mut seen.statements);
        seen.functions.push(rate);
        let _said = log.take();
    }
    Ok(seen)
}

/// One run of a statement without end.
struct Measured {
    cpu_ms: f64,
    fuel: u64,
    /// The longest time without a look at the clock that the processor was surely here.
    gap_ms: f64,
}

impl Measured {
    fn ns_per_unit(&self, base: f64) -> Option<f64> {
        let spent = self.cpu_ms - base;
        #[expect(clippy::cast_precision_loss, reason = "a ratio of measurements")]
        let fuel = self.fuel.max(1) as f64;
        (spent >= SOON_MS).then(|| spent * 1e6 / fuel)
    }
}

fn measured(bench: &Bench, shape: Shape, statement: &str) -> Measured {
    let script = format!(
        "{DEAR} function attack(input, output) while true do {statement} end end cls.register(attack)"
    );
    let input = serde_json::json!({ "script": script, "handler": "attack", "input": "hello" });
    let limits = Limits {
        deadline_ms: DEADLINE_MS,
        ..Limits::UNLIMITED
    };
    let options = ExecOptions::default().with_limits(limits);
    let answer = bench.exec_with(
        shape.word(),
        (runtime::EVAL_CLASS, "eval_json"),
        input.to_string().as_bytes(),
        &options,
    );
    let usage = match &answer.result {
        Ok(reply) => reply.usage().copied(),
        Err(error) => error.spent().map(|(_, usage)| *usage),
    };
    let usage = usage.unwrap_or_default();
    #[expect(clippy::cast_precision_loss, reason = "a gap is far below 2^52 us")]
    let gap = usage.longest_gap_us as f64 / 1e3;
    Measured {
        cpu_ms: answer.cpu_ms,
        fuel: usage.fuel,
        gap_ms: (gap - (answer.elapsed_ms - answer.cpu_ms).max(0.0)).max(0.0),
    }
}

/// The worst of `task.shapes` random statements that call `function`.
fn worst(task: &Rates, bench: &Bench, function: &str, base: f64, statements: &mut u64) -> Rate {
    let mut rng = Rng::with_seed(task.seed ^ u64::from(crc(function)));
    let fitting = fitting(function);
    let mut rate = Rate {
        function: function.to_owned(),
        ..Rate::default()
    };
    let (mut dearest, mut longest) = (None, None);
    for _ in 0..task.shapes {
        let shape = OBJECTS[rng.usize(..OBJECTS.len())];
        let statement = match fitting.is_empty() || rng.bool() {
            true => format!("pcall({function}{})", arguments(&mut rng)),
            false => {
                let template = fitting[rng.usize(..fitting.len())];
                format!(
                    "pcall(function() {} end)",
                    templates()[template].1(&mut rng)
                )
            }
        };
        *statements += 1;
        let found = measured(bench, shape, &statement);
        let cost = found.ns_per_unit(base);
        if cost > rate.ns_per_unit {
            rate.ns_per_unit = cost;
            dearest = Some((shape, statement.clone()));
        }
        if found.gap_ms > rate.gap_ms {
            rate.gap_ms = found.gap_ms;
            longest = Some((shape, statement));
        }
    }
    let words = |(shape, statement): &(Shape, String)| format!("{statement} ({})", shape.word());
    if let Some(at) = dearest {
        let again = (0..AGAIN).filter_map(|_| measured(bench, at.0, &at.1).ns_per_unit(base));
        let least = again.fold(rate.ns_per_unit.unwrap_or(0.0), f64::min);
        rate.ns_per_unit = Some(least);
        rate.dearest = words(&at);
    }
    if let Some(at) = longest {
        let again = (0..AGAIN).map(|_| measured(bench, at.0, &at.1).gap_ms);
        rate.gap_ms = again.fold(rate.gap_ms, f64::min);
        rate.longest = words(&at);
    }
    rate
}

/// The templates of the search that call a function, by position.
fn fitting(function: &str) -> Vec<usize> {
    let called = format!("{function}(");
    (0..templates().len())
        .filter(|at| {
            let mut rng = Rng::with_seed(1);
            let statement = templates()[*at].1(&mut rng);
            statement.contains(&called)
                && (function.contains('.') || statement.starts_with(&called))
        })
        .collect()
}

fn arguments(rng: &mut Rng) -> String {
    let count = rng.usize(..5);
    (0..count)
        .map(|_| format!(", {}", ARGUMENTS[rng.usize(..ARGUMENTS.len())]))
        .collect()
}

fn crc(text: &str) -> u32 {
    text.bytes().fold(17, |sum, byte| {
        sum.wrapping_mul(31).wrapping_add(byte.into())
    })
}

/// Every function a script can reach.
fn functions(bench: &Bench) -> Result<Vec<String>, Unable> {
    let input = serde_json::json!({ "script": FUNCTIONS, "handler": "attack", "input": "" });
    let request = input.to_string();
    let answer = bench.exec(
        "small",
        runtime::EVAL_CLASS,
        "eval_json",
        request.as_bytes(),
    );
    let reply = answer.result?;
    let names = String::from_utf8_lossy(&reply.output);
    // Two names of one table, and what works while a class is loaded only.
    let found: BTreeSet<String> = names
        .split(' ')
        .map(|name| match name.strip_prefix("objclass.") {
            Some(rest) => format!("cls.{rest}"),
            None => name.to_owned(),
        })
        .filter(|name| !["attack", "cls.register"].contains(&name.as_str()))
        .collect();
    Ok(found.into_iter().collect())
}
