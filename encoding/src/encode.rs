//! From values to bytes.

use crate::{
    address::{Address, LEGACY_STORAGE, MAX_SOCKADDR},
    failure::{Failure, Mistake, Step},
    schema::{FieldId, Int, Node, Record, Schema, TypeId},
};

/// The bit of a client that reads addresses in the new form: `MSG_ADDR2`.
pub const FEATURE_ADDR2: u64 = 1 << 59;

/// A value that is asked for its parts, and the bytes it is written to.
///
/// There is a value at hand: first the whole, then the one last entered and not left. One that is not there counts as zero,
/// empty, absent.
pub trait Source {
    /// What walks the entries of a map with string keys.
    type Entries: Copy;

    /// Whether the value at hand is not there.
    fn is_nothing(&mut self) -> bool;

    /// The value at hand as an integer; with `unsigned` as 64 bits without a sign.
    ///
    /// # Errors
    /// It is something else.
    fn integer(&mut self, unsigned: bool) -> Result<i64, Mistake>;

    /// The value at hand as a truth value.
    ///
    /// # Errors
    /// It is something else.
    fn boolean(&mut self) -> Result<bool, Mistake>;

    /// Writes length and bytes of the value at hand.
    ///
    /// # Errors
    /// It is no bytes.
    fn put_bytes(&mut self) -> Result<(), Mistake>;

    /// Copies the bytes of the value at hand and answers how many there are, copied or not.
    ///
    /// # Errors
    /// It is no bytes.
    fn copy_bytes(&mut self, into: &mut [u8; MAX_SOCKADDR]) -> Result<usize, Mistake>;

    /// Enters a field of the value at hand.
    ///
    /// # Errors
    /// It has no fields.
    fn enter_field(&mut self, id: FieldId, name: &str) -> Result<(), Mistake>;

    /// How many elements the value at hand has.
    ///
    /// # Errors
    /// It is no list.
    fn elements(&mut self) -> Result<u32, Mistake>;

    /// Enters the element at `index`, from 0.
    fn enter_element(&mut self, index: u32);

    /// The entries of the value at hand, in byte order of their keys, and how many they are. They stay until
    /// [`leave_entries`](Source::leave_entries).
    ///
    /// # Errors
    /// It is no map with string keys.
    fn entries(&mut self) -> Result<(u32, Self::Entries), Mistake>;

    /// Writes length and bytes of a key, and enters its value.
    fn enter_entry(&mut self, entries: Self::Entries, index: u32);

    /// The entries were written.
    fn leave_entries(&mut self);

    /// Leaves what was entered last.
    fn leave(&mut self);

    /// Writes bytes.
    fn put(&mut self, bytes: &[u8]);

    /// How many bytes were written.
    fn place(&self) -> usize;

    /// Replaces the four bytes at `place`.
    fn patch(&mut self, place: usize, bytes: [u8; 4]);
}

/// Writes the value at hand of `source` as type `id`, for readers with `features`.
///
/// # Errors
/// Where the value does not fit the type, and how.
#[expect(
    clippy::result_large_err,
    reason = "it is plain data: an error of Lua may jump over the frame that holds it"
)]
pub fn encode<S: Source>(
    schema: &Schema,
    id: TypeId,
    features: u64,
    source: &mut S,
) -> Result<(), Failure> {
    let mut encoder = Encoder {
        schema,
        legacy: features & FEATURE_ADDR2 == 0,
        failure: Failure::new(id),
    };
    encoder.value(id, source).map_err(|Stop| encoder.failure)
}

/// Something went wrong; [`Encoder::failure`] says what.
struct Stop;

type Encoded = Result<(), Stop>;

struct Encoder<'e> {
    schema: &'e Schema,
    legacy: bool,
    failure: Failure,
}

