//! Peer: Redis 7 functions over loopback, as a program that uses Redis calls them.

use std::{
    io::{BufRead as _, BufReader, Read as _, Write as _},
    net::TcpStream,
    process::Command,
};

use super::process::{Server, free_port};
use crate::{
    model::{Absent, Failure},
    world::{World, object_name},
};

/// The method as a Redis function: the text of the Lua class, with Redis's own calls.
const FUNCTION: &str = "#!lua name=bench
redis.register_function('bump', function(keys)
  local record = redis.call('GET', keys[1])
  redis.call('SET', keys[1], string.format('%020d', tonumber(record:sub(1, 20)) + 1) .. record:sub(21))
end)
redis.register_function('say_hello', function(keys, args)
  return 'Hello, ' .. args[1] .. '!'
end)";

/// Makes the objects, at the server.
const POPULATE: &str = "for n = 0, ARGV[1] - 1 do
  redis.call('SET', string.format('object-%08d', n), string.rep('0', 20) .. string.rep('.', 80))
end";

/// A server with `append` as its appendfsync; `off` has no log at all.
///
/// # Errors
/// Redis is not installed, or does not start.
pub fn start(world: &World, append: &str, objects: u64) -> Result<Server, Absent> {
    let port = free_port()?;
    let directory = world.directory("redis")?;
    let mut command = Command::new("redis-server");
    command
        .args(["--bind", "127.0.0.1", "--port", &port.to_string()])
        .args(["--save", "", "--daemonize", "no", "--dir"])
        .arg(directory.path());
    if append == "off" {
        command.args(["--appendonly", "no"]);
    } else {
        command.args(["--appendonly", "yes", "--appendfsync", append]);
    }
    let server = Server::start(command, directory, port)?;
    let mut client = Client::connect(&server)?;
    client.ask(&["FUNCTION", "LOAD", FUNCTION])?;
    if objects > 0 {
        client.ask(&["EVAL", POPULATE, "0", &objects.to_string()])?;
    }
    Ok(server)
}

/// A connection with one request in flight.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
    request: Vec<u8>,
}

impl Client {
    /// Connects.
    ///
    /// # Errors
    /// The server is gone.
    pub fn connect(server: &Server) -> Result<Self, Failure> {
        Ok(Self {
            stream: BufReader::new(server.connect()?),
            request: Vec::new(),
        })
    }

    /// The read-modify-write of object `number`.
    ///
    /// # Errors
    /// The server answers an error.
    pub fn bump(&mut self, number: u64) -> Result<(), Failure> {
        self.ask(&["FCALL", "bump", "1", &object_name(number)])?;
        Ok(())
    }

    /// Sends a command and reads the answer: the text of a status, a number or a string; none for null.
    ///
    /// # Errors
    /// The server answers an error, or something unexpected.
    pub fn ask(&mut self, words: &[&str]) -> Result<Option<String>, Failure> {
        self.request.clear();
        write!(self.request, "*{}\r\n", words.len())?;
        for word in words {
            write!(self.request, "${}\r\n{word}\r\n", word.len())?;
        }
        self.stream.get_mut().write_all(&self.request)?;
        let mut line = String::new();
        self.stream.read_line(&mut line)?;
        let line = line.trim_end();
        match (line.as_bytes().first(), line.get(1..).unwrap_or_default()) {
            (Some(b'+' | b':'), text) => Ok(Some(text.to_owned())),
            (Some(b'_'), _) | (Some(b'$'), "-1") => Ok(None),
            (Some(b'$'), size) => {
                let mut text = vec![0; size.parse::<usize>()? + 2];
                self.stream.read_exact(&mut text)?;
                text.truncate(text.len() - 2);
                Ok(Some(String::from_utf8(text)?))
            }
            _ => Err(format!("redis answers {line:?}").into()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::subjects::process::installed;

    #[test]
    fn the_function_counts_up_and_an_error_is_an_error() {
        if installed("redis-server", "--version").is_err() {
            assert!(std::env::var_os("CI").is_none(), "CI has redis-server");
            eprintln!("skipped: no redis-server; `cargo xtask bench --install` installs it");
            return;
        }
        let server = start(&World::bare(), "always", 3).unwrap();
        let mut client = Client::connect(&server).unwrap();
        client.bump(1).unwrap();
        client.bump(1).unwrap();
        let record = client.ask(&["GET", &object_name(1)]).unwrap().unwrap();
        assert!(record.starts_with("00000000000000000002."), "{record}");
        assert_eq!(record.len(), crate::world::RECORD);
        assert!(client.bump(7).is_err(), "there is no such object");
    }
}
