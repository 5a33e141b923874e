//! Composing programs: statements from a table, with arguments that are ordinary, extreme or wrong.

use fastrand::Rng;
use serde::{Deserialize, Serialize};

use crate::shape::Shape;

/// Classes that programs may call: one that never ends loading, one that calls itself, one whose writes are undone.
pub(crate) const CLASSES: [(&str, &str); 4] = [
    ("slow", "while true do end"),
    (
        "deep",
        "function down(input, output) local n = tonumber(input:str()) or 0 \
         cls.map_set_val('deep' .. n, input) return cls.call('deep', 'down', tostring(n + 1)) end cls.register(down)",
    ),
    (
        "undone",
        "function undo(input, output) pcall(cls.map_remove_range, '', '\\xff') pcall(cls.map_clear) \
         pcall(cls.write_full, input) error('undone') end cls.register(undo)",
    ),
    (
        "reader",
        "function read(input, output) output:append(cls.read(0, 0)) \
         local keys = cls.map_get_keys('', 1000) return 0 end cls.register(read, 'r')",
    ),
];

/// One program.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Program {
    /// Its number under the seed.
    pub(crate) number: u64,
    /// The object it runs on.
    pub(crate) shape: Shape,
    /// Whether what it writes is committed in the end.
    pub(crate) commits: bool,
    /// Statements.
    pub(crate) steps: Vec<String>,
}

impl Program {
    /// Program `number` under `seed`.
    pub(crate) fn composed(seed: u64, number: u64) -> Self {
        let mut rng = Rng::with_seed(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) ^ number);
        let count = 1 + rng.usize(..8) * rng.usize(1..3);
        Self {
            number,
            shape: Shape::ALL[rng.usize(..Shape::ALL.len())],
            commits: rng.u8(..6) == 0,
            steps: (0..count).map(|_| step(&mut rng)).collect(),
        }
    }

    /// The script: each statement may fail on its own.
    pub(crate) fn source(&self) -> String {
        let mut source = format!(
            "-- shape: {}\nfunction attack(input, output)\n",
            self.shape.word()
        );
        for step in &self.steps {
            source.push_str("  ");
            source.push_str(step);
            source.push('\n');
        }
        if !self.commits {
            source.push_str("  error('not committed')\n");
        }
        source.push_str("end\ncls.register(attack)\n");
        source
    }

    /// Statements that call the host.
    pub(crate) fn host_calls(&self) -> u64 {
        self.steps
            .iter()
            .filter(|step| step.contains("cls."))
            .count() as u64
    }
}

/// A statement by itself, a few times, or for ever.
fn step(rng: &mut Rng) -> String {
    let table = templates();
    let (_, template) = table[rng.usize(..table.len())];
    let statement = format!("pcall(function() {} end)", template(rng));
    match rng.u8(..8) {
        0 => format!("while true do {statement} end"),
        1 | 2 => format!("for i = 1, {} do {statement} end", 1 << rng.u32(..14)),
        _ => statement,
    }
}

type Template = fn(&mut Rng) -> String;

