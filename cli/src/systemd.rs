//! Tells systemd how a service is (`Type=notify`).

use std::{
    ffi::{OsStr, OsString},
    io,
    os::{
        linux::net::SocketAddrExt as _,
        unix::{
            ffi::OsStrExt as _,
            net::{SocketAddr, UnixDatagram},
        },
    },
};

/// The variable in which systemd names its socket.
const SOCKET: &str = "NOTIFY_SOCKET";

/// Tells the service manager that this process is ready, if one wants to know.
#[expect(
    clippy::disallowed_methods,
    reason = "the environment is how systemd says where it listens"
)]
pub(crate) fn ready() -> io::Result<()> {
    match std::env::var_os(SOCKET) {
        Some(socket) => tell(&socket, "READY=1"),
        None => Ok(()),
    }
}

fn tell(socket: &OsStr, state: &str) -> io::Result<()> {
    let address = match socket.as_bytes().strip_prefix(b"@") {
        Some(name) => SocketAddr::from_abstract_name(name)?,
        None => SocketAddr::from_pathname(OsString::from(socket))?,
    };
    UnixDatagram::unbound()?.send_to_addr(state.as_bytes(), &address)?;
    Ok(())
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test is the service manager")]
mod tests {
    use super::*;

    #[test]
    fn readiness_reaches_a_socket_with_a_path_and_one_without() {
        let dir = tempfile::tempdir().expect("a directory");
        let path = dir.path().join("socket");
        let name = format!("radula-test-{}", std::process::id());
        let abstract_address = SocketAddr::from_abstract_name(&name).expect("a name");
        for (socket, receiver) in [
            (path.clone().into_os_string(), UnixDatagram::bind(&path)),
            (
                format!("@{name}").into(),
                UnixDatagram::bind_addr(&abstract_address),
            ),
        ] {
            let receiver = receiver.expect("it is free");
            tell(&socket, "READY=1").expect("it is told");
            let mut buffer = [0; 16];
            let length = receiver.recv(&mut buffer).expect("it arrives");
            assert_eq!(&buffer[..length], b"READY=1");
        }
        assert!(tell(OsStr::new("/nowhere/at/all"), "READY=1").is_err());
    }
}
