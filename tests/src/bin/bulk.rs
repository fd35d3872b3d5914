//! `bulk`: writes a capture of bulk reads over SMB 2, for measurements.

use std::fs::File;
use std::io::{BufWriter, Write};
use std::path::PathBuf;

use anyhow::Context;
use clap::Parser;
use tests::bulk;

/// Write a capture of 64 KiB reads over SMB 2.
#[derive(Debug, Parser)]
struct Arguments {
    /// The capture to write.
    #[arg(value_name = "FILE")]
    capture: PathBuf,
    /// At least so many packets.
    #[arg(long, value_name = "N", default_value_t = 1_000_000)]
    packets: u64,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let name = arguments.capture.display();
    let file = File::create(&arguments.capture).with_context(|| name.to_string())?;
    let mut out = BufWriter::with_capacity(1 << 20, file);
    let packets = bulk::write(arguments.packets, &mut out)?;
    out.flush()?;
    println!("{packets}");
    Ok(())
}