/// What statements are made of: the name of what is called, and how.
pub(crate) fn templates() -> &'static [(&'static str, Template)] {
    &[
        ("create", |r| format!("cls.create({})", r.bool())),
        ("remove", |_| "cls.remove()".into()),
        ("stat", |_| "cls.stat()".into()),
        ("read", |r| {
            format!("cls.read({}, {})", number(r), number(r))
        }),
        ("write", |r| {
            let size = size(r);
            format!("cls.write({}, {size}, ('w'):rep({size}))", number(r))
        }),
        ("write one byte a page", |r| {
            let (count, step) = (1 << r.u32(..15), 1 << r.u32(8..17));
            format!("for j = 0, {count} do cls.write(j * {step}, 1, 'x') end")
        }),
        ("write_full", |r| format!("cls.write_full({})", bytes(r))),
        ("replace", |r| {
            let size = size(r);
            format!("cls.replace({}, {size}, ('r'):rep({size}))", number(r))
        }),
        ("truncate", |r| format!("cls.truncate({})", number(r))),
        ("zero", |r| {
            format!("cls.zero({}, {})", number(r), number(r))
        }),
        ("getxattr", |r| format!("cls.getxattr({})", key(r))),
        ("getxattrs", |_| "cls.getxattrs()".into()),
        ("setxattr", |r| {
            format!("cls.setxattr({}, {})", key(r), bytes(r))
        }),
        ("map_get_keys", |r| {
            format!("cls.map_get_keys({}, {})", key(r), number(r))
        }),
        ("map_get_vals", |r| {
            format!("cls.map_get_vals({}, {}, {})", key(r), key(r), number(r))
        }),
        ("map_get_all_vals", |_| "cls.map_get_all_vals()".into()),
        ("map_get_val", |r| format!("cls.map_get_val({})", key(r))),
        ("map_get_vals_by_keys", |r| {
            let (count, key) = (1 << r.u32(..15), key(r));
            format!(
                "local t = {{}} for j = 1, {count} do t[j] = {key} .. j end cls.map_get_vals_by_keys(t)"
            )
        }),
        ("map_set_val", |r| {
            format!("cls.map_set_val({}, {})", key(r), bytes(r))
        }),
        ("map_set_vals", |r| {
            let (count, key) = (1 << r.u32(..15), key(r));
            format!(
                "local t = {{}} for j = 1, {count} do t[{key} .. j] = 'v' end cls.map_set_vals(t)"
            )
        }),
        ("map_remove_key", |r| {
            format!("cls.map_remove_key({})", key(r))
        }),
        ("map_remove_key, many", |r| {
            format!(
                "for j = 1, {} do cls.map_remove_key(('%06d'):format(j)) end",
                1 << r.u32(..17)
            )
        }),
        ("map_remove_range", |r| {
            format!("cls.map_remove_range({}, {})", key(r), key(r))
        }),
        ("map_clear", |_| "cls.map_clear()".into()),
        ("map_read_header", |_| "cls.map_read_header()".into()),
        ("map_write_header", |r| {
            format!("cls.map_write_header({})", bytes(r))
        }),
        ("call", |r| {
            let class = CLASSES[r.usize(..CLASSES.len())].0;
            let method = ["down", "undo", "read", "attack"][r.usize(..4)];
            format!("cls.call('{class}', '{method}', {})", bytes(r))
        }),
        ("call lua", |r| {
            let template = templates()[r.usize(..20)].1;
            let inner = template(r).replace('\\', "\\\\").replace('\'', "\\'");
            format!(
                "cls.call('lua', 'eval_json', json.encode({{ script = 'function f(i, o) {inner} end cls.register(f)', handler = 'f', input = '' }}))"
            )
        }),
        ("random", |r| format!("cls.random({})", number(r))),
        ("log", |r| format!("cls.log({})", bytes(r))),
        ("output", |r| format!("output:append({})", bytes(r))),
        ("bufferlist", |r| {
            let bytes = bytes(r);
            format!(
                "local b = bufferlist.new({bytes}) for j = 1, {} do b:append(b) end",
                r.u32(..24)
            )
        }),
        ("json.encode", |r| {
            let count = 1 << r.u32(..17);
            format!(
                "local t = {{}} for j = 1, {count} do t['k' .. j] = j end t.t = t json.encode(t)"
            )
        }),
        ("json.decode", |r| {
            let (number, count) = (decimal(r), 1 << r.u32(..17));
            format!("json.decode('[' .. ('{number},'):rep({count}) .. '0]')")
        }),
        ("cmsgpack.pack", |r| {
            format!(
                "local t = {{}} for j = 1, {} do t = {{ t, j }} end cmsgpack.pack(t)",
                1 << r.u32(..12)
            )
        }),
        ("cmsgpack.unpack", |r| {
            format!("cmsgpack.unpack(('\\x93'):rep({}))", size(r))
        }),
        ("string.find", |r| {
            let pattern = ["a-a-a-b", ".-.-.-b", "%f[y]", "[^y]*y", "(a*)*b", "%b()"][r.usize(..6)];
            format!("string.find(('a'):rep({}), '{pattern}')", size(r))
        }),
        ("string.gsub", |r| {
            format!("string.gsub(('a'):rep({}), 'a', {{ a = 'bb' }})", size(r))
        }),
        ("string.format", |r| {
            let format = ["%99.99f", "%.99e", "%q", "%s", "%99d"][r.usize(..5)];
            format!("string.format('{format}', {})", decimal(r))
        }),
        ("string.rep", |r| {
            format!("string.rep({}, {})", bytes(r), number(r))
        }),
        ("table.sort", |r| {
            format!(
                "local t = {{}} for j = 1, {} do t[j] = ('x'):rep(j % 99) end table.sort(t)",
                1 << r.u32(..15)
            )
        }),
        ("table.concat", |r| {
            format!(
                "local t = {{}} for j = 1, {} do t[j] = 'xx' end table.concat(t, {})",
                1 << r.u32(..16),
                key(r)
            )
        }),
        ("table.unpack", |r| {
            format!("table.unpack({{}}, {}, {})", number(r), number(r))
        }),
        ("table.move", |r| {
            format!("table.move({{}}, {}, {}, 1)", number(r), number(r))
        }),
        ("load", |r| {
            format!("load(('return 1 + ' ):rep({}) .. '1')", size(r))
        }),
        ("collisions", |r| {
            format!(
                "local t = {{}} for j = 1, {} do t[j * {}] = j end",
                1 << r.u32(..17),
                number(r)
            )
        }),
    ]
}

