//! The backend behind its public face, with guests written for the purpose.

mod bundled;
mod calls;
mod compiling;
mod engine;
mod guest;
mod host;
mod limits;
mod nested;
mod nothing_survives;
mod refusals;
mod threads;
