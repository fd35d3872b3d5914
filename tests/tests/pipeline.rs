//! The output depends on the traffic alone: not on how streams were cut into segments, nor on the number of workers.
#![expect(clippy::unwrap_used, reason = "a test that cannot be set up fails")]

use std::fs;
use std::path::Path;

use proptest::prelude::*;
use tests::{case, pcap, recut, replay};

fn said(folder: &Path, workers: u8) -> String {
    let output = replay(folder, &["--workers", &workers.to_string(), "capture.pcap"]);
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 12, max_shrink_iters: 40, ..ProptestConfig::default() })]

    /// Segments of 1 to 40 bytes here and there, or whole: the same bytes as from the capture as it was, with 1, 2 and 4 workers.
    #[test]
    fn cuts_and_workers_change_nothing(lengths in prop::collection::vec(prop_oneof![3 => Just(0_usize), 1 => 1_usize..40, 1 => 40_usize..1400], 1..200)) {
        let story = pcap::read(&fs::read(case("story/capture.pcap")).unwrap()).unwrap();
        let folder = tempfile::tempdir().unwrap();
        let (whole, cut) = (folder.path().join("whole"), folder.path().join("cut"));
        for (folder, packets) in [(&whole, &story), (&cut, &recut::recut(&story, &mut lengths.into_iter().cycle()))] {
            fs::create_dir(folder).unwrap();
            fs::write(folder.join("capture.pcap"), pcap::write(packets)).unwrap();
        }
        let expected = said(&whole, 1);
        prop_assert!(expected.lines().count() > 100);
        for workers in [1, 2, 4] {
            prop_assert!(said(&cut, workers) == expected, "cut, {workers} workers: other bytes");
        }
    }
}
