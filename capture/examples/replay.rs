//! Replays captures as one worker does and prints what was counted: `cargo run --release -p capture --example replay FILE...`

use std::path::PathBuf;

use capture::source::file::FileSource;
use capture::{Assembly, Batch, Chunk, Config, Flow, Handler, Timestamp};

/// Counts chunks and forgets them.
#[derive(Default)]
struct Count(u64);

impl Handler<()> for Count {
    fn chunk(&mut self, _: &mut Flow, (): &mut (), _: &Chunk<'_>) {
        self.0 += 1;
    }

    fn deadline(&self, (): &()) -> Option<Timestamp> {
        None
    }

    fn expire(&mut self, _: &Flow, (): &mut (), _: Timestamp) {}

    fn close(&mut self, _: &Flow, (): &mut (), _: Timestamp) {}
}

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut source = FileSource::open(&paths)?;
    let mut assembly = Assembly::<()>::new(&Config::default());
    let (mut count, mut batch, mut second) = (Count::default(), Batch::new(), i64::MIN);
    while batch.fill(&mut source) {
        for frame in batch.frames() {
            if frame.time.seconds() > second {
                second = frame.time.seconds();
                assembly.tick(Timestamp::new(second, 0), &mut count);
            }
            assembly.frame(&frame, &mut count);
        }
        batch.clear();
    }
    assembly.finish(Timestamp::new(second, 0), &mut count);
    for (name, value) in assembly.stats().iter().filter(|(_, value)| *value > 0) {
        println!("{name} {value}");
    }
    println!("chunks {}", count.0);
    for damage in source.damages() {
        println!("{}: at byte {}: {}", damage.file, damage.offset, damage.what);
    }
    Ok(())
}
