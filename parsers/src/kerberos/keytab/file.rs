//! A keytab as MIT Kerberos writes it, format 0x502.

use super::Entry;
use super::crypto::Key;
use crate::reader::{Malformed, Reader};

/// The most entries of a file that are taken.
const MAX_ENTRIES: usize = 4096;

/// The entries whose keys can be used.
///
/// ```text
/// keytab ::= 05 02, { size i32, entry (size octets) | hole (-size octets) }…      all numbers big-endian
/// entry  ::= components u16, realm counted, components counted…, name-type u32, timestamp u32, vno8 u8,
///            keytype u16, key counted, [vno u32]
/// ```
pub(super) fn read(keytab: &[u8]) -> Result<Vec<Entry>, Malformed> {
    let mut reader = Reader::new(keytab);
    if reader.array::<2>("keytab")? != [5, 2] {
        return Err(Malformed("no keytab of format 0x502"));
    }
    let mut entries = Vec::new();
    while reader.remaining() > 0 {
        let size = reader.u32_be("keytab entry size")?.cast_signed();
        let bytes = reader.take(
            usize::try_from(size.unsigned_abs()).unwrap_or(usize::MAX),
            "keytab entry",
        )?;
        if size > 0 {
            entries.extend(entry(bytes)?);
        } else if size == 0 {
            break; // the end of what was written
        }
        if entries.len() > MAX_ENTRIES {
            return Err(Malformed("more than 4096 keys"));
        }
    }
    Ok(entries)
}

fn entry(bytes: &[u8]) -> Result<Option<Entry>, Malformed> {
    let mut reader = Reader::new(bytes);
    let components = reader.u16_be("keytab components")?;
    let realm = counted(&mut reader)?.to_vec();
    let mut name = Vec::new();
    for _ in 0..components {
        name.push(counted(&mut reader)?.to_vec());
    }
    reader.skip(8, "keytab name type and time")?;
    let short = reader.u8("keytab key version")?;
    let etype = reader.u16_be("keytab key type")?;
    let key = Key::new(i32::from(etype.cast_signed()), counted(&mut reader)?);
    let kvno = reader.u32_be("").ok().filter(|kvno| *kvno != 0);
    Ok(key.map(|key| Entry {
        realm,
        name,
        kvno: kvno.unwrap_or_else(|| short.into()),
        key,
    }))
}

fn counted<'a>(reader: &mut Reader<'a>) -> Result<&'a [u8], Malformed> {
    let length = reader.u16_be("keytab length")?;
    reader.take(usize::from(length), "keytab text")
}
