//! Buffered writes over a snapshot of one object.
