//! Lets the library see `OUT_DIR`: an executable that lies in the directory this crate was built in is a
//! development build and finds the classes of the workspace.

fn main() {
    println!("cargo::rerun-if-changed=build.rs");
}
