//! Who sent a request, as the shim tells it.

use std::net::{Ipv4Addr, Ipv6Addr, SocketAddr};

use objclass::entity_name;

const INET: u16 = 2;
const INET6: u16 = 10;

/// `radula_origin` of `shim.cc`.
#[repr(C)]
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct RequestOrigin {
    number: i64,
    nonce: u32,
    kind: u8,
    sockaddr: [u8; 28],
}

impl RequestOrigin {
    /// `client.4123 127.0.0.1:0/1133386170`; without the address where there is none.
    pub(crate) fn text(&self) -> String {
        let name = entity_name(self.kind, self.number);
        match self.address() {
            Some(address) => format!("{name} {address}/{}", self.nonce),
            None => name,
        }
    }

    fn address(&self) -> Option<SocketAddr> {
        let [f0, f1, p0, p1, rest @ ..] = self.sockaddr;
        let port = u16::from_be_bytes([p0, p1]);
        match u16::from_ne_bytes([f0, f1]) {
            INET => {
                let [a, b, c, d, ..] = rest;
                Some((Ipv4Addr::new(a, b, c, d), port).into())
            }
            INET6 => {
                let mut ip = [0; 16];
                ip.copy_from_slice(&rest[4..20]);
                Some((Ipv6Addr::from(ip), port).into())
            }
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn origin(family: u16, rest: &[u8]) -> RequestOrigin {
        let mut origin = RequestOrigin {
            number: 4123,
            nonce: 7,
            kind: 8,
            ..RequestOrigin::default()
        };
        origin.sockaddr[..2].copy_from_slice(&family.to_ne_bytes());
        origin.sockaddr[2..2 + rest.len()].copy_from_slice(rest);
        origin
    }

    #[test]
    fn a_class_reads_the_caller_out_of_the_text() {
        let text = origin(INET, &[0x1a, 0x85, 127, 0, 0, 1]).text();
        assert_eq!(text, "client.4123 127.0.0.1:6789/7");
        let caller = objclass::Caller::of_origin(&text);
        assert_eq!((caller.kind, caller.number, caller.nonce), (8, 4123, 7));
        let mut v6 = [0; 22];
        v6[21] = 1;
        assert_eq!(origin(INET6, &v6).text(), "client.4123 [::1]:0/7");
        assert_eq!(origin(0, &[]).text(), "client.4123");
    }
}
