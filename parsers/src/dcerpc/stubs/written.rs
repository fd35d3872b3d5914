//! Stubs written by hand for the tests: arguments as values, marshalled in either transfer syntax and either byte order.

use std::ops::Deref;

use crate::dcerpc::tests::LITTLE;
use crate::testing::unhex;

/// How a stub is marshalled: NDR64 or NDR 2.0, and the byte order of its PDU.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::dcerpc) struct Marshalling {
    pub(in crate::dcerpc) wide: bool,
    pub(in crate::dcerpc) little: bool,
}

/// One thing that lies in a stub.
#[derive(Clone, Debug)]
enum Piece {
    /// Padding, up to a multiple of this.
    Align(usize),
    /// Padding to 4, to 8 in NDR64.
    Structure,
    /// Padding that NDR64 alone has.
    Pad64(usize),
    /// A number of so many octets, aligned to itself.
    Number(usize, u64),
    /// A number that is wider in NDR64: so many octets and twice as many.
    Wider(usize, u64),
    /// 16-bit characters.
    Units(Vec<u16>),
    /// A GUID as it lies in a little-endian stub.
    Guid([u8; 16]),
    /// Octets that are the same everywhere.
    Octets(Vec<u8>),
    /// Octets as they were written for one marshalling.
    Raw(Vec<u8>),
}

impl Piece {
    /// Adds it to `bytes`; none where it was written for another marshalling.
    fn write(&self, to: Marshalling, bytes: &mut Vec<u8>) {
        match self {
            Self::Align(size) => align(bytes, *size),
            Self::Structure => align(bytes, if to.wide { 8 } else { 4 }),
            Self::Pad64(size) if to.wide => align(bytes, *size),
            Self::Pad64(_) => {}
            Self::Number(size, value) => number(bytes, *size, *value, to),
            Self::Wider(size, value) => number(bytes, if to.wide { 2 * size } else { *size }, *value, to),
            Self::Units(units) => {
                for unit in units {
                    ordered(bytes, &unit.to_le_bytes(), to);
                }
            }
            Self::Guid(guid) => {
                let (numbers, rest) = guid.split_at(8);
                for (from, end) in [(0, 4), (4, 6), (6, 8)] {
                    ordered(bytes, &numbers[from..end], to);
                }
                bytes.extend(rest);
            }
            Self::Octets(octets) | Self::Raw(octets) => bytes.extend(octets),
        }
    }

    /// Whether it can be written for any marshalling: octets that are all alike can.
    fn is_free(&self) -> bool {
        match self {
            Self::Raw(octets) => octets.windows(2).all(|pair| pair[0] == pair[1]),
            _ => true,
        }
    }
}

fn align(bytes: &mut Vec<u8>, to: usize) {
    bytes.resize(bytes.len().next_multiple_of(to), 0xbf);
}

fn number(bytes: &mut Vec<u8>, size: usize, value: u64, to: Marshalling) {
    align(bytes, size);
    ordered(bytes, &value.to_le_bytes()[..size], to);
}

/// A number's octets, the lowest first, in the order that is wanted.
fn ordered(bytes: &mut Vec<u8>, octets: &[u8], to: Marshalling) {
    match to.little {
        true => bytes.extend(octets),
        false => bytes.extend(octets.iter().rev()),
    }
}

/// Marshals arguments.
#[derive(Clone, Debug, Default)]
pub(in crate::dcerpc) struct Stub {
    pieces: Vec<Piece>,
    wide: bool,
}

impl Stub {
    /// In NDR20, or NDR64 where `wide`.
    pub(in crate::dcerpc) fn new(wide: bool) -> Self {
        Self {
            pieces: Vec::new(),
            wide,
        }
    }

    fn with(mut self, piece: Piece) -> Self {
        self.pieces.push(piece);
        self
    }

    pub(in crate::dcerpc) fn align(self, to: usize) -> Self {
        self.with(Piece::Align(to))
    }

    /// The beginning of a structure that holds pointers.
    pub(in crate::dcerpc) fn structure(self) -> Self {
        self.with(Piece::Structure)
    }

