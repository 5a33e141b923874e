use std::io::{self, Read};

use objclass::Errno;

use super::{engine_with, pool};
use crate::Error;

const MIB: usize = 1 << 20;

/// A stream of pseudo-random bytes in pieces of odd sizes.
struct Odd {
    left: usize,
    state: u64,
}

impl Read for Odd {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let length = buffer.len().min(self.left).min(65_521);
        for byte in &mut buffer[..length] {
            self.state = self
                .state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            *byte = self.state.to_le_bytes()[7];
        }
        self.left -= length;
        Ok(length)
    }
}

fn odd(left: usize) -> Odd {
    Odd { left, state: 1 }
}

fn bytes(length: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    odd(length).read_to_end(&mut bytes).unwrap();
    bytes
}

#[test]
fn what_a_stream_brings_is_what_a_stream_takes_away() {
    let pool = pool();
    pool.set_xattr("o", "kept", "x").unwrap();
    for length in [0, 1, MIB - 1, MIB, MIB + 1, 3 * MIB + 7] {
        let put = pool.write_from("o", odd(length)).unwrap();
        assert_eq!(put, length as u64);
        let mut got = Vec::new();
        assert_eq!(pool.read_into("o", &mut got).unwrap(), put);
        assert!(got == bytes(length), "{length} bytes");
        let mut read = Vec::new();
        pool.reader("o").unwrap().read_to_end(&mut read).unwrap();
        assert!(read == got);
    }
    assert_eq!(pool.get_xattr("o", "kept").unwrap(), "x");
    assert_eq!(
        pool.append_from("o", odd(MIB + 1)).unwrap(),
        (MIB + 1) as u64
    );
    assert_eq!(pool.stat("o").unwrap().size, (4 * MIB + 8) as u64);
    pool.append_from("new", io::empty()).unwrap();
    assert_eq!(pool.stat("new").unwrap().size, 0);
}

#[test]
fn a_stream_that_breaks_or_is_too_long_changes_nothing() {
    struct Breaks;
    impl Read for Breaks {
        fn read(&mut self, _: &mut [u8]) -> io::Result<usize> {
            Err(io::Error::from(io::ErrorKind::ConnectionReset))
        }
    }
    let radula = engine_with(|config| config.with("quotas.object_size", "2MiB").unwrap());
    let pool = radula.ioctx("p");
    pool.write_full("o", "before").unwrap();
    let broken = pool
        .write_from("o", odd(MIB + 5).chain(Breaks))
        .unwrap_err();
    assert_eq!(broken.kind(), io::ErrorKind::ConnectionReset);
    let long = pool.write_from("o", odd(usize::MAX)).unwrap_err();
    let source = long.into_inner().unwrap();
    let error = source.downcast_ref::<Error>().unwrap();
    assert_eq!(error.errno(), Errno::EFBIG);
    assert!(error.to_string().contains("p/o"), "{error}");
    assert_eq!(pool.read("o", ..).unwrap(), "before");
    pool.write_from("o", odd(2 * MIB)).unwrap();
}

#[test]
fn a_reader_shows_one_moment_and_holds_nobody_up() {
    let pool = pool();
    pool.write_from("o", odd(3 * MIB)).unwrap();
    let mut reader = pool.reader("o").unwrap();
    assert_eq!(reader.size(), 3 * MIB as u64);
    let mut read = vec![0; 100];
    reader.read_exact(&mut read).unwrap();
    pool.write_full("o", "something else").unwrap();
    pool.remove("o").unwrap();
    reader.read_to_end(&mut read).unwrap();
    assert!(read == bytes(3 * MIB));
    assert_eq!(pool.reader("o").unwrap_err().errno(), Errno::ENOENT);
    assert!(pool.read_into("o", io::sink()).is_err());
}
