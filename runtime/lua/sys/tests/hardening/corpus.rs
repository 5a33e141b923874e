//! A folder of class scripts, run one by one: each must end by its deadline.
#![expect(
    clippy::disallowed_methods,
    reason = "a test reads the folder it is given"
)]

use std::{fs, path::Path, time::Duration};

use crate::harness::{Limits, Outcome, SLOWER, run};

/// What the scripts expect of a host, as far as this harness goes.
const HOST: &str = r#"
    cls = {log = function(...) for i = 1, select('#', ...) do note(tostring((select(i, ...)))) end end}
    function cls.register(f) cls.handler = f end
    objclass = cls
    local size = 0
    local buffer = {str = function() return "input" end}
    function buffer:append(s)
        size = size + #s
        while size > 1 << 20 do end
        note(s)
    end
    function handle() return cls.handler(buffer, buffer) end
    xpcall, collectgarbage, dofile, loadfile, print, warn, string.dump = nil
"#;

#[test]
#[ignore = "needs RADULA_LUA_CORPUS, a folder of .lua files"]
fn no_script_of_a_corpus_outlives_its_limits() {
    let folder = std::env::var_os("RADULA_LUA_CORPUS").expect("RADULA_LUA_CORPUS names a folder");
    let mut scripts: Vec<_> = fs::read_dir(Path::new(&folder))
        .expect("the folder can be read")
        .map(|entry| entry.expect("an entry").path())
        .filter(|path| path.extension().is_some_and(|kind| kind == "lua"))
        .collect();
    scripts.sort();
    assert!(!scripts.is_empty(), "no script in {}", folder.display());
    let deadline = Duration::from_secs(1);
    let mut late = Vec::new();
    for path in scripts {
        let text = fs::read(&path).expect("a script can be read");
        let script = format!(
            "{HOST} do {}\nend return handle()",
            String::from_utf8_lossy(&text)
        );
        let run = run(
            &script,
            Limits {
                deadline,
                ..Limits::default()
            },
        );
        let name = path
            .file_name()
            .unwrap_or_default()
            .to_string_lossy()
            .into_owned();
        let outcome = match run.outcome {
            Outcome::Returned(_) => format!("returned, {} notes", run.notes.len()),
            Outcome::Error(text) => format!("error: {:.60}", text.replace('\n', " ")),
            other => format!("{other:?}"),
        };
        println!(
            "{name:46} {:>7.1} ms, gap {:>6.1} ms, fuel {:>11}, {outcome}",
            run.elapsed.as_secs_f64() * 1e3,
            run.gap.as_secs_f64() * 1e3,
            run.fuel
        );
        if run.gap > Duration::from_millis(150) * SLOWER {
            late.push(name);
        }
    }
    assert!(late.is_empty(), "held up the machine: {late:?}");
}
