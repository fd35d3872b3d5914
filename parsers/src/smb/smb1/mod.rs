//! The dialogue of SMB1 ([MS-CIFS], [MS-SMB]): logons, shares, files and pipes, in the words of NT and in those of DOS.
//! Whoever still speaks it is a finding by itself.

mod body;
mod mailslot;
pub(super) mod names;
mod negotiation;
mod open;
mod operation;
mod path;
mod payload;
mod reassembly;
mod request;
mod response;
mod transaction;
pub(super) mod wire;

use capture::Timestamp;
use compact_str::CompactString;

use crate::activity::Kind;
use crate::context::Context;
use crate::pending::{Evicted, Pending};
use crate::protocol::ProtocolId;
use crate::reader::Malformed;
use crate::smb::connection::Connection;
use crate::smb::file::{Alteration, File, Tree};
use crate::smb::logon::Logon;
use crate::smb::wire::FileId;
use body::Body;
use reassembly::Partial;
use transaction::Transaction;
use wire::{Block, Header};

/// Requests that wait at a time: MaxMpxCount is 50 by default.
const PENDING: usize = 256;
/// Requests whose answer is late: reads of idle pipes may wait for days.
const PARKED: usize = 64;
/// Authentications between two legs.
const SETUPS: usize = 64;
/// Transactions of which parts are still to come.
const PARTIAL: usize = 8;

/// What a request has under way.
#[derive(Debug)]
enum Waiting {
    Negotiate(Vec<CompactString>),
    Setup(Box<Logon>),
    Tree(Tree),
    TreeDisconnect(u16),
    Logoff(u16),
    Create(u64),
    Close(u64),
    Read(u64),
    Write(u64),
    WriteAndClose(u64),
    Transact(u64),
    /// An open file is altered.
    Alter(u64, Alteration),
    /// Something is done to a path, and what it alters.
    Path(Box<File>, Option<Alteration>),
}

impl Waiting {
    /// Whether the request is something to tell about even without its answer; what is not may be answered late.
    const fn is_fact(&self) -> bool {
        matches!(
            self,
            Self::Setup(_) | Self::Create(_) | Self::Close(_) | Self::Path(..) | Self::WriteAndClose(_)
        )
    }
}

/// A request and what its answer is found by.
#[derive(Debug)]
struct Asked {
    key: (u32, u8),
    waiting: Waiting,
}

/// The state of the dialogue.
#[derive(Debug)]
pub(super) struct Dialogue {
    /// By process and multiplex identifier, and the command.
    pending: Pending<(u32, u8), Asked>,
    parked: Pending<(u32, u8), Asked>,
    setups: Pending<u16, Box<Logon>>,
    partial: Pending<u32, Box<Partial>>,
    /// Of the negotiation: what clients without extended security respond to.
    challenge: Option<[u8; 8]>,
    /// The server wants passwords as they are.
    plaintext: bool,
}

impl Default for Dialogue {
    fn default() -> Self {
        Self {
            pending: Pending::new(PENDING),
            parked: Pending::new(PARKED),
            setups: Pending::new(SETUPS),
            partial: Pending::new(PARTIAL),
            challenge: None,
            plaintext: false,
        }
    }
}

impl Dialogue {
    /// One message, with all commands that are chained in it: those before damage count.
    pub(super) fn message(&mut self, message: &[u8], connection: &mut Connection, context: &mut Context<'_>) {
        let Some((header, blocks)) = read(message, context) else {
            return;
        };
        let mut chained = None;
        for (block, body) in blocks {
            if header.is_response() {
                self.response(&header, &block, body, connection, context);
            } else {
                self.request(&header, &block, body, &mut chained, connection, context);
            }
        }
    }

    /// Whether the answer to `header` brings what a pipe said; none where that is not known.
    pub(super) fn reads_pipe(&self, header: &Header, connection: &Connection) -> Option<bool> {
        match self.waits(&(header.key(), wire::command::READ_ANDX))? {
            Waiting::Read(number) => connection.number_is_pipe(*number),
            _ => None,
        }
    }

    pub(super) fn deadline(&self) -> Option<Timestamp> {
        let waits = [self.pending.deadline(), self.setups.deadline(), self.partial.deadline()];
        waits.into_iter().flatten().min()
    }

    pub(super) fn expire(&mut self, connection: &mut Connection, context: &mut Context<'_>) {
        while let Some(asked) = self.pending.expired(context.time) {
            if asked.waiting.is_fact() {
                give_up(asked.waiting, connection, context);
            } else if let Some(oldest) = self.parked.insert(asked.key, context.time, asked) {
                let (Evicted::Full(oldest) | Evicted::Reused(oldest)) = oldest;
                context.limit("smb1.parked");
                give_up(oldest.waiting, connection, context);
            }
        }
        while let Some(logon) = self.setups.expired(context.time) {
            logon.abandon(connection, context);
        }
        while self.partial.expired(context.time).is_some() {
            context.limit("smb1.transaction_cut");
        }
    }

