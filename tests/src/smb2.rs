//! A few SMB 2 messages behind their length ([MS-SMB2] 2.2): a share, a file on it, and what is read from it.

/// The file's identifier.
const FILE: [u8; 16] = [7; 16];
/// A message comes from the server.
const RESPONSE: u32 = 1;

/// [MS-SMB2] 2.2.9
#[must_use]
pub fn tree_connect(number: u64) -> Vec<u8> {
    let share = utf16("\\\\dc1\\data");
    let length = u16::try_from(share.len()).unwrap_or_default();
    let body = [&[9, 0, 0, 0, 72, 0][..], &length.to_le_bytes(), &share].concat();
    message(3, 0, number, &body)
}

/// [MS-SMB2] 2.2.10
#[must_use]
pub fn tree_connected(number: u64) -> Vec<u8> {
    let body = [16, 0, 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 1, 0x1f, 0];
    message(3, RESPONSE, number, &body)
}

/// [MS-SMB2] 2.2.13: a file to be read.
#[must_use]
pub fn create(number: u64) -> Vec<u8> {
    let name = utf16("big.bin");
    let mut body = vec![57, 0, 0, 0, 2, 0, 0, 0];
    body.extend([0; 16]);
    for number in [0x0012_0089_u32, 0x80, 7, 1, 0x40] {
        body.extend(number.to_le_bytes());
    }
    body.extend(120_u16.to_le_bytes());
    body.extend(u16::try_from(name.len()).unwrap_or_default().to_le_bytes());
    body.extend([0; 8]);
    body.extend(name);
    message(5, 0, number, &body)
}

/// [MS-SMB2] 2.2.14
#[must_use]
pub fn created(number: u64) -> Vec<u8> {
    let mut body = vec![89, 0, 0, 0, 1, 0, 0, 0];
    body.extend([0; 40]);
    body.extend((1_u64 << 40).to_le_bytes());
    body.extend([0x80, 0, 0, 0, 0, 0, 0, 0]);
    body.extend(FILE);
    body.extend([0; 8]);
    message(5, RESPONSE, number, &body)
}

/// [MS-SMB2] 2.2.19
#[must_use]
pub fn read(number: u64, offset: u64, length: usize) -> Vec<u8> {
    let length = u32::try_from(length).unwrap_or_default().to_le_bytes();
    let body = [&[49, 0, 80, 0][..], &length, &offset.to_le_bytes(), &FILE, &[0; 17]].concat();
    message(8, 0, number, &body)
}

/// [MS-SMB2] 2.2.20
#[must_use]
pub fn data(number: u64, data: &[u8]) -> Vec<u8> {
    let length = u32::try_from(data.len()).unwrap_or_default().to_le_bytes();
    let body = [&[17, 0, 80, 0][..], &length, &[0; 8], data].concat();
    message(8, RESPONSE, number, &body)
}

/// A message behind its length ([MS-SMB2] 2.1 and 2.2.1.2).
pub(crate) fn message(command: u16, flags: u32, number: u64, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(64 + body.len()).unwrap_or_default();
    let mut bytes = length.to_be_bytes().to_vec();
    bytes.extend(b"\xfeSMB\x40\0\x01\0\0\0\0\0");
    bytes.extend(command.to_le_bytes());
    bytes.extend([1, 0]);
    bytes.extend(flags.to_le_bytes());
    bytes.extend([0; 4]);
    bytes.extend(number.to_le_bytes());
    bytes.extend([0, 0, 0, 0, 5, 0, 0, 0]);
    bytes.extend(0x11_u64.to_le_bytes());
    bytes.extend([0; 16]);
    bytes.extend(body);
    bytes
}

pub(crate) fn utf16(text: &str) -> Vec<u8> {
    text.encode_utf16().flat_map(u16::to_le_bytes).collect()
}
