//! What a file looks like from its first bytes, for the sentence that says why it is no capture.

/// A compression that is read through.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    /// RFC 1952.
    Gzip,
    /// RFC 8878.
    Zstd,
}

/// The compression of a file that begins with `head`.
pub(super) fn compression(head: &[u8]) -> Option<Compression> {
    match *head {
        [0x1f, 0x8b, ..] => Some(Compression::Gzip),
        // A frame, or a skippable frame before it (RFC 8878 §3.1).
        [0x28, 0xb5, 0x2f, 0xfd, ..] | [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Some(Compression::Zstd),
        _ => None,
    }
}

/// Magic numbers of what people hand to packet tools by mistake.
const KNOWN: &[(&[u8], &str)] = &[
    (b"\x7fELF", "an ELF program"),
    (b"MZ", "a Windows program"),
    (b"PK\x03\x04", "a zip archive (unpack it first)"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive (unpack it first)"),
    (b"BZh", "bzip2 (unpack it first)"),
    (b"\xfd7zXZ\x00", "xz (unpack it first)"),
    (b"\x04\x22\x4d\x18", "lz4 (unpack it first)"),
    (b"\x1f\x8b", "gzip inside"),
    (b"\x28\xb5\x2f\xfd", "zstd inside"),
    (b"GMBU", "a Microsoft Network Monitor capture (convert it with editcap)"),
    (
        b"RTSS",
        "a Microsoft Network Monitor 1 capture (convert it with editcap)",
    ),
    (b"TRSNIFF data", "a Sniffer capture (convert it with editcap)"),
    (b"btsnoop\x00", "a Bluetooth snoop log"),
    (b"ElfFile\x00", "a Windows event log"),
    (b"SQLite format 3\x00", "an SQLite database"),
    (b"PAR1", "a Parquet file"),
    (b"%PDF", "a PDF document"),
    (b"\x89PNG", "a PNG image"),
    (b"\xff\xd8\xff", "a JPEG image"),
];

/// A short description of a file that begins with `head`.
pub(super) fn like(head: &[u8]) -> String {
    if head.is_empty() {
        return "empty".to_owned();
    }
    if let Some((_, name)) = KNOWN.iter().find(|(magic, _)| head.starts_with(magic)) {
        return (*name).to_owned();
    }
    if is_tar(head) {
        return "a tar archive (unpack it first)".to_owned();
    }
    text(head).unwrap_or("unknown data").to_owned()
}

/// POSIX ustar has its magic at byte 257.
fn is_tar(head: &[u8]) -> bool {
    head.get(257..).is_some_and(|rest| rest.starts_with(b"ustar"))
}

fn text(head: &[u8]) -> Option<&'static str> {
    let head = head.get(..256.min(head.len()))?;
    if head
        .iter()
        .any(|&byte| byte < 0x20 && !byte.is_ascii_whitespace() || byte == 0x7f)
    {
        return None;
    }
    let first = head.iter().find(|byte| !byte.is_ascii_whitespace())?;
    Some(match first {
        b'{' | b'[' => "JSON text",
        b'<' => "XML or HTML text",
        _ => "text",
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_what_it_sees() {
        assert_eq!(like(b""), "empty");
        assert_eq!(like(b"\x7fELF\x02\x01"), "an ELF program");
        assert_eq!(like(b" {\"a\": 1}"), "JSON text");
        assert_eq!(like("Grüße".as_bytes()), "text");
        assert_eq!(like(&[0, 1, 2, 3]), "unknown data");
        assert_eq!(compression(&[0x1f, 0x8b, 8]), Some(Compression::Gzip));
        assert_eq!(compression(&[0x51, 0x2a, 0x4d, 0x18]), Some(Compression::Zstd));
        assert_eq!(compression(b"x"), None);
    }
}
