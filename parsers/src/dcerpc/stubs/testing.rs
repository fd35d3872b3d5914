//! Calls written by hand: stubs in either transfer syntax, and what becomes of them.

use serde_json::Value;

use crate::dcerpc::tests::LITTLE;
use crate::testing::{Conversation, Said, unhex};

/// One connection to an interface.
pub(in crate::dcerpc) struct Talk {
    conversation: Conversation,
    calls: u32,
    /// The object that is called.
    object: Option<Vec<u8>>,
    context: u16,
    /// Octets that come right before the next request.
    noise: Vec<u8>,
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
            ..Self::unbound(49_155)
        }
    }

    /// A connection whose opening nobody saw.
    pub(in crate::dcerpc) fn unbound(port: u16) -> Self {
        Self {
            conversation: Conversation::tcp(port).midstream(),
            calls: 1,
            object: None,
            context: 0,
            noise: Vec::new(),
        }
    }

    /// The worker has read another connection before.
    pub(in crate::dcerpc) fn after(mut self, other: Self) -> Self {
        self.conversation = self.conversation.after(other.conversation);
        self
    }

    /// The calls that follow are made on this object.
    pub(in crate::dcerpc) fn on(mut self, object: &str) -> Self {
        self.object = Some(LITTLE.uuid(object));
        self
    }

    /// The calls that follow are made in this presentation context.
    pub(in crate::dcerpc) const fn context(mut self, context: u16) -> Self {
        self.context = context;
        self
    }

    /// The next request comes in one segment with octets before it that are no PDU.
    pub(in crate::dcerpc) fn noise(mut self, octets: &[u8]) -> Self {
        self.noise = octets.to_vec();
        self
    }

    /// A call and its response.
    pub(in crate::dcerpc) fn call(self, opnum: u16, request: &[u8], response: &[u8]) -> Self {
        self.protected(opnum, request, response, None)
    }

    /// A call under packet privacy, and its response.
    pub(in crate::dcerpc) fn sealed(self, opnum: u16, request: &[u8], response: &[u8]) -> Self {
        self.protected(opnum, request, response, Some((9, 6, 0, &[0; 16][..])))
    }

    fn protected(mut self, opnum: u16, request: &[u8], response: &[u8], auth: Option<(u8, u8, u32, &[u8])>) -> Self {
        self.calls += 1;
        let flags = if self.object.is_some() { 0x83 } else { 3 };
        let request = [self.object.as_deref().unwrap_or_default(), request].concat();
        let request = LITTLE.pdu(0, flags, self.calls, &LITTLE.call(self.context, opnum, &request), auth);
        let response = LITTLE.pdu(2, 3, self.calls, &LITTLE.call(self.context, 0, response), auth);
        let segment = [std::mem::take(&mut self.noise), request].concat();
        self.conversation = self.conversation.up(&segment).down(&response);
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

/// An OBJREF_STANDARD: five references to an object of the exporter `oxid`.
pub(in crate::dcerpc) fn objref(interface: &str, oxid: u64, ipid: &str) -> Vec<u8> {
    Stub::new(false)
        .hex("4d454f57 01000000")
        .guid(interface)
        .u32(0)
        .u32(5)
        .u64(oxid)
        .u64(oxid + 1)
        .guid(ipid)
        .hex("0200 0000 0000 0000")
        .done()
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

    /// ORPCTHIS without extensions.
    pub(in crate::dcerpc) fn this(self) -> Self {
        self.structure().u16(5).u16(7).u32(0).u32(0).raw(&[0x5a; 16]).null()
    }

    /// ORPCTHAT without extensions.
    pub(in crate::dcerpc) fn that(self) -> Self {
        self.structure().u32(0).null()
    }

    /// A GUID.
    pub(in crate::dcerpc) fn guid(self, text: &str) -> Self {
        self.align(4).raw(&LITTLE.uuid(text))
    }

    /// A pointer to an MInterfacePointer with this OBJREF.
    pub(in crate::dcerpc) fn interface(self, objref: &[u8]) -> Self {
        self.pointer().interface_referent(objref)
    }

    /// An MInterfacePointer.
    pub(in crate::dcerpc) fn interface_referent(self, objref: &[u8]) -> Self {
        let size = u32::try_from(objref.len()).unwrap();
        self.size(size).u32(size).raw(objref)
    }

    /// A BSTR.
    pub(in crate::dcerpc) fn bstr(self, text: &str) -> Self {
        let units: Vec<u8> = text.encode_utf16().flat_map(u16::to_le_bytes).collect();
        let count = u32::try_from(units.len() / 2).unwrap();
        self.pointer().size(count).u32(count * 2).u32(count).raw(&units)
    }

    pub(in crate::dcerpc) fn done(self) -> Vec<u8> {
        self.bytes
    }
}
