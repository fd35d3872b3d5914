//! A session on disk: what is known of a naming context and where it stands, so that a start needs no controller.
//!
//! ```text
//! file    = "ADTAPDIR", version, checksum of the attributes' names, body, checksum of everything before
//! body    = context, domain, base, complete, mark, stamp, count, slot…, count, group…
//! slot    = GUID, state (0 gone, 1 object, 2 stub, 3 object of which not all is known), [length, packed record],
//!           [length, place of each attribute of which not all values are known]
//! group   = position, count, position of each member…
//! ```
//! Numbers are little-endian, checksums CRC-32. A file is written beside the old one, synced, and put in its place.

use std::fs::File;
use std::io::{self, BufReader, BufWriter, Read, Write};
use std::path::{Path, PathBuf};

use capture::Timestamp;
use crc32fast::Hasher;

use super::replica::{Replica, Slot};
use super::session::{Context, Mark, Session, Stamp};
use crate::directory::builder::MAX_OBJECTS;
use crate::directory::packed::Packed;
use crate::directory::{Attribute, Guid};

const MAGIC: &[u8; 8] = b"ADTAPDIR";
const VERSION: u32 = 1;
/// The state of an object of which not all values are known.
const CUT: u8 = 3;
/// The longest text, cookie or record.
const MAX_BYTES: u32 = 64 << 20;

/// A stored directory that is of no use: everything is read again.
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// It cannot be read.
    #[error("{}: {source}; the directory is read from a controller as a whole; check the disk and the file's permissions", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// What the system said.
        source: io::Error,
    },
    /// It is cut short, changed, or something else.
    #[error("{}: {what}; it is not used, and the directory is read from a controller as a whole; nothing needs to be done", path.display())]
    Damaged {
        /// The file.
        path: PathBuf,
        /// What is wrong with it.
        what: &'static str,
    },
}

impl Session {
    /// Writes it to `path`, whole or not at all.
    ///
    /// # Errors
    /// What the system says; the file before is untouched then.
    pub fn save(&self, path: &Path) -> io::Result<()> {
        let beside = path.with_extension("new");
        let mut out = Summed::new(BufWriter::with_capacity(1 << 20, File::create(&beside)?));
        self.write(&mut out)?;
        let sum = out.hasher.clone().finalize();
        out.inner.write_all(&sum.to_le_bytes())?;
        out.inner.flush()?;
        out.inner.get_ref().sync_all()?;
        std::fs::rename(&beside, path)?;
        let folder = path.parent().filter(|folder| !folder.as_os_str().is_empty());
        File::open(folder.unwrap_or(Path::new(".")))?.sync_all()
    }

    /// Reads what [`Self::save`] wrote; none where there is no such file. `dirsync` as in [`Self::new`].
    ///
    /// # Errors
    /// A file that cannot be read, or is damaged.
    pub fn load(path: &Path, dirsync: bool) -> Result<Option<Self>, StoreError> {
        let unreadable = |source| StoreError::Unreadable {
            path: path.to_owned(),
            source,
        };
        let file = match File::open(path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
            file => file.map_err(unreadable)?,
        };
        let mut input = Summed::new(BufReader::with_capacity(1 << 20, file));
        match Self::read_from(&mut input, dirsync) {
            Ok(session) => Ok(Some(session)),
            Err(Flaw::Io(error)) if error.kind() != io::ErrorKind::UnexpectedEof => Err(unreadable(error)),
            Err(Flaw::Io(_)) => Err(damaged(path, "it is cut short")),
            Err(Flaw::Damage(what)) => Err(damaged(path, what)),
        }
    }

