//! The dialogue of SMB 2 and 3: compound chains are taken apart, answers find their requests by message id, and what they
//! say changes what the connection knows.

use capture::Timestamp;
use compact_str::CompactString;

use crate::context::Context;
use crate::pending::{Evicted, Pending};
use crate::protocol::ProtocolId;
use crate::reader::Malformed;
use crate::smb::activity::{self, Opaque};
use crate::smb::body::{Request, Response};
use crate::smb::connection::{Connection, File, Opening, Share, Table};
use crate::smb::logon::Logon;
use crate::smb::wire::info::Change;
use crate::smb::wire::{Compression, FileId, Header, STATUS_PENDING, Transform, file, info, ioctl, session};
use crate::smb::{PIPE_TRANSCEIVE, names, wire};
use crate::text;

/// Requests that wait at a time: clients have credit for 512, some for 8192.
const PENDING: usize = 1024;
/// Requests whose answer was put off: directory watches and reads of idle pipes, which may wait for days.
const PARKED: usize = 256;
/// Authentications between two legs.
const SETUPS: usize = 64;
/// Sessions whose encrypted bytes are counted apart.
const OPAQUE: usize = 256;
/// Messages of one compound chain.
const CHAIN: usize = 128;
/// FILE_ATTRIBUTE_DIRECTORY
const DIRECTORY: u32 = 0x10;

/// What a request has under way.
#[derive(Debug)]
enum Waiting {
    Setup(Box<Logon>),
    Tree(CompactString),
    TreeDisconnect,
    Logoff,
    Create(u64),
    Close(Option<u64>),
    Read(Option<u64>),
    Write(Option<u64>),
    Transceive(Option<u64>),
    SetInfo(u64, Intent),
}

/// What a SET_INFO is about to change.
#[derive(Debug)]
enum Intent {
    Rename(CompactString),
    Disposition(bool),
}

/// A request and whose it is.
#[derive(Debug)]
struct Asked {
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
            give_up(asked, connection, context);
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
        connection.finish(context);
        while let Some((session, opaque)) = self.opaque.pop() {
            let identity = connection.session(session).and_then(|known| known.identity.as_ref());
            activity::encrypted(session, &opaque, identity, context);
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

    fn request(
        &mut self,
        header: &Header,
        request: &Request<'_>,
        chain: &mut Chain,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        if !header.is_related() {
            *chain = Chain {
                session: header.session_id,
                tree: header.tree_id.unwrap_or_default(),
                file: None,
            };
        }
        let waiting = match request {
            Request::Negotiate(offer) => {
                connection.negotiated.client_guid = Some(offer.client_guid);
                connection.negotiated.client_requires_signing = offer.security_mode & 2 != 0;
                None
            }
            Request::SessionSetup(setup) => Some(self.setup(header, setup, context)),
            Request::TreeConnect(tree) => Some(Waiting::Tree(text::utf16(tree.path))),
            Request::TreeDisconnect => Some(Waiting::TreeDisconnect),
            Request::Logoff => Some(Waiting::Logoff),
            Request::Create(create) => Some(open(create, chain, connection, context)),
            Request::Close(about) => Some(Waiting::Close(named(about.file_id, chain, connection))),
            Request::Read(read) => Some(Waiting::Read(used(read.file_id, chain, connection, context))),
            Request::Write(write) => Some(written(write, chain, connection, context)),
            Request::Ioctl(ioctl) => transceive(ioctl, chain, connection, context),
            Request::SetInfo(set) => change(set, chain, connection, context),
            Request::Other(_) => None,
        };
        if let Some(waiting) = waiting {
            self.wait(header, waiting, chain, connection, context);
        }
    }

    fn wait(
        &mut self,
        header: &Header,
        waiting: Waiting,
        chain: &Chain,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        let asked = Asked {
            session: chain.session,
            tree: chain.tree,
            waiting,
        };
        match self.pending.insert(header.message_id, context.time, asked) {
            Some(Evicted::Full(oldest)) => {
                context.limit("smb.pending");
                give_up(oldest, connection, context);
            }
            Some(Evicted::Reused(earlier)) => give_up(earlier, connection, context),
            None => {}
        }
    }

    /// A leg of an authentication: the next one of a logon under way, or the first of a new one.
    fn setup(&mut self, header: &Header, setup: &session::SetupRequest<'_>, context: &mut Context<'_>) -> Waiting {
        let known = match header.session_id {
            0 => None,
            session => self.setups.take(&session),
        };
        let mut logon = known.unwrap_or_else(|| Box::new(Logon::new(ProtocolId::Smb2, context.time)));
        logon.client_requires_signing |= setup.requires_signing();
        logon.binding |= setup.is_binding();
        logon.token(setup.token, context);
        Waiting::Setup(logon)
    }

    fn response(
        &mut self,
        header: &Header,
        response: &Response<'_>,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        if let Response::Negotiate(chosen) = response {
            let negotiated = &mut connection.negotiated;
            negotiated.dialect = names::dialect(chosen.dialect).map(CompactString::const_new);
            negotiated.server_mode = Some(chosen.security_mode);
            negotiated.cipher = chosen.cipher();
            return;
        }
        if header.status == STATUS_PENDING {
            return self.park(header.message_id, connection, context);
        }
        let asked = self.pending.take(&header.message_id);
        let Some(asked) = asked.or_else(|| self.parked.take(&header.message_id)) else {
            return self.unasked(header, response, connection, context);
        };
        self.answer(header, response, asked, connection, context);
    }

