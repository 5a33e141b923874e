//! A connection to a cluster.

use std::{
    ffi::{CString, c_char},
    fmt,
    os::unix::ffi::OsStrExt as _,
    ptr,
    sync::Arc,
};

use objclass::Errno;

use crate::{
    ClusterUrl, Pool,
    api::{Api, Handle, api},
    error::{ConnectError, PoolError},
    name::c_name,
};

/// Bytes for the list of pools at the first attempt.
const POOLS: usize = 4096;
/// Bytes of a cluster's id, a UUID as text, with its NUL.
const FSID: usize = 37;

/// A connection to a cluster, shared by its clones and the [`Pool`]s made from it; closed with the last of them.
#[derive(Clone)]
pub struct Cluster {
    connection: Arc<Connection>,
}

/// The handle librados calls `rados_t`.
pub(crate) struct Connection {
    pub(crate) api: &'static Api,
    pub(crate) raw: Handle,
}

// SAFETY: librados locks inside; its handles are made to be used from any thread and from many at once.
unsafe impl Send for Connection {}
// SAFETY: as above.
unsafe impl Sync for Connection {}

impl Drop for Connection {
    fn drop(&mut self) {
        // SAFETY: every pool holds this alive, so nothing made from the handle is left. Shutting down a handle that
        // never connected is allowed.
        unsafe { (self.api.rados_shutdown)(self.raw) }
    }
}

impl fmt::Debug for Cluster {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Cluster").finish_non_exhaustive()
    }
}

impl Cluster {
    /// Connects. The URL's timeout applies to this and to every later operation.
    ///
    /// # Errors
    /// librados is missing, or the cluster refused access or did not answer.
    pub fn connect(url: &ClusterUrl) -> Result<Self, ConnectError> {
        let api = api()?;
        let user = format!("client.{}", url.id());
        let refused = |errno| ConnectError::Refused {
            id: url.id().to_owned(),
            errno,
        };
        // The URL has no control characters, so there is no NUL.
        let user = c_name(&user).ok_or_else(|| refused(Errno::EINVAL))?;
        let mut raw = ptr::null_mut();
        // SAFETY: `raw` is a place for the handle; a cluster name of NULL is the default, and the user is a C string.
        let created = unsafe { (api.rados_create2)(&mut raw, ptr::null(), user.as_ptr(), 0) };
        if let Some(errno) = Errno::from_return(created) {
            return Err(refused(errno));
        }
        // From here on dropping it shuts the handle down.
        let connection = Connection { api, raw };
        connection.configure(url)?;
        // SAFETY: the handle is live.
        match Errno::from_return(unsafe { (api.rados_connect)(raw) }) {
            Some(errno) => Err(refused(errno)),
            None => Ok(Self {
                connection: Arc::new(connection),
            }),
        }
    }

    /// The cluster's id, a UUID.
    ///
    /// # Errors
    /// The cluster does not answer.
    pub fn fsid(&self) -> Result<String, PoolError> {
        let Connection { api, raw } = *self.connection;
        let mut text = [0; FSID];
        // SAFETY: the handle is live and the buffer has the length given.
        let result = unsafe {
            (api.rados_cluster_fsid)(raw, text.as_mut_ptr().cast::<c_char>(), text.len())
        };
        if let Some(errno) = Errno::from_return(result) {
            return Err(PoolError::Answered { errno });
        }
        Ok(first_text(&text))
    }

    /// The names of the pools, in byte order.
    ///
    /// # Errors
    /// The cluster does not answer.
    pub fn pools(&self) -> Result<Vec<String>, PoolError> {
        let Connection { api, raw } = *self.connection;
        let mut names = vec![0_u8; POOLS];
        loop {
            // SAFETY: the handle is live and the buffer has the length given.
            let needed = unsafe {
                (api.rados_pool_list)(raw, names.as_mut_ptr().cast::<c_char>(), names.len())
            };
            if let Some(errno) = Errno::from_return(needed) {
                return Err(PoolError::Answered { errno });
            }
            match usize::try_from(needed) {
                Ok(needed) if needed > names.len() => names.resize(needed, 0),
                _ => break,
            }
        }
        // Each name ends in a NUL, and an empty one ends the list.
        let mut pools: Vec<String> = names
            .split(|byte| *byte == 0)
            .take_while(|name| !name.is_empty())
            .map(|name| String::from_utf8_lossy(name).into_owned())
            .collect();
        pools.sort();
        Ok(pools)
    }

    /// A namespace of a pool; `""` is the default one.
    ///
    /// # Errors
    /// There is no such pool, or a name cannot be sent.
    pub fn pool(&self, pool: &str, namespace: &str) -> Result<Pool, PoolError> {
        Pool::open(Arc::clone(&self.connection), pool, namespace)
    }

    /// A pool for listing the objects of all its namespaces; not for operations.
    ///
    /// # Errors
    /// There is no such pool, or its name cannot be sent.
    pub fn pool_of_all_namespaces(&self, pool: &str) -> Result<Pool, PoolError> {
        Pool::of_all_namespaces(Arc::clone(&self.connection), pool)
    }
}

impl Connection {
    fn configure(&self, url: &ClusterUrl) -> Result<(), ConnectError> {
        let path = |path: &std::path::Path| {
            c_name(path.as_os_str().as_bytes()).ok_or(ConnectError::Configuration {
                path: Some(path.to_owned()),
                errno: Errno::EINVAL,
            })
        };
        let conf: Option<CString> = url.conf().map(path).transpose()?;
        let conf_path = conf.as_ref().map_or(ptr::null(), |conf| conf.as_ptr());
        // SAFETY: the handle is live; the path is a C string or NULL, which is where librados looks by itself.
        let read = unsafe { (self.api.rados_conf_read_file)(self.raw, conf_path) };
        if let Some(errno) = Errno::from_return(read) {
            return Err(ConnectError::Configuration {
                path: url.conf().map(Into::into),
                errno,
            });
        }
        // A library does not write to its program's standard error; what went wrong is in the errors.
        self.set("log_to_stderr", "false")?;
        self.set("err_to_stderr", "false")?;
        if let Some(keyring) = url.keyring() {
            self.set("keyring", &keyring.to_string_lossy())?;
        }
        if let Some(timeout) = url.timeout() {
            let seconds = timeout.as_secs().to_string();
            for option in [
                "client_mount_timeout",
                "rados_mon_op_timeout",
                "rados_osd_op_timeout",
            ] {
                self.set(option, &seconds)?;
            }
        }
        Ok(())
    }

    fn set(&self, option: &'static str, value: &str) -> Result<(), ConnectError> {
        let refused = |errno| ConnectError::Setting {
            option,
            value: value.to_owned(),
            errno,
        };
        let (Some(name), Some(text)) = (c_name(option), c_name(value)) else {
            return Err(refused(Errno::EINVAL));
        };
        // SAFETY: the handle is live and both are C strings.
        let result = unsafe { (self.api.rados_conf_set)(self.raw, name.as_ptr(), text.as_ptr()) };
        Errno::from_return(result).map_or(Ok(()), |errno| Err(refused(errno)))
    }
}

/// The text before the first NUL.
fn first_text(bytes: &[u8]) -> String {
    let text = bytes.split(|byte| *byte == 0).next().unwrap_or_default();
    String::from_utf8_lossy(text).into_owned()
}
