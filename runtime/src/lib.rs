//! The backends this build has.
