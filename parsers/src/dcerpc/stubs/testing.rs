//! Calls written by hand: stubs in either transfer syntax, and what becomes of them.

use serde_json::Value;

use crate::dcerpc::tests::LITTLE;
use crate::testing::{Conversation, Said, unhex};

/// One connection to an interface.
pub(in crate::dcerpc) struct Talk {
    conversation: Conversation,
    calls: u32,
}

impl Talk {
    /// In NDR20, or NDR64 where `wide`.
    pub(in crate::dcerpc) fn new(interface: &str, wide: bool) -> Self {
        let mut bind = LITTLE.bind(11, 1, 0, interface, None);
        if wide {
            let at = bind.len() - 20;
            bind.splice(at.., unhex("33057171babe37498319b5dbef9ccc36 01000000"));
        }
        Self {
            conversation: Conversation::tcp(49_155).up(&bind),
            calls: 1,
        }
    }

    /// A call and its response.
    pub(in crate::dcerpc) fn call(mut self, opnum: u16, request: &[u8], response: &[u8]) -> Self {
        self.calls += 1;
        let (request, response) = (
            LITTLE.request(3, self.calls, 0, opnum, request),
            LITTLE.response(3, self.calls, 0, response),
        );
        self.conversation = self.conversation.up(&request).down(&response);
        self
    }

    /// A call under packet privacy, and its response.
    pub(in crate::dcerpc) fn sealed(mut self, opnum: u16, request: &[u8], response: &[u8]) -> Self {
        self.calls += 1;
        let auth = Some((9, 6, 0, &[0; 16][..]));
        let request = LITTLE.pdu(0, 3, self.calls, &LITTLE.call(0, opnum, request), auth);
        let response = LITTLE.pdu(2, 3, self.calls, &LITTLE.call(0, 0, response), auth);
        self.conversation = self.conversation.up(&request).down(&response);
        self
    }

    pub(in crate::dcerpc) fn finish(self) -> Said {
        self.conversation.finish()
    }

    /// The only activity.
    pub(in crate::dcerpc) fn only(self) -> Value {
        let said = self.finish();
        assert_eq!(said.out.counters.malformed(), []);
        let [activity] = said.activities.as_slice() else {
            panic!("{:?}", said.activities)
        };
        activity.clone()
    }
}

/// Marshals arguments.
#[derive(Clone, Default)]
pub(in crate::dcerpc) struct Stub {
    bytes: Vec<u8>,
    wide: bool,
}

impl Stub {
    /// In NDR20, or NDR64 where `wide`.
    pub(in crate::dcerpc) fn new(wide: bool) -> Self {
        Self {
            bytes: Vec::new(),
            wide,
        }
    }

    pub(in crate::dcerpc) fn align(mut self, to: usize) -> Self {
        self.bytes.resize(self.bytes.len().next_multiple_of(to), 0xbf);
        self
    }

    /// The beginning of a structure that holds pointers.
    pub(in crate::dcerpc) fn structure(self) -> Self {
        let to = if self.wide { 8 } else { 4 };
        self.align(to)
    }

    /// Padding that NDR64 alone has.
    pub(in crate::dcerpc) fn pad64(self, to: usize) -> Self {
        if self.wide { self.align(to) } else { self }
    }

    pub(in crate::dcerpc) fn raw(mut self, bytes: &[u8]) -> Self {
        self.bytes.extend(bytes);
        self
    }

    pub(in crate::dcerpc) fn hex(self, text: &str) -> Self {
        self.raw(&unhex(text))
    }

    pub(in crate::dcerpc) fn u16(self, value: u16) -> Self {
        self.align(2).raw(&value.to_le_bytes())
    }

    pub(in crate::dcerpc) fn u32(self, value: u32) -> Self {
        self.align(4).raw(&value.to_le_bytes())
    }

    pub(in crate::dcerpc) fn u64(self, value: u64) -> Self {
        self.align(8).raw(&value.to_le_bytes())
    }

    /// A size or count.
    pub(in crate::dcerpc) fn size(self, value: u32) -> Self {
        if self.wide {
            self.u64(value.into())
        } else {
            self.u32(value)
        }
    }

    /// An enumeration.
    pub(in crate::dcerpc) fn enumeration(self, value: u16) -> Self {
        if self.wide {
            self.u32(value.into())
        } else {
            self.u16(value)
        }
    }

    pub(in crate::dcerpc) fn pointer(self) -> Self {
        self.size(0x0002_0000)
    }

    pub(in crate::dcerpc) fn null(self) -> Self {
        self.size(0)
    }

    /// A `[string] wchar_t *`'s referent.
    pub(in crate::dcerpc) fn wide_string(self, text: &str) -> Self {
        let units: Vec<u8> = text.encode_utf16().chain([0]).flat_map(u16::to_le_bytes).collect();
        let count = u32::try_from(units.len() / 2).unwrap();
        self.size(count).size(0).size(count).raw(&units)
    }

    /// A `[string] char *`'s referent.
    pub(in crate::dcerpc) fn narrow_string(self, text: &str) -> Self {
        let count = u32::try_from(text.len() + 1).unwrap();
        self.size(count).size(0).size(count).raw(text.as_bytes()).raw(&[0])
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
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let count = u32::try_from(units.len() / 2).unwrap();
        self.size(count).size(0).size(count).raw(&units)
    }

    pub(in crate::dcerpc) fn done(self) -> Vec<u8> {
        self.bytes
    }
}
