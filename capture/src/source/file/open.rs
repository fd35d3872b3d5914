//! Opening a capture: what kind of file it is, by magic and never by name, through gzip and Zstandard.

use std::fs::File;
use std::io::{self, BufReader, Read, Seek, SeekFrom};
use std::os::fd::AsFd;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use flate2::bufread::MultiGzDecoder;

use super::classic::Classic;
use super::looks;
use super::pcapng::PcapNg;
use super::record::{Fault, Record};
use super::snoop::Snoop;
use super::wait::Waiting;
use super::window::Window;

/// How much of a file is looked at to tell what it is.
const HEAD: usize = 512;
/// Read size below a decompressor.
const COMPRESSED_READ: usize = 128 << 10;

/// Why a path cannot be replayed.
#[derive(Debug, thiserror::Error)]
pub enum OpenError {
    /// It is absent or cannot be read (sysexits: 66).
    #[error("{}: cannot be read: {source}", path.display())]
    Unreadable {
        /// As given, or as found in a folder.
        path: PathBuf,
        /// What the system says.
        source: io::Error,
    },
    /// It is no capture (sysexits: 65).
    #[error("{}: not a capture: {looks_like}", path.display())]
    NotCapture {
        /// As given.
        path: PathBuf,
        /// What it looks like instead.
        looks_like: String,
    },
}

impl OpenError {
    pub(super) fn unreadable(path: &Path, source: io::Error) -> Self {
        Self::Unreadable {
            path: path.to_owned(),
            source,
        }
    }

    pub(super) fn not_capture(path: &Path, looks_like: impl Into<String>) -> Self {
        Self::NotCapture {
            path: path.to_owned(),
            looks_like: looks_like.into(),
        }
    }
}

/// Whether `path` means standard input.
pub(super) fn is_stdin(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// How the packets of a file are written, and where the walk through it is.
#[derive(Clone, Debug)]
pub(super) enum Format {
    Classic(Classic),
    PcapNg(PcapNg),
    Snoop(Snoop),
}

impl Format {
    /// Reads the file's header.
    fn open(window: &mut Window, input: &mut Input) -> Result<Option<Self>, Fault> {
        window.want(input, 4)?;
        let Some(magic) = window.bytes().first_chunk().copied() else {
            return Ok(None);
        };
        if Classic::recognises(magic) {
            return Classic::open(window, input).map(Self::Classic).map(Some);
        }
        if PcapNg::recognises(magic) {
            return PcapNg::open(window, input).map(Self::PcapNg).map(Some);
        }
        window.want(input, 8)?;
        if Snoop::recognises(window.bytes()) {
            return Snoop::open(window, input).map(Self::Snoop).map(Some);
        }
        Ok(None)
    }

    /// Finds the next packet in the window.
    pub(super) fn next(&mut self, window: &mut Window, input: &mut Input) -> Result<Option<Record>, Fault> {
        match self {
            Self::Classic(classic) => classic.next(window, input),
            Self::PcapNg(pcapng) => pcapng.next(window, input),
            Self::Snoop(snoop) => snoop.next(window, input),
        }
    }
}

/// Opens `path`, skips its file header and says how the rest is to be read; a pipe is at its end once `stop` is raised.
pub(super) fn open(path: &Path, read: usize, stop: &Arc<AtomicBool>) -> Result<(Input, Window, Format), OpenError> {
    let mut input = Input::open(path, stop).map_err(|source| OpenError::unreadable(path, source))?;
    let mut window = Window::new(read, 0);
    match Format::open(&mut window, &mut input) {
        Ok(Some(format)) => Ok((input, window, format)),
        Ok(None) => Err(OpenError::not_capture(
            path,
            input.describe(&looks::like(window.bytes())),
        )),
        Err(Fault(what)) => Err(OpenError::not_capture(path, input.describe(&what))),
    }
}

/// Opens `path`, which is no pipe, again at `offset` of its decompressed bytes.
pub(super) fn reopen(path: &Path, read: usize, offset: u64) -> Result<(Input, Window), Fault> {
    let mut input = Input::open(path, &Arc::default())?;
    input.skip(offset)?;
    Ok((input, Window::new(read, offset)))
}

/// The bytes of one capture, decompressed.
pub(super) enum Input {
    Plain(Raw),
    Gzip(Box<MultiGzDecoder<BufReader<Raw>>>),
    Zstd(Box<zstd::Decoder<'static, BufReader<Raw>>>),
}

impl Input {
    fn open(path: &Path, stop: &Arc<AtomicBool>) -> io::Result<Self> {
        let raw = Raw::open(path, stop)?;
        let buffered = |raw| BufReader::with_capacity(COMPRESSED_READ, raw);
        Ok(match looks::compression(&raw.head) {
            Some(looks::Compression::Gzip) => Self::Gzip(Box::new(MultiGzDecoder::new(buffered(raw)))),
            Some(looks::Compression::Zstd) => Self::Zstd(Box::new(zstd::Decoder::with_buffer(buffered(raw))?)),
            None => Self::Plain(raw),
        })
    }

    /// Bytes read from the file so far, compressed as they are there.
    pub(super) fn position(&self) -> u64 {
        match self {
            Self::Plain(raw) => raw.count,
            Self::Gzip(decoder) => decoder.get_ref().get_ref().count,
            Self::Zstd(decoder) => decoder.get_ref().get_ref().count,
        }
    }

    /// Passes over the first `offset` bytes.
    fn skip(&mut self, offset: u64) -> io::Result<()> {
        if let Self::Plain(raw) = self {
            return raw.seek(offset);
        }
        io::copy(&mut self.take(offset), &mut io::sink()).map(|_| ())
    }

    /// `looks` with the compression around it.
    fn describe(&self, looks: &str) -> String {
        match self {
            Self::Plain(_) => looks.to_owned(),
            Self::Gzip(_) => format!("gzip of: {looks}"),
            Self::Zstd(_) => format!("zstd of: {looks}"),
        }
    }
}

impl Read for Input {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(raw) => raw.read(buffer),
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Zstd(decoder) => decoder.read(buffer),
        }
    }
}

