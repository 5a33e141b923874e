//! Ceph's own Python client, as a process that answers requests.
//!
//! It is what users of Ceph have today, and it shares no code with ours. Bytes travel as text, one character for
//! each byte.
#![expect(
    clippy::disallowed_methods,
    reason = "starts Python and talks to an OSD's socket in the test's own scratch"
)]

use std::{
    collections::BTreeMap,
    io::{BufRead as _, BufReader, Read as _, Write as _},
    os::unix::net::UnixStream,
    path::Path,
    process::{Child, ChildStdin, ChildStdout, Command, Stdio},
    time::Duration,
};

use serde_json::{Value, json};

use crate::state::ObjectState;

/// Debian's interpreter: a newer one on the path knows nothing of Debian's packages.
const PYTHON: &str = "/usr/bin/python3";

const PROGRAM: &str = include_str!("client.py");

pub(super) fn python_has_rados() -> bool {
    Command::new(PYTHON)
        .args(["-c", "import rados"])
        .stdin(Stdio::null())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .status()
        .is_ok_and(|status| status.success())
}

/// An error of the cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("errno {errno}: {text}")]
pub struct ClientError {
    /// The number, positive.
    pub errno: i32,
    /// What the client library said.
    pub text: String,
}

/// What a method answered: its return value, negative for an error, and its output.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// Return value.
    pub ret: i32,
    /// Output.
    pub output: Vec<u8>,
    /// Time from handing the call to the client library to its answer.
    pub took: Duration,
}

/// A call under way.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Ticket(u64);

/// A client of a cluster.
#[derive(Debug)]
pub struct Client {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
}

impl Client {
    /// Connects, and opens the pool every cluster has once it is there.
    pub(super) fn connect(conf: &Path, name: &str) -> Self {
        Self::connect_with_keyring(conf, name, None)
    }

    pub(super) fn connect_with_keyring(conf: &Path, name: &str, keyring: Option<&Path>) -> Self {
        let mut command = Command::new(PYTHON);
        command.args(["-c", PROGRAM]).arg(conf).arg(name);
        command.args(keyring);
        // It ends by itself when this process is gone: its standard input ends then.
        let mut child = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("Python starts");
        let mut client = Self {
            stdin: child.stdin.take().expect("a pipe"),
            stdout: BufReader::new(child.stdout.take().expect("a pipe")),
            child,
        };
        client
            .ask(&json!({"do": "connect"}))
            .unwrap_or_else(|error| panic!("{name} cannot connect: {error}"));
        client
    }

    /// Talks about the objects of another pool from now on.
    ///
    /// # Panics
    /// When there is no such pool.
    pub fn use_pool(&mut self, pool: &str) {
        self.ask(&json!({"do": "pool", "pool": pool}))
            .unwrap_or_else(|error| panic!("pool {pool}: {error}"));
    }

    /// Runs a method, and waits for it as long as the client library does.
    ///
    /// # Panics
    /// When no answer comes within that time, which is a hung OSD.
    pub fn execute(&mut self, oid: &str, class: &str, method: &str, input: &[u8]) -> Answer {
        let ticket = self.begin(oid, class, method, input);
        self.wait(ticket, Duration::from_secs(60))
            .unwrap_or_else(|| panic!("{class}.{method} on {oid} is not answered"))
    }

