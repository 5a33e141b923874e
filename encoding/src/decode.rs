//! From bytes to values.

use crate::{
    address::{Address, MAX_SOCKADDR},
    failure::{Failure, Mistake, Step},
    schema::{FieldId, Head, Int, Node, Record, Schema, TypeId},
};

/// Is told what the bytes hold, in their order. Every value is one call, or calls between a `begin` and its `end`.
///
/// Bytes a sink is given are those that are decoded; it copies what it keeps.
pub trait Sink {
    /// An integer; a `u64` as the same 64 bits.
    fn integer(&mut self, value: i64, unsigned: bool);
    /// A truth value.
    fn boolean(&mut self, value: bool);
    /// Bytes.
    fn bytes(&mut self, bytes: &[u8]);
    /// An optional value that is absent.
    fn nothing(&mut self);
    /// A struct of so many fields: each is [`field`](Sink::field), its value, [`end_field`](Sink::end_field).
    fn begin_record(&mut self, fields: u32);
    /// A field, whose value follows.
    fn field(&mut self, id: FieldId, name: &str);
    /// The value of the field is complete.
    fn end_field(&mut self);
    /// The struct is complete.
    fn end_record(&mut self);
    /// A list: each element is its value and [`end_element`](Sink::end_element). So many elements may follow: the bytes
    /// suffice for them.
    fn begin_list(&mut self, count: u32);
    /// The value of the element at `index`, from 0, is complete.
    fn end_element(&mut self, index: u32);
    /// The list is complete.
    fn end_list(&mut self);
    /// A map with string keys: each entry is [`key`](Sink::key), its value and [`end_entry`](Sink::end_entry).
    fn begin_map(&mut self, count: u32);
    /// The key of an entry, whose value follows. A key that comes twice: the last one counts.
    fn key(&mut self, key: &[u8]);
    /// The value of the entry is complete.
    fn end_entry(&mut self);
    /// The map is complete.
    fn end_map(&mut self);
}

/// Decodes one value of type `id` that begins at `at` of `bytes`. Answers where it ends; what follows is nobody's concern.
///
/// # Errors
/// Where it goes wrong, and how. The sink was told what came before.
#[expect(
    clippy::result_large_err,
    reason = "it is plain data: an error of Lua may jump over the frame that holds it"
)]
pub fn decode<S: Sink>(
    schema: &Schema,
    id: TypeId,
    bytes: &[u8],
    at: usize,
    sink: &mut S,
) -> Result<usize, Failure> {
    let mut decoder = Decoder {
        schema,
        bytes,
        at: at.min(bytes.len()),
        end: bytes.len(),
        failure: Failure::new(id),
    };
    match decoder.value(id, sink) {
        Ok(()) => Ok(decoder.at),
        Err(Stop) => Err(decoder.failure),
    }
}

/// Something went wrong; [`Decoder::failure`] says what.
struct Stop;

type Step1 = Result<(), Stop>;

struct Decoder<'d> {
    schema: &'d Schema,
    bytes: &'d [u8],
    at: usize,
    /// Where the innermost struct ends.
    end: usize,
    failure: Failure,
}

impl<'d> Decoder<'d> {
    fn stop<T>(&mut self, mistake: Mistake) -> Result<T, Stop> {
        self.failure.begin(mistake);
        Err(Stop)
    }

    fn through(&mut self, result: Step1, step: Step) -> Step1 {
        if result.is_err() {
            self.failure.through(step);
        }
        result
    }

