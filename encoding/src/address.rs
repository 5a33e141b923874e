//! Network addresses.

use std::net::{Ipv4Addr, Ipv6Addr};

/// Longest socket address: that of IPv6.
pub const MAX_SOCKADDR: usize = 28;

/// Bytes of the socket address in the old form.
pub(crate) const LEGACY_STORAGE: usize = 128;

const INET: u16 = 2;
const INET6: u16 = 10;

/// An address as Ceph encodes it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Address {
    /// 0 none, 1 legacy, 2 msgr2, 3 any.
    pub kind: u32,
    /// Tells processes at one address apart.
    pub nonce: u32,
    bytes: [u8; MAX_SOCKADDR],
    length: u8,
}

impl Address {
    /// An address; of `sockaddr` (family in host order, port and address behind it) the first 28 bytes count.
    #[must_use]
    pub fn new(kind: u32, nonce: u32, sockaddr: &[u8]) -> Address {
        let length = sockaddr.len().min(MAX_SOCKADDR);
        let mut bytes = [0; MAX_SOCKADDR];
        bytes[..length].copy_from_slice(&sockaddr[..length]);
        Address {
            kind,
            nonce,
            bytes,
            length: u8::try_from(length).unwrap_or(0),
        }
    }

    /// The socket address: family in host order, then as the network has it.
    #[must_use]
    pub fn sockaddr(&self) -> &[u8] {
        &self.bytes[..usize::from(self.length)]
    }

    fn family(&self) -> u16 {
        u16::from_le_bytes([self.bytes[0], self.bytes[1]])
    }

    /// From the old form, whose family is big-endian.
    pub(crate) fn of_legacy(nonce: u32, storage: &[u8; LEGACY_STORAGE]) -> Address {
        let family = u16::from_be_bytes([storage[0], storage[1]]);
        let length = if family == INET { 16 } else { MAX_SOCKADDR };
        let mut sockaddr = [0; MAX_SOCKADDR];
        sockaddr.copy_from_slice(&storage[..MAX_SOCKADDR]);
        sockaddr[..2].copy_from_slice(&family.to_le_bytes());
        Address::new(u32::from(family != 0), nonce, &sockaddr[..length])
    }

    /// The socket address in the old form.
    pub(crate) fn legacy(&self) -> [u8; LEGACY_STORAGE] {
        let mut storage = [0; LEGACY_STORAGE];
        storage[..MAX_SOCKADDR].copy_from_slice(&self.bytes);
        storage[..2].copy_from_slice(&self.family().to_be_bytes());
        storage
    }

    /// `127.0.0.1:0/1133386170`; `-` for none.
    #[must_use]
    pub fn text(&self) -> String {
        let port = u16::from_be_bytes([self.bytes[2], self.bytes[3]]);
        let nonce = self.nonce;
        match self.family() {
            INET => {
                let mut ip = [0; 4];
                ip.copy_from_slice(&self.bytes[4..8]);
                format!("{}:{port}/{nonce}", Ipv4Addr::from(ip))
            }
            INET6 => {
                let mut ip = [0; 16];
                ip.copy_from_slice(&self.bytes[8..24]);
                format!("[{}]:{port}/{nonce}", Ipv6Addr::from(ip))
            }
            0 if self.nonce == 0 => "-".to_owned(),
            family => format!("(unrecognized address family {family})/{nonce}"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_have_the_text_of_ceph() {
        let v4 = [2, 0, 0x1a, 0x85, 127, 0, 0, 1];
        assert_eq!(Address::new(1, 7, &v4).text(), "127.0.0.1:6789/7");
        let mut v6 = [0; 28];
        v6[0] = 10;
        v6[23] = 1;
        assert_eq!(Address::new(2, 9, &v6).text(), "[::1]:0/9");
        assert_eq!(Address::default().text(), "-");
    }
}
