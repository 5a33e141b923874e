//! From the first byte to an open session: banners, greetings, authentication, identities.

use std::{io, net::SocketAddr};

use bytes::Bytes;
use tokio::io::{AsyncRead, AsyncWrite, AsyncWriteExt as _};

use super::banner;
use crate::{
    auth,
    frame::{FrameReader, Tag, control},
    maps::{FEATURES, REQUIRED_FEATURES},
    shared::{OSD_NONCE, Shared},
    wire::{Address, Reader, Writer},
};

/// Which part of a cluster a client speaks to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Role {
    Mon,
    Osd,
}

/// Who is at the other end.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Client {
    /// The name of a client: never given twice.
    pub(crate) global_id: u64,
    pub(crate) role: Role,
    pub(crate) address: Address,
    pub(crate) socket: SocketAddr,
}

/// The flag of a session that is not resumed after a fault: the client sends again what was not answered.
const LOSSY: u64 = 1;
const SIGNATURE: [u8; 32] = [0; 32];

const ENTITY_MON: u8 = 1;
const ENTITY_OSD: u8 = 4;

pub(super) async fn handshake<R, W>(
    shared: &Shared,
    socket: SocketAddr,
    from: &mut FrameReader<R>,
    to: &mut W,
) -> io::Result<Client>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    to.write_all(&banner::banner()).await?;
    banner::read(from).await?;
    // The client says whom it means to speak to; monitor and OSD share a port and differ in their nonce.
    let hello = expect(from, Tag::Hello).await?;
    let mut hello = Reader::new(&hello);
    hello.u8().map_err(io::Error::other)?;
    let meant = Address::read(&mut hello).map_err(io::Error::other)?;
    let role = if meant.nonce == OSD_NONCE {
        Role::Osd
    } else {
        Role::Mon
    };
    let mut greeting = Writer::new();
    greeting.u8(match role {
        Role::Mon => ENTITY_MON,
        Role::Osd => ENTITY_OSD,
    });
    Address::msgr2(socket, 0).write(&mut greeting);
    send(to, Tag::Hello, &greeting).await?;
    let global_id = authenticate(shared, role, from, to).await?;
    send_payload(to, Tag::AuthSignature, &SIGNATURE).await?;
    expect(from, Tag::AuthSignature).await?;
    let address = identify(shared, role, from, to).await?;
    Ok(Client {
        global_id,
        role,
        address,
        socket,
    })
}

async fn authenticate<R, W>(
    shared: &Shared,
    role: Role,
    from: &mut FrameReader<R>,
    to: &mut W,
) -> io::Result<u64>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    loop {
        let request = expect(from, Tag::AuthRequest).await?;
        match auth::judge(&request, role).map_err(io::Error::other)? {
            auth::Verdict::Accepted { global_id } => {
                let global_id = match global_id {
                    0 => shared.cluster.new_global_id()?,
                    known => known,
                };
                send(to, Tag::AuthDone, &auth::done(global_id)).await?;
                return Ok(global_id);
            }
            auth::Verdict::OtherMethod(refusal) => send(to, Tag::AuthBadMethod, &refusal).await?,
        }
    }
}

async fn identify<R, W>(
    shared: &Shared,
    role: Role,
    from: &mut FrameReader<R>,
    to: &mut W,
) -> io::Result<Address>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    loop {
        let frame = from.control().await?;
        match frame.tag {
            Tag::ClientIdent => {
                let mut ident = Reader::new(&frame.segments[0]);
                let address = Address::read_vector(&mut ident).map_err(io::Error::other)?;
                Address::read(&mut ident).map_err(io::Error::other)?;
                ident.take(16).map_err(io::Error::other)?;
                let supported = ident.u64().map_err(io::Error::other)?;
                if supported & REQUIRED_FEATURES != REQUIRED_FEATURES {
                    let mut missing = Writer::new();
                    missing.u64(REQUIRED_FEATURES & !supported);
                    send(to, Tag::IdentMissingFeatures, &missing).await?;
                    return Err(io::Error::other("the client lacks address vectors"));
                }
                send(to, Tag::ServerIdent, &server_ident(shared, role)).await?;
                return Ok(address);
            }
            // There is never a session to go on with.
            Tag::SessionReconnect => {
                let mut full = Writer::new();
                full.bool(true);
                send(to, Tag::SessionReset, &full).await?;
            }
            _ => return Err(unexpected(frame.tag)),
        }
    }
}

fn server_ident(shared: &Shared, role: Role) -> Writer {
    let mut ident = Writer::new();
    shared.address(role).write_vector(&mut ident);
    // Both mon.a and osd.0 have the number 0.
    ident.i64(0).u64(shared.next_global_seq());
    ident.u64(FEATURES).u64(REQUIRED_FEATURES).u64(LOSSY).u64(0);
    ident
}

async fn expect<R: AsyncRead + Unpin>(from: &mut FrameReader<R>, tag: Tag) -> io::Result<Bytes> {
    let frame = from.control().await?;
    let [payload, ..] = frame.segments;
    match frame.tag == tag {
        true => Ok(payload),
        false => Err(unexpected(frame.tag)),
    }
}

fn unexpected(tag: Tag) -> io::Error {
    io::Error::other(format!("a frame {tag:?} where none may come"))
}

async fn send<W: AsyncWrite + Unpin>(to: &mut W, tag: Tag, payload: &Writer) -> io::Result<()> {
    send_payload(to, tag, payload.as_slice()).await
}

async fn send_payload<W: AsyncWrite + Unpin>(
    to: &mut W,
    tag: Tag,
    payload: &[u8],
) -> io::Result<()> {
    to.write_all(&control(tag, payload)).await
}
