//! The dialogue of SMB1 ([MS-CIFS], [MS-SMB]), followed as far as logons, shares, files and pipes: whoever still speaks it is
//! a finding by itself.

mod body;
pub(super) mod names;
pub(super) mod wire;

use capture::Timestamp;
use compact_str::CompactString;

use crate::context::Context;
use crate::ntlm;
use crate::pending::{Evicted, Pending};
use crate::protocol::ProtocolId;
use crate::reader::Malformed;
use crate::smb::connection::Connection;
use crate::smb::file::{File, Opened, Opening, Share, Tree};
use crate::smb::logon::Logon;
use crate::smb::wire::FileId;
use body::{Body, Chosen, Create, Proof, Setup, SetupAnswer};
use wire::{Block, Header};

/// Requests that wait at a time: MaxMpxCount is 50 by default.
const PENDING: usize = 256;
/// Requests whose answer is late: reads of idle pipes may wait for days.
const PARKED: usize = 64;
/// Authentications between two legs.
const SETUPS: usize = 64;

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
    Transact(u64),
}

impl Waiting {
    /// Whether the request is something to tell about even without its answer; what is not may be answered late.
    const fn is_fact(&self) -> bool {
        matches!(self, Self::Setup(_) | Self::Create(_) | Self::Close(_))
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
    /// By process and multiplex identifier, and the command's place in its chain.
    pending: Pending<(u32, u8), Asked>,
    parked: Pending<(u32, u8), Asked>,
    setups: Pending<u16, Box<Logon>>,
    /// Of the negotiation: what clients without extended security respond to.
    challenge: Option<[u8; 8]>,
}

impl Default for Dialogue {
    fn default() -> Self {
        Self {
            pending: Pending::new(PENDING),
            parked: Pending::new(PARKED),
            setups: Pending::new(SETUPS),
            challenge: None,
        }
    }
}

impl Dialogue {
    /// One message, with all commands that are chained in it.
    pub(super) fn message(&mut self, message: &[u8], connection: &mut Connection, context: &mut Context<'_>) {
        let header = match Header::parse(message) {
            Ok(header) => header,
            Err(Malformed(what)) => return context.malformed(ProtocolId::Smb1, what),
        };
        let parsed: Result<Vec<_>, Malformed> = wire::blocks(&header, message)
            .map(|block| block.and_then(|block| Body::parse(&header, &block).map(|body| (block, body))))
            .collect();
        let blocks = match parsed {
            Ok(blocks) => blocks,
            Err(Malformed(what)) if !context.gapped => return context.malformed(ProtocolId::Smb1, what),
            Err(_) => Vec::new(),
        };
        context.message(ProtocolId::Smb1, header.message(), |fields| {
            header.fields(fields);
            let chained = blocks.iter().skip(1);
            fields.list("andx", chained.filter_map(|(block, _)| names::command(block.command)));
            for (_, body) in &blocks {
                body.fields(fields);
            }
        });
        for (block, body) in blocks {
            if header.is_response() {
                self.response(&header, &block, body, connection, context);
            } else {
                self.request(&header, &block, body, connection, context);
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
        match (self.pending.deadline(), self.setups.deadline()) {
            (Some(a), Some(b)) => Some(a.min(b)),
            (a, b) => a.or(b),
        }
    }

    pub(super) fn expire(&mut self, connection: &mut Connection, context: &mut Context<'_>) {
        while let Some(asked) = self.pending.expired(context.time) {
            if asked.waiting.is_fact() {
                give_up(asked, connection, context);
            } else if let Some(oldest) = self.parked.insert(asked.key, context.time, asked) {
                let (Evicted::Full(oldest) | Evicted::Reused(oldest)) = oldest;
                context.limit("smb1.parked");
                give_up(oldest, connection, context);
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
    }

    fn request(
        &mut self,
        header: &Header,
        block: &Block<'_>,
        body: Body<'_>,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        let waiting = match body {
            Body::Offer(dialects) => {
                let negotiated = &mut connection.negotiated;
                negotiated.seen(context.time);
                negotiated.smb1_offered |= dialects.iter().any(|dialect| !dialect.starts_with("SMB 2"));
                Waiting::Negotiate(dialects)
            }
            Body::Setup(setup) => Waiting::Setup(self.setup(header, setup, context)),
            Body::TreeConnect(path) => Waiting::Tree(Tree {
                path,
                asked: context.time,
            }),
            Body::TreeDisconnect => Waiting::TreeDisconnect(header.tid),
            Body::Logoff => Waiting::Logoff(header.uid),
            Body::Create(create) => Waiting::Create(open(header, create, connection, context)),
            Body::Close(fid) => match connection.number(FileId::of_smb1(fid)) {
                Some(number) => Waiting::Close(number),
                None => return,
            },
            Body::Read(fid) => Waiting::Read(used(header, fid, connection, context)),
            Body::Write(fid, data) => {
                let number = used(header, fid, connection, context);
                connection.pipe_bytes(number, data.bytes, data.length, context);
                Waiting::Write(number)
            }
            Body::Transact(fid, data) => {
                let number = used(header, fid, connection, context);
                connection.make_pipe(number);
                connection.pipe_bytes(number, data.bytes, data.length, context);
                Waiting::Transact(number)
            }
            _ => return,
        };
        let key = (header.key(), block.command);
        match self.pending.insert(key, context.time, Asked { key, waiting }) {
            Some(Evicted::Full(oldest)) => {
                context.limit("smb1.pending");
                give_up(oldest, connection, context);
            }
            Some(Evicted::Reused(earlier)) => give_up(earlier, connection, context),
            None => {}
        }
    }

    fn waits(&self, key: &(u32, u8)) -> Option<&Waiting> {
        let asked = self.pending.waits(key).or_else(|| self.parked.waits(key))?;
        Some(&asked.waiting)
    }

    fn setup(&mut self, header: &Header, setup: Setup<'_>, context: &mut Context<'_>) -> Box<Logon> {
        let known = match header.uid {
            0 => None,
            uid => self.setups.take(&uid),
        };
        let mut logon = known.unwrap_or_else(|| Box::new(Logon::new(ProtocolId::Smb1, context.time)));
        match setup.proof {
            Proof::Token(token) => logon.token(token, context),
            Proof::Responses { lm, nt } => {
                logon.anonymous = setup.account.is_empty() && nt.is_empty();
                let raw = ntlm::Raw {
                    account: &setup.account,
                    domain: &setup.domain,
                    lm: response(lm),
                    nt: response(nt),
                    challenge: self.challenge.as_ref(),
                };
                logon.raw_ntlm(&raw, context);
            }
        }
        logon.client.set(setup.os, setup.lan_manager);
        logon
    }

    fn response(
        &mut self,
        header: &Header,
        block: &Block<'_>,
        body: Body<'_>,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        let key = (header.key(), block.command);
        if let Body::Transacted(data, false) = body {
            // More is to come: the request waits on.
            if let Some(Waiting::Transact(number)) = self.waits(&key) {
                connection.pipe_bytes(*number, data.bytes, data.length, context);
            }
            return;
        }
        let asked = self.pending.take(&key).or_else(|| self.parked.take(&key));
        let Some(asked) = asked else {
            return self.unasked(header, body, connection, context);
        };
        match (asked.waiting, body) {
            (Waiting::Negotiate(offered), Body::Chosen(chosen)) => self.negotiated(&offered, &chosen, connection),
            (Waiting::Setup(logon), body) => self.verdict(header, logon, body, connection, context),
            (waiting, body) => answer(header, waiting, body, connection, context),
        }
    }

    /// The request to this answer was not seen; a verdict still counts.
    fn unasked(&mut self, header: &Header, body: Body<'_>, connection: &mut Connection, context: &mut Context<'_>) {
        match body {
            Body::Chosen(chosen) => self.negotiated(&[], &chosen, connection),
            Body::SetupAnswer(_) => {
                let known = self.setups.take(&header.uid);
                let logon = known.unwrap_or_else(|| Box::new(Logon::new(ProtocolId::Smb1, context.time)));
                self.verdict(header, logon, body, connection, context);
            }
            _ => {}
        }
    }

    fn negotiated(&mut self, offered: &[CompactString], chosen: &Chosen<'_>, connection: &mut Connection) {
        self.challenge = chosen.challenge.copied();
        connection.negotiated.smb1 = true;
        connection.negotiated.dialect = offered.get(usize::from(chosen.index)).cloned();
        connection.negotiated.server_mode = Some(chosen.signing);
    }

    fn verdict(
        &mut self,
        header: &Header,
        mut logon: Box<Logon>,
        body: Body<'_>,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        if let Body::SetupAnswer(SetupAnswer {
            token,
            guest,
            os,
            lan_manager,
        }) = body
        {
            logon.guest = guest;
            logon.server.set(os, lan_manager);
            logon.token(token, context);
        }
        let over = logon.answer(header.nt_status(), u64::from(header.uid), connection, context);
        if !over && let Some(earlier) = self.setups.insert(header.uid, context.time, logon) {
            let (Evicted::Full(earlier) | Evicted::Reused(earlier)) = earlier;
            context.limit("smb1.setups");
            earlier.abandon(connection, context);
        }
    }
}

/// A challenge response has at least 24 bytes ([MS-NLMP] 2.2.2.3); what is shorter is a password in the clear, which goes no
/// further, or one null byte that stands for none.
fn response(proof: &[u8]) -> &[u8] {
    if proof.len() < 24 { &[] } else { proof }
}

fn answer(header: &Header, waiting: Waiting, body: Body<'_>, connection: &mut Connection, context: &mut Context<'_>) {
    let (session, granted) = (u64::from(header.uid), header.status == 0);
    match (waiting, body) {
        (Waiting::Tree(tree), Body::TreeConnected(service)) if granted => {
            let share = Share::of(&tree.path, service == "IPC");
            connection.connect(session, u32::from(header.tid), share, context);
        }
        (Waiting::Tree(tree), _) if !granted => {
            connection.refused(ProtocolId::Smb1, session, &tree, header.nt_status(), context);
        }
        (Waiting::TreeDisconnect(tid), _) if granted => connection.disconnect(session, u32::from(tid), context),
        (Waiting::Logoff(uid), _) if granted => connection.log_off(u64::from(uid), context),
        (Waiting::Create(number), body) => connection.opened(number, header.nt_status(), opened(&body), context),
        (Waiting::Close(number), _) => connection.close(number, context),
        (Waiting::Read(number), Body::HaveRead(data)) => {
            connection.have_read(number, data.bytes, data.length, context);
        }
        (Waiting::Write(number), Body::Written(count)) => connection.have_written(number, count),
        (Waiting::Transact(number), Body::Transacted(data, _)) => {
            connection.pipe_bytes(number, data.bytes, data.length, context);
        }
        _ => {}
    }
}

fn open(header: &Header, create: Create, connection: &mut Connection, context: &mut Context<'_>) -> u64 {
    let mut file = file(header, context);
    file.opening = Some(Opening {
        path: create.path,
        access: create.access,
        disposition: create.disposition,
        options: create.options,
        operation: None,
    });
    connection.open(file, context)
}

fn file(header: &Header, context: &Context<'_>) -> File {
    File::new(
        ProtocolId::Smb1,
        u64::from(header.uid),
        u32::from(header.tid),
        context.time,
    )
}

/// The number of a file.
fn used(header: &Header, fid: u16, connection: &mut Connection, context: &mut Context<'_>) -> u64 {
    let file = file(header, context);
    connection.used(FileId::of_smb1(fid), file, context)
}

/// The file that was opened, if one was.
fn opened(body: &Body<'_>) -> Option<Opened> {
    let Body::Created(created) = body else {
        return None;
    };
    Some(Opened {
        id: FileId::of_smb1(created.fid),
        action: created.action,
        size: created.size,
        is_directory: created.is_directory,
    })
}

fn give_up(asked: Asked, connection: &mut Connection, context: &mut Context<'_>) {
    match asked.waiting {
        Waiting::Setup(logon) => logon.abandon(connection, context),
        Waiting::Create(number) | Waiting::Close(number) => connection.close(number, context),
        _ => {}
    }
}

/// Of a long message: whether it is a read or write at all, and if so, whether a pipe's, where that is known.
pub(super) fn payload_is_pipe(message: &[u8], dialogue: &Dialogue, connection: &Connection) -> Option<Option<bool>> {
    let header = Header::parse(message).ok()?;
    let block = wire::blocks(&header, message).next()?.ok()?;
    if block.next().is_some() {
        return None; // the rest of the chain lies behind the payload
    }
    match Body::parse(&header, &block).ok()? {
        Body::HaveRead(_) => Some(dialogue.reads_pipe(&header, connection)),
        Body::Write(fid, _) => Some(connection.is_pipe(FileId::of_smb1(fid))),
        _ => None,
    }
}
