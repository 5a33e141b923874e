//! Integration tests, one module per concept.
