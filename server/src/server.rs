//! A server: started, asked where it is, stopped.

use std::{
    io,
    net::SocketAddr,
    process::Child,
    sync::{Arc, atomic::AtomicU64},
    time::Duration,
};

use radula::Radula;
use rustix::process::{Pid, kill_process};
use tokio::{
    net::{TcpListener, TcpStream},
    runtime::Runtime,
    signal::unix::{Signal, SignalKind, signal},
    sync::{Semaphore, watch},
    task::JoinSet,
    time::sleep,
};

use crate::{
    cluster::Cluster,
    lanes::Lanes,
    link,
    objects::Objects,
    osd::watch_clock,
    quotas,
    settings::ServeOptions,
    shared::{Shared, osd_address},
};

/// Threads that read and write connections. Requests run elsewhere.
const NETWORK_THREADS: usize = 2;
/// How long to wait when no connection can be accepted.
const PAUSE: Duration = Duration::from_millis(50);

/// Why nothing is served.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum ServeError {
    /// The address is reached from other machines, and nobody would be asked for a key.
    #[error(
        "{address} is not a loopback address; there is no authentication yet, so use 127.0.0.1 or [::1]"
    )]
    NotLoopback {
        /// The address.
        address: SocketAddr,
    },
    /// The address cannot be listened at.
    #[error("cannot listen at {address}")]
    Listen {
        /// The address.
        address: SocketAddr,
        /// Why.
        source: io::Error,
    },
    /// The objects are in a cluster.
    #[error("the objects are in a Ceph cluster, which serves them itself")]
    InCluster,
    /// What is kept of the cluster that clients see cannot be read or written.
    #[error("the cluster's record, object cluster in pool .radula")]
    Record {
        /// Why.
        source: io::Error,
    },
    /// The signals that end a server cannot be taken over.
    #[error("cannot wait for SIGTERM and SIGINT")]
    Signals {
        /// Why.
        source: io::Error,
    },
    /// The network threads do not start.
    #[error("cannot start threads")]
    Threads {
        /// Why.
        source: io::Error,
    },
}

/// The signals that ask a process to end.
#[derive(Debug)]
pub struct Signals {
    terminate: Signal,
    interrupt: Signal,
    /// A process we started has ended.
    child: Signal,
}

/// A running server. Dropping it stops it at once; [`stop`](Server::stop) answers what runs first.
#[derive(Debug)]
pub struct Server {
    runtime: Runtime,
    shared: Arc<Shared>,
    accepting: tokio::task::JoinHandle<()>,
}

impl Server {
    /// Starts serving the objects of `radula`. When this returns, clients can connect.
    ///
    /// # Errors
    /// [`ServeError`] says which part is missing.
    pub fn start(radula: Radula, options: &ServeOptions) -> Result<Self, ServeError> {
        let address = options.listen;
        if !address.ip().is_loopback() {
            return Err(ServeError::NotLoopback { address });
        }
        if radula.store().is_none() {
            return Err(ServeError::InCluster);
        }
        let runtime = tokio::runtime::Builder::new_multi_thread()
            .worker_threads(NETWORK_THREADS)
            .thread_name("radula-net")
            .enable_all()
            .build()
            .map_err(|source| ServeError::Threads { source })?;
        let listening = runtime.block_on(async {
            let listener = TcpListener::bind(address).await?;
            Ok((listener.local_addr()?, listener))
        });
        let (socket, listener) =
            listening.map_err(|source| ServeError::Listen { address, source })?;
        let objects = Objects::new(radula);
        let cluster = Cluster::open(objects.clone(), osd_address(socket))
            .map_err(|source| ServeError::Record { source })?;
        let shared = Arc::new(Shared {
            cluster,
            objects,
            lanes: Lanes::new(options.threads),
            results: Default::default(),
            watches: Default::default(),
            stop: watch::Sender::new(false),
            connection_room: options.connection_room,
            socket,
            global_seq: AtomicU64::new(1),
        });
        runtime.spawn(watch_clock(Arc::clone(&shared)));
        runtime.spawn(quotas::watch(Arc::clone(&shared)));
        let accepting = runtime.spawn(accept(listener, options.connections, Arc::clone(&shared)));
        Ok(Self {
            runtime,
            shared,
            accepting,
        })
    }

