//! A folder of scripts, named by `RADULA_LUA_CORPUS`, run one by one.

use std::{fs, path::Path, time::Duration};

use crate::harness::{Limits, run};

/// What the corpus' scripts expect of a host, as far as this harness goes.
const PRELUDE: &str = r#"
local out, size = {}, 0
cls = { log = function(...) note(tostring((select(select('#', ...), ...)))) end }
function cls.register(f) cls.handler = f end
objclass = cls
local function grab(s)
  s = tostring(s); size = size + #s
  if size > 1 << 20 then while true do end end
  note(s)
end
local obj = { append = function(_, s) grab(s) end, str = function() return "input" end }
xpcall, collectgarbage, dofile, loadfile, print, warn, string.dump = nil
coroutine = nil
function input_output() return obj, obj end
"#;

#[test]
fn no_script_of_a_corpus_outlives_its_limits() {
    let Ok(folder) = std::env::var("RADULA_LUA_CORPUS") else {
        return;
    };
    let mut scripts: Vec<_> = fs::read_dir(Path::new(&folder))
        .unwrap()
        .map(|e| e.unwrap().path())
        .collect();
    scripts.sort();
    for path in scripts {
        let text = String::from_utf8_lossy(&fs::read(&path).unwrap()).into_owned();
        let script = format!("{PRELUDE} do {text} \n end cls.handler(input_output())");
        let r = run(
            &script,
            Limits {
                deadline: Duration::from_secs(1),
                ..Limits::default()
            },
        );
        let mut o = format!("{:?}", r.outcome);
        o.truncate(70);
        let mut n = r.notes.join("|");
        let mut k = n.len().min(60);
        while !n.is_char_boundary(k) {
            k -= 1
        }
        n.truncate(k);
        let expect = text
            .lines()
            .find(|l| l.starts_with("--@expect"))
            .unwrap_or("")
            .replace("--@expect", "");
        eprintln!(
            "{:45} {:6.0}ms gap {:5.1}ms fuel {:>12} {} [{}] <{}>",
            path.file_name().unwrap().to_str().unwrap(),
            r.elapsed.as_secs_f64() * 1e3,
            r.gap.as_secs_f64() * 1e3,
            r.fuel,
            o,
            n.replace('\n', " "),
            expect
        );
    }
}
