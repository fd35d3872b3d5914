//! The dialogue of SMB 2 and 3: compound chains are taken apart, answers find their requests by message id, and what they
//! say changes what the connection knows.

mod request;
mod response;

use capture::Timestamp;

use crate::context::Context;
use crate::pending::Pending;
use crate::protocol::ProtocolId;
use crate::reader::Malformed;
use crate::smb::activity::{self, Opaque};
use crate::smb::body::{Request, Response};
use crate::smb::connection::Connection;
use crate::smb::file::{Alteration, Tree};
use crate::smb::logon::Logon;
use crate::smb::table::Table;
use crate::smb::wire;
use crate::smb::wire::{Compression, Header, Transform};

/// Requests that wait at a time: clients have credit for 512, some for 8192.
const PENDING: usize = 1024;
/// Requests whose answer was put off or is late: directory watches and reads of idle pipes may wait for days.
const PARKED: usize = 256;
/// Authentications between two legs.
const SETUPS: usize = 64;
/// Sessions whose encrypted bytes are counted apart.
const OPAQUE: usize = 256;
/// Messages of one compound chain.
const CHAIN: usize = 128;

/// What a request has under way.
#[derive(Debug)]
enum Waiting {
    Setup(Box<Logon>),
    Tree(Tree),
    TreeDisconnect,
    Logoff,
    Create(u64),
    Close(Option<u64>),
    Read(Option<u64>),
    /// And how many bytes, should nobody say whether they arrived.
    Write(Option<u64>, u32),
    Transceive(Option<u64>),
    SetInfo(u64, Alteration),
    /// The key under which copies may name the file.
    ResumeKey(u64),
    /// A copy to the file, from the one that goes by the key.
    Copy(u64, Box<[u8; 24]>),
}

impl Waiting {
    /// Whether the request is something to tell about even without its answer; what is not may be answered late.
    const fn is_fact(&self) -> bool {
        matches!(self, Self::Setup(_) | Self::Create(_) | Self::Close(_))
    }
}

/// A request and whose it is.
#[derive(Debug)]
struct Asked {
    message_id: u64,
    session: u64,
    tree: u32,
    waiting: Waiting,
}

/// What the messages of one chain hand on to the next.
#[derive(Clone, Copy, Debug, Default)]
struct Chain {
    session: u64,
    tree: u32,
    file: Option<u64>,
}

/// The state of the dialogue.
#[derive(Debug)]
pub(super) struct Dialogue {
    pending: Pending<u64, Asked>,
    parked: Pending<u64, Asked>,
    setups: Pending<u64, Box<Logon>>,
    opaque: Table<u64, Opaque>,
}

impl Default for Dialogue {
    fn default() -> Self {
        Self {
            pending: Pending::new(PENDING),
            parked: Pending::new(PARKED),
            setups: Pending::new(SETUPS),
            opaque: Table::new(OPAQUE),
        }
    }
}

impl Dialogue {
    /// One or more messages in a chain; `total` is how long they were on the wire.
    pub(super) fn chain(&mut self, bytes: &[u8], connection: &mut Connection, context: &mut Context<'_>) {
        let mut rest = bytes;
        let mut chain = Chain::default();
        for _ in 0..CHAIN {
            let header = match Header::parse(rest) {
                Ok(header) => header,
                Err(Malformed(what)) => return malformed(what, context),
            };
            let next = header.next as usize;
            let message = rest.get(..next).filter(|_| next > 0).unwrap_or(rest);
            self.message(&header, message, &mut chain, connection, context);
            match rest.get(next..) {
                Some(following) if next >= wire::HEADER && !following.is_empty() => rest = following,
                _ => return,
            }
        }
        context.limit("smb.chain");
    }

    /// A message that cannot be read.
    pub(super) fn transform(&mut self, bytes: &[u8], total: u64, context: &mut Context<'_>) {
        let transform = match Transform::parse(bytes) {
            Ok(transform) => transform,
            Err(Malformed(what)) => return malformed(what, context),
        };
        context.message(ProtocolId::Smb2, "encrypted", |fields| transform.fields(fields, total));
        context.opaque("smb encrypted", total);
        let session = transform.session_id;
        if self.opaque.find_mut(&session).is_none() && self.opaque.insert(session, Opaque::new(context.time)) {
            context.limit("smb.encrypted_sessions");
        }
        if let Some(opaque) = self.opaque.find_mut(&session) {
            opaque.add(context.direction, total, context.time);
        }
    }