    /// The server needs time: the request waits on, however long.
    fn park(&mut self, message_id: u64, connection: &mut Connection, context: &mut Context<'_>) {
        let Some(asked) = self.pending.take(&message_id) else {
            return;
        };
        match self.parked.insert(message_id, context.time, asked) {
            Some(Evicted::Full(oldest)) => {
                context.limit("smb.parked");
                give_up(oldest, connection, context);
            }
            Some(Evicted::Reused(earlier)) => give_up(earlier, connection, context),
            None => {}
        }
    }

    /// The request to this answer was not seen; what it says still counts.
    fn unasked(
        &mut self,
        header: &Header,
        response: &Response<'_>,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        match response {
            Response::SessionSetup(_) => {
                let known = self.setups.take(&header.session_id);
                let logon = known.unwrap_or_else(|| Box::new(Logon::new(ProtocolId::Smb2, context.time)));
                self.verdict(header, response, logon, connection, context);
            }
            Response::Ioctl(ioctl) if ioctl.code == PIPE_TRANSCEIVE => {
                if let Some(number) = connection.number(ioctl.file_id) {
                    connection.pipe_bytes(number, ioctl.output, ioctl.output_length, context);
                }
            }
            _ => {}
        }
    }

    fn answer(
        &mut self,
        header: &Header,
        response: &Response<'_>,
        asked: Asked,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        let granted = header.status == 0;
        match (asked.waiting, response) {
            (Waiting::Setup(logon), _) => self.verdict(header, response, logon, connection, context),
            (Waiting::Tree(path), Response::TreeConnect(tree)) => {
                let share = Share::of(&path, tree.share_type == 2);
                let id = header.tree_id.unwrap_or_default();
                connection.connect(asked.session, id, share, context);
            }
            (Waiting::TreeDisconnect, _) if granted => connection.disconnect(asked.session, asked.tree, context),
            (Waiting::Logoff, _) if granted => connection.log_off(asked.session, context),
            (Waiting::Create(number), _) => created(number, header, response, connection, context),
            (Waiting::Close(Some(number)), response) => closed(number, response, connection, context),
            (Waiting::Read(Some(number)), Response::Read(read)) => have_read(number, read, connection, context),
            (Waiting::Write(Some(number)), Response::Write(write)) => {
                if let Some(file) = connection.file(number) {
                    file.bytes_written = file.bytes_written.saturating_add(u64::from(write.count));
                }
            }
            (Waiting::Transceive(Some(number)), Response::Ioctl(ioctl)) => {
                connection.pipe_bytes(number, ioctl.output, ioctl.output_length, context);
            }
            (Waiting::SetInfo(number, intent), _) if granted => {
                if let Some(file) = connection.file(number) {
                    match intent {
                        Intent::Rename(name) => file.renamed_to = Some(name),
                        Intent::Disposition(delete) => file.deleted = delete,
                    }
                }
            }
            _ => {}
        }
    }

    /// The server's leg of an authentication: another one is asked for, or this was the last.
    fn verdict(
        &mut self,
        header: &Header,
        response: &Response<'_>,
        mut logon: Box<Logon>,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        if let Response::SessionSetup(setup) = response {
            logon.guest = setup.is_guest();
            logon.anonymous = setup.is_anonymous();
            logon.encrypted = setup.is_encrypted();
            logon.token(setup.token, context);
        }
        let over = logon.answer(header.status, header.session_id, connection, context);
        if !over && let Some(earlier) = self.setups.insert(header.session_id, context.time, logon) {
            let (Evicted::Full(earlier) | Evicted::Reused(earlier)) = earlier;
            context.limit("smb.setups");
            earlier.abandon(connection, context);
        }
    }
}

