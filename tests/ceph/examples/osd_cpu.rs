//! Processor time of an OSD for one operation, with stock Ceph and with the plugin.
//!
//!     cargo run -p radula-tests-ceph --example osd_cpu -- [--rounds N] [--operations N] [--depth N] [--bluestore]
//!
//! Two clusters of one OSD run side by side, one as Ceph comes, one with the plugin and our class `lua`. Bursts of one
//! kind after the other go to them, again in each round, so that what disturbs the machine disturbs all kinds. What
//! counts is the time the OSD's threads were on a processor, in nanoseconds from the kernel; the client's does not.
//! It prints JSON: for each kind the median over the rounds in microseconds an operation, and the rounds themselves.
#![expect(
    clippy::disallowed_methods,
    reason = "a benchmark compiles its load generator and starts it"
)]

use std::{
    io::{BufRead as _, BufReader, Write as _},
    path::{Path, PathBuf},
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
};

use serde_json::json;
use testkit::{
    behaviour::eval_request,
    cluster::{ClassDir, Cluster, ClusterOptions, OsdStore, POOL, Release},
    corpus::repository,
    fixture::Scratch,
};

const NAME: &[u8] = b"Ceph";

/// The script of a request; as an installed class it is the bundled one.
const SCRIPT: &[u8] = b"function say_hello(input, output)
  if #input > 100 then return -objclass.EINVAL end
  output:append('Hello, ' .. input:str() .. '! (from Lua)')
end
objclass.register(say_hello)
";

struct Options {
    rounds: usize,
    operations: usize,
    depth: usize,
    store: OsdStore,
}

/// One kind of operation on one of the clusters.
struct Kind {
    name: &'static str,
    ours: bool,
    /// A burst without its count and depth: kind, then what follows them.
    burst: (&'static str, String),
    micros: Vec<f64>,
}

fn main() {
    let options = options();
    let scratch = Scratch::new();
    let load = compile_load(&scratch);
    let stock = ClassDir::stock(Release::Installed);
    let ours = ClassDir::with_plugin(Release::Installed);
    let hellorw = compile_hellorw(&scratch);
    for classes in [&stock, &ours] {
        classes.put("libcls_hellorw.so", &hellorw);
    }
    ours.put_lua("hellolua", hellolua());
    let start = |classes: &ClassDir| {
        let options = ClusterOptions::new(classes.path())
            .unwrap_or_else(|missing| panic!("{missing}"))
            .on(options.store, 1);
        Cluster::start(options)
    };
    let (stock, ours) = (start(&stock), start(&ours));
    let (mut stock_load, mut our_load) = (Load::on(&load, &stock), Load::on(&load, &ours));
    for cluster in [&stock, &ours] {
        let mut client = cluster.client();
        for slot in 0..options.depth {
            let written = client.write_full(&format!("load.{slot}"), &[b'x'; 64]);
            written.expect("the cluster takes writes");
        }
    }

    let mut kinds = kinds(&scratch);
    // Round 0 warms up and is not counted.
    for round in 0..=options.rounds {
        for kind in &mut kinds {
            let (cluster, load) = if kind.ours {
                (&ours, &mut our_load)
            } else {
                (&stock, &mut stock_load)
            };
            let before = cluster.osd_cpu();
            load.burst(&kind.burst, &options);
            let used = cluster.osd_cpu() - before;
            if round > 0 {
                kind.micros
                    .push(used.as_secs_f64() * 1e6 / options.operations as f64);
            }
        }
    }
    println!("{}", report(&kinds, &options));
}

fn kinds(scratch: &Scratch) -> Vec<Kind> {
    let name = scratch.file("name", NAME);
    let request = scratch.file("request", eval_request(SCRIPT, b"say_hello", NAME));
    let read = || ("read", String::new());
    let exec = |method: &str, input: &Path| {
        let (class, method) = method.split_once('.').expect("class.method");
        ("exec", format!("{class} {method} {}", input.display()))
    };
    let kind = |name, ours, burst| Kind {
        name,
        ours,
        burst,
        micros: Vec::new(),
    };
    vec![
        kind("stock read 64 B", false, read()),
        kind("ours read 64 B", true, read()),
        kind(
            "stock native hello RD",
            false,
            exec("hello.say_hello", &name),
        ),
        kind(
            "ours hellolua.say_hello RD",
            true,
            exec("hellolua.say_hello", &name),
        ),
        kind(
            "stock native hello RD|WR",
            false,
            exec("hellorw.say_hello", &name),
        ),
        kind(
            "stock lua.eval_bufferlist",
            false,
            exec("lua.eval_bufferlist", &request),
        ),
        kind(
            "ours lua.eval_bufferlist",
            true,
            exec("lua.eval_bufferlist", &request),
        ),
        kind(
            "ours lua.eval_bufferlist_ro",
            true,
            exec("lua.eval_bufferlist_ro", &request),
        ),
    ]
}

/// The bundled class with its greeting flagged read-only, as the native one is.
fn hellolua() -> String {
    let file = repository().join("classes/lua/cls_hellolua.lua");
    let source = std::fs::read_to_string(&file).expect("the bundled class");
    let bundled = "objclass.register(say_hello, \"w\"";
    assert!(source.contains(bundled), "{} changed", file.display());
    source.replace(bundled, "objclass.register(say_hello, \"r\"")
}

fn report(kinds: &[Kind], options: &Options) -> serde_json::Value {
    let micros = |name: &str| {
        let kind = kinds.iter().find(|kind| kind.name == name);
        median(&kind.expect("a kind of this program").micros)
    };
    let ratio = |ours, stock| json!({"ours": ours, "stock": stock, "ratio": micros(ours) / micros(stock), "aim": 1.15});
    json!({
        "what": "microseconds of OSD processor time for one operation, median of rounds",
        "store": format!("{:?}", options.store).to_lowercase(),
        "rounds": options.rounds,
        "operations": options.operations,
        "depth": options.depth,
        "kinds": kinds.iter().map(|kind| json!({
            "name": kind.name,
            "median": median(&kind.micros),
            "rounds": kind.micros,
        })).collect::<Vec<_>>(),
        "ratios": [
            ratio("ours hellolua.say_hello RD", "stock native hello RD"),
            ratio("ours lua.eval_bufferlist", "stock native hello RD|WR"),
            ratio("ours lua.eval_bufferlist", "stock lua.eval_bufferlist"),
        ],
    })
}

fn median(values: &[f64]) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    let middle = sorted.len() / 2;
    if sorted.len() % 2 == 1 {
        sorted[middle]
    } else {
        (sorted[middle - 1] + sorted[middle]) / 2.0
    }
}