    /// A compressed message, of which the beginning is often as it was.
    pub(super) fn compressed(
        &mut self,
        bytes: &[u8],
        total: u64,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        let compression = match Compression::parse(bytes) {
            Ok(compression) => compression,
            Err(Malformed(what)) => return malformed(what, context),
        };
        context.message(ProtocolId::Smb2, "compressed", |fields| {
            compression.fields(fields, total);
        });
        if compression.overflows(total) {
            connection.told = true;
            return activity::overflow(&compression, &connection.negotiated, context);
        }
        if compression.plain.len() >= wire::HEADER {
            self.chain(compression.plain, connection, context);
        }
    }

    /// Whether the answer to `message_id` brings what a pipe said; none where that is not known.
    pub(super) fn reads_pipe(&self, message_id: u64, connection: &Connection) -> Option<bool> {
        let asked = self
            .pending
            .waits(&message_id)
            .or_else(|| self.parked.waits(&message_id))?;
        match asked.waiting {
            Waiting::Read(Some(number)) => connection.number_is_pipe(number),
            _ => None,
        }
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        match (self.pending.deadline(), self.setups.deadline()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    pub(super) fn expire(&mut self, connection: &mut Connection, context: &mut Context<'_>) {
        while let Some(asked) = self.pending.expired(context.time) {
            if asked.waiting.is_fact() {
                self.settle(&asked.waiting, connection, context);
                give_up(asked, connection, context);
            } else {
                self.park(asked, connection, context);
            }
        }
        while let Some(logon) = self.setups.expired(context.time) {
            logon.abandon(connection, context);
        }
    }

    pub(super) fn finish(&mut self, connection: &mut Connection, context: &mut Context<'_>) {
        while let Some(asked) = self.pending.drain().or_else(|| self.parked.drain()) {
            give_up(asked, connection, context);
        }
        while let Some(logon) = self.setups.drain() {
            logon.abandon(connection, context);
        }
        while let Some((session, opaque)) = self.opaque.pop() {
            let identity = connection.session(session).and_then(|known| known.identity.as_ref());
            activity::encrypted(session, &opaque, &connection.negotiated, identity, context);
        }
    }

    /// A file is about to be closed for want of an answer: neither will its writes be answered any more.
    fn settle(&mut self, waiting: &Waiting, connection: &mut Connection, context: &mut Context<'_>) {
        let Waiting::Close(Some(closing)) = waiting else {
            return;
        };
        let writes = |asked: &Asked| matches!(asked.waiting, Waiting::Write(Some(number), _) if number == *closing);
        while let Some(write) = self.parked.take_where(writes) {
            give_up(write, connection, context);
        }
    }

    fn message(
        &mut self,
        header: &Header,
        message: &[u8],
        chain: &mut Chain,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        if header.is_response() {
            match Response::parse(header, message) {
                Ok(response) => {
                    context.message(ProtocolId::Smb2, header.message(), |fields| {
                        header.fields(fields);
                        response.fields(fields);
                    });
                    self.response(header, &response, connection, context);
                }
                Err(Malformed(what)) => self.unreadable(header, what, context),
            }
        } else {
            match Request::parse(header, message) {
                Ok(request) => {
                    context.message(ProtocolId::Smb2, header.message(), |fields| {
                        header.fields(fields);
                        request.fields(fields);
                        if let (Request::Create(_), Some(tree)) = (&request, header.tree_id) {
                            let share = connection.share(header.session_id, tree);
                            fields.set_some("share", share.map(|share| share.name.clone()));
                        }
                    });
                    self.request(header, &request, chain, connection, context);
                }
                Err(Malformed(what)) => self.unreadable(header, what, context),
            }
        }
    }

    /// The body does not follow its grammar. Behind a gap that is no wonder: then the header counts for what it is.
    fn unreadable(&mut self, header: &Header, what: &'static str, context: &mut Context<'_>) {
        if context.gapped {
            context.message(ProtocolId::Smb2, header.message(), |fields| header.fields(fields));
        } else {
            malformed(what, context);
        }
    }
}

fn malformed(what: &'static str, context: &mut Context<'_>) {
    context.malformed(ProtocolId::Smb2, what);
}

/// No answer came, or none was seen.
fn give_up(asked: Asked, connection: &mut Connection, context: &mut Context<'_>) {
    match asked.waiting {
        Waiting::Setup(logon) => logon.abandon(connection, context),
        Waiting::Create(number) | Waiting::Close(Some(number)) => connection.close(number, context),
        Waiting::Write(Some(number), length) => connection.have_written(number, length),
        _ => {}
    }
}
