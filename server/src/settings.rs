//! The settings of a server, `serve.*`.

use std::net::{Ipv4Addr, SocketAddr};

use radula::config::{KeySpec, Place, Unit, Value, ValueKind};

const LISTEN: &str = "serve.listen";
const THREADS: &str = "serve.threads";
const CONNECTIONS: &str = "serve.connections";
const CONNECTION_ROOM: &str = "serve.connection_room";

/// Least threads: one client never has all.
const LEAST_THREADS: usize = 2;
/// Least room of a connection: a map of many pools, and an answer beside it.
const LEAST_ROOM: usize = 1 << 20;

static ADDRESS: Place = Place {
    expected: "an address and a port, such as 127.0.0.1:6789",
    reads: |text| {
        let read = text.parse::<SocketAddr>().map(drop);
        Some(read.map_err(|_| "an address and a port, such as 127.0.0.1:6789".to_owned()))
    },
};

/// The keys a server adds to those of Radula, for [`Sources::keys`](radula::Sources).
#[must_use]
pub fn keys() -> Vec<KeySpec> {
    let built_in = ServeOptions::default();
    let number = |name, unit, value: usize, about| {
        let value = u64::try_from(value).unwrap_or(u64::MAX);
        KeySpec::number(name, unit, value, about).at_restart()
    };
    vec![
        KeySpec::new(
            LISTEN,
            ValueKind::Place(&ADDRESS),
            Value::Text("127.0.0.1:6789".to_owned()),
            "where `radula serve` listens: a loopback address; port 0 takes a free one",
        )
        .at_restart(),
        number(
            THREADS,
            Unit::Count,
            built_in.threads,
            "threads that run requests of clients, half of them for one client at most",
        ),
        number(
            CONNECTIONS,
            Unit::Count,
            built_in.connections,
            "how many connections may be open; the next is closed",
        ),
        number(
            CONNECTION_ROOM,
            Unit::Bytes,
            built_in.connection_room,
            "bytes of requests and answers a connection may have in memory",
        ),
    ]
}

/// How to serve.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct ServeOptions {
    /// Where to listen: a loopback address. Port 0 takes a free one.
    pub listen: SocketAddr,
    /// Threads that run requests, half of them for one client at most: as many durable writes can share a sync, as
    /// many slow methods can run. At least 2.
    pub threads: usize,
    /// How many connections may be open.
    pub connections: usize,
    /// Bytes of requests and answers a connection to the OSD may have in memory. At least 1 MiB.
    pub connection_room: usize,
}

impl Default for ServeOptions {
    /// A free port of 127.0.0.1.
    fn default() -> Self {
        Self {
            listen: SocketAddr::from((Ipv4Addr::LOCALHOST, 0)),
            threads: 128,
            connections: 4096,
            connection_room: 64 << 20,
        }
    }
}

impl ServeOptions {
    /// Listens at `address`.
    #[must_use]
    pub fn at(address: SocketAddr) -> Self {
        Self {
            listen: address,
            ..Self::default()
        }
    }

    /// What a configuration with [`keys`] says.
    ///
    /// # Panics
    /// When the configuration has not those keys.
    #[must_use]
    pub fn configured(config: &radula::Config) -> Self {
        let settings = config.typed();
        let bytes = settings.number(CONNECTION_ROOM);
        Self {
            listen: settings
                .text(LISTEN)
                .parse()
                .expect("it was read before it was put"),
            threads: settings.count(THREADS).max(LEAST_THREADS),
            connections: settings.count(CONNECTIONS).max(1),
            connection_room: usize::try_from(bytes).unwrap_or(usize::MAX).max(LEAST_ROOM),
        }
    }
}

#[cfg(test)]
mod tests {
    use radula::{Config, Sources};

    use super::*;

    fn config() -> Config {
        let sources = Sources {
            keys: keys(),
            ..Sources::default()
        };
        Config::builtin(&sources)
    }

    #[test]
    fn the_built_in_settings_are_the_default_options() {
        let listen = "127.0.0.1:6789".parse().expect("an address");
        assert_eq!(
            ServeOptions::configured(&config()),
            ServeOptions::at(listen)
        );
    }

    #[test]
    fn settings_become_options_and_a_wrong_address_is_refused() {
        let set = config()
            .with(LISTEN, "[::1]:0")
            .and_then(|config| config.with(THREADS, "1"))
            .and_then(|config| config.with(CONNECTION_ROOM, "2MiB"))
            .expect("they fit");
        let options = ServeOptions::configured(&set);
        assert_eq!(options.listen, "[::1]:0".parse().expect("an address"));
        assert_eq!((options.threads, options.connection_room), (2, 2 << 20));
        assert!(config().with(LISTEN, "here").is_err());
    }
}
