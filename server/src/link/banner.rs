//! The first bytes of a connection: which protocol it speaks.

use std::io;

use tokio::io::AsyncRead;

use crate::{
    frame::FrameReader,
    wire::{Reader, Writer},
};

const PROTOCOL: &[u8] = b"ceph v2\n";
/// Revision 1 of the frame format.
const REVISION_1: u64 = 1;
/// Most bytes a peer may add to a banner.
const LONGEST: usize = 1024;

/// Ours: revision 1 and no compression.
pub(super) fn banner() -> Vec<u8> {
    let mut writer = Writer::new();
    writer.raw(PROTOCOL).u16(16).u64(REVISION_1).u64(0);
    writer.into_vec()
}

pub(super) async fn read<R: AsyncRead + Unpin>(from: &mut FrameReader<R>) -> io::Result<()> {
    let start = from.bytes(PROTOCOL.len() + 2).await?;
    let (protocol, length) = start.split_at(PROTOCOL.len());
    if protocol != PROTOCOL {
        return Err(io::Error::other(
            "the peer does not speak msgr2; use mon_host = [v2:ADDRESS]",
        ));
    }
    let length = usize::from(u16::from_le_bytes([length[0], length[1]]));
    if length > LONGEST {
        return Err(io::Error::other("the peer's banner is too long"));
    }
    let rest = from.bytes(length).await?;
    let mut rest = Reader::new(&rest);
    let supported = rest.u64().map_err(io::Error::other)?;
    let required = rest.u64().map_err(io::Error::other)?;
    if supported & REVISION_1 == 0 || required & !REVISION_1 != 0 {
        return Err(io::Error::other(
            "the peer is older than Ceph 15.2 or asks for compression",
        ));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_banner_is_that_of_the_protocol() {
        let wanted = crate::wire::hex("636570682076320a100001000000000000000000000000000000");
        assert_eq!(banner(), wanted);
    }

    #[tokio::test]
    async fn the_old_protocol_is_refused() {
        let mut ours = banner();
        assert!(read(&mut FrameReader::new(&ours[..])).await.is_ok());
        assert!(
            read(&mut FrameReader::new(&b"ceph v027\0\0\0"[..]))
                .await
                .is_err()
        );
        ours[10] = 0;
        assert!(read(&mut FrameReader::new(&ours[..])).await.is_err());
    }
}