    /// Where it listens.
    #[must_use]
    pub fn address(&self) -> SocketAddr {
        self.shared.socket
    }

    /// The configuration clients need, as the text of a `ceph.conf`.
    #[must_use]
    pub fn ceph_conf(&self) -> String {
        format!(
            "[global]\n\
             fsid = {}\n\
             mon_host = [v2:{}]\n\
             auth_cluster_required = none\n\
             auth_service_required = none\n\
             auth_client_required = none\n\
             keyring = /dev/null\n",
            self.shared.cluster.view().record.fsid_text(),
            self.shared.socket
        )
    }

    /// Takes SIGTERM and SIGINT over from now on, so that they end the process only through [`wait`](Server::wait).
    ///
    /// # Errors
    /// The signals cannot be taken.
    pub fn take_signals(&self) -> Result<Signals, ServeError> {
        let _inside = self.runtime.enter();
        let take = |kind| signal(kind).map_err(|source| ServeError::Signals { source });
        Ok(Signals {
            terminate: take(SignalKind::terminate())?,
            interrupt: take(SignalKind::interrupt())?,
            child: take(SignalKind::child())?,
        })
    }

    /// Waits until the process is asked to end.
    pub fn wait(&self, signals: &mut Signals) {
        self.runtime.block_on(async {
            tokio::select! {
                _ = signals.terminate.recv() => {}
                _ = signals.interrupt.recv() => {}
            }
        });
    }

    /// Waits until a process we started has ended. SIGTERM is passed on to it; SIGINT is too by the terminal, which sends it to both.
    ///
    /// # Errors
    /// The process cannot be waited for.
    pub fn wait_for(
        &self,
        process: &mut Child,
        signals: &mut Signals,
    ) -> io::Result<std::process::ExitStatus> {
        self.runtime.block_on(async {
            loop {
                if let Some(status) = process.try_wait()? {
                    return Ok(status);
                }
                tokio::select! {
                    _ = signals.child.recv() => {}
                    _ = signals.interrupt.recv() => {}
                    _ = signals.terminate.recv() => terminate(process),
                }
            }
        })
    }

    /// Stops: accepts nobody, answers what runs, closes the connections.
    pub fn stop(self) {
        self.shared.stop.send_replace(true);
        let _ = self.runtime.block_on(self.accepting);
    }
}

fn terminate(process: &Child) {
    if let Some(pid) = i32::try_from(process.id()).ok().and_then(Pid::from_raw) {
        // One that ended meanwhile needs no signal; it is not waited for yet, so its number is nobody else's.
        let _ended = kill_process(pid, rustix::process::Signal::TERM);
    }
}

async fn accept(listener: TcpListener, most: usize, shared: Arc<Shared>) {
    let free = Arc::new(Semaphore::new(most.min(Semaphore::MAX_PERMITS)));
    let mut connections = JoinSet::new();
    let mut stop = shared.stop.subscribe();
    loop {
        let accepted: io::Result<(TcpStream, SocketAddr)> = tokio::select! {
            accepted = listener.accept() => accepted,
            Some(_) = connections.join_next() => continue,
            _ = stop.wait_for(|stop| *stop) => break,
        };
        match accepted {
            Ok((stream, client)) => {
                let Ok(place) = Arc::clone(&free).try_acquire_owned() else {
                    tracing::warn!(
                        "client {client}: {most} connections are open, all that serve.connections allows"
                    );
                    continue;
                };
                let shared = Arc::clone(&shared);
                connections.spawn(async move {
                    link::serve(shared, stream, client).await;
                    drop(place);
                });
            }
            Err(error) => {
                tracing::warn!("no connection can be accepted: {error}");
                sleep(PAUSE).await;
            }
        }
    }
    drop(listener);
    connections.join_all().await;
}