/// A name or key: ordinary, empty, long, or not text.
fn key(rng: &mut Rng) -> String {
    match rng.u8(..10) {
        0 => "''".into(),
        1 => "'\\xff'".into(),
        2 => format!("('k'):rep({})", 1 << rng.u32(..18)),
        3 => "'\\0\\0'".into(),
        4 => "'seeded'".into(),
        _ => format!("'{:06}'", rng.u32(..70_000)),
    }
}

/// A count, an offset or a length.
fn number(rng: &mut Rng) -> String {
    let extreme = [
        "-1",
        "0",
        "1",
        "2",
        "math.mininteger",
        "math.maxinteger",
        "1 << 31",
        "(1 << 32) - 1",
        "1 << 53",
        "65535",
        "65536",
        "1e9",
        "0.5",
    ];
    match rng.u8(..3) {
        0 => extreme[rng.usize(..extreme.len())].into(),
        _ => below(rng, 28).to_string(),
    }
}

/// A length that fits the limits more often than not.
fn size(rng: &mut Rng) -> u32 {
    below(rng, 24)
}

/// Small more often than large.
fn below(rng: &mut Rng, bits: u32) -> u32 {
    let bits = rng.u32(1..bits);
    rng.u32(..1 << bits)
}

fn bytes(rng: &mut Rng) -> String {
    match rng.u8(..4) {
        0 => "''".into(),
        _ => format!("('v'):rep({})", size(rng)),
    }
}

/// A number in decimal that takes long to convert, or not.
fn decimal(rng: &mut Rng) -> String {
    [
        "1",
        "2.22507385850720113605e-308",
        "1e308",
        "5e-324",
        "0.1",
        "123456789012345678901234567890",
    ][rng.usize(..6)]
    .into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_seed_composes_the_same_programs_and_another_one_others() {
        let of = |seed| {
            (0..50)
                .map(|n| Program::composed(seed, n).source())
                .collect::<Vec<_>>()
        };
        assert_eq!(of(1), of(1));
        assert_ne!(of(1), of(2));
    }

    #[test]
    fn every_template_and_every_shape_comes_up() {
        let programs: Vec<Program> = (0..4000).map(|n| Program::composed(7, n)).collect();
        for shape in Shape::ALL {
            assert!(
                programs.iter().any(|program| program.shape == shape),
                "{shape:?}"
            );
        }
        let all: String = programs.iter().map(Program::source).collect();
        for (name, _) in templates() {
            let called = name.split([',', ' ']).next().unwrap_or(name);
            if name.starts_with("map_") || name.starts_with("string.") || name.starts_with("json.")
            {
                assert!(all.contains(called), "{called}");
            }
        }
    }
}
