use bytes::Bytes;

use super::{
    checksums::{EPILOGUE, control, message},
    *,
};
use crate::wire::{Address, Writer};

fn hex(text: &str) -> Vec<u8> {
    crate::wire::hex(text)
}

/// The next frame that was not given up.
async fn next(reader: &mut FrameReader<&[u8]>) -> std::io::Result<Frame> {
    loop {
        let preamble = reader.preamble().await?;
        if let Some(frame) = reader.frame(&preamble).await? {
            return Ok(frame);
        }
    }
}

#[test]
fn hello_is_the_frame_of_the_protocol() {
    let mut payload = Writer::new();
    payload.u8(1);
    Address::msgr2("127.0.0.1:3300".parse().expect("an address"), 0).write(&mut payload);
    let mut wanted = hex("010124000000080000000000000000000000000000000000000000003fbd6b06");
    wanted.extend_from_slice(payload.as_slice());
    wanted.extend(hex("d0987baf"));
    assert_eq!(control(Tag::Hello, payload.as_slice()), wanted);
}

#[tokio::test]
async fn a_message_comes_back_as_it_was_sent() {
    for (front, data) in [
        ("front", vec!["da", "ta"]),
        ("front", vec![]),
        ("", vec![]),
        ("", vec!["x"]),
    ] {
        let data: Vec<Bytes> = data.into_iter().map(Bytes::from).collect();
        let mut sent = Vec::new();
        let epilogue = message(&mut sent, &[7; 41], front.as_bytes(), &data);
        sent.extend(data.concat());
        sent.extend(epilogue);
        sent.extend(control(Tag::Wait, b""));
        let mut reader = FrameReader::new(&sent[..]);
        let frame = next(&mut reader).await.expect("it is sound");
        assert_eq!(frame.tag, Tag::Message);
        assert_eq!(frame.segments[1], front);
        assert_eq!(frame.segments[3], data.concat());
        assert_eq!(next(&mut reader).await.expect("it is sound").tag, Tag::Wait);
    }
}

#[tokio::test]
async fn every_changed_byte_is_noticed() {
    let mut sent = Vec::new();
    let data = [Bytes::from("data")];
    let epilogue = message(&mut sent, &[7; 41], b"front", &data);
    sent.extend(data.concat());
    sent.extend(epilogue);
    let whole = next(&mut FrameReader::new(&sent[..]))
        .await
        .expect("it is sound");
    for index in 0..sent.len() {
        let mut broken = sent.clone();
        broken[index] ^= 0x10;
        match next(&mut FrameReader::new(&broken[..])).await {
            Err(_) => {}
            // The status byte of the epilogue has bits that mean nothing.
            Ok(frame) => assert_eq!((frame, index), (whole.clone(), sent.len() - EPILOGUE)),
        }
    }
}

#[tokio::test]
async fn a_frame_its_sender_gave_up_is_skipped() {
    let mut sent = Vec::new();
    let mut epilogue = message(&mut sent, &[7; 41], b"front", &[]);
    epilogue[0] = 1;
    sent.extend(epilogue);
    sent.extend(control(Tag::Ack, b"12345678"));
    let frame = next(&mut FrameReader::new(&sent[..]))
        .await
        .expect("it is sound");
    assert_eq!(frame.tag, Tag::Ack);
}

#[tokio::test]
async fn a_long_segment_that_is_only_announced_takes_no_memory() {
    let huge = Preamble::new(Tag::Message, &[41, 0, 0, preamble::MAX_DATA]);
    let mut sent = huge.encode().to_vec();
    sent.resize(100_000, 0);
    let mut reader = FrameReader::new(&sent[..]);
    let preamble = reader.preamble().await.expect("it is within the limits");
    assert!(reader.frame(&preamble).await.is_err());
    assert!(reader.capacity() < 1 << 20, "{}", reader.capacity());
    let longer = Preamble::new(Tag::Message, &[41, 0, 0, preamble::MAX_DATA + 1]);
    assert!(Preamble::decode(&longer.encode()).is_err());
    let control = Preamble::new(Tag::Hello, &[100_000]);
    assert!(Preamble::decode(&control.encode()).is_err());
}

#[tokio::test]
async fn a_handshake_takes_no_message() {
    let mut sent = Vec::new();
    let epilogue = message(&mut sent, &[7; 41], b"front", &[]);
    sent.extend(epilogue);
    assert!(FrameReader::new(&sent[..]).control().await.is_err());
    let sent = control(Tag::Wait, b"");
    let frame = FrameReader::new(&sent[..]).control().await;
    assert!(frame.is_ok_and(|frame| frame.tag == Tag::Wait));
}
