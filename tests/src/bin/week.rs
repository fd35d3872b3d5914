//! `week`: writes days of packet time over connections that never end, for measurements.

use std::io::{BufWriter, Write};

use clap::Parser;
use tests::week::Week;

/// Write a capture of long-lived connections of LDAP, SMB and RPC to standard output; says on standard error when a day is over.
#[derive(Debug, Parser)]
struct Arguments {
    /// Connections, all of them open all the time.
    #[arg(long, value_name = "N", default_value_t = 100_000)]
    connections: u32,
    /// Days of packet time.
    #[arg(long, value_name = "N", default_value_t = 7)]
    days: u32,
    /// Requests on each connection in a day.
    #[arg(long, value_name = "N", default_value_t = 24)]
    uses: u32,
}

fn main() -> anyhow::Result<()> {
    let Arguments {
        connections,
        days,
        uses,
    } = Arguments::parse();
    let mut out = BufWriter::with_capacity(1 << 16, std::io::stdout().lock());
    let week = Week {
        connections,
        days,
        uses,
    };
    week.write(&mut out, |day| eprintln!("{day}"))?;
    out.flush()?;
    Ok(())
}
