//! Benchmarks live in `benches/`; each file measures one thing against what it is built on, in one run.
