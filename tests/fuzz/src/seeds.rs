//! What targets start from: the flows of the captures in `pcaps/`, the committed seeds, and what another fuzzer found.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

use capture::source::file::FileSource;
use capture::{Assembly, Batch, Chunk, Config, Direction, Flow, Handler, Payload, Timestamp, Transport};
use parsers::context::Output;
use parsers::session::Session;

use crate::{corpus, mutate, pipeline, script};

/// Frames of a seed of the pipeline.
const WINDOW: usize = 24;
/// Most seeds of a target that captures give.
const MOST: usize = 200;

/// Seeds by the name of their target.
#[derive(Debug, Default)]
pub struct Seeds(HashMap<String, Vec<Vec<u8>>>);

impl Seeds {
    /// Reads the captures and the committed seeds.
    ///
    /// # Errors
    /// Where they cannot be read.
    pub fn read() -> anyhow::Result<Self> {
        let mut seeds = Self::default();
        seeds.captures(&tests::root().join("pcaps"))?;
        for kind in ["seeds", "regressions"] {
            for (target, path) in committed(kind)? {
                seeds.add(&target, fs::read(path)?);
            }
        }
        Ok(seeds)
    }

    /// Those of a target; never none.
    #[must_use]
    pub fn of(&self, target: &str) -> Vec<Vec<u8>> {
        let shared = if target.starts_with("ndr-") { "ndr" } else { target };
        let mut seeds = self.0.get(target).cloned().unwrap_or_default();
        if shared != target {
            seeds.extend(self.0.get(shared).into_iter().flatten().cloned());
        }
        seeds.extend(corpus::of(target));
        if seeds.is_empty() {
            seeds.push(vec![0; 16]);
        }
        seeds
    }

    fn add(&mut self, target: &str, seed: Vec<u8>) {
        let seeds = self.0.entry(target.to_owned()).or_default();
        if !seed.is_empty() && seed.len() <= mutate::LONGEST && seeds.len() < MOST && !seeds.contains(&seed) {
            seeds.push(seed);
        }
    }

    fn captures(&mut self, folder: &Path) -> anyhow::Result<()> {
        let mut source = FileSource::open(&[folder.to_owned()])?;
        let (mut batch, mut recorder) = (Batch::new(), Recorder::default());
        let mut assembly = Assembly::<usize>::new(&Config::default());
        let mut window: Vec<(u8, Vec<u8>)> = Vec::new();
        while batch.fill(&mut source) {
            for frame in batch.frames() {
                assembly.frame(&frame, &mut recorder);
                window.push((1, frame.data.to_vec()));
                let bytes: usize = window.iter().map(|(_, bytes)| bytes.len() + 3).sum();
                if window.len() == WINDOW || bytes > mutate::LONGEST - 2_000 {
                    self.add(
                        "pipeline",
                        pipeline::encode(window.iter().map(|(wait, bytes)| (*wait, bytes.as_slice()))),
                    );
                    window.clear();
                }
            }
            batch.clear();
        }
        assembly.finish(Timestamp(i64::MAX / 2), &mut recorder);
        for recorded in &recorder.0 {
            self.flow(recorded);
        }
        Ok(())
    }

    /// A flow is a seed of what it is read as; what it carries, of what reads that.
    fn flow(&mut self, recorded: &Recorded) {
        let (mut flow, mut session, mut out) = (recorded.flow.clone(), Session::default(), Output::new(true));
        for (direction, bytes) in &recorded.pieces {
            let payload = match flow.transport {
                Transport::Tcp => Payload::Bytes(bytes),
                Transport::Udp => Payload::Datagram {
                    data: bytes,
                    missing: 0,
                },
            };
            let chunk = Chunk {
                direction: *direction,
                time: Timestamp(0),
                frame: capture::FrameId::default(),
                payload,
            };
            session.chunk(&mut flow, &chunk, &mut out);
            self.carried(bytes);
        }
        let outer = out
            .messages
            .iter()
            .flatten()
            .find(|message| message.carrier.0.is_empty());
        let Some(name) = outer.map(|message| message.protocol.name()) else {
            return;
        };
        let name = if name.starts_with("smb") { "smb" } else { name };
        if matches!(name, "dns" | "mdns" | "llmnr") && recorded.flow.transport == Transport::Udp {
            for (_, bytes) in &recorded.pieces {
                self.add("dns-message", bytes.clone());
            }
        }
        let mut pieces = recorded.pieces.as_slice();
        while pieces.len() > 1 && pieces.iter().map(|(_, bytes)| bytes.len() + 3).sum::<usize>() >= mutate::LONGEST {
            pieces = pieces.split_at(pieces.len() / 2).0;
        }
        let pieces = pieces.iter().map(|(direction, bytes)| (*direction, bytes.as_slice()));
        self.add(name, script::encode(flow.transport == Transport::Udp, pieces));
    }