    /// Padding that NDR64 alone has.
    pub(in crate::dcerpc) fn pad64(self, to: usize) -> Self {
        self.with(Piece::Pad64(to))
    }

    /// Octets as they lie in this very stub: where they are not all alike, it is written in no other byte order.
    pub(in crate::dcerpc) fn raw(self, bytes: &[u8]) -> Self {
        self.with(Piece::Raw(bytes.to_vec()))
    }

    /// As [`Self::raw`], in hexadecimal.
    pub(in crate::dcerpc) fn hex(self, text: &str) -> Self {
        self.raw(&unhex(text))
    }

    /// Octets that are the same in every marshalling: context handles, blobs.
    pub(in crate::dcerpc) fn octets(self, bytes: &[u8]) -> Self {
        self.with(Piece::Octets(bytes.to_vec()))
    }

    /// A context handle, in hexadecimal.
    pub(in crate::dcerpc) fn handle(self, text: &str) -> Self {
        self.align(4).octets(&unhex(text))
    }

    /// A GUID as it lies in a little-endian stub, in hexadecimal.
    pub(in crate::dcerpc) fn guid(self, text: &str) -> Self {
        let guid = unhex(text).try_into().unwrap();
        self.align(4).with(Piece::Guid(guid))
    }

    /// A GUID as people write it.
    pub(in crate::dcerpc) fn uuid(self, text: &str) -> Self {
        let guid = LITTLE.uuid(text).try_into().unwrap();
        self.align(4).with(Piece::Guid(guid))
    }

    pub(in crate::dcerpc) fn u8(self, value: u8) -> Self {
        self.with(Piece::Number(1, value.into()))
    }

    pub(in crate::dcerpc) fn u16(self, value: u16) -> Self {
        self.with(Piece::Number(2, value.into()))
    }

    pub(in crate::dcerpc) fn u32(self, value: u32) -> Self {
        self.with(Piece::Number(4, value.into()))
    }

    pub(in crate::dcerpc) fn u64(self, value: u64) -> Self {
        self.with(Piece::Number(8, value))
    }

    /// A size or count.
    pub(in crate::dcerpc) fn size(self, value: u32) -> Self {
        self.with(Piece::Wider(4, value.into()))
    }

    /// An enumeration.
    pub(in crate::dcerpc) fn enumeration(self, value: u16) -> Self {
        self.with(Piece::Wider(2, value.into()))
    }

    pub(in crate::dcerpc) fn pointer(self) -> Self {
        self.size(0x0002_0000)
    }

    pub(in crate::dcerpc) fn null(self) -> Self {
        self.size(0)
    }

    /// The union of `level` whose arms are pointers, and the pointer that is its arm.
    pub(in crate::dcerpc) fn arm(self, level: u32) -> Self {
        self.pad64(8).u32(level).pad64(8).pointer()
    }

    /// A structure that is a level and the union of it.
    pub(in crate::dcerpc) fn container(self, level: u32) -> Self {
        self.structure().u32(level).arm(level)
    }

    /// 16-bit characters.
    pub(in crate::dcerpc) fn units(self, text: &str) -> Self {
        self.with(Piece::Units(text.encode_utf16().collect()))
    }

    /// A `[string] wchar_t *`'s referent.
    pub(in crate::dcerpc) fn wide_string(self, text: &str) -> Self {
        let text = format!("{text}\0");
        let count = u32::try_from(text.encode_utf16().count()).unwrap();
        self.size(count).size(0).size(count).units(&text)
    }

    /// A `[string] char *`'s referent.
    pub(in crate::dcerpc) fn narrow_string(self, text: &str) -> Self {
        let count = u32::try_from(text.len() + 1).unwrap();
        self.size(count)
            .size(0)
            .size(count)
            .octets(text.as_bytes())
            .octets(&[0])
    }

    /// A `[unique, string] wchar_t *` argument.
    pub(in crate::dcerpc) fn wide_argument(self, text: &str) -> Self {
        self.pointer().wide_string(text)
    }

