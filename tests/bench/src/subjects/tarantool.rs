//! Peer: a Tarantool stored procedure over loopback, as a program that uses Tarantool calls it.

use std::{
    io::{Read as _, Write as _},
    net::TcpStream,
    process::Command,
};

use super::process::{Server, free_port, installed};
use crate::{
    model::{Absent, Failure},
    world::{World, object_name},
};

/// The method as a stored procedure: the text of the Lua class, with Tarantool's own calls. `PORT`, `MODE` and `COUNT`
/// are replaced.
const SCRIPT: &str = "
box.cfg{wal_mode = 'MODE', memtx_memory = 256 * 1024 * 1024, log_level = 2, readahead = 16320}
box.schema.space.create('objects')
box.space.objects:create_index('primary', {type = 'tree', parts = {1, 'string'}})
function bump(name)
  local record = box.space.objects:get(name)[2]
  box.space.objects:replace{name, string.format('%020d', tonumber(record:sub(1, 20)) + 1) .. record:sub(21)}
end
function get(name)
  return box.space.objects:get(name)[2]
end
function say_hello(name)
  return 'Hello, ' .. name .. '!'
end
box.begin()
for n = 0, COUNT - 1 do
  box.space.objects:replace{string.format('object-%08d', n), string.rep('0', 20) .. string.rep('.', 80)}
end
box.commit()
box.schema.user.grant('guest', 'execute', 'universe')
box.schema.user.grant('guest', 'read,write', 'space', 'objects')
box.cfg{listen = '127.0.0.1:PORT'}
";

/// A server with `wal` as its wal_mode: `fsync`, `write` or `none`.
///
/// # Errors
/// Tarantool is not installed, or does not start.
pub fn start(world: &World, wal: &str, objects: u64) -> Result<Server, Absent> {
    installed("tarantool", "--version")?;
    let port = free_port()?;
    let directory = world.directory("tarantool")?;
    let script = SCRIPT
        .replace("PORT", &port.to_string())
        .replace("MODE", wal)
        .replace("COUNT", &objects.to_string());
    let file = directory.path().join("init.lua");
    std::fs::write(&file, script)?;
    let mut command = Command::new("tarantool");
    command.arg(&file);
    Server::start(command, directory, port)
}

/// A connection with one request in flight.
#[derive(Debug)]
pub struct Client {
    stream: TcpStream,
    request: Vec<u8>,
    answer: Vec<u8>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// The server is gone.
    pub fn connect(server: &Server) -> Result<Self, Failure> {
        let mut stream = server.connect()?;
        // The greeting, which says how to log in; a guest need not.
        stream.read_exact(&mut [0; 128])?;
        Ok(Self {
            stream,
            request: Vec::new(),
            answer: Vec::new(),
        })
    }

    /// The read-modify-write of object `number`.
    ///
    /// # Errors
    /// The server answers an error.
    pub fn bump(&mut self, number: u64) -> Result<(), Failure> {
        self.call("bump", &object_name(number)).map(drop)
    }

    /// Calls a stored procedure with one string; answers the raw body.
    ///
    /// # Errors
    /// The procedure fails.
    pub fn call(&mut self, procedure: &str, argument: &str) -> Result<&[u8], Failure> {
        let short = |text: &str| u8::try_from(text.len()).map_err(|_| "too long a text");
        self.request.clear();
        // Length, then header {REQUEST_TYPE: CALL, SYNC: 1} and body {FUNCTION_NAME: …, TUPLE: […]}, in MessagePack.
        self.request.extend_from_slice(&[0xce, 0, 0, 0, 0]);
        self.request
            .extend_from_slice(&[0x82, 0x00, 0x0a, 0x01, 0x01]);
        self.request
            .extend_from_slice(&[0x82, 0x22, 0xd9, short(procedure)?]);
        self.request.extend_from_slice(procedure.as_bytes());
        self.request
            .extend_from_slice(&[0x21, 0x91, 0xd9, short(argument)?]);
        self.request.extend_from_slice(argument.as_bytes());
        let size = u32::try_from(self.request.len() - 5)?;
        self.request[1..5].copy_from_slice(&size.to_be_bytes());
        self.stream.write_all(&self.request)?;
        let mut size = [0; 5];
        self.stream.read_exact(&mut size)?;
        let [0xce, size @ ..] = size else {
            return Err(format!("tarantool answers {size:x?}").into());
        };
        self.answer.resize(u32::from_be_bytes(size) as usize, 0);
        self.stream.read_exact(&mut self.answer)?;
        // The header begins with {STATUS: u32, …}; 0 is success.
        match self.answer.as_slice() {
            [0x80..=0x8f, 0x00, 0xce, 0, 0, 0, 0, body @ ..] => Ok(body),
            other => Err(format!("tarantool answers {}", String::from_utf8_lossy(other)).into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_procedure_counts_up_and_an_error_is_an_error() {
        let server = match start(&World::bare(), "fsync", 3) {
            Err(Absent::Missing(reason)) => {
                assert!(std::env::var_os("CI").is_none(), "CI has tarantool");
                eprintln!("skipped: {reason}");
                return;
            }
            other => other.unwrap(),
        };
        let mut client = Client::connect(&server).unwrap();
        client.bump(1).unwrap();
        client.bump(1).unwrap();
        let answer = client.call("get", &object_name(1)).unwrap();
        let text = String::from_utf8_lossy(answer).into_owned();
        assert!(text.contains("00000000000000000002."), "{text}");
        assert!(client.bump(7).is_err(), "there is no such object");
    }
}
