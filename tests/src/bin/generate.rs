//! `generate`: sends the frames of a capture, and a flood, out of an interface, and says exactly what it sent.
//!
//! It ends at its limit, its time, SIGINT or SIGTERM, and prints one line of JSON.

use std::net::Ipv4Addr;
use std::path::PathBuf;
use std::sync::atomic::AtomicBool;
use std::time::Duration;

use anyhow::Context;
use clap::Parser;
use serde_json::json;
use tests::generator::{Flood, Frames, Plan, Port, Prefix, Tunnel};
use tests::pcap;

/// Send a capture's frames out of an interface.
#[derive(Debug, Parser)]
struct Arguments {
    /// The interface; it takes frames as they are, so its MTU bounds them.
    #[arg(long, value_name = "IF")]
    interface: String,
    /// A classic capture of Ethernet frames; it is sent again and again.
    #[arg(long, value_name = "FILE")]
    capture: PathBuf,
    /// Frames of the capture per second; without it, as fast as it goes.
    #[arg(long, value_name = "PPS")]
    rate: Option<f64>,
    /// End after so many seconds.
    #[arg(long, value_name = "N")]
    seconds: Option<f64>,
    /// End after so many frames of the capture.
    #[arg(long, value_name = "N")]
    frames: Option<u64>,
    /// End after the whole capture so many times.
    #[arg(long, value_name = "N", conflicts_with = "frames")]
    rounds: Option<u64>,
    /// The same clients come again after so many rounds; without it, after 1,800.
    #[arg(long, value_name = "N")]
    returning: Option<u64>,
    /// Leave out frames longer than so many bytes: superframes, on a link whose MTU is bounded.
    #[arg(long, value_name = "BYTES")]
    longest: Option<usize>,
    /// Addresses that stay the same in every round: servers.
    #[arg(long, value_name = "ADDRESS/LENGTH", default_value = "10.0.0.0/12")]
    keep: Vec<Prefix>,
    /// Fill the time between the capture's frames with datagrams of so many bytes.
    #[arg(long, value_name = "BYTES", requires = "rate")]
    flood: Option<usize>,
    /// Where the flood goes.
    #[arg(long, value_name = "ADDRESS", default_value = "10.1.0.1")]
    flood_to: Ipv4Addr,
    /// The port it goes to.
    #[arg(long, value_name = "PORT", default_value_t = 9)]
    flood_port: u16,
    /// Put every frame of the capture into a mirror's tunnel.
    #[arg(long)]
    tunnel: Option<Tunnel>,
    /// The tunnel's other end.
    #[arg(long, value_name = "ADDRESS", default_value = "10.78.0.2")]
    tunnel_to: Ipv4Addr,
}

fn main() -> anyhow::Result<()> {
    let arguments = Arguments::parse();
    let name = arguments.capture.display();
    let bytes = std::fs::read(&arguments.capture).with_context(|| name.to_string())?;
    let mut packets =
        pcap::read(&bytes).with_context(|| format!("{name}: cut, or no classic little-endian capture"))?;
    packets.retain(|packet| arguments.longest.is_none_or(|longest| packet.data.len() <= longest));
    let mut frames = Frames::new(packets, &arguments.keep);
    if let Some(rounds) = arguments.returning {
        frames = frames.returning(rounds);
    }
    anyhow::ensure!(!frames.is_empty(), "{name}: holds no frame");
    let rounds = arguments.rounds.map(|rounds| rounds * frames.len() as u64);
    let plan = Plan {
        frames,
        rate: arguments.rate,
        limit: arguments.frames.or(rounds),
        time: arguments.seconds.map(Duration::from_secs_f64),
        flood: arguments
            .flood
            .map(|size| Flood::new(size, arguments.flood_to, arguments.flood_port)),
        tunnel: arguments.tunnel.map(|tunnel| (tunnel, arguments.tunnel_to)),
    };
    let sent = plan.run(&mut Port::open(&arguments.interface)?, stop()?)?;
    let per_second = (sent.frames + sent.flood) as f64 / sent.seconds;
    println!(
        "{}",
        json!({"frames": sent.frames, "bytes": sent.bytes, "flood": sent.flood, "rounds": sent.rounds,
            "refused": sent.refused, "seconds": sent.seconds, "per_second": per_second.round()})
    );
    Ok(())
}

/// Set by SIGINT and SIGTERM.
fn stop() -> anyhow::Result<&'static AtomicBool> {
    use std::sync::Arc;
    let stop = Arc::new(AtomicBool::new(false));
    for signal in [signal_hook::consts::SIGINT, signal_hook::consts::SIGTERM] {
        signal_hook::flag::register(signal, Arc::clone(&stop))?;
    }
    Ok(Box::leak(Box::new(stop)))
}
