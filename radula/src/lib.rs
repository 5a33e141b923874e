//! Object classes on a durable object store, embedded in your process.
