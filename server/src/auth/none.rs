//! No authentication. Everyone who reaches the address is served, which is why it must be a loopback one.

use radula::Errno;

use super::{Admitted, Asked, MODE_CRC, Signing};
use crate::{
    frame::{Opener, Sealer},
    link::Role,
    wire::{Malformed, Reader, Writer},
};

const METHOD: u32 = 1;
/// First byte of a request to a monitor, and to an OSD.
const AT_MON: u8 = 10;
const AT_OSD: u8 = 1;

/// Whether a client asks for this method, in a mode that goes with it.
pub(super) fn is_asked(asked: &Asked<'_>) -> bool {
    asked.method == METHOD && asked.takes_crc
}

/// Says that this method would do.
pub(super) fn refusal(asked: &Asked<'_>) -> Writer {
    let mut refusal = Writer::new();
    refusal.u32(asked.method).i32(-Errno::EOPNOTSUPP.code());
    refusal.u32(1).u32(METHOD).u32(1).u32(MODE_CRC);
    refusal
}

/// The name the client brought; 0 when it has none yet.
pub(super) fn global_id(asked: &Asked<'_>, role: Role) -> Result<u64, Malformed> {
    let mut payload = Reader::new(asked.payload);
    let wanted = match role {
        Role::Mon => AT_MON,
        Role::Osd => AT_OSD,
    };
    if payload.u8()? != wanted {
        return Err(Malformed("authentication request"));
    }
    payload.u32()?;
    payload.bytes()?;
    payload.u64()
}

pub(super) fn admit(global_id: u64) -> Admitted {
    let mut done = Writer::new();
    done.u64(global_id).u32(MODE_CRC).bytes("");
    Admitted {
        global_id,
        done,
        signing: Signing::Zeros,
        sealer: Sealer::Checksums,
        opener: Opener::Checksums,
    }
}

#[cfg(test)]
mod tests {
    use super::{super::asked, *};

    fn request(method: u32, modes: &[u32]) -> Vec<u8> {
        let mut payload = Writer::new();
        payload.u8(AT_MON).u32(8).bytes("admin").u64(4711);
        let mut writer = Writer::new();
        writer.u32(method).count(modes.len());
        for mode in modes {
            writer.u32(*mode);
        }
        writer.bytes(payload.as_slice());
        writer.into_vec()
    }

    #[test]
    fn a_client_without_a_key_is_let_in_and_one_with_a_key_told_to_come_without() {
        let is_in = |request: &[u8]| is_asked(&asked(request).expect("it is sound"));
        let plain = request(1, &[2, 1]);
        assert!(is_in(&plain));
        let asked_plainly = asked(&plain).expect("it is sound");
        assert_eq!(global_id(&asked_plainly, Role::Mon), Ok(4711));
        assert!(global_id(&asked_plainly, Role::Osd).is_err());
        assert!(!is_in(&request(2, &[2, 1])));
        assert!(!is_in(&request(1, &[2])));
    }
}
