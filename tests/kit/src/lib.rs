//! Fixtures and the behaviour suite.