/// The load generator, connected to one cluster.
struct Load {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Load {
    fn on(program: &Path, cluster: &Cluster) -> Self {
        let mut child = Command::new(program)
            .arg(cluster.conf())
            .arg(POOL)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("the load generator starts");
        Self {
            stdin: child.stdin.take().expect("a pipe"),
            stdout: BufReader::new(child.stdout.take().expect("a pipe")),
            child,
        }
    }

    fn burst(&mut self, (kind, rest): &(&str, String), options: &Options) {
        let (operations, depth) = (options.operations, options.depth);
        let mut seconds = String::new();
        writeln!(self.stdin, "{kind} {operations} {depth} {rest}")
            .and_then(|()| self.stdout.read_line(&mut seconds))
            .expect("the load generator answers");
        let seconds: f64 = seconds.trim().parse().expect("a burst ends well");
        assert!(seconds > 0.0, "a burst takes time");
    }
}

impl Drop for Load {
    fn drop(&mut self) {
        // It holds nothing worth saving.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn compile_load(scratch: &Scratch) -> PathBuf {
    let program = scratch.path().join("load");
    compile(
        Command::new("cc").args(["-O2", "-Wall", "-Wextra"]),
        "load.c",
        &program,
        &["-lrados"],
    );
    program
}

fn compile_hellorw(scratch: &Scratch) -> Vec<u8> {
    let library = scratch.path().join("libcls_hellorw.so");
    compile(
        Command::new("c++").args(["-O2", "-fPIC", "-shared"]),
        "hellorw.cc",
        &library,
        &[],
    );
    std::fs::read(library).expect("it was built")
}

fn compile(compiler: &mut Command, source: &str, output: &Path, libraries: &[&str]) {
    let source = repository().join("tests/ceph/examples").join(source);
    let status = compiler
        .arg("-o")
        .arg(output)
        .arg(&source)
        .args(libraries)
        .status()
        .expect("a compiler");
    assert!(status.success(), "{} compiles", source.display());
}

fn options() -> Options {
    let mut options = Options {
        rounds: 7,
        operations: 4000,
        depth: 16,
        store: OsdStore::Memory,
    };
    let mut arguments = std::env::args().skip(1);
    while let Some(argument) = arguments.next() {
        let mut number = || {
            let number = arguments.next().and_then(|number| number.parse().ok());
            number
                .filter(|&number| number > 0)
                .unwrap_or_else(|| panic!("{argument} needs a number above 0"))
        };
        match argument.as_str() {
            "--rounds" => options.rounds = number(),
            "--operations" => options.operations = number(),
            "--depth" => options.depth = number(),
            "--bluestore" => options.store = OsdStore::Blue,
            unknown => panic!("no option {unknown}"),
        }
    }
    options
}
