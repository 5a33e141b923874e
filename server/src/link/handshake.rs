//! From the first byte to an open session: banners, greetings, authentication, identities.

use std::{io, net::SocketAddr};

use tokio::io::{AsyncRead, AsyncWrite};

use super::{
    banner,
    talk::{Talk, unexpected},
};
use crate::{
    auth::{Admitted, Exchange, Verdict},
    frame::{FrameReader, Sealer, Tag},
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

impl Client {
    /// What classes are told of it, as in an OSD: name, then address.
    pub(crate) fn origin(&self) -> String {
        let id = self.global_id;
        let nonce = self.address.nonce;
        match self.address.socket {
            Some(socket) => format!("client.{id} {socket}/{nonce}"),
            None => format!("client.{id} {}/{nonce}", self.socket),
        }
    }
}

/// The flag of a session that is not resumed after a fault: the client sends again what was not answered.
const LOSSY: u64 = 1;

const ENTITY_MON: u8 = 1;
const ENTITY_OSD: u8 = 4;

/// Returns who is at the other end, and how frames to it are made from now on.
pub(super) async fn handshake<R, W>(
    shared: &Shared,
    socket: SocketAddr,
    from: &mut FrameReader<R>,
    to: &mut W,
) -> io::Result<(Client, Sealer)>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut talk = Talk::new(from, to);
    talk.send_raw(&banner::banner()).await?;
    banner::read(talk.from).await?;
    // The client says whom it means to speak to; monitor and OSD share a port and differ in their nonce.
    let hello = talk.expect(Tag::Hello).await?;
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
    talk.send(Tag::Hello, greeting.as_slice()).await?;
    let admitted = authenticate(shared, role, &mut talk).await?;
    let global_id = admitted.global_id;
    sign(admitted, &mut talk).await?;
    let address = identify(shared, role, &mut talk).await?;
    let client = Client {
        global_id,
        role,
        address,
        socket,
    };
    Ok((client, talk.into_sealer()))
}

async fn authenticate<R, W>(
    shared: &Shared,
    role: Role,
    talk: &mut Talk<'_, R, W>,
) -> io::Result<Admitted>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let mut exchange = Exchange::new(shared, role);
    loop {
        let request = talk.expect(Tag::AuthRequest).await?;
        match exchange.request(&request)? {
            Verdict::Admitted(admitted) => {
                let done = admitted.done.as_slice();
                talk.send(Tag::AuthDone, done).await?;
                return Ok(admitted);
            }
            Verdict::OtherMethod(refusal) => {
                talk.send(Tag::AuthBadMethod, refusal.as_slice()).await?;
            }
        }
    }
}

/// Both sides sign what was said; the signatures are the first frames under the protection that was agreed.
async fn sign<R, W>(admitted: Admitted, talk: &mut Talk<'_, R, W>) -> io::Result<()>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    let (received, sent) = talk.take_records();
    let Admitted {
        signing,
        sealer,
        opener,
        ..
    } = admitted;
    talk.protect(sealer, opener);
    talk.send(Tag::AuthSignature, &signing.sign(&received))
        .await?;
    let signature = talk.expect(Tag::AuthSignature).await?;
    signing.check(&sent, &signature).map_err(io::Error::other)
}

async fn identify<R, W>(
    shared: &Shared,
    role: Role,
    talk: &mut Talk<'_, R, W>,
) -> io::Result<Address>
where
    R: AsyncRead + Unpin,
    W: AsyncWrite + Unpin,
{
    loop {
        let frame = talk.from.control().await?;
        match frame.tag {
            Tag::ClientIdent => {
                let mut ident = Reader::new(&frame.segments[0]);
                let address = Address::read_vector(&mut ident).map_err(io::Error::other)?;
                Address::read(&mut ident).map_err(io::Error::other)?;
                ident.take(16).map_err(io::Error::other)?;
                let supported = ident.u64().map_err(io::Error::other)?;
                if supported & REQUIRED_FEATURES != REQUIRED_FEATURES {
                    let missing = REQUIRED_FEATURES & !supported;
                    talk.send(Tag::IdentMissingFeatures, &missing.to_le_bytes())
                        .await?;
                    return Err(io::Error::other("the client lacks address vectors"));
                }
                let ident = server_ident(shared, role);
                talk.send(Tag::ServerIdent, ident.as_slice()).await?;
                return Ok(address);
            }
            // There is never a session to go on with; the reset says that all of it is gone.
            Tag::SessionReconnect => talk.send(Tag::SessionReset, &[1]).await?,
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
