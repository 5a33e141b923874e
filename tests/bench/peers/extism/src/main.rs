//! `extism-peer JOB MILLISECONDS`: calls the job of a warm plug-in for that long and prints the seconds of one call as
//! JSON.

use std::{
    collections::BTreeMap,
    error::Error,
    time::{Duration, Instant},
};

use extism::{CurrentPlugin, Manifest, Plugin, PluginBuilder, UserData, Val, ValType, Wasm};

fn main() -> Result<(), Box<dyn Error>> {
    let mut arguments = std::env::args().skip(1);
    let job = arguments.next().ok_or("which job")?;
    let time = Duration::from_millis(arguments.next().ok_or("how long")?.parse()?);
    let input = match job.as_str() {
        "say_hello" => b"Ceph".to_vec(),
        "echo" => vec![b'x'; 4096],
        _ => Vec::new(),
    };
    let answer = match job.as_str() {
        "say_hello" => b"Hello, Ceph!".to_vec(),
        _ => input.clone(),
    };
    let mut plugin = plugin()?;
    if plugin.call::<&[u8], Vec<u8>>(&job, &input)? != answer {
        return Err("the plug-in answers something else".into());
    }
    // A first quarter of the time warms up.
    run(&mut plugin, &job, &input, time / 4)?;
    let seconds = run(&mut plugin, &job, &input, time)?;
    println!("{{\"seconds_per_call\": {seconds:e}, \"extism\": \"{}\"}}", extism::extism_version().trim_end_matches(char::from(0)));
    Ok(())
}

fn run(plugin: &mut Plugin, job: &str, input: &[u8], time: Duration) -> Result<f64, Box<dyn Error>> {
    let (started, mut calls) = (Instant::now(), 0u32);
    while started.elapsed() < time {
        for _ in 0..100 {
            std::hint::black_box(plugin.call::<&[u8], &[u8]>(job, input)?);
        }
        calls += 100;
    }
    Ok(started.elapsed().as_secs_f64() / f64::from(calls))
}

fn plugin() -> Result<Plugin, Box<dyn Error>> {
    let manifest = Manifest::new([Wasm::data(include_str!("plugin.wat"))]);
    let xattrs = BTreeMap::from([("a".to_owned(), "value".to_owned())]);
    let plugin = PluginBuilder::new(manifest)
        .with_wasi(false)
        .with_function("getxattr", [ValType::I64], [ValType::I64], UserData::new(xattrs), getxattr)
        .build()?;
    Ok(plugin)
}

/// The one host function: name in, value out, both in extism's memory.
fn getxattr(
    plugin: &mut CurrentPlugin,
    arguments: &[Val],
    results: &mut [Val],
    xattrs: UserData<BTreeMap<String, String>>,
) -> Result<(), extism::Error> {
    let name: String = plugin.memory_get_val(&arguments[0])?;
    let xattrs = xattrs.get()?;
    let xattrs = xattrs.lock().map_err(|_| extism::Error::msg("poisoned"))?;
    let value = xattrs.get(&name).cloned().unwrap_or_default();
    plugin.memory_set_val(&mut results[0], value)?;
    Ok(())
}