    fn write(&self, out: &mut impl Write) -> io::Result<()> {
        out.write_all(MAGIC)?;
        number(out, VERSION)?;
        number(out, attributes())?;
        out.write_all(&[match self.context() {
            Context::Domain => 0,
            Context::Configuration => 1,
        }])?;
        let replica = self.replica();
        bytes(out, replica.domain.as_bytes())?;
        bytes(out, self.base().as_bytes())?;
        out.write_all(&[u8::from(replica.complete)])?;
        mark(out, self.mark())?;
        stamp(out, &self.stamp)?;
        number(out, replica.slots.len() as u32)?;
        for (slot, position) in replica.slots.iter().zip(0_u32..) {
            out.write_all(&slot.guid.0)?;
            match (&slot.packed, replica.cut.get(&position)) {
                (None, _) => out.write_all(&[0])?,
                (Some(packed), Some(cut)) if !slot.stub => {
                    out.write_all(&[CUT])?;
                    bytes(out, packed.bytes())?;
                    let cut: Vec<u8> = cut.iter().map(|attribute| *attribute as u8).collect();
                    bytes(out, &cut)?;
                }
                (Some(packed), _) => {
                    out.write_all(&[1 + u8::from(slot.stub)])?;
                    bytes(out, packed.bytes())?;
                }
            }
        }
        number(out, replica.members.len() as u32)?;
        for (group, members) in &replica.members {
            number(out, *group)?;
            number(out, members.len() as u32)?;
            members.iter().try_for_each(|member| number(out, *member))?;
        }
        Ok(())
    }

    fn read_from(input: &mut Summed<impl Read>, dirsync: bool) -> Result<Self, Flaw> {
        if input.array::<8>()? != *MAGIC {
            return Err(Flaw::Damage("it holds no directory of adtap's"));
        }
        if input.number()? != VERSION || input.number()? != attributes() {
            return Err(Flaw::Damage("another version of adtap wrote it"));
        }
        let context = match input.array::<1>()? {
            [0] => Context::Domain,
            [1] => Context::Configuration,
            _ => return Err(DAMAGE),
        };
        let domain = input.text()?;
        let base = input.text()?;
        let mut replica = Replica::new(&domain);
        replica.complete = input.array::<1>()? == [1];
        let mark = read_mark(input)?;
        let stamp = read_stamp(input)?;
        read_slots(input, &mut replica)?;
        read_members(input, &mut replica)?;
        let sum = input.hasher.clone().finalize();
        if input.number()? != sum {
            return Err(DAMAGE);
        }
        let mut session = Self::new(context, base, replica, mark, dirsync);
        session.stamp = stamp;
        Ok(session)
    }
}

fn read_slots(input: &mut Summed<impl Read>, replica: &mut Replica) -> Result<(), Flaw> {
    let count = input.number()? as usize;
    if count > MAX_OBJECTS {
        return Err(DAMAGE);
    }
    replica.reserve(count);
    let mut buffer = Vec::new();
    for _ in 0..count {
        let guid = Guid(input.array()?);
        let [state] = input.array::<1>()?;
        let packed = match state {
            0 => None,
            1 | 2 | CUT => {
                input.bytes(&mut buffer)?;
                Some(Packed::from_bytes(&buffer).ok_or(DAMAGE)?)
            }
            _ => return Err(DAMAGE),
        };
        replica.insert(Slot {
            guid,
            packed,
            stub: state == 2,
        });
        if state == CUT {
            input.bytes(&mut buffer)?;
            replica.is_cut(guid, &buffer);
        }
    }
    Ok(())
}

fn read_members(input: &mut Summed<impl Read>, replica: &mut Replica) -> Result<(), Flaw> {
    let slots = replica.slots.len() as u32;
    for _ in 0..input.number()? {
        let (group, count) = (input.number()?, input.number()?);
        if group >= slots || count > slots {
            return Err(DAMAGE);
        }
        let mut members = Vec::with_capacity(count as usize);
        for _ in 0..count {
            members.push(input.number()?);
        }
        if !members.is_sorted() || members.last().is_some_and(|last| *last >= slots) {
            return Err(DAMAGE);
        }
        replica.members.insert(group, members);
    }
    Ok(())
}

