//! What clients ask, and what is to be remembered of it until the answer comes.

use crate::context::Context;
use crate::pending::Evicted;
use crate::protocol::ProtocolId;
use crate::smb::PIPE_TRANSCEIVE;
use crate::smb::body::Request;
use crate::smb::connection::Connection;
use crate::smb::file::{File, Opening};
use crate::smb::logon::Logon;
use crate::smb::smb2::{Asked, Chain, Dialogue, Intent, Waiting, give_up};
use crate::smb::wire::info::Change;
use crate::smb::wire::{FileId, Header, create, file, info, ioctl, session};
use crate::text;

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
        logon.token(setup.token, context);
        Waiting::Setup(logon)
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
        delete_on_close: create.deletes_on_close(),
    });
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
    Waiting::Write(number)
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
