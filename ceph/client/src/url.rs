//! Which cluster, pool and user: `rados:///POOL?conf=PATH&id=NAME&keyring=PATH&timeout=30s&returnvec=true`.

use std::{
    fmt,
    path::{Path, PathBuf},
    str::FromStr,
    time::Duration,
};

const SCHEME: &str = "rados:";

/// The known parameters.
const PARAMETERS: &str = "conf, id, keyring, timeout and returnvec";

/// The user if the URL names none, as for `rados` and `ceph`.
const DEFAULT_ID: &str = "admin";

/// How long to wait for the cluster if the URL does not say. librados itself would wait for ever.
const DEFAULT_TIMEOUT: Duration = Duration::from_secs(30);

/// Longest timeout, a week: a longer one is a typing error.
const MAX_TIMEOUT: u64 = 7 * 24 * 3600;

/// A parsed URL of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ClusterUrl {
    text: String,
    pool: Option<String>,
    conf: Option<PathBuf>,
    id: String,
    keyring: Option<PathBuf>,
    timeout: Option<Duration>,
    returnvec: bool,
}

/// Why a text is not the URL of a cluster.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum InvalidUrl {
    /// Another scheme.
    #[error("it does not begin with rados:")]
    Scheme,
    /// Something stands where other URLs have a host.
    #[error(
        "write rados:///POOL with three slashes: the monitors are in the cluster's configuration file"
    )]
    Host,
    /// More than one path segment.
    #[error("there is one pool in a URL; write a slash in its name as %2F")]
    Path,
    /// A fragment.
    #[error("write # as %23")]
    Fragment,
    /// A control character, or a `%` without two hexadecimal digits, or not UTF-8.
    #[error("{part} is not well escaped")]
    Escape {
        /// The part.
        part: &'static str,
    },
    /// A parameter without `=`, or one that does not exist.
    #[error("there is no parameter {name:?}; there are {PARAMETERS}")]
    Parameter {
        /// The name as given.
        name: String,
    },
    /// A parameter was given twice.
    #[error("{name} is given twice")]
    Twice {
        /// The name.
        name: &'static str,
    },
    /// A value that does not fit.
    #[error("{name} is to be {expected}")]
    Value {
        /// The parameter.
        name: &'static str,
        /// What would be accepted.
        expected: &'static str,
    },
}

impl ClusterUrl {
    /// Whether a text is meant as the URL of a cluster, correct or not.
    #[must_use]
    pub fn is_meant_by(text: &str) -> bool {
        text.starts_with(SCHEME)
    }

    /// The pool, when the URL names one.
    #[must_use]
    pub fn pool(&self) -> Option<&str> {
        self.pool.as_deref()
    }

    /// The cluster's configuration file; `None` means where librados looks by itself, such as `/etc/ceph/ceph.conf`.
    #[must_use]
    pub fn conf(&self) -> Option<&Path> {
        self.conf.as_deref()
    }

    /// The user, without `client.`.
    #[must_use]
    pub fn id(&self) -> &str {
        &self.id
    }

    /// The file with the user's key; `None` means where librados looks by itself.
    #[must_use]
    pub fn keyring(&self) -> Option<&Path> {
        self.keyring.as_deref()
    }

    /// How long to wait for an answer of the cluster; `None` means for ever.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        self.timeout
    }

    /// Whether to ask for the output of calls that write (`LIBRADOS_OPERATION_RETURNVEC`). Off by default: if the output is longer
    /// than `osd_max_write_op_reply_len` (64 bytes), Ceph 16.2 returns `EOVERFLOW` and applies nothing, but acts as if
    /// it had; the next read of the object may then find it damaged. Classes of Radula keep to 64 bytes.
    #[must_use]
    pub fn returnvec(&self) -> bool {
        self.returnvec
    }
}

impl fmt::Display for ClusterUrl {
    /// As it was given.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl FromStr for ClusterUrl {
    type Err = InvalidUrl;

    fn from_str(text: &str) -> Result<Self, InvalidUrl> {
        let rest = text.strip_prefix(SCHEME).ok_or(InvalidUrl::Scheme)?;
        if rest.contains('#') {
            return Err(InvalidUrl::Fragment);
        }
        let (path, query) = rest.split_once('?').unwrap_or((rest, ""));
        let pool = path.strip_prefix("///").ok_or(InvalidUrl::Host)?;
        if pool.contains('/') {
            return Err(InvalidUrl::Path);
        }
        let pool = decoded("the pool", pool)?;
        let mut url = Self {
            text: text.to_owned(),
            pool: (!pool.is_empty()).then_some(pool),
            conf: None,
            id: DEFAULT_ID.to_owned(),
            keyring: None,
            timeout: Some(DEFAULT_TIMEOUT),
            returnvec: false,
        };
        let mut seen = Vec::new();
        for parameter in query.split('&').filter(|parameter| !parameter.is_empty()) {
            let (name, value) = parameter.split_once('=').unwrap_or((parameter, ""));
            let name = url.set(name, value)?;
            if seen.contains(&name) {
                return Err(InvalidUrl::Twice { name });
            }
            seen.push(name);
        }
        Ok(url)
    }
}

