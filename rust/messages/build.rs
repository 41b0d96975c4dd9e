//! Generates the Rust types of `proto/messages.proto`.

use std::io::Error;

fn main() -> Result<(), Error> {
    const CONTRACT: &str = "../../proto/messages.proto";
    println!("cargo::rerun-if-changed={CONTRACT}");
    let descriptors = protox::compile([CONTRACT], ["../../proto"]).map_err(Error::other)?;
    prost_build::Config::new()
        .btree_map(["."])
        .compile_fds(descriptors)
}
