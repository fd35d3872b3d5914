//! Replays captures as one worker does and prints what was counted: `cargo run --release -p capture --example replay FILE...`

mod count;

use std::path::PathBuf;

use capture::source::file::FileSource;
use capture::{Assembly, Batch, Config, Timestamp};
use count::Count;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let paths: Vec<PathBuf> = std::env::args_os().skip(1).map(PathBuf::from).collect();
    let mut source = FileSource::open(&paths)?;
    let mut assembly = Assembly::<()>::new(&Config::default());
    let (mut count, mut batch) = (Count::default(), Batch::new());
    while batch.fill(&mut source) {
        for frame in batch.frames() {
            count.frame(&frame, &mut assembly);
        }
        batch.clear();
    }
    let last = Timestamp::new(count.second.unwrap_or_default(), 0);
    assembly.finish(last, &mut count);
    count::print(&assembly);
    println!("chunks {}", count.chunks);
    for damage in source.damages() {
        println!("{}: at byte {}: {}", damage.file, damage.offset, damage.what);
    }
    Ok(())
}
