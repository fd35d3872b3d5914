//! Frames for an interface: a capture over and over at a chosen rate, in a mirror's tunnel if wanted, with a flood between.
//!
//! Each repetition of the capture gets client addresses of its own, so that its flows are new ones. What counts as sent is
//! what the kernel took: a frame it refused is offered again, so the count is exact on a link that drops nothing by itself.

mod flood;
mod frames;
mod pace;
mod port;
mod tunnel;

use std::net::Ipv4Addr;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

pub use flood::Flood;
pub use frames::{Frames, Prefix};
pub use pace::Pace;
pub use port::{BATCH, Port};
pub use tunnel::{Tunnel, wrap};

/// What a run sent.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub struct Sent {
    /// Frames of the capture.
    pub frames: u64,
    /// Their bytes, tunnels included.
    pub bytes: u64,
    /// Frames of the flood.
    pub flood: u64,
    /// How often the whole capture went out.
    pub rounds: u64,
    /// How often the kernel refused a frame for the moment.
    pub refused: u64,
    /// Seconds from the first frame to the last.
    pub seconds: f64,
}

/// What to send, and until when.
#[derive(Debug)]
pub struct Plan {
    /// The capture's frames.
    pub frames: Frames,
    /// Frames of the capture per second; none is as fast as it goes.
    pub rate: Option<f64>,
    /// Frames of the capture at most.
    pub limit: Option<u64>,
    /// How long at most.
    pub time: Option<Duration>,
    /// What fills the time between the capture's frames.
    pub flood: Option<Flood>,
    /// A tunnel around each of them.
    pub tunnel: Option<(Tunnel, Ipv4Addr)>,
}

impl Plan {
    /// Sends until the limit, the time or `stop` ends it.
    ///
    /// # Errors
    /// What the kernel says about the socket, other than being busy.
    pub fn run(mut self, port: &mut Port, stop: &AtomicBool) -> anyhow::Result<Sent> {
        let (started, mut sent) = (Instant::now(), Sent::default());
        let mut pace = self.rate.map(|rate| Pace::new(rate, started));
        let mut outgoing: Vec<Vec<u8>> = Vec::new();
        while !stop.load(Ordering::Relaxed) && self.time.is_none_or(|time| started.elapsed() < time) {
            let left = self.limit.map_or(u64::MAX, |limit| limit - sent.frames);
            if left == 0 {
                break;
            }
            let due = pace.as_ref().map_or(BATCH as u64, |pace| pace.due(sent.frames));
            let wanted = due.min(left).min(BATCH as u64) as usize;
            if wanted > 0 {
                self.batch(wanted, port, &mut outgoing, &mut sent)?;
            } else if let Some(flood) = &mut self.flood {
                sent.flood += port.send(flood.next_batch(), &mut sent.refused)?;
            } else if let Some(pace) = &mut pace {
                pace.wait(sent.frames);
            }
        }
        sent.rounds = self.frames.rounds();
        sent.seconds = started.elapsed().as_secs_f64();
        Ok(sent)
    }

    fn batch(
        &mut self,
        wanted: usize,
        port: &mut Port,
        outgoing: &mut Vec<Vec<u8>>,
        sent: &mut Sent,
    ) -> anyhow::Result<()> {
        let batch = self.frames.next_batch(wanted);
        let Some((tunnel, towards)) = self.tunnel else {
            sent.bytes += batch.iter().map(|frame| frame.len() as u64).sum::<u64>();
            sent.frames += port.send(batch.iter().map(Vec::as_slice), &mut sent.refused)?;
            return Ok(());
        };
        outgoing.clear();
        outgoing.extend(
            (sent.frames..)
                .zip(batch)
                .map(|(number, frame)| wrap(tunnel, towards, number, frame)),
        );
        sent.bytes += outgoing.iter().map(|frame| frame.len() as u64).sum::<u64>();
        sent.frames += port.send(outgoing.iter().map(Vec::as_slice), &mut sent.refused)?;
        Ok(())
    }
}
