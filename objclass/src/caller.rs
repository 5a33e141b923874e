//! Who asks, as data: what Ceph calls an `entity_inst_t`.

use std::net::SocketAddr;

use crate::entity;

/// Bytes of a socket address: the largest there is, that of IPv6.
const SOCKADDR: usize = 28;

/// Who asks, as classes such as `lock` store it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Caller {
    /// 1 mon, 2 mds, 4 osd, 8 client, 16 mgr.
    pub kind: u8,
    /// Its number among its kind.
    pub number: i64,
    /// Type of the address: 0 none, 3 any.
    pub address: u32,
    /// Tells processes at one address apart.
    pub nonce: u32,
    sockaddr: [u8; SOCKADDR],
    length: usize,
}

impl Caller {
    /// What an origin such as `client.4123 127.0.0.1:0/1` says. One that says nothing, as `embedded`, is client 0 without an
    /// address.
    #[must_use]
    pub fn of_origin(origin: &str) -> Caller {
        let (name, place) = origin.split_once(' ').unwrap_or((origin, ""));
        let named = name
            .split_once('.')
            .and_then(|(kind, number)| Some((entity::kind(kind)?, number.parse().ok()?)));
        let (kind, number) = named.unwrap_or((entity::CLIENT, 0));
        let mut caller = Caller {
            kind,
            number,
            address: 0,
            nonce: 0,
            sockaddr: [0; SOCKADDR],
            length: 16,
        };
        let address = place
            .rsplit_once('/')
            .and_then(|(address, nonce)| Some((address.parse().ok()?, nonce.parse().ok()?)));
        if let Some((address, nonce)) = address {
            caller.address = 3;
            caller.nonce = nonce;
            caller.place(address);
        }
        caller
    }

    /// Family in host order, then as the network has it.
    #[must_use]
    pub fn sockaddr(&self) -> &[u8] {
        &self.sockaddr[..self.length]
    }

    fn place(&mut self, address: SocketAddr) {
        self.sockaddr[2..4].copy_from_slice(&address.port().to_be_bytes());
        match address {
            SocketAddr::V4(v4) => {
                self.sockaddr[..2].copy_from_slice(&2_u16.to_ne_bytes());
                self.sockaddr[4..8].copy_from_slice(&v4.ip().octets());
            }
            SocketAddr::V6(v6) => {
                self.sockaddr[..2].copy_from_slice(&10_u16.to_ne_bytes());
                self.sockaddr[4..8].copy_from_slice(&v6.flowinfo().to_be_bytes());
                self.sockaddr[8..24].copy_from_slice(&v6.ip().octets());
                self.sockaddr[24..28].copy_from_slice(&v6.scope_id().to_ne_bytes());
                self.length = SOCKADDR;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_origin_says_who_and_where() {
        let caller = Caller::of_origin("client.4123 127.0.0.1:6789/7");
        assert_eq!((caller.kind, caller.number, caller.nonce), (8, 4123, 7));
        assert_eq!(
            caller.sockaddr(),
            [2, 0, 0x1a, 0x85, 127, 0, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0]
        );
        let caller = Caller::of_origin("osd.3 [::1]:1/4294967295");
        assert_eq!((caller.kind, caller.number, caller.nonce), (4, 3, u32::MAX));
        assert_eq!((caller.sockaddr()[0], caller.sockaddr()[23]), (10, 1));
        assert_eq!(caller.sockaddr().len(), 28);
    }

    #[test]
    fn an_origin_that_says_less_is_a_client_without_an_address() {
        for (origin, number) in [("embedded", 0), ("", 0), ("client.7", 7), ("x.1 y/z", 0)] {
            let caller = Caller::of_origin(origin);
            assert_eq!((caller.kind, caller.number, caller.address), (8, number, 0));
            assert_eq!(caller.sockaddr(), [0; 16], "{origin}");
        }
    }
}
