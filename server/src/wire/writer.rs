//! Writes values for a peer.

use radula::Timestamp;

/// A message or a map as it grows.
#[derive(Clone, Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

macro_rules! numbers {
    ($($name:ident)*) => {
        $(pub(crate) fn $name(&mut self, value: $name) -> &mut Self {
            self.bytes.extend_from_slice(&value.to_le_bytes());
            self
        })*
    };
}

impl Writer {
    pub(crate) fn new() -> Self {
        Self::default()
    }

    numbers!(u8 u16 u32 u64 i16 i32 i64 f32);

    pub(crate) fn bool(&mut self, value: bool) -> &mut Self {
        self.u8(u8::from(value))
    }

    pub(crate) fn raw(&mut self, bytes: &[u8]) -> &mut Self {
        self.bytes.extend_from_slice(bytes);
        self
    }

    pub(crate) fn zeros(&mut self, count: usize) -> &mut Self {
        self.bytes.resize(self.bytes.len() + count, 0);
        self
    }

    /// A count of elements or bytes.
    ///
    /// # Panics
    /// When it does not fit the wire's 32 bits. Messages are far smaller.
    pub(crate) fn count(&mut self, count: usize) -> &mut Self {
        self.u32(u32::try_from(count).expect("a message has fewer than 2^32 elements"))
    }

    /// Bytes with their length before them.
    pub(crate) fn bytes(&mut self, bytes: impl AsRef<[u8]>) -> &mut Self {
        let bytes = bytes.as_ref();
        self.count(bytes.len()).raw(bytes)
    }

    pub(crate) fn time(&mut self, time: Timestamp) -> &mut Self {
        let nanoseconds = u32::try_from(time.0 % 1_000_000_000).unwrap_or(0);
        let seconds = u32::try_from(time.seconds()).unwrap_or(u32::MAX);
        self.u32(seconds).u32(nanoseconds)
    }

    /// A versioned block: `version`, the oldest version a reader must know, the body with its length.
    pub(crate) fn block(
        &mut self,
        version: u8,
        oldest: u8,
        body: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.u8(version).u8(oldest);
        let at = self.bytes.len();
        self.u32(0);
        body(self);
        self.set_length(at);
        self
    }

    /// Writes at `at` how many bytes follow those four.
    fn set_length(&mut self, at: usize) {
        let length =
            u32::try_from(self.bytes.len() - at - 4).expect("a block is shorter than 2^32 bytes");
        self.bytes[at..at + 4].copy_from_slice(&length.to_le_bytes());
    }

    /// As [`block`](Writer::block), with a raw checksum of everything before it, header included, as its last field.
    /// Must be the first thing in this writer.
    pub(crate) fn checked_block(
        &mut self,
        version: u8,
        oldest: u8,
        body: impl FnOnce(&mut Self),
    ) -> &mut Self {
        self.block(version, oldest, |writer| {
            body(writer);
            writer.u32(0);
        });
        let end = self.bytes.len() - 4;
        let crc = super::crc(u32::MAX, &self.bytes[..end]);
        self.bytes[end..].copy_from_slice(&crc.to_le_bytes());
        self
    }

    pub(crate) fn as_slice(&self) -> &[u8] {
        &self.bytes
    }

    pub(crate) fn into_vec(self) -> Vec<u8> {
        self.bytes
    }
}
