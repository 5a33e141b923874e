//! Authentication: none. Whoever reaches the address is served, which is why it must be a loopback one.

use radula::Errno;

use crate::{
    link::Role,
    wire::{Malformed, Reader, Writer},
};

const METHOD_NONE: u32 = 1;
const MODE_CRC: u32 = 1;
/// First byte of a request to a monitor, and to an OSD.
const AT_MON: u8 = 10;
const AT_OSD: u8 = 1;

/// What becomes of a client's request.
#[derive(Debug)]
pub(crate) enum Verdict {
    /// It is in, with the name it brought; 0 when it has none yet.
    Accepted { global_id: u64 },
    /// It is told to try another method.
    OtherMethod(Writer),
}

pub(crate) fn judge(request: &[u8], role: Role) -> Result<Verdict, Malformed> {
    let mut reader = Reader::new(request);
    let method = reader.u32()?;
    let mut crc_is_offered = false;
    for _ in 0..reader.count(4)? {
        crc_is_offered |= reader.u32()? == MODE_CRC;
    }
    if method != METHOD_NONE || !crc_is_offered {
        let mut refusal = Writer::new();
        refusal.u32(method).i32(-Errno::EOPNOTSUPP.code());
        refusal.u32(1).u32(METHOD_NONE).u32(1).u32(MODE_CRC);
        return Ok(Verdict::OtherMethod(refusal));
    }
    let mut payload = Reader::new(reader.bytes()?);
    let wanted = match role {
        Role::Mon => AT_MON,
        Role::Osd => AT_OSD,
    };
    if payload.u8()? != wanted {
        return Err(Malformed("authentication request"));
    }
    payload.u32()?;
    payload.bytes()?;
    Ok(Verdict::Accepted {
        global_id: payload.u64()?,
    })
}

/// The payload that ends authentication.
pub(crate) fn done(global_id: u64) -> Writer {
    let mut done = Writer::new();
    done.u64(global_id).u32(MODE_CRC).bytes("");
    done
}

#[cfg(test)]
mod tests {
    use super::*;

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
        let accepted = judge(&request(1, &[2, 1]), Role::Mon).expect("it is sound");
        assert!(matches!(accepted, Verdict::Accepted { global_id: 4711 }));
        let refused = judge(&request(2, &[2, 1]), Role::Mon).expect("it is sound");
        assert!(matches!(refused, Verdict::OtherMethod(_)));
        let encrypted = judge(&request(1, &[2]), Role::Mon).expect("it is sound");
        assert!(matches!(encrypted, Verdict::OtherMethod(_)));
        assert!(judge(&request(1, &[1]), Role::Osd).is_err());
    }
}