/// A file or a pipe whose first bytes have been looked at.
pub(super) struct Raw {
    head: Vec<u8>,
    delivered: usize,
    rest: Rest,
    count: u64,
}

enum Rest {
    File(File),
    /// Standard input, and whatever has a path and is no regular file.
    Pipe(Waiting<File>),
}

impl Raw {
    fn open(path: &Path, stop: &Arc<AtomicBool>) -> io::Result<Self> {
        let file = if is_stdin(path) {
            // Not `Stdin`, which buffers.
            File::from(io::stdin().as_fd().try_clone_to_owned()?)
        } else {
            File::open(path)?
        };
        let rest = if file.metadata()?.is_file() && !is_stdin(path) {
            Rest::File(file)
        } else {
            Rest::Pipe(Waiting::new(file, Arc::clone(stop)))
        };
        let mut raw = Self {
            head: Vec::new(),
            delivered: 0,
            rest,
            count: 0,
        };
        let mut head = Vec::with_capacity(HEAD);
        raw.by_ref().take(HEAD as u64).read_to_end(&mut head)?;
        raw.head = head;
        Ok(raw)
    }

    fn seek(&mut self, offset: u64) -> io::Result<()> {
        let Rest::File(file) = &mut self.rest else {
            return Err(io::ErrorKind::NotSeekable.into());
        };
        file.seek(SeekFrom::Start(offset))?;
        self.delivered = self.head.len();
        self.count = offset;
        Ok(())
    }
}

impl Read for Raw {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let mut ahead = self.head.get(self.delivered..).unwrap_or_default();
        if !ahead.is_empty() {
            let read = ahead.read(buffer)?;
            self.delivered += read;
            return Ok(read);
        }
        let read = match &mut self.rest {
            Rest::File(file) => file.read(buffer)?,
            Rest::Pipe(pipe) => pipe.read(buffer)?,
        };
        self.count += read as u64;
        Ok(read)
    }
}
