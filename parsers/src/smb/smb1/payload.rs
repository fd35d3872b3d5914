//! What SMB1 reads and writes, in its newest words and in its oldest ([MS-CIFS] 2.2.4.42, 2.2.4.43, 2.2.4.11, 2.2.4.12,
//! 2.2.4.40).

use crate::reader::{Malformed, Reader};
use crate::smb::smb1::body::Body;
use crate::smb::smb1::wire::{Block, command};
use crate::smb::wire::available;

/// Payload: how much there was, and as much of it as is there.
#[derive(Clone, Copy, Debug)]
pub(super) struct Data<'a> {
    pub(super) length: u32,
    pub(super) bytes: &'a [u8],
}

/// READ_ANDX: `AndX(4) Available(2) DataCompactionMode(2) Reserved1(2) DataLength(2) DataOffset(2) DataLengthHigh(2) …`
pub(super) fn have_read_andx<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    words.skip(6, "available")?;
    let low = u32::from(words.u16_le("data length")?);
    let offset = usize::from(words.u16_le("data offset")?);
    let length = u32::from(words.u16_le("data length")?) << 16 | low;
    Ok(Body::HaveRead(data(block, offset, length)))
}

/// READ, LOCK_AND_READ: `CountOfBytesReturned(2) …; BufferFormat(1)=1 CountOfBytesRead(2) Bytes`
pub(super) fn have_read<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let length = u32::from(block.words().u16_le("count")?);
    Ok(Body::HaveRead(behind(block, 3, length)))
}

/// WRITE_ANDX
///
/// ```text
/// AndX(4) FID(2) Offset(4) Timeout(4) WriteMode(2) Remaining(2) DataLengthHigh(2) DataLength(2) DataOffset(2) [OffsetHigh(4)]
/// ```
pub(super) fn write_andx<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    let fid = words.u16_le("fid")?;
    words.skip(12, "offset")?;
    let high = u32::from(words.u16_le("data length")?) << 16;
    let length = high | u32::from(words.u16_le("data length")?);
    let offset = usize::from(words.u16_le("data offset")?);
    Ok(Body::Write(fid, data(block, offset, length)))
}

/// WRITE, WRITE_AND_UNLOCK: `FID(2) CountOfBytesToWrite(2) …; BufferFormat(1)=1 DataLength(2) Data`; WRITE_AND_CLOSE: the
/// same words, `Pad(1) Data`.
pub(super) fn write<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.words();
    let fid = words.u16_le("fid")?;
    let length = u32::from(words.u16_le("count")?);
    let closes = block.command == command::WRITE_AND_CLOSE;
    let data = behind(block, if closes { 1 } else { 3 }, length);
    Ok(match closes {
        true => Body::WriteAndClose(fid, data),
        false => Body::Write(fid, data),
    })
}

/// WRITE_ANDX: `AndX(4) Count(2) Available(2) CountHigh(2) Reserved(2)`
pub(super) fn written_andx<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    let mut words = block.andx_words();
    let low = u32::from(words.u16_le("count")?);
    words.skip(2, "available")?;
    Ok(Body::Written(u32::from(words.u16_le("count")?) << 16 | low))
}

/// WRITE and its like: `CountOfBytesWritten(2)`
pub(super) fn written<'a>(block: &Block<'a>) -> Result<Body<'a>, Malformed> {
    Ok(Body::Written(block.words().u16_le("count")?.into()))
}

fn data<'a>(block: &Block<'a>, offset: usize, length: u32) -> Data<'a> {
    Data {
        length,
        bytes: available(block.message, offset, length as usize),
    }
}

/// `length` bytes, which begin `skipped` bytes behind the byte count.
fn behind<'a>(block: &Block<'a>, skipped: usize, length: u32) -> Data<'a> {
    let rest: Reader<'a> = block.bytes();
    Data {
        length,
        bytes: available(rest.rest(), skipped, length as usize),
    }
}
