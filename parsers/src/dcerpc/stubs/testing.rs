//! Calls written by hand, and what becomes of them.
//!
//! What a [`Talk`] says it says in the other byte order too, wherever its stubs can be written so; one that was begun
//! [everywhere](Talk::everywhere) says it in either transfer syntax as well, and cannot be of stubs of which that is not known.

use serde_json::Value;

pub(in crate::dcerpc) use super::written::{Marshalled, Marshalling, Stub, Written};
use crate::dcerpc::tests::{BIG, LITTLE, Writer};
use crate::testing::{Conversation, Said};

const NDR64: &str = "71710533-beba-4937-8319-b5dbef9ccc36";

/// One connection to an interface.
pub(in crate::dcerpc) struct Talk {
    /// None where nobody saw it opened.
    interface: Option<String>,
    port: u16,
    wide: bool,
    everywhere: bool,
    /// The worker has read this before.
    before: Option<Box<Self>>,
    calls: Vec<Call>,
    /// Where the calls that follow are made.
    place: Place,
    /// Octets that come right before the next request.
    noise: Vec<u8>,
}

/// What is called.
#[derive(Clone, Default)]
struct Place {
    object: Option<String>,
    context: u16,
}

struct Call {
    opnum: u16,
    request: Written,
    response: Written,
    sealed: bool,
    place: Place,
    noise: Vec<u8>,
}

impl Talk {
    /// In NDR20, or NDR64 where `wide`.
    pub(in crate::dcerpc) fn new(interface: &str, wide: bool) -> Self {
        Self {
            interface: Some(interface.into()),
            wide,
            ..Self::unbound(49_155)
        }
    }

    /// A connection whose opening nobody saw.
    pub(in crate::dcerpc) fn unbound(port: u16) -> Self {
        Self {
            interface: None,
            port,
            wide: false,
            everywhere: false,
            before: None,
            calls: Vec::new(),
            place: Place::default(),
            noise: Vec::new(),
        }
    }

    /// The worker has read another connection before.
    pub(in crate::dcerpc) fn after(mut self, other: Self) -> Self {
        self.before = Some(Box::new(other));
        self
    }

    /// The calls that follow are made on this object.
    pub(in crate::dcerpc) fn on(mut self, object: &str) -> Self {
        self.place.object = Some(object.to_owned());
        self
    }

    /// The calls that follow are made in this presentation context.
    pub(in crate::dcerpc) const fn context(mut self, context: u16) -> Self {
        self.place.context = context;
        self
    }

    /// The next request comes in one segment with octets before it that are no PDU.
    pub(in crate::dcerpc) fn noise(mut self, octets: &[u8]) -> Self {
        self.noise = octets.to_vec();
        self
    }

    /// In NDR20 and NDR64, in either byte order: all four must say the same.
    pub(in crate::dcerpc) fn everywhere(interface: &str) -> Self {
        Self {
            everywhere: true,
            ..Self::new(interface, false)
        }
    }

    /// A call and its response.
    pub(in crate::dcerpc) fn call(mut self, opnum: u16, request: impl Marshalled, response: impl Marshalled) -> Self {
        self.calls.push(Call {
            opnum,
            request: request.written(),
            response: response.written(),
            sealed: false,
            place: self.place.clone(),
            noise: std::mem::take(&mut self.noise),
        });
        self
    }

    /// A call under packet privacy, and its response.
    pub(in crate::dcerpc) fn sealed(self, opnum: u16, request: &[u8], response: &[u8]) -> Self {
        let mut talk = self.call(opnum, request, response);
        if let Some(call) = talk.calls.last_mut() {
            call.sealed = true;
        }
        talk
    }