fn malformed(what: &'static str, context: &mut Context<'_>) {
    context.malformed(ProtocolId::Smb2, what);
}

/// A file is about to be opened.
fn open(
    create: &wire::create::Request<'_>,
    chain: &mut Chain,
    connection: &mut Connection,
    context: &mut Context<'_>,
) -> Waiting {
    let mut file = File::new(ProtocolId::Smb2, chain.session, chain.tree, context.time);
    file.opening = Some(Opening {
        path: text::utf16(create.name),
        access: create.access,
        disposition: create.disposition,
        delete_on_close: create.deletes_on_close(),
    });
    let number = connection.open(file, context);
    chain.file = Some(number);
    Waiting::Create(number)
}

/// The file was opened, or not.
fn created(
    number: u64,
    header: &Header,
    response: &Response<'_>,
    connection: &mut Connection,
    context: &mut Context<'_>,
) {
    let Some(file) = connection.file(number) else {
        return;
    };
    file.status = Some(header.status);
    file.answered = Some(context.time);
    let Response::Create(create) = response else {
        return connection.close(number, context);
    };
    file.action = Some(create.action);
    file.size = Some(create.size);
    file.is_directory = create.attributes & DIRECTORY != 0;
    file.deleted = file.opening.as_ref().is_some_and(|opening| opening.delete_on_close);
    connection.name(number, create.file_id);
}

fn closed(number: u64, response: &Response<'_>, connection: &mut Connection, context: &mut Context<'_>) {
    if let (Response::Close(close), Some(file)) = (response, connection.file(number)) {
        file.size = close.size().or(file.size);
    }
    connection.close(number, context);
}

/// The number of the file a message is about.
fn named(id: FileId, chain: &mut Chain, connection: &Connection) -> Option<u64> {
    if id != FileId::RELATED {
        chain.file = connection.number(id);
    }
    chain.file
}

/// As [`named`]; a file that was open before anything was seen is known from its first use on.
fn used(id: FileId, chain: &mut Chain, connection: &mut Connection, context: &mut Context<'_>) -> Option<u64> {
    let known = named(id, chain, connection);
    if known.is_some() || id == FileId::RELATED {
        return known;
    }
    let file = File::new(ProtocolId::Smb2, chain.session, chain.tree, context.time);
    let number = connection.open(file, context);
    connection.name(number, id);
    chain.file = Some(number);
    chain.file
}

fn written(
    write: &file::WriteRequest<'_>,
    chain: &mut Chain,
    connection: &mut Connection,
    context: &mut Context<'_>,
) -> Waiting {
    let number = used(write.file_id, chain, connection, context);
    if let Some(number) = number {
        connection.pipe_bytes(number, write.data, write.length, context);
    }
    Waiting::Write(number)
}

fn have_read(number: u64, read: &file::ReadResponse<'_>, connection: &mut Connection, context: &mut Context<'_>) {
    if let Some(file) = connection.file(number) {
        file.bytes_read = file.bytes_read.saturating_add(u64::from(read.length));
    }
    connection.pipe_bytes(number, read.data, read.length, context);
}

/// A write to a pipe and the read of its answer in one ([MS-FSCC] 2.3.50).
fn transceive(
    ioctl: &ioctl::Request<'_>,
    chain: &mut Chain,
    connection: &mut Connection,
    context: &mut Context<'_>,
) -> Option<Waiting> {
    if ioctl.code != PIPE_TRANSCEIVE {
        return None;
    }
    let number = used(ioctl.file_id, chain, connection, context);
    if let Some(number) = number {
        connection.make_pipe(number);
        connection.pipe_bytes(number, ioctl.input, ioctl.input_length, context);
    }
    Some(Waiting::Transceive(number))
}

fn change(
    set: &info::SetRequest<'_>,
    chain: &mut Chain,
    connection: &mut Connection,
    context: &mut Context<'_>,
) -> Option<Waiting> {
    let intent = match set.change()? {
        Change::Rename(name) => Intent::Rename(text::utf16(name)),
        Change::Disposition(delete) => Intent::Disposition(delete),
    };
    let number = used(set.file_id, chain, connection, context)?;
    Some(Waiting::SetInfo(number, intent))
}

/// No answer came, or none was seen.
fn give_up(asked: Asked, connection: &mut Connection, context: &mut Context<'_>) {
    match asked.waiting {
        Waiting::Setup(logon) => logon.abandon(connection, context),
        Waiting::Create(number) | Waiting::Close(Some(number)) => connection.close(number, context),
        _ => {}
    }
}