    pub(super) fn finish(&mut self, connection: &mut Connection, context: &mut Context<'_>) {
        while let Some(asked) = self.pending.drain().or_else(|| self.parked.drain()) {
            give_up(asked.waiting, connection, context);
        }
        while let Some(logon) = self.setups.drain() {
            logon.abandon(connection, context);
        }
    }

    fn waits(&self, key: &(u32, u8)) -> Option<&Waiting> {
        let asked = self.pending.waits(key).or_else(|| self.parked.waits(key))?;
        Some(&asked.waiting)
    }
}

/// What a datagram carries: a mailslot is written to, and nothing answers.
pub(super) fn datagram(message: &[u8], context: &mut Context<'_>) {
    let Some((header, blocks)) = read(message, context) else {
        return;
    };
    for (_, body) in &blocks {
        if let (Body::Transaction(transaction), false) = (body, header.is_response()) {
            announced(transaction, context);
        }
    }
}

/// A computer tells its name, version and services: of the name service's kind, for nothing else of NetBIOS has one.
fn announced(transaction: &Transaction<'_>, context: &mut Context<'_>) {
    let Some(announcement) = mailslot::announcement(&transaction.name, transaction.data.bytes) else {
        return;
    };
    let mut activity = context.activity(Kind::Nbns, ProtocolId::Smb1);
    // Whoever sends it is the client, whichever way the flow began.
    (activity.client, activity.server) = {
        let (from, to) = context.flow.ends(context.direction);
        (*from, *to)
    };
    activity.observed.host = Some(announcement.name);
    activity.details.set("operation", announcement.operation);
    activity.details.append(announcement.fields);
    context.emit(activity);
}

/// The header, and as many commands as are whole; says the message, and what is wrong with it.
fn read<'a>(message: &'a [u8], context: &mut Context<'_>) -> Option<(Header, Vec<(Block<'a>, Body<'a>)>)> {
    let header = match Header::parse(message) {
        Ok(header) => header,
        Err(Malformed(what)) => {
            context.malformed(ProtocolId::Smb1, what);
            return None;
        }
    };
    let mut blocks = Vec::new();
    let mut damage = None;
    for block in wire::blocks(&header, message) {
        match block.and_then(|block| Body::parse(&header, &block).map(|body| (block, body))) {
            Ok(read) => blocks.push(read),
            Err(Malformed(what)) => {
                damage = Some(what).filter(|_| !context.gapped);
                break;
            }
        }
    }
    if blocks.last().is_some_and(|(block, _)| block.next().is_some()) && damage.is_none() && !context.gapped {
        context.limit("smb1.chain");
    }
    if !blocks.is_empty() || damage.is_none() {
        say(&header, &blocks, context);
    }
    if let Some(what) = damage {
        context.malformed(ProtocolId::Smb1, what);
    }
    Some((header, blocks))
}

fn say(header: &Header, blocks: &[(Block<'_>, Body<'_>)], context: &mut Context<'_>) {
    context.message(ProtocolId::Smb1, header.message(), |fields| {
        header.fields(fields);
        let chained = blocks.iter().skip(1);
        fields.list("andx", chained.filter_map(|(block, _)| names::command(block.command)));
        for (_, body) in blocks {
            body.fields(header, fields);
        }
    });
}

/// No answer came, or none was seen.
fn give_up(waiting: Waiting, connection: &mut Connection, context: &mut Context<'_>) {
    match waiting {
        Waiting::Setup(logon) => logon.abandon(connection, context),
        Waiting::Create(number) | Waiting::Close(number) | Waiting::WriteAndClose(number) => {
            connection.close(number, context);
        }
        Waiting::Path(file, _) => connection.tell(*file, context),
        _ => {}
    }
}

/// Of a long message: whether it is a read or write at all, and if so, whether a pipe's, where that is known.
pub(super) fn payload_is_pipe(
    message: &[u8],
    dialogue: Option<&Dialogue>,
    connection: &Connection,
) -> Option<Option<bool>> {
    let header = Header::parse(message).ok()?;
    let block = wire::blocks(&header, message).next()?.ok()?;
    if block.next().is_some() {
        return None; // the rest of the chain lies behind the payload
    }
    match (block.command, Body::parse(&header, &block).ok()?) {
        (wire::command::READ_ANDX, Body::HaveRead(_)) => {
            Some(dialogue.and_then(|known| known.reads_pipe(&header, connection)))
        }
        (wire::command::WRITE_ANDX, Body::Write(fid, _)) => Some(connection.is_pipe(FileId::of_smb1(fid))),
        _ => None,
    }
}
