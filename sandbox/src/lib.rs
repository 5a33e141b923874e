//! File checks, scoped directories, limit policy.
