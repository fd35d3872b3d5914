//! A file of many megabytes is read under load: whether its payload is cut off in the kernel, passed over here, or read, the same is told of it,
//! and nothing counts as lost.

use serde_json::Value;
use tests::elephant;

use crate::bench::{Bench, adds_up, inside};

/// Reads of the file, and bytes of each.
const READS: u64 = 12;
const BYTES: u32 = 4 << 20;

/// What one run told and counted.
#[derive(Debug)]
struct Told {
    file: Value,
    unread: u64,
    cut: u64,
    cut_bytes: u64,
}

/// The file is read once, at 20,000 frames a second.
fn read(interface: &str, elephants: bool) -> Told {
    let mut bench = Bench::with(interface, &format!("elephants = {elephants}\n"));
    let packets = elephant::read(READS, BYTES);
    let frames = packets.len() as u64;
    assert_eq!(Bench::send_these(packets, Some(20_000.0), frames).frames, frames);
    bench.wait("all frames are taken", |_| Bench::ring().0 >= frames);
    let status = Bench::status().unwrap();
    let (ledger, activities) = bench.end_with_spool();
    assert_eq!(adds_up(&ledger), frames);
    let mode = status.pointer("/snapshot/interfaces/0/mode").and_then(Value::as_str);
    assert_eq!(
        mode.unwrap_or_default().starts_with("af-xdp"),
        interface.contains("af-xdp"),
        "{mode:?}"
    );
    for name in ["dropped", "filtered", "truncated"] {
        assert_eq!(Bench::counted(&status, name), 0, "{name}: {status}");
    }
    let counter = |name: &str| {
        let counters = status.pointer("/snapshot/workers/0/counters").unwrap();
        counters.get(name).and_then(Value::as_u64).unwrap_or(0)
    };
    for name in [
        "tcp.gaps",
        "tcp.gap-bytes",
        "tcp.cut-bytes",
        "tcp.missing-bytes",
        "tcp.unread-refused",
    ] {
        assert_eq!(counter(name), 0, "{name}: {status}");
    }
    let files: Vec<_> = activities
        .iter()
        .filter(|activity| activity["kind"] == "smb_file")
        .collect();
    let &[file] = files.as_slice() else {
        panic!("{activities:?}")
    };
    Told {
        file: file["details"].clone(),
        unread: counter("tcp.unread-bytes"),
        cut: Bench::counted(&status, "cut"),
        cut_bytes: Bench::counted(&status, "cut_bytes"),
    }
}

#[test]
fn the_same_is_told_with_and_without_cutting() {
    inside("elephants::the_same_is_told_with_and_without_cutting", || {
        let xdp = "mode = \"af-xdp\"\n";
        let whole = read(xdp, false);
        assert_eq!((whole.unread, whole.cut, whole.cut_bytes), (0, 0, 0));
        assert_eq!(whole.file["bytes_read"], READS * u64::from(BYTES), "{whole:?}");
        let cut = read(xdp, true);
        assert_eq!(cut.file, whole.file);
        // What was on its way before the kernel knew came whole.
        assert!(
            cut.cut_bytes > READS * u64::from(BYTES) / 2 && cut.unread > cut.cut_bytes,
            "{cut:?}"
        );
        let passed = read("", true);
        assert_eq!((&passed.file, passed.cut), (&whole.file, 0));
        assert!(passed.unread > READS * u64::from(BYTES) * 9 / 10, "{passed:?}");
    });
}