    fn take(&mut self, count: usize) -> Result<&'d [u8], Stop> {
        let left = self.end - self.at;
        if count > left {
            return self.stop(Mistake::Short {
                left,
                needed: count,
            });
        }
        let bytes = &self.bytes[self.at..self.at + count];
        self.at += count;
        Ok(bytes)
    }

    fn array<const N: usize>(&mut self) -> Result<[u8; N], Stop> {
        let mut array = [0; N];
        array.copy_from_slice(self.take(N)?);
        Ok(array)
    }

    fn u8(&mut self) -> Result<u8, Stop> {
        Ok(self.array::<1>()?[0])
    }

    fn u32(&mut self) -> Result<u32, Stop> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn int(&mut self, int: Int) -> Result<i64, Stop> {
        Ok(match int {
            Int::U8 => self.u8()?.into(),
            Int::U16 => u16::from_le_bytes(self.array()?).into(),
            Int::U32 => self.u32()?.into(),
            Int::I8 => i8::from_le_bytes(self.array()?).into(),
            Int::I16 => i16::from_le_bytes(self.array()?).into(),
            Int::I32 => i32::from_le_bytes(self.array()?).into(),
            Int::U64 | Int::I64 => i64::from_le_bytes(self.array()?),
        })
    }

    fn varint(&mut self) -> Result<u64, Stop> {
        let mut value = 0_u64;
        let mut shift = 0_u32;
        loop {
            let byte = self.u8()?;
            let bits = u64::from(byte & 0x7f);
            if shift >= 64 || (shift == 63 && bits > 1) {
                return self.stop(Mistake::Varint);
            }
            value |= bits << shift;
            if byte & 0x80 == 0 {
                return Ok(value);
            }
            shift += 7;
        }
    }

    /// A count of things that take at least `least` bytes each.
    fn count(&mut self, least: u32) -> Result<u32, Stop> {
        let count = self.u32()?;
        let left = self.end - self.at;
        if u64::from(count) * u64::from(least) > left as u64 {
            return self.stop(Mistake::Count { count, left });
        }
        Ok(count)
    }

    fn value<S: Sink>(&mut self, id: TypeId, sink: &mut S) -> Step1 {
        match self.schema.node(id) {
            Node::Int(int) => {
                let value = self.int(int)?;
                sink.integer(value, int == Int::U64);
            }
            Node::Varint => {
                let value = self.varint()?;
                sink.integer(value.cast_signed(), true);
            }
            Node::Svarint => {
                let raw = self.varint()?;
                let magnitude = (raw >> 1).cast_signed();
                sink.integer(
                    if raw & 1 == 1 {
                        magnitude.wrapping_neg()
                    } else {
                        magnitude
                    },
                    false,
                );
            }
            Node::Bool => {
                let value = self.u8()?;
                sink.boolean(value != 0);
            }
            Node::Str => {
                let bytes = self.str()?;
                sink.bytes(bytes);
            }
            Node::Time => {
                let bytes = self.take(8)?;
                let half = |at: usize| {
                    let mut array = [0; 4];
                    array.copy_from_slice(&bytes[at..at + 4]);
                    i64::from(u32::from_le_bytes(array))
                };
                sink.integer(half(0) * 1_000_000_000 + half(4), false);
            }
            Node::Addr => {
                let address = self.address()?;
                write_address(&address, sink);
            }
            Node::List(of) => self.list(of, sink)?,
            Node::Map(key, value) => self.map(key, value, sink)?,
            Node::Optional(of) => {
                if self.u8()? == 0 {
                    sink.nothing();
                } else {
                    self.value(of, sink)?;
                }
            }
            Node::Record(record) => self.record(record, sink)?,
        }
        Ok(())
    }

    fn str(&mut self) -> Result<&'d [u8], Stop> {
        let length = self.u32()?;
        self.take(usize::try_from(length).unwrap_or(usize::MAX))
    }

    fn list<S: Sink>(&mut self, of: TypeId, sink: &mut S) -> Step1 {
        let count = self.count(self.schema.least(of))?;
        sink.begin_list(count);
        for index in 0..count {
            let result = self.value(of, sink);
            self.through(result, Step::Element(index))?;
            sink.end_element(index);
        }
        sink.end_list();
        Ok(())
    }

    fn map<S: Sink>(&mut self, key: TypeId, value: TypeId, sink: &mut S) -> Step1 {
        let count = self.count(
            self.schema
                .least(key)
                .saturating_add(self.schema.least(value)),
        )?;
        if self.schema.node(key) == Node::Str {
            sink.begin_map(count);
            for index in 0..count {
                let result = self.str().map(|key| sink.key(key));
                self.through(result, Step::Element(index))?;
                let result = self.value(value, sink);
                self.through(result, Step::Element(index))?;
                sink.end_entry();
            }
            sink.end_map();
            return Ok(());
        }
        sink.begin_list(count);
        for index in 0..count {
            sink.begin_record(2);
            for (field, ty) in [(FieldId::KEY, key), (FieldId::VALUE, value)] {
                sink.field(field, &self.schema.field(field).name);
                let result = self.value(ty, sink);
                let result = self.through(result, Step::Field(field));
                self.through(result, Step::Element(index))?;
                sink.end_field();
            }
            sink.end_record();
            sink.end_element(index);
        }
        sink.end_list();
        Ok(())
    }

    fn record<S: Sink>(&mut self, record: Record, sink: &mut S) -> Step1 {
        let Some(head) = record.head else {
            return self.fields(record, u8::MAX, sink);
        };
        let (version, end) = self.head(head)?;
        let outer = std::mem::replace(&mut self.end, end);
        self.fields(record, version, sink)?;
        // Fields of newer writers are skipped.
        self.at = end;
        self.end = outer;
        Ok(())
    }

    /// The version read, and where the struct ends.
    fn head(&mut self, known: Head) -> Result<(u8, usize), Stop> {
        let version = self.u8()?;
        let compat = self.u8()?;
        let length = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
        if compat > known.version {
            return self.stop(Mistake::TooNew {
                compat,
                version: known.version,
            });
        }
        let left = self.end - self.at;
        if length > left {
            return self.stop(Mistake::Short {
                left,
                needed: length,
            });
        }
        Ok((version, self.at + length))
    }

    fn fields<S: Sink>(&mut self, record: Record, version: u8, sink: &mut S) -> Step1 {
        let schema = self.schema;
        sink.begin_record(record.count);
        for id in record.fields() {
            let field = schema.field(id);
            sink.field(id, &field.name);
            if field.since > version {
                absent(schema, field.ty, sink);
            } else {
                let result = self.value(field.ty, sink);
                self.through(result, Step::Field(id))?;
            }
            sink.end_field();
        }
        sink.end_record();
        Ok(())
    }

    fn address(&mut self) -> Result<Address, Stop> {
        match self.u8()? {
            0 => {
                let _ = self.take(3)?;
                let nonce = self.u32()?;
                let storage = self.array::<128>()?;
                Ok(Address::of_legacy(nonce, &storage))
            }
            1 => {
                let (_, end) = self.head(Head {
                    version: 1,
                    compat: 1,
                })?;
                let outer = std::mem::replace(&mut self.end, end);
                let kind = self.u32()?;
                let nonce = self.u32()?;
                let length = usize::try_from(self.u32()?).unwrap_or(usize::MAX);
                if length > MAX_SOCKADDR {
                    return self.stop(Mistake::SocketAddress(length));
                }
                let sockaddr = self.take(length)?;
                self.at = end;
                self.end = outer;
                Ok(Address::new(kind, nonce, sockaddr))
            }
            form => self.stop(Mistake::AddressForm(form)),
        }
    }
}