    pub(in crate::dcerpc) fn finish(self) -> Said {
        let said = self.own();
        let other = |wide, little| self.told(Marshalling { wide, little });
        if let Some(big) = other(self.wide, false) {
            assert_eq!(big, said.activities, "big-endian");
        }
        if self.everywhere {
            assert_eq!(said.out.counters.malformed(), []);
        }
        for little in [true, false].into_iter().filter(|_| self.everywhere) {
            let [old, new] = [false, true].map(|wide| other(wide, little).expect("stubs of values alone"));
            assert_eq!(without_sizes(&new), without_sizes(&old), "NDR64, little: {little}");
        }
        said
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

    /// As the stubs were written.
    fn own(&self) -> Said {
        let own = Marshalling {
            wide: self.wide,
            little: true,
        };
        self.spoken(own, |written, _| Some(written.to_vec())).unwrap()
    }

    /// The activities of the same calls in another marshalling.
    fn told(&self, to: Marshalling) -> Option<Vec<Value>> {
        let said = self.spoken(to, Written::marshalled)?;
        Some(said.activities)
    }

    fn spoken(&self, to: Marshalling, stub: impl Fn(&Written, Marshalling) -> Option<Vec<u8>>) -> Option<Said> {
        Some(self.conversation(to, &stub)?.finish())
    }

    /// None where a stub cannot be written so.
    fn conversation(
        &self,
        to: Marshalling,
        stub: &impl Fn(&Written, Marshalling) -> Option<Vec<u8>>,
    ) -> Option<Conversation> {
        let order = if to.little { LITTLE } else { BIG };
        let mut conversation = self.opened(order, to.wide);
        if let Some(before) = &self.before {
            let to = Marshalling {
                wide: before.wide,
                ..to
            };
            conversation = conversation.after(before.conversation(to, stub)?);
        }
        for (id, call) in (2..).zip(&self.calls) {
            let [request, response] = [stub(&call.request, to)?, stub(&call.response, to)?];
            let auth = call.sealed.then_some((9, 6, 0, &[0; 16][..]));
            let object = call.place.object.as_deref().map(|object| order.uuid(object));
            let flags = if object.is_some() { 0x83 } else { 3 };
            let request = [object.unwrap_or_default(), request].concat();
            let request = order.pdu(
                0,
                flags,
                id,
                &order.call(call.place.context, call.opnum, &request),
                auth,
            );
            let response = order.pdu(2, 3, id, &order.call(call.place.context, 0, &response), auth);
            let segment = [call.noise.clone(), request].concat();
            conversation = conversation.up(&segment).down(&response);
        }
        Some(conversation)
    }

    fn opened(&self, order: Writer, wide: bool) -> Conversation {
        match &self.interface {
            Some(interface) => Conversation::tcp(self.port).up(&bind(order, interface, wide)),
            None => Conversation::tcp(self.port).midstream(),
        }
    }
}

/// An OBJREF_STANDARD: five references to an object of the exporter `oxid`.
pub(in crate::dcerpc) fn objref(interface: &str, oxid: u64, ipid: &str) -> Vec<u8> {
    Stub::new(false)
        .hex("4d454f57 01000000")
        .uuid(interface)
        .u32(0)
        .u32(5)
        .u64(oxid)
        .u64(oxid + 1)
        .uuid(ipid)
        .hex("0200 0000 0000 0000")
        .done()
        .to_vec()
}

/// A `bind` in NDR 2.0, or NDR64 where `wide`.
fn bind(order: Writer, interface: &str, wide: bool) -> Vec<u8> {
    let mut bind = order.bind(11, 1, 0, interface, None);
    if wide {
        let at = bind.len() - 20;
        bind.truncate(at);
        bind.extend(order.uuid(NDR64));
        bind.extend(order.u32(1));
    }
    bind
}

/// Activities without what depends upon the transfer syntax.
fn without_sizes(activities: &[Value]) -> Vec<Value> {
    let mut activities = activities.to_vec();
    for activity in &mut activities {
        if let Some(details) = activity["details"].as_object_mut() {
            details.remove("stub_size");
            details.remove("response_size");
        }
    }
    activities
}
