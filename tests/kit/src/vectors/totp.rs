//! One-time passwords after RFC 6238, for the seed of the recordings.

use std::time::{SystemTime, UNIX_EPOCH};

use hmac::{Hmac, Mac};
use sha1::Sha1;

const SEED: &[u8] = b"12345678901234567890";

/// The password of six digits, so many half minutes from now.
pub(super) fn password(offset: i64) -> Vec<u8> {
    let now = SystemTime::now()
        .duration_since(UNIX_EPOCH)
        .expect("a clock after 1970");
    of_counter((now.as_secs() / 30).wrapping_add_signed(offset))
}

pub(super) fn of_counter(counter: u64) -> Vec<u8> {
    let mut mac = Hmac::<Sha1>::new_from_slice(SEED).expect("a key of any length");
    mac.update(&counter.to_be_bytes());
    let digest = mac.finalize().into_bytes();
    let at = usize::from(digest[19] & 15);
    let four: [u8; 4] = digest[at..at + 4].try_into().expect("four bytes");
    let number = (u32::from_be_bytes(four) & 0x7fff_ffff) % 1_000_000;
    format!("{number:06}").into_bytes()
}