/// What stops reading.
enum Flaw {
    Io(io::Error),
    Damage(&'static str),
}

const DAMAGE: Flaw = Flaw::Damage("it is damaged");

impl From<io::Error> for Flaw {
    fn from(error: io::Error) -> Self {
        Self::Io(error)
    }
}

fn damaged(path: &Path, what: &'static str) -> StoreError {
    StoreError::Damaged {
        path: path.to_owned(),
        what,
    }
}

/// A checksum of the attributes that are kept: their places stand in packed records, and whoever keeps others keeps other objects.
#[must_use]
pub fn attributes() -> u32 {
    let mut hasher = Hasher::new();
    for attribute in Attribute::ALL {
        hasher.update(attribute.name().as_bytes());
        hasher.update(b",");
    }
    hasher.finalize()
}

/// Adds up what passes.
struct Summed<I> {
    inner: I,
    hasher: Hasher,
}

impl<I> Summed<I> {
    fn new(inner: I) -> Self {
        Self {
            inner,
            hasher: Hasher::new(),
        }
    }
}

impl<W: Write> Write for Summed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        self.hasher.update(bytes);
        self.inner.write_all(bytes)?;
        Ok(bytes.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        self.inner.flush()
    }
}

impl<R: Read> Summed<R> {
    fn array<const N: usize>(&mut self) -> Result<[u8; N], Flaw> {
        let mut array = [0; N];
        self.inner.read_exact(&mut array)?;
        self.hasher.update(&array);
        Ok(array)
    }

    fn number(&mut self) -> Result<u32, Flaw> {
        Ok(u32::from_le_bytes(self.array()?))
    }

    fn long(&mut self) -> Result<u64, Flaw> {
        Ok(u64::from_le_bytes(self.array()?))
    }

    /// A length and so many octets; memory grows with what is there, not with what is claimed.
    fn bytes(&mut self, out: &mut Vec<u8>) -> Result<(), Flaw> {
        let length = self.number()?;
        if length > MAX_BYTES {
            return Err(DAMAGE);
        }
        out.clear();
        let read = self.inner.by_ref().take(length.into()).read_to_end(out)?;
        if read as u64 != u64::from(length) {
            return Err(Flaw::Damage("it is cut short"));
        }
        self.hasher.update(out);
        Ok(())
    }

    fn text(&mut self) -> Result<String, Flaw> {
        let mut out = Vec::new();
        self.bytes(&mut out)?;
        String::from_utf8(out).map_err(|_| DAMAGE)
    }
}

fn number(out: &mut impl Write, number: u32) -> io::Result<()> {
    out.write_all(&number.to_le_bytes())
}

fn bytes(out: &mut impl Write, bytes: &[u8]) -> io::Result<()> {
    let length = u32::try_from(bytes.len()).ok().filter(|length| *length <= MAX_BYTES);
    number(out, length.ok_or(io::ErrorKind::FileTooLarge)?)?;
    out.write_all(bytes)
}

fn mark(out: &mut impl Write, mark: Option<&Mark>) -> io::Result<()> {
    match mark {
        None => out.write_all(&[0]),
        Some(Mark::DirSync { cookie, as_readable }) => {
            out.write_all(&[1 + u8::from(*as_readable)])?;
            bytes(out, cookie)
        }
        Some(Mark::Usn { server, usn }) => {
            out.write_all(&[3])?;
            bytes(out, server.as_bytes())?;
            out.write_all(&usn.to_le_bytes())
        }
    }
}

fn read_mark(input: &mut Summed<impl Read>) -> Result<Option<Mark>, Flaw> {
    let [kind] = input.array::<1>()?;
    Ok(match kind {
        0 => None,
        1 | 2 => {
            let mut cookie = Vec::new();
            input.bytes(&mut cookie)?;
            Some(Mark::DirSync {
                cookie,
                as_readable: kind == 2,
            })
        }
        3 => Some(Mark::Usn {
            server: input.text()?,
            usn: input.long()?,
        }),
        _ => return Err(DAMAGE),
    })
}

fn stamp(out: &mut impl Write, stamp: &Stamp) -> io::Result<()> {
    for time in [stamp.synced, stamp.read] {
        out.write_all(&time.map_or(i64::MIN, |time| time.0).to_le_bytes())?;
    }
    bytes(out, stamp.controller.as_bytes())
}

fn read_stamp(input: &mut Summed<impl Read>) -> Result<Stamp, Flaw> {
    let mut time = || -> Result<Option<Timestamp>, Flaw> {
        let nanos = i64::from_le_bytes(input.array()?);
        Ok((nanos != i64::MIN).then_some(Timestamp(nanos)))
    };
    let (synced, read) = (time()?, time()?);
    let controller = input.text()?;
    Ok(Stamp {
        synced,
        read,
        controller,
    })
}