impl ClusterUrl {
    fn set(&mut self, name: &str, value: &str) -> Result<&'static str, InvalidUrl> {
        Ok(match name {
            "conf" => {
                self.conf = Some(path("conf", value)?);
                "conf"
            }
            "keyring" => {
                self.keyring = Some(path("keyring", value)?);
                "keyring"
            }
            "id" => {
                let id = decoded("id", value)?;
                if id.is_empty() || id.starts_with("client.") {
                    return Err(InvalidUrl::Value {
                        name: "id",
                        expected: "the name of a user without \"client.\"",
                    });
                }
                self.id = id;
                "id"
            }
            "timeout" => {
                self.timeout = seconds(value).ok_or(InvalidUrl::Value {
                    name: "timeout",
                    expected: "whole seconds such as 30s, or 0 to wait for ever",
                })?;
                "timeout"
            }
            "returnvec" => {
                self.returnvec = match value {
                    "true" => true,
                    "false" => false,
                    _ => {
                        return Err(InvalidUrl::Value {
                            name: "returnvec",
                            expected: "true or false",
                        });
                    }
                };
                "returnvec"
            }
            name => {
                return Err(InvalidUrl::Parameter {
                    name: name.chars().take(64).collect(),
                });
            }
        })
    }
}

/// What a process opens must not depend on the directory it was started in.
fn path(name: &'static str, value: &str) -> Result<PathBuf, InvalidUrl> {
    let path = PathBuf::from(decoded(name, value)?);
    if path.is_absolute() {
        Ok(path)
    } else {
        Err(InvalidUrl::Value {
            name,
            expected: "an absolute path",
        })
    }
}

/// The outer `None` is no number; the inner one is for ever.
fn seconds(value: &str) -> Option<Option<Duration>> {
    let digits = value.strip_suffix('s').unwrap_or(value);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    let number: u64 = digits
        .parse()
        .ok()
        .filter(|number| *number <= MAX_TIMEOUT)?;
    Some((number > 0).then(|| Duration::from_secs(number)))
}

/// Percent-decodes. Everything else stands for itself, `+` too.
fn decoded(part: &'static str, text: &str) -> Result<String, InvalidUrl> {
    let refused = || InvalidUrl::Escape { part };
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte != b'%' {
            bytes.push(byte);
            continue;
        }
        let mut digit = || char::from(rest.next()?).to_digit(16);
        let (Some(high), Some(low)) = (digit(), digit()) else {
            return Err(refused());
        };
        bytes.push(u8::try_from(high * 16 + low).map_err(|_| refused())?);
    }
    match String::from_utf8(bytes) {
        Ok(text) if !text.chars().any(char::is_control) => Ok(text),
        _ => Err(refused()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ClusterUrl, InvalidUrl> {
        text.parse()
    }

    #[test]
    fn everything_a_url_can_say_is_read() {
        let text = "rados:///my%2Fpool?conf=/a%20b/ceph.conf&id=radula.x&keyring=/k&timeout=7s&returnvec=true";
        let url = parse(text).unwrap();
        assert_eq!(url.pool(), Some("my/pool"));
        assert_eq!(url.conf(), Some(Path::new("/a b/ceph.conf")));
        assert_eq!(url.id(), "radula.x");
        assert_eq!(url.keyring(), Some(Path::new("/k")));
        assert_eq!(url.timeout(), Some(Duration::from_secs(7)));
        assert!(url.returnvec());
        assert_eq!(url.to_string(), text);
    }

    #[test]
    fn what_a_url_does_not_say_has_a_default() {
        for text in ["rados:///", "rados:///?"] {
            let url = parse(text).unwrap();
            assert_eq!((url.pool(), url.conf(), url.keyring()), (None, None, None));
            assert_eq!((url.id(), url.timeout()), ("admin", Some(DEFAULT_TIMEOUT)));
            assert!(!url.returnvec());
        }
        assert_eq!(parse("rados:///p?timeout=0").unwrap().timeout(), None);
        assert_eq!(parse("rados:///a+b").unwrap().pool(), Some("a+b"));
    }

    #[test]
    fn what_is_not_meant_is_refused_with_what_is() {
        let refused = |text| parse(text).unwrap_err().to_string();
        for (text, part) in [
            ("rado:///p", "does not begin with rados:"),
            ("rados:p", "three slashes"),
            ("rados://p", "three slashes"),
            ("rados://mon1:6789/p", "three slashes"),
            ("rados:///a/b", "%2F"),
            ("rados:///p#x", "%23"),
            ("rados:///%", "the pool is not well escaped"),
            ("rados:///%g0", "the pool is not well escaped"),
            ("rados:///%+1", "the pool is not well escaped"),
            ("rados:///%ff", "the pool is not well escaped"),
            ("rados:///a%00b", "the pool is not well escaped"),
            ("rados:///p?config=/x", "no parameter \"config\""),
            ("rados:///p?conf=/x&conf=/y", "conf is given twice"),
            ("rados:///p?conf", "conf is to be an absolute path"),
            (
                "rados:///p?conf=ceph.conf",
                "conf is to be an absolute path",
            ),
            (
                "rados:///p?keyring=~/k",
                "keyring is to be an absolute path",
            ),
            ("rados:///p?id=", "without \"client.\""),
            ("rados:///p?id=client.admin", "without \"client.\""),
            ("rados:///p?returnvec=1", "true or false"),
            ("rados:///p?timeout=", "whole seconds"),
            ("rados:///p?timeout=1.5s", "whole seconds"),
            ("rados:///p?timeout=+5", "whole seconds"),
            ("rados:///p?timeout=99999999", "whole seconds"),
        ] {
            assert!(refused(text).contains(part), "{text}: {}", refused(text));
        }
    }
}
