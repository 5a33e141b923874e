//! A connection from beginning to end: reads what comes, hands it on, sends what is answered.

use std::{io, net::SocketAddr, sync::Arc, time::Duration};

use tokio::{
    net::TcpStream,
    time::{sleep, timeout},
};

use super::{
    Incoming, Outbox, Room, RoomTaken,
    handshake::{Client, Role, handshake},
    outbox::outbox,
};
use crate::{
    frame::{Frame, FrameReader, Preamble, Tag},
    mon::MonSession,
    osd::OsdSession,
    shared::Shared,
};

/// How long a client may take to introduce itself.
const HANDSHAKE: Duration = Duration::from_secs(15);
/// How long running requests may take to be answered when the server stops.
const LAST_ANSWERS: Duration = Duration::from_secs(10);
/// Room a monitor's client gets: its messages are small.
const MON_ROOM: usize = 8 << 20;
/// Bytes of an answer that has little to say.
const SMALL: usize = 256;

enum Session {
    Mon(MonSession),
    Osd(OsdSession),
}

/// Serves one client until it goes, breaks the protocol, or the server stops.
pub(crate) async fn serve(shared: Arc<Shared>, stream: TcpStream, socket: SocketAddr) {
    if let Err(error) = run(&shared, stream, socket).await
        && error.kind() != io::ErrorKind::UnexpectedEof
        && error.kind() != io::ErrorKind::ConnectionReset
    {
        tracing::warn!("client {socket}: {error}");
    }
}

async fn run(shared: &Arc<Shared>, mut stream: TcpStream, socket: SocketAddr) -> io::Result<()> {
    stream.set_nodelay(true)?;
    let (from, mut to) = stream.split();
    let mut from = FrameReader::new(from);
    let greeted = timeout(HANDSHAKE, handshake(shared, socket, &mut from, &mut to)).await;
    let (client, sealer) =
        greeted.map_err(|_| io::Error::other("it took too long to introduce itself"))??;
    let room = Room::new(match client.role {
        Role::Mon => MON_ROOM,
        Role::Osd => shared.connection_room,
    });
    let (outbox, waiting) = outbox();
    let mut stop = shared.stop.subscribe();
    let reading = read(shared, client, &mut from, &outbox, &room);
    let mut writing = std::pin::pin!(waiting.send_to(sealer, to));
    tokio::select! {
        read = reading => return read,
        written = &mut writing => return written,
        _ = stop.wait_for(|stop| *stop) => {}
    }
    // What was asked is answered, nothing more is read.
    tokio::select! {
        written = &mut writing => written,
        () = room.all_back() => Ok(()),
        () = sleep(LAST_ANSWERS) => Ok(()),
    }
}

/// Waits for the next frame and for room for it. Can be cancelled.
async fn next<R: tokio::io::AsyncRead + Unpin>(
    from: &mut FrameReader<R>,
    room: &Room,
) -> io::Result<(Option<Frame>, RoomTaken)> {
    let preamble: Preamble = from.preamble().await?;
    let taken = room.take(preamble.body().max(SMALL)).await;
    Ok((from.frame(&preamble).await?, taken))
}

async fn read<R: tokio::io::AsyncRead + Unpin>(
    shared: &Arc<Shared>,
    client: Client,
    from: &mut FrameReader<R>,
    outbox: &Outbox,
    room: &Room,
) -> io::Result<()> {
    let mut session = match client.role {
        Role::Mon => Session::Mon(MonSession::new(shared, client, outbox)),
        Role::Osd => Session::Osd(OsdSession::new(shared, client, outbox, room)),
    };
    let mut view = shared.cluster.subscribe();
    loop {
        let (frame, taken) = tokio::select! {
            next = next(from, room) => next?,
            changed = view.changed() => {
                changed.map_err(io::Error::other)?;
                let map = view.borrow_and_update().osd_map.len();
                let taken = room.take(map).await;
                if let Session::Mon(mon) = &mut session {
                    mon.push_maps(taken);
                }
                continue;
            }
        };
        let Some(frame) = frame else { continue };
        match frame.tag {
            Tag::Message => {
                let message = Incoming::read(frame).map_err(io::Error::other)?;
                match &mut session {
                    Session::Mon(mon) => mon.receive(message, taken),
                    Session::Osd(osd) => osd.receive(message, taken).await,
                }
                .map_err(io::Error::other)?;
            }
            Tag::Keepalive2 => {
                let [stamp, ..] = frame.segments;
                outbox.send_control(Tag::Keepalive2Ack, stamp, taken);
            }
            // Of no use on a lossy connection.
            Tag::Ack | Tag::Keepalive2Ack => {}
            other => return Err(io::Error::other(format!("a frame {other:?} in a session"))),
        }
    }
}
