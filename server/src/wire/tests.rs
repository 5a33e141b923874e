use super::*;

pub(crate) fn hex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(u8::is_ascii_hexdigit).collect();
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).expect("hex")).expect("< 16");
    digits
        .chunks(2)
        .map(|pair| digit(pair[0]) << 4 | digit(pair[1]))
        .collect()
}

fn written(write: impl FnOnce(&mut Writer)) -> Vec<u8> {
    let mut writer = Writer::new();
    write(&mut writer);
    writer.into_vec()
}

#[test]
fn the_checksum_inverts_nothing() {
    assert_eq!(crc(u32::MAX, b"123456789"), 0x1cf9_6d7c);
    assert_eq!(crc(u32::MAX, b""), u32::MAX);
    assert_eq!(crc(0, b""), 0);
}

#[test]
fn an_address_is_the_one_of_the_protocol() {
    let address = Address::msgr2("127.0.0.1:3300".parse().expect("an address"), 0);
    let bytes = hex("0101011c00000002000000000000001000000002000ce47f0000010000000000000000");
    assert_eq!(written(|writer| address.write(writer)), bytes);
    assert_eq!(Address::read(&mut Reader::new(&bytes)), Ok(address));
    // A single address is read where a vector is expected.
    assert_eq!(Address::read_vector(&mut Reader::new(&bytes)), Ok(address));
    let six = Address::msgr2("[::1]:6789".parse().expect("an address"), 7);
    let bytes = written(|writer| six.write_vector(writer));
    assert_eq!(Address::read_vector(&mut Reader::new(&bytes)), Ok(six));
}

#[test]
fn cursors_at_the_ends_are_those_of_the_protocol() {
    let least =
        hex("040321000000000000000000000000000000000000000000000000000000000000000000000080");
    let most =
        hex("040321000000000000000000000000000000000000000000000001000000000000000000000080");
    assert_eq!(written(|writer| ListCursor::minimum().write(writer)), least);
    assert_eq!(written(|writer| ListCursor::maximum().write(writer)), most);
    assert_eq!(
        ListCursor::read(&mut Reader::new(&most)),
        Ok(ListCursor::maximum())
    );
}

#[test]
fn a_reader_skips_what_newer_blocks_add_and_refuses_what_it_must_know() {
    let bytes = written(|writer| {
        writer.block(9, 2, |writer| {
            writer.u32(5).u64(77);
        });
        writer.u8(1);
    });
    let mut reader = Reader::new(&bytes);
    let (version, mut body) = reader.block(2).expect("it is readable");
    assert_eq!((version, body.u32(), reader.u8()), (9, Ok(5), Ok(1)));
    assert!(Reader::new(&bytes).block(1).is_err());
}

#[test]
fn a_count_larger_than_the_message_is_refused_before_anything_is_allocated() {
    let bytes = written(|writer| {
        writer.u32(u32::MAX).u64(0);
    });
    assert!(Reader::new(&bytes).count(1).is_err());
    assert!(Reader::new(&bytes).bytes().is_err());
    let bytes = written(|writer| {
        writer.u32(2).u64(0);
    });
    assert_eq!(Reader::new(&bytes).count(4), Ok(2));
    assert!(Reader::new(&bytes).count(5).is_err());
}

#[test]
fn a_checked_block_covers_its_own_header() {
    let bytes = written(|writer| {
        writer.checked_block(8, 7, |writer| {
            writer.bytes("map");
        });
    });
    let (body, sum) = bytes
        .split_last_chunk::<4>()
        .map(|(b, s)| (b, *s))
        .expect("long");
    assert_eq!(u32::from_le_bytes(sum), crc(u32::MAX, body));
    assert_eq!(body[2..6], 11u32.to_le_bytes());
}