fn write_address<S: Sink>(address: &Address, sink: &mut S) {
    sink.begin_record(3);
    sink.field(FieldId::TYPE, "type");
    sink.integer(address.kind.into(), false);
    sink.end_field();
    sink.field(FieldId::NONCE, "nonce");
    sink.integer(address.nonce.into(), false);
    sink.end_field();
    sink.field(FieldId::SOCKADDR, "sockaddr");
    sink.bytes(address.sockaddr());
    sink.end_field();
    sink.end_record();
}

/// What a field holds that the writer did not know: zero, nothing, empty.
fn absent<S: Sink>(schema: &Schema, id: TypeId, sink: &mut S) {
    match schema.node(id) {
        Node::Int(_) | Node::Varint | Node::Svarint | Node::Time => sink.integer(0, false),
        Node::Bool => sink.boolean(false),
        Node::Str => sink.bytes(b""),
        Node::Addr => write_address(&Address::new(0, 0, b""), sink),
        Node::List(_) => {
            sink.begin_list(0);
            sink.end_list();
        }
        Node::Map(key, _) => {
            if schema.node(key) == Node::Str {
                sink.begin_map(0);
                sink.end_map();
            } else {
                sink.begin_list(0);
                sink.end_list();
            }
        }
        Node::Optional(_) => sink.nothing(),
        Node::Record(record) => {
            sink.begin_record(record.count);
            for id in record.fields() {
                let field = schema.field(id);
                sink.field(id, &field.name);
                absent(schema, field.ty, sink);
                sink.end_field();
            }
            sink.end_record();
        }
    }
}
