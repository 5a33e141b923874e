//! What a frame is.

use crate::wire::Malformed;

macro_rules! tags {
    ($($name:ident = $number:literal),* $(,)?) => {
        /// What a frame is: its first byte.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub(crate) enum Tag { $($name = $number),* }

        impl TryFrom<u8> for Tag {
            type Error = Malformed;

            fn try_from(number: u8) -> Result<Self, Malformed> {
                match number {
                    $($number => Ok(Tag::$name),)*
                    _ => Err(Malformed("frame: its tag is unknown")),
                }
            }
        }
    };
}

tags! {
    Hello = 1,
    AuthRequest = 2,
    AuthBadMethod = 3,
    AuthReplyMore = 4,
    AuthRequestMore = 5,
    AuthDone = 6,
    AuthSignature = 7,
    ClientIdent = 8,
    ServerIdent = 9,
    IdentMissingFeatures = 10,
    SessionReconnect = 11,
    SessionReset = 12,
    SessionRetry = 13,
    SessionRetryGlobal = 14,
    SessionReconnectOk = 15,
    Wait = 16,
    Message = 17,
    Keepalive2 = 18,
    Keepalive2Ack = 19,
    Ack = 20,
    CompressionRequest = 21,
    CompressionDone = 22,
}
