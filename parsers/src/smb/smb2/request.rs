//! What clients ask, and what is to be remembered of it until the answer comes.

use crate::context::Context;
use crate::pending::Evicted;
use crate::protocol::ProtocolId;
use crate::smb::PIPE_TRANSCEIVE;
use crate::smb::body::Request;
use crate::smb::connection::Connection;
use crate::smb::file::{Alteration, File, Opening, Tree};
use crate::smb::logon::Logon;
use crate::smb::smb2::{Asked, Chain, Dialogue, Waiting, give_up};
use crate::smb::wire::control::SRV_REQUEST_RESUME_KEY;
use crate::smb::wire::{FileId, Header, create, file, info, ioctl, negotiate, session};
use crate::text;

/// Owner, group and rules, as a file's security descriptor has them from its creation on.
const WHOLE_DESCRIPTOR: u32 = 7;

impl Dialogue {
    pub(super) fn request(
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
                offered(offer, connection, context);
                None
            }
            Request::SessionSetup(setup) => Some(self.setup(header, setup, context)),
            Request::TreeConnect(tree) => Some(Waiting::Tree(Tree {
                path: text::utf16(tree.path),
                asked: context.time,
            })),
            Request::TreeDisconnect => Some(Waiting::TreeDisconnect),
            Request::Logoff => Some(Waiting::Logoff),
            Request::Create(create) => Some(open(create, chain, connection, context)),
            Request::Close(about) => Some(Waiting::Close(named(about.file_id, chain, connection))),
            Request::Read(read) => Some(Waiting::Read(used(read.file_id, chain, connection, context))),
            Request::Write(write) => Some(written(write, chain, connection, context)),
            Request::Ioctl(ioctl) => control(ioctl, chain, connection, context),
            Request::SetInfo(set) => change(set, chain, connection, context),
            Request::QueryDirectory(search) => {
                searched(search, chain, connection, context);
                None
            }
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
            message_id: header.message_id,
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
        logon.reconnect |= setup.is_reconnect();
        logon.token(setup.token, context);
        Waiting::Setup(logon)
    }
}

/// What the client offers.
fn offered(offer: &negotiate::Request<'_>, connection: &mut Connection, context: &mut Context<'_>) {
    let negotiated = &mut connection.negotiated;
    negotiated.seen(context.time);
    negotiated.client_guid = Some(offer.client_guid);
    negotiated.client_mode = Some(offer.security_mode);
    negotiated.offered = offer.offered();
    if offer.is_cut() {
        context.limit("smb.negotiate_contexts");
    }
}

/// A file is about to be opened.
fn open(
    create: &create::Request<'_>,
    chain: &mut Chain,
    connection: &mut Connection,
    context: &mut Context<'_>,
) -> Waiting {
    let mut file = File::new(ProtocolId::Smb2, chain.session, chain.tree, context.time);
    file.opening = Some(Opening {
        path: text::utf16(create.name),
        access: create.access,
        disposition: create.disposition,
        options: create.options,
        operation: None,
    });
    if let Some(snapshot) = create.snapshot() {
        file.rare().snapshot = Some(snapshot);
    }
    if let Some(owner) = create.security() {
        file.alter(Alteration::Security(WHOLE_DESCRIPTOR, owner));
    }
    let number = connection.open(file, context);
    chain.file = Some(number);
    Waiting::Create(number)
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
    chain.file = Some(connection.used(id, file, context));
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
    Waiting::Write(number, write.length)
}

/// A control code that something follows from.
fn control(
    ioctl: &ioctl::Request<'_>,
    chain: &mut Chain,
    connection: &mut Connection,
    context: &mut Context<'_>,
) -> Option<Waiting> {
    match ioctl.code {
        PIPE_TRANSCEIVE => Some(transceive(ioctl, chain, connection, context)),
        SRV_REQUEST_RESUME_KEY => used(ioctl.file_id, chain, connection, context).map(Waiting::ResumeKey),
        _ => {
            let copy = ioctl.copy()?;
            let number = used(ioctl.file_id, chain, connection, context)?;
            Some(Waiting::Copy(number, Box::new(*copy.source)))
        }
    }
}

/// A write to a pipe and the read of its answer in one ([MS-FSCC] 2.3.50).
fn transceive(
    ioctl: &ioctl::Request<'_>,
    chain: &mut Chain,
    connection: &mut Connection,
    context: &mut Context<'_>,
) -> Waiting {
    let number = used(ioctl.file_id, chain, connection, context);
    if let Some(number) = number {
        connection.make_pipe(number);
        connection.pipe_bytes(number, ioctl.input, ioctl.input_length, context);
    }
    Waiting::Transceive(number)
}

fn change(
    set: &info::SetRequest<'_>,
    chain: &mut Chain,
    connection: &mut Connection,
    context: &mut Context<'_>,
) -> Option<Waiting> {
    let alteration = Alteration::of(&set.change()?)?;
    let number = used(set.file_id, chain, connection, context)?;
    Some(Waiting::SetInfo(number, alteration))
}

/// Names in a directory are looked for.
fn searched(
    search: &info::DirectoryRequest<'_>,
    chain: &mut Chain,
    connection: &mut Connection,
    context: &mut Context<'_>,
) {
    let number = used(search.file_id, chain, connection, context);
    let Some(file) = number.and_then(|number| connection.file(number)) else {
        return;
    };
    file.is_directory = true;
    if !search.pattern.is_empty() && !file.rare().search(text::utf16(search.pattern)) {
        context.limit("smb.patterns");
    }
}
