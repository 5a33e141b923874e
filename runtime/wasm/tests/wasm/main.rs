//! The backend behind its public face, with guests written for the purpose.

mod calls;
mod engine;
mod guest;
