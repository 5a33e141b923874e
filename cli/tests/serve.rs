//! The verb `serve`: from its start to SIGTERM.
#![expect(
    clippy::disallowed_methods,
    reason = "starts the command and reads what it wrote"
)]

use std::{
    fs,
    io::Read as _,
    net::TcpStream,
    process::{Child, Command, Stdio},
    thread::sleep,
    time::{Duration, Instant},
};

fn radula() -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_radula"));
    command.args(["--store", "memory", "serve"]);
    command
}

#[test]
fn it_tells_where_it_serves_and_ends_well_when_asked_to() {
    let dir = tempfile::tempdir().expect("a directory");
    let ready = dir.path().join("ready");
    let server = radula()
        .args(["--listen", "127.0.0.1:0", "--write-conf"])
        .arg(dir.path().join("conf"))
        .arg("--ready-file")
        .arg(&ready)
        .stdout(Stdio::piped())
        .spawn()
        .expect("it starts");
    let begun = Instant::now();
    let address = loop {
        if let Ok(address) = fs::read_to_string(&ready)
            && address.ends_with('\n')
        {
            break address.trim().to_owned();
        }
        assert!(begun.elapsed() < Duration::from_secs(60), "it is not ready");
        sleep(Duration::from_millis(10));
    };
    TcpStream::connect(&address).expect("it listens there");
    let conf = fs::read_to_string(dir.path().join("conf/ceph.conf")).expect("it is there");
    assert!(
        conf.contains(&format!("mon_host = [v2:{address}]\n")),
        "{conf}"
    );
    let asked = Command::new("kill").arg(server.id().to_string()).status();
    assert!(asked.is_ok_and(|status| status.success()));
    let output = ended(server);
    assert!(
        output.contains(&format!("serving at {address}; ceph.conf: ")),
        "{output}"
    );
}

/// Waits for a good end and returns what was printed.
fn ended(mut server: Child) -> String {
    let mut printed = String::new();
    if let Some(mut stdout) = server.stdout.take() {
        stdout.read_to_string(&mut printed).expect("it is text");
    }
    let status = server.wait().expect("it ends");
    assert!(status.success(), "{status}");
    printed
}

#[test]
fn an_address_that_others_reach_is_refused() {
    let output = radula()
        .args(["--listen", "0.0.0.0:0"])
        .output()
        .expect("it runs");
    assert_eq!(output.status.code(), Some(1));
    let error = String::from_utf8_lossy(&output.stderr);
    assert!(
        error.contains("0.0.0.0:0 is not a loopback address"),
        "{error}"
    );
}
