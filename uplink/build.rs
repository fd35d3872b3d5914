//! Compiles what is in `proto/adtap/v1` with protox, so that no `protoc` is needed.

use std::error::Error;

fn main() -> Result<(), Box<dyn Error>> {
    println!("cargo::rerun-if-changed=proto");
    let files = protox::compile(["adtap/v1/adtap.proto", "adtap/v1/directory.proto"], ["proto"])?;
    tonic_prost_build::configure()
        .bytes(".adtap.v1.Batch.activities")
        .compile_fds(files)?;
    Ok(())
}
