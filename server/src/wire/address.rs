//! The address of an endpoint: type, nonce, IP and port.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

use super::{Malformed, Reader, Writer};

const INET: u16 = 2;
const INET6: u16 = 10;
/// Bytes of the longest socket address.
const LONGEST: usize = 28;

/// Which protocol an address speaks.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) enum Kind {
    /// No address.
    Blank = 0,
    Legacy = 1,
    Msgr2 = 2,
    Any = 3,
}

/// An endpoint. The nonce is part of its identity.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(crate) struct Address {
    pub(crate) kind: Kind,
    pub(crate) nonce: u32,
    pub(crate) socket: Option<SocketAddr>,
}

impl Address {
    pub(crate) const BLANK: Address = Address {
        kind: Kind::Blank,
        nonce: 0,
        socket: None,
    };

    pub(crate) fn msgr2(socket: SocketAddr, nonce: u32) -> Self {
        Self {
            kind: Kind::Msgr2,
            nonce,
            socket: Some(socket),
        }
    }

    pub(crate) fn write(self, writer: &mut Writer) {
        writer.u8(1).block(1, 1, |writer| {
            writer.u32(self.kind as u32).u32(self.nonce);
            match self.socket {
                None => writer.u32(0),
                Some(SocketAddr::V4(socket)) => writer
                    .u32(16)
                    .u16(INET)
                    .raw(&socket.port().to_be_bytes())
                    .raw(&socket.ip().octets())
                    .zeros(8),
                Some(SocketAddr::V6(socket)) => writer
                    .u32(28)
                    .u16(INET6)
                    .raw(&socket.port().to_be_bytes())
                    .u32(socket.flowinfo())
                    .raw(&socket.ip().octets())
                    .u32(socket.scope_id()),
            };
        });
    }

    /// This address alone, as a vector of addresses.
    pub(crate) fn write_vector(self, writer: &mut Writer) {
        writer.u8(2).u32(1);
        self.write(writer);
    }

    pub(crate) fn read(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            1 => Self::read_marked(reader),
            _ => Err(Malformed("address: its marker is unknown")),
        }
    }

    /// Reads a vector of addresses, or a single one in its place, and returns the first of this protocol.
    pub(crate) fn read_vector(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        match reader.u8()? {
            1 => Self::read_marked(reader),
            2 => {
                let mut first = Self::BLANK;
                for _ in 0..reader.count(7)? {
                    let address = Self::read(reader)?;
                    if first.kind != Kind::Msgr2 {
                        first = address;
                    }
                }
                Ok(first)
            }
            _ => Err(Malformed("addresses: their marker is unknown")),
        }
    }

    fn read_marked(reader: &mut Reader<'_>) -> Result<Self, Malformed> {
        let (_, mut body) = reader.block(1)?;
        let kind = match body.u32()? {
            0 => Kind::Blank,
            1 => Kind::Legacy,
            2 => Kind::Msgr2,
            3 => Kind::Any,
            _ => return Err(Malformed("address: its type is unknown")),
        };
        let nonce = body.u32()?;
        let socket = body.bytes()?;
        if socket.len() > LONGEST {
            return Err(Malformed("address: it is too long"));
        }
        Ok(Self {
            kind,
            nonce,
            socket: match socket.is_empty() {
                true => None,
                false => read_socket(Reader::new(socket))?,
            },
        })
    }
}

fn read_socket(mut reader: Reader<'_>) -> Result<Option<SocketAddr>, Malformed> {
    let family = reader.u16()?;
    if family != INET && family != INET6 {
        // As a client that is not bound anywhere sends it.
        return Ok(None);
    }
    let port = reader.u16()?.swap_bytes();
    if family == INET6 {
        reader.u32()?;
    }
    let ip = match family {
        INET => IpAddr::V4(Ipv4Addr::from(reader.u32()?.swap_bytes())),
        _ => {
            let octets: [u8; 16] = reader
                .take(16)?
                .try_into()
                .map_err(|_| Malformed("address"))?;
            IpAddr::V6(Ipv6Addr::from(octets))
        }
    };
    Ok(Some(SocketAddr::new(ip, port)))
}
