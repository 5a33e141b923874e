//! The backends this build has.
//!
//! This crate knows their names and their order, nothing else: what a backend is, is said by
//! [`objclass::ClassBackend`]; what is done with one, by the loader.
#![forbid(unsafe_code)]

mod default_backends;

pub use default_backends::default_backends;