    /// Runs a method as most people do, by `ioctx.execute(oid, class, method, input)`; answers value and output.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn plain_execute(
        &mut self,
        oid: &str,
        class: &str,
        method: &str,
        input: &[u8],
    ) -> Result<(i64, Vec<u8>), ClientError> {
        let reply = self.ask(&json!({
            "do": "execute", "oid": oid, "class": class, "method": method, "input": text(input),
        }))?;
        let ret = reply["ret"].as_i64().expect("a number");
        Ok((ret, bytes(&reply["output"])))
    }

    /// Runs a method without waiting.
    ///
    /// # Panics
    /// When the client library refuses to send it.
    pub fn begin(&mut self, oid: &str, class: &str, method: &str, input: &[u8]) -> Ticket {
        let request = json!({
            "do": "begin", "oid": oid, "class": class, "method": method, "input": text(input),
        });
        let reply = self
            .ask(&request)
            .unwrap_or_else(|error| panic!("{class}.{method}: {error}"));
        Ticket(reply.as_u64().expect("a ticket"))
    }

    /// The answer to a call, when it comes in time. A call not answered in time may be waited for again.
    pub fn wait(&mut self, ticket: Ticket, within: Duration) -> Option<Answer> {
        let request = json!({"do": "wait", "ticket": ticket.0, "seconds": within.as_secs_f64()});
        let reply = self
            .ask(&request)
            .unwrap_or_else(|error| panic!("ticket {}: {error}", ticket.0));
        let ret = reply.get("ret")?.as_i64().expect("a number");
        Some(Answer {
            ret: i32::try_from(ret).expect("a return value"),
            output: bytes(&reply["output"]),
            took: Duration::from_secs_f64(reply["took"].as_f64().expect("seconds")),
        })
    }

    /// Replaces the data of an object.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn write_full(&mut self, oid: &str, data: &[u8]) -> Result<(), ClientError> {
        let request = json!({"do": "write_full", "oid": oid, "data": text(data)});
        self.ask(&request).map(drop)
    }

    /// Removes an object.
    ///
    /// # Errors
    /// [`ClientError`].
    pub fn remove(&mut self, oid: &str) -> Result<(), ClientError> {
        self.ask(&json!({"do": "remove", "oid": oid})).map(drop)
    }

    /// Everything an object holds.
    ///
    /// # Errors
    /// [`ClientError`], with `ENOENT` when there is no such object.
    pub fn object(&mut self, oid: &str) -> Result<ObjectState, ClientError> {
        let reply = self.ask(&json!({"do": "object", "oid": oid}))?;
        let pairs = |value: &Value| -> BTreeMap<Vec<u8>, Vec<u8>> {
            let pairs = value.as_array().expect("pairs");
            let pair = |pair: &Value| (bytes(&pair[0]), bytes(&pair[1]));
            pairs.iter().map(pair).collect()
        };
        Ok(ObjectState {
            data: bytes(&reply["data"]),
            xattrs: pairs(&reply["xattrs"]),
            omap: pairs(&reply["omap"]),
            header: Vec::new(),
        })
    }

    /// A command to the monitor; answers its output.
    ///
    /// # Errors
    /// What the monitor said.
    pub fn monitor_command(&mut self, command: &Value) -> Result<String, ClientError> {
        let reply = self.ask(&json!({"do": "monitor", "command": command}))?;
        Ok(String::from_utf8_lossy(&bytes(&reply)).into_owned())
    }

    /// The newest entry in the log of the placement group an object is in, `EPOCH'NUMBER`. Every write makes one.
    ///
    /// # Errors
    /// What the OSD said.
    pub fn newest_log_entry(&mut self, oid: &str) -> Result<String, ClientError> {
        let reply = self.ask(&json!({"do": "group", "oid": oid}))?;
        Ok(reply.as_str().expect("a version").to_owned())
    }

    fn ask(&mut self, request: &Value) -> Result<Value, ClientError> {
        let mut line = String::new();
        writeln!(self.stdin, "{request}")
            .and_then(|()| self.stdin.flush())
            .and_then(|()| self.stdout.read_line(&mut line))
            .expect("the client in Python lives");
        let reply: Value = serde_json::from_str(&line)
            .unwrap_or_else(|error| panic!("the client answered {line:?}: {error}"));
        match reply.get("errno") {
            None => Ok(reply["ok"].clone()),
            Some(errno) => Err(ClientError {
                errno: errno
                    .as_i64()
                    .and_then(|errno| i32::try_from(errno).ok())
                    .unwrap_or(0),
                text: reply["text"].as_str().unwrap_or_default().to_owned(),
            }),
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        // Nothing of a client has to be saved, and a hung OSD must not keep it.
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

fn text(bytes: &[u8]) -> String {
    bytes.iter().map(|&byte| char::from(byte)).collect()
}

fn bytes(text: &Value) -> Vec<u8> {
    let text = text.as_str().expect("a text");
    text.chars()
        .map(|character| u8::try_from(u32::from(character)).expect("a byte as a character"))
        .collect()
}

/// The state an OSD says it is in, through its own socket; `None` while it does not listen.
pub(super) fn osd_state(socket: &Path) -> Option<String> {
    let mut stream = UnixStream::connect(socket).ok()?;
    stream
        .set_read_timeout(Some(Duration::from_secs(10)))
        .ok()?;
    stream.write_all(b"{\"prefix\": \"status\"}\0").ok()?;
    let mut length = [0; 4];
    stream.read_exact(&mut length).ok()?;
    let mut status = vec![0; usize::try_from(u32::from_be_bytes(length)).ok()?];
    stream.read_exact(&mut status).ok()?;
    let status: Value = serde_json::from_slice(&status).ok()?;
    Some(status["state"].as_str()?.to_owned())
}
