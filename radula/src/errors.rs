//! How errors work.
//!
//! Every method of [`IoCtx`](crate::IoCtx) fails with an [`Error`](crate::Error). Nothing of a failed request was applied,
//! with one exception: after [`CommitError::Failed`](crate::store::CommitError::Failed) you only know when the store is
//! opened again.
//!
//! Use of an error depends on who reads it:
//!
//! | who | what | example |
//! |---|---|---|
//! | a person | its text: one line with class, method, object, error number and the whole cause | `class tally, method vote, object rbd/election: EINVAL: invalid argument` |
//! | a Ceph client | [`errno`](crate::Error::errno), as RADOS numbers errors | `ENOENT` |
//! | a program that decides | [`cause`](crate::Error::cause), an enum with the parts | `Cause::Call(CallError::Trap(trap))` |
//! | a program in another language | [`report`](crate::Error::report), plain data that serde writes | `--json` of the command |
//!
//! A call of a method fails in one of three ways, [`CallError`](crate::CallError): the method answered with an error number
//! (`Class`), the call was ended (`Trap`: a limit, an error in guest code, a panic), or the host failed (`Host`).
//! [`spent`](crate::Error::spent) tells the limits of the call and what it used, [`location`](crate::Error::location) the line
//! of guest code.
//!
//! ```
//! use radula::{Cause, Config, Errno, Radula};
//!
//! let config = Config::default().in_memory();
//! let pool = Radula::open(config)?.ioctx("music");
//! let error = pool.read("song", ..).unwrap_err();
//! assert_eq!(error.errno(), Errno::ENOENT);
//! assert!(matches!(error.cause(), Cause::NoObject));
//! assert_eq!(error.to_string(), "object music/song: ENOENT: the object does not exist");
//! # Ok::<(), Box<dyn std::error::Error>>(())
//! ```
//!
//! # Errors every request may have
//!
//! | errno | why | what to do |
//! |---|---|---|
//! | `EINVAL`, `ENAMETOOLONG` | no object can have this name | choose another |
//! | `EIO` | the store cannot be read, or holds something other than what was written | `radula fsck`, or restore a backup |
//! | `EBUSY` | too many writers wait for the object or the disk, or for too long | try again later; `object_queue`, `object_wait`, `commit_queue`, `commit_wait` |
//! | `ENOSPC`, `EROFS` | the disk is full or cannot be written | free space; [`CommitError`](crate::store::CommitError) says whether the store goes on |
//! | `EDQUOT` | the pool or the object has as many entries as its quota allows | remove some, or raise `quotas.…` |
//!
//! In a cluster there are also those of [`ClusterError`](crate::ClusterError).
