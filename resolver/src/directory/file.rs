//! A directory file: LDIF or JSON lines, told apart by their first byte.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Read};
use std::path::Path;
use std::sync::Arc;

use super::builder::Builder;
use super::error::{DirectoryError, Problem};
use super::ldif::{Item, Ldif};
use super::record::Record;
use super::{Snapshot, json};

/// The longest JSON line.
const MAX_JSON: u64 = 16 << 20;

/// Problems found so far: all are counted, the first are kept.
#[derive(Debug, Default)]
pub(crate) struct Problems {
    kept: Vec<Problem>,
    count: u64,
}

impl Problems {
    fn add(&mut self, path: &Arc<Path>, line: u64, what: &'static str, consequence: &'static str) {
        self.count += 1;
        if self.kept.len() < Snapshot::MAX_PROBLEMS {
            self.kept.push(Problem {
                path: Arc::clone(path),
                line,
                what,
                consequence,
            });
        }
    }

    pub(crate) fn finish(self) -> (Vec<Problem>, u64) {
        (self.kept, self.count)
    }
}

/// Adds the records of the file at `path` to `builder`.
pub(crate) fn read(path: &Path, builder: &mut Builder, problems: &mut Problems) -> Result<(), DirectoryError> {
    let unreadable = |source| DirectoryError::Unreadable {
        path: path.to_owned(),
        source,
    };
    let mut input = BufReader::with_capacity(1 << 16, File::open(path).map_err(unreadable)?);
    let head = input.fill_buf().map_err(unreadable)?;
    if let Some(what) = foreign(head) {
        return Err(DirectoryError::Foreign {
            path: path.to_owned(),
            what,
        });
    }
    let is_json = head.trim_ascii_start().first() == Some(&b'{');
    let mut sink = Sink {
        builder,
        problems,
        path: path.into(),
    };
    if is_json {
        read_json(input, &mut sink).map_err(unreadable)
    } else {
        read_ldif(input, &mut sink).map_err(unreadable)
    }
}

/// Where the records of one file go.
struct Sink<'a> {
    builder: &'a mut Builder,
    problems: &'a mut Problems,
    path: Arc<Path>,
}

impl Sink<'_> {
    fn record(&mut self, record: &Record) {
        if !self.builder.add(record) {
            self.damage(
                record.line,
                "the directory has more than 8,388,608 objects",
                "the record is skipped",
            );
        }
    }

    fn damage(&mut self, line: u64, what: &'static str, consequence: &'static str) {
        self.problems.add(&self.path, line, what, consequence);
    }
}

fn read_ldif(input: impl BufRead, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut ldif = Ldif::new(input);
    while let Some(item) = ldif.item()? {
        match item {
            Item::Record(record) => sink.record(&record),
            Item::Damage(line, what, consequence) => sink.damage(line, what, consequence),
        }
    }
    Ok(())
}

fn read_json(mut input: impl BufRead, sink: &mut Sink<'_>) -> io::Result<()> {
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if input.by_ref().take(MAX_JSON).read_until(b'\n', &mut line)? == 0 {
            break;
        }
        if line.len() as u64 == MAX_JSON && line.last() != Some(&b'\n') {
            skip_line(&mut input)?;
            sink.damage(number, "the line is longer than 16 MiB", "the record is skipped");
            continue;
        }
        match json::record(number, &line) {
            _ if line.trim_ascii().is_empty() => {}
            Ok(record) => sink.record(&record),
            Err(what) => sink.damage(number, what, "the record is skipped"),
        }
    }
    Ok(())
}

/// Passes over the rest of a line, in the memory of one buffer.
fn skip_line(input: &mut impl BufRead) -> io::Result<()> {
    loop {
        let available = input.fill_buf()?;
        let (end, taken) = match available.iter().position(|byte| *byte == b'\n') {
            Some(at) => (true, at + 1),
            None => (available.is_empty(), available.len()),
        };
        input.consume(taken);
        if end {
            return Ok(());
        }
    }
}

/// What a file looks like that is neither LDIF nor JSON lines.
fn foreign(head: &[u8]) -> Option<&'static str> {
    let text = head.strip_prefix(b"\xef\xbb\xbf").unwrap_or(head).trim_ascii_start();
    Some(match head {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] => "UTF-16 text (convert it to UTF-8)",
        [0x1f, 0x8b, ..] => "compressed with gzip (decompress it)",
        [0x28, 0xb5, 0x2f, 0xfd, ..] => "compressed with zstd (decompress it)",
        [0xd4 | 0x4d, 0xc3 | 0x3c, 0xb2, 0xa1, ..] | [0xa1, 0xb2, ..] | [0x0a, 0x0d, 0x0d, 0x0a, ..] => {
            "a packet capture"
        }
        _ if text.first() == Some(&b'[') => "a JSON array (write one object a line)",
        _ if head.contains(&0) => "binary data",
        _ => return None,
    })
}
