//! Watches interfaces as one worker does, and prints what was counted, what it cost and how old frames were when they were lent:
//! `cargo run --release -p capture --example live SECONDS INTERFACE...`

mod count;

use std::ops::ControlFlow;
use std::time::{Duration, Instant};

use capture::source::live::{Opened, open};
use capture::{Assembly, Config, Interface, Poll, Source};
use count::Count;
use nix::sys::resource::{UsageWho, getrusage};
use nix::sys::time::TimeValLike;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let mut arguments = std::env::args().skip(1);
    let seconds: u64 = arguments.next().unwrap_or_default().parse()?;
    let config = Config {
        interfaces: arguments.map(|name| Interface::new(&name)).collect(),
        ..Config::default()
    };
    let Opened {
        mut sources,
        mut watch,
        modes,
        notes,
    } = open(&config, 1)?;
    println!("{modes:?} {notes:?}");
    let mut live = sources.remove(0);
    let mut assembly = Assembly::<()>::new(&config);
    let (mut count, mut waits) = (Count::default(), 0u64);
    let mut ages = Vec::new();
    let (began, before) = (Instant::now(), cpu()?);
    while began.elapsed() < Duration::from_secs(seconds) {
        let now = live.now();
        let mut first = true;
        let poll = live.poll(&mut |frame| {
            if std::mem::take(&mut first) {
                ages.push(now.since(frame.time).as_micros());
            }
            count.frame(frame, &mut assembly);
            ControlFlow::Continue(())
        });
        if poll == Poll::Idle {
            waits += 1;
            live.wait(Duration::from_millis(50));
        }
    }
    let cost = cpu()?.saturating_sub(before);
    let frames: u64 = live.stats().rings.iter().map(|ring| ring.received).sum();
    println!("{:#?}", live.stats());
    println!("{:?}", watch.look());
    count::print(&assembly);
    ages.sort_unstable();
    let age = |part: usize| ages.get(ages.len() * part / 100).copied().unwrap_or(0);
    println!(
        "chunks {}, waits {waits}, cpu {cost:?} = {} ns per frame",
        count.chunks,
        cost.as_nanos() / u128::from(frames.max(1))
    );
    println!(
        "age of the oldest frame of a turn, microseconds: p50 {} p99 {}",
        age(50),
        age(99)
    );
    Ok(())
}

/// Processor time of this thread.
fn cpu() -> nix::Result<Duration> {
    let usage = getrusage(UsageWho::RUSAGE_THREAD)?;
    let micros = usage.user_time().num_microseconds() + usage.system_time().num_microseconds();
    Ok(Duration::from_micros(micros as u64))
}
