//! Object classes in WebAssembly.