impl Encoder<'_> {
    fn ask<T>(&mut self, answer: Result<T, Mistake>) -> Result<T, Stop> {
        answer.map_err(|mistake| {
            self.failure.begin(mistake);
            Stop
        })
    }

    fn through<T>(&mut self, result: Result<T, Stop>, step: Step) -> Result<T, Stop> {
        if result.is_err() {
            self.failure.through(step);
        }
        result
    }

    fn value<S: Source>(&mut self, id: TypeId, source: &mut S) -> Encoded {
        match self.schema.node(id) {
            Node::Int(int) => self.int(int, source)?,
            Node::Varint => {
                let value = source.integer(true);
                put_varint(self.ask(value)?.cast_unsigned(), source);
            }
            Node::Svarint => {
                let value = source.integer(false);
                let value = self.ask(value)?;
                let sign = u64::from(value < 0);
                put_varint((value.unsigned_abs() << 1) | sign, source);
            }
            Node::Bool => {
                let value = source.boolean();
                source.put(&[self.ask(value)?.into()]);
            }
            Node::Str => {
                let result = source.put_bytes();
                self.ask(result)?;
            }
            Node::Time => self.time(source)?,
            Node::Addr => self.address(source)?,
            Node::List(of) => {
                let count = source.elements();
                let count = self.ask(count)?;
                source.put(&count.to_le_bytes());
                for index in 0..count {
                    source.enter_element(index);
                    let result = self.value(of, source);
                    self.through(result, Step::Element(index))?;
                    source.leave();
                }
            }
            Node::Map(key, value) => self.map(key, value, source)?,
            Node::Optional(of) => {
                if source.is_nothing() {
                    source.put(&[0]);
                } else {
                    source.put(&[1]);
                    self.value(of, source)?;
                }
            }
            Node::Record(record) => self.record(record, source)?,
        }
        Ok(())
    }

    fn int<S: Source>(&mut self, int: Int, source: &mut S) -> Encoded {
        let value = source.integer(int == Int::U64);
        let value = self.ask(value)?;
        if !int.holds(value) {
            return self.ask(Err(Mistake::Range {
                value,
                ty: int.name(),
            }));
        }
        source.put(&value.to_le_bytes()[..int.width()]);
        Ok(())
    }

    /// Times after the last of the format become the last second, as in Ceph.
    fn time<S: Source>(&mut self, source: &mut S) -> Encoded {
        const SECOND: u64 = 1_000_000_000;
        let value = source.integer(false);
        let value = self.ask(value)?;
        let Ok(time) = u64::try_from(value) else {
            return self.ask(Err(Mistake::Range { value, ty: "time" }));
        };
        let seconds = u32::try_from(time / SECOND).unwrap_or(u32::MAX);
        let rest = u32::try_from(time % SECOND).unwrap_or(0);
        source.put(&seconds.to_le_bytes());
        source.put(&rest.to_le_bytes());
        Ok(())
    }

    fn map<S: Source>(&mut self, key: TypeId, value: TypeId, source: &mut S) -> Encoded {
        if self.schema.node(key) == Node::Str {
            let entries = source.entries();
            let (count, entries) = self.ask(entries)?;
            source.put(&count.to_le_bytes());
            for index in 0..count {
                source.enter_entry(entries, index);
                let result = self.value(value, source);
                self.through(result, Step::Element(index))?;
                source.leave();
            }
            source.leave_entries();
            return Ok(());
        }
        let count = source.elements();
        let count = self.ask(count)?;
        source.put(&count.to_le_bytes());
        for index in 0..count {
            source.enter_element(index);
            for (field, ty) in [(FieldId::KEY, key), (FieldId::VALUE, value)] {
                let result = self.field(field, ty, source);
                self.through(result, Step::Element(index))?;
            }
            source.leave();
        }
        Ok(())
    }

    fn field<S: Source>(&mut self, id: FieldId, ty: TypeId, source: &mut S) -> Encoded {
        let entered = source.enter_field(id, &self.schema.field(id).name);
        self.ask(entered)?;
        let result = self.value(ty, source);
        self.through(result, Step::Field(id))?;
        source.leave();
        Ok(())
    }

    fn record<S: Source>(&mut self, record: Record, source: &mut S) -> Encoded {
        let place = match record.head {
            None => None,
            Some(head) => {
                source.put(&[head.version, head.compat, 0, 0, 0, 0]);
                Some(source.place())
            }
        };
        for id in record.fields() {
            let ty = self.schema.field(id).ty;
            self.field(id, ty, source)?;
        }
        if let Some(place) = place {
            let length = u32::try_from(source.place() - place).map_err(|_| Mistake::TooLong);
            let length = self.ask(length)?;
            source.patch(place - 4, length.to_le_bytes());
        }
        Ok(())
    }

    fn address<S: Source>(&mut self, source: &mut S) -> Encoded {
        let mut numbers = [0_u32; 2];
        for (number, id) in numbers.iter_mut().zip([FieldId::TYPE, FieldId::NONCE]) {
            let entered = source.enter_field(id, &self.schema.field(id).name);
            self.ask(entered)?;
            let value = source.integer(false).and_then(|value| {
                u32::try_from(value).map_err(|_| Mistake::Range { value, ty: "u32" })
            });
            let value = self.ask(value);
            *number = self.through(value, Step::Field(id))?;
            source.leave();
        }
        let mut sockaddr = [0; MAX_SOCKADDR];
        let entered = source.enter_field(FieldId::SOCKADDR, "sockaddr");
        self.ask(entered)?;
        let length = source
            .copy_bytes(&mut sockaddr)
            .and_then(|length| match length {
                ..=MAX_SOCKADDR => Ok(length),
                _ => Err(Mistake::SocketAddress(length)),
            });
        let length = self.ask(length);
        let length = self.through(length, Step::Field(FieldId::SOCKADDR))?;
        source.leave();
        let address = Address::new(numbers[0], numbers[1], &sockaddr[..length]);
        if self.legacy {
            let storage: [u8; LEGACY_STORAGE] = address.legacy();
            source.put(&[0; 4]);
            source.put(&address.nonce.to_le_bytes());
            source.put(&storage);
        } else {
            let sockaddr = address.sockaddr();
            let length = u32::try_from(sockaddr.len()).unwrap_or(0);
            source.put(&[1, 1, 1]);
            source.put(&(12 + length).to_le_bytes());
            source.put(&address.kind.to_le_bytes());
            source.put(&address.nonce.to_le_bytes());
            source.put(&length.to_le_bytes());
            source.put(sockaddr);
        }
        Ok(())
    }
}

fn put_varint<S: Source>(mut value: u64, source: &mut S) {
    let mut bytes = [0_u8; 10];
    let mut count = 0;
    loop {
        let low = (value & 0x7f) as u8;
        value >>= 7;
        bytes[count] = if value == 0 { low } else { low | 0x80 };
        count += 1;
        if value == 0 {
            break;
        }
    }
    source.put(&bytes[..count]);
}