    /// The fixed part of an RPC_UNICODE_STRING.
    pub(in crate::dcerpc) fn counted(self, text: &str) -> Self {
        let length = u16::try_from(text.encode_utf16().count() * 2).unwrap();
        self.structure().u16(length).u16(length).pointer()
    }

    /// Its characters.
    pub(in crate::dcerpc) fn characters(self, text: &str) -> Self {
        let count = u32::try_from(text.encode_utf16().count()).unwrap();
        self.size(count).size(0).size(count).units(text)
    }

    /// An RPC_SID of the NT authority, the referent of a pointer.
    pub(in crate::dcerpc) fn sid(self, subs: &[u32]) -> Self {
        let count = u8::try_from(subs.len()).unwrap();
        let stub = self.size(count.into()).align(4).octets(&[1, count, 0, 0, 0, 0, 0, 5]);
        subs.iter().copied().fold(stub, Self::u32)
    }

    /// ORPCTHIS without extensions.
    pub(in crate::dcerpc) fn this(self) -> Self {
        self.structure().u16(5).u16(7).u32(0).u32(0).raw(&[0x5a; 16]).null()
    }

    /// ORPCTHAT without extensions.
    pub(in crate::dcerpc) fn that(self) -> Self {
        self.structure().u32(0).null()
    }

    /// A pointer to an MInterfacePointer with this OBJREF.
    pub(in crate::dcerpc) fn interface(self, objref: &[u8]) -> Self {
        self.pointer().interface_referent(objref)
    }

    /// An MInterfacePointer.
    pub(in crate::dcerpc) fn interface_referent(self, objref: &[u8]) -> Self {
        let size = u32::try_from(objref.len()).unwrap();
        self.size(size).u32(size).octets(objref)
    }

    /// A BSTR.
    pub(in crate::dcerpc) fn bstr(self, text: &str) -> Self {
        let count = u32::try_from(text.encode_utf16().count()).unwrap();
        self.pointer().size(count).u32(count * 2).u32(count).units(text)
    }

    pub(in crate::dcerpc) fn done(self) -> Written {
        let own = Marshalling {
            wide: self.wide,
            little: true,
        };
        Written {
            bytes: self.write(own),
            stub: Some(self),
        }
    }

    fn write(&self, to: Marshalling) -> Vec<u8> {
        let mut bytes = Vec::new();
        for piece in &self.pieces {
            piece.write(to, &mut bytes);
        }
        bytes
    }
}

/// A stub, little-endian in the transfer syntax that it was written for.
#[derive(Clone, Debug)]
pub(in crate::dcerpc) struct Written {
    bytes: Vec<u8>,
    /// What it was written from, where that is known.
    stub: Option<Stub>,
}

impl Written {
    /// The same arguments in another marshalling; none where octets were written for one alone.
    pub(in crate::dcerpc) fn marshalled(&self, to: Marshalling) -> Option<Vec<u8>> {
        let Some(stub) = &self.stub else {
            let alike = Piece::Raw(self.bytes.clone()).is_free();
            return alike.then(|| self.bytes.clone());
        };
        let free = stub.pieces.iter().all(Piece::is_free);
        free.then(|| stub.write(to))
    }
}

impl Deref for Written {
    type Target = [u8];

    fn deref(&self) -> &[u8] {
        &self.bytes
    }
}

/// What a call can be made of: a [`Stub`] of values, one that is [`Written`], or the octets of one.
pub(in crate::dcerpc) trait Marshalled {
    fn written(self) -> Written;
}

impl Marshalled for Stub {
    fn written(self) -> Written {
        self.done()
    }
}

impl Marshalled for &Written {
    fn written(self) -> Written {
        self.clone()
    }
}

impl Marshalled for &[u8] {
    fn written(self) -> Written {
        let bytes = self.to_vec();
        Written { bytes, stub: None }
    }
}

impl Marshalled for &Vec<u8> {
    fn written(self) -> Written {
        self.as_slice().written()
    }
}

impl<const SIZE: usize> Marshalled for &[u8; SIZE] {
    fn written(self) -> Written {
        self.as_slice().written()
    }
}