    fn carried(&mut self, bytes: &[u8]) {
        let window = |at: usize| bytes.iter().skip(at).take(1_200).copied().collect::<Vec<u8>>();
        for at in places(bytes, b"NTLMSSP\0") {
            self.add("ntlm", window(at));
        }
        for at in places(bytes, b"\x06\x06\x2b\x06\x01\x05\x05\x02") {
            self.add(
                "gss",
                window(at.saturating_sub(if bytes.get(at.wrapping_sub(3)) == Some(&0x82) {
                    4
                } else {
                    2
                })),
            );
        }
        for at in places(bytes, b"\x05\x00\x00\x03\x10\0\0\0") {
            let stub = window(at + 24);
            let length = u16::try_from(stub.len()).unwrap_or_default().to_le_bytes();
            let call = [&[0][..], &length, &stub].concat();
            self.add("ndr", [&[0][..], &call, &call].concat());
        }
        if let [22, 3, _, high, low, 1, ..] = *bytes {
            let end = 5 + usize::from(u16::from_be_bytes([high, low]));
            self.add("tls-hello", bytes.get(9..end).unwrap_or_default().to_vec());
        }
        let (datagram, framed) = (bytes.first(), bytes.get(4));
        for (at, tag) in [(0, datagram), (4, framed)] {
            if matches!(tag, Some(0x6a..=0x6e | 0x7e)) {
                self.add("kerberos-message", window(at));
                self.add("asn1", window(at));
                self.add("padata", window(at + 24));
            }
        }
        if bytes.first() == Some(&0x30) {
            self.add("ldap-message", window(0));
            self.add("asn1", window(0));
        }
        for tag in [0xa0, 0xa3] {
            if let Some(at) = bytes
                .iter()
                .position(|byte| *byte == tag)
                .filter(|_| bytes.first() == Some(&0x30))
            {
                self.add("ldap-filter", window(at));
            }
        }
    }
}

/// Where `what` begins in `bytes`.
fn places<'a>(bytes: &'a [u8], what: &'a [u8]) -> impl Iterator<Item = usize> + 'a {
    bytes
        .windows(what.len())
        .enumerate()
        .filter(move |(_, window)| *window == what)
        .map(|(at, _)| at)
}

/// The committed inputs of a kind, `seeds` or `regressions`: the target's name, and the file.
///
/// # Errors
/// Where a folder cannot be read.
pub fn committed(kind: &str) -> anyhow::Result<Vec<(String, PathBuf)>> {
    let mut found = Vec::new();
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join(kind);
    if !folder.is_dir() {
        return Ok(found);
    }
    for target in fs::read_dir(folder)? {
        let target = target?;
        for file in fs::read_dir(target.path())? {
            found.push((target.file_name().to_string_lossy().into_owned(), file?.path()));
        }
    }
    found.sort();
    Ok(found)
}

/// A flow and what it carried.
struct Recorded {
    flow: Flow,
    pieces: Vec<(Direction, Vec<u8>)>,
}

#[derive(Default)]
struct Recorder(Vec<Recorded>);

impl Handler<usize> for Recorder {
    fn chunk(&mut self, flow: &mut Flow, place: &mut usize, chunk: &Chunk<'_>) {
        if *place == 0 {
            self.0.push(Recorded {
                flow: flow.clone(),
                pieces: Vec::new(),
            });
            *place = self.0.len();
        }
        if let (Some(recorded), Payload::Bytes(data) | Payload::Datagram { data, .. }) =
            (self.0.get_mut(*place - 1), chunk.payload)
        {
            recorded.pieces.push((chunk.direction, data.to_vec()));
        }
    }

    fn deadline(&self, _: &usize) -> Option<Timestamp> {
        None
    }

    fn expire(&mut self, _: &Flow, _: &mut usize, _: Timestamp) {}

    fn close(&mut self, _: &Flow, _: &mut usize, _: Timestamp) {}
}
