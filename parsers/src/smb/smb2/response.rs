//! What servers answer, and what follows from it for the connection.

use compact_str::CompactString;

use crate::context::Context;
use crate::pending::Evicted;
use crate::protocol::ProtocolId;
use crate::smb::body::Response;
use crate::smb::connection::Connection;
use crate::smb::file::{Opened, Share};
use crate::smb::logon::Logon;
use crate::smb::pipe::NamedPipe;
use crate::smb::smb2::{Asked, Dialogue, Waiting, give_up};
use crate::smb::wire::{Header, STATUS_PENDING, negotiate};
use crate::smb::{PIPE_TRANSCEIVE, names};

/// FILE_ATTRIBUTE_DIRECTORY
const DIRECTORY: u32 = 0x10;

impl Dialogue {
    pub(super) fn response(
        &mut self,
        header: &Header,
        response: &Response<'_>,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        if let Response::Negotiate(chosen) = response {
            return negotiated(chosen, connection, context);
        }
        let asked = self.pending.take(&header.message_id);
        if header.status == STATUS_PENDING {
            return asked
                .into_iter()
                .for_each(|asked| self.park(asked, connection, context));
        }
        let Some(asked) = asked.or_else(|| self.parked.take(&header.message_id)) else {
            return self.unasked(header, response, connection, context);
        };
        self.answer(header, response, asked, connection, context);
    }

    /// The server needs time: the request waits on, however long.
    pub(super) fn park(&mut self, asked: Asked, connection: &mut Connection, context: &mut Context<'_>) {
        match self.parked.insert(asked.message_id, context.time, asked) {
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
            Response::Read(read) if NamedPipe::begins(read.data) => {
                let tree = header.tree_id.unwrap_or_default();
                if let Some(number) = connection.only_pipe(header.session_id, tree) {
                    connection.pipe_bytes(number, read.data, read.length, context);
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
            (Waiting::Tree(asked_for), Response::TreeConnect(tree)) => {
                let share = Share::of(&asked_for.path, tree.share_type == 2);
                let id = header.tree_id.unwrap_or_default();
                connection.connect(asked.session, id, share, context);
            }
            (Waiting::Tree(tree), _) if !granted => {
                connection.refused(ProtocolId::Smb2, asked.session, &tree, header.status, context);
            }
            (Waiting::TreeDisconnect, _) if granted => connection.disconnect(asked.session, asked.tree, context),
            (Waiting::Logoff, _) if granted => connection.log_off(asked.session, context),
            (Waiting::Create(number), response) => {
                connection.opened(number, header.status, opened(response), context);
            }
            (Waiting::Close(Some(number)), response) => closed(number, response, connection, context),
            (Waiting::Read(Some(number)), Response::Read(read)) => {
                connection.have_read(number, read.data, read.length, context);
            }
            (Waiting::Write(Some(number), _), Response::Write(write)) => connection.have_written(number, write.count),
            (Waiting::Transceive(Some(number)), Response::Ioctl(ioctl)) => {
                connection.pipe_bytes(number, ioctl.output, ioctl.output_length, context);
            }
            (Waiting::SetInfo(number, alteration), _) if granted => {
                if let Some(file) = connection.file(number) {
                    file.alter(alteration);
                }
            }
            (Waiting::ResumeKey(number), Response::Ioctl(ioctl)) => {
                if let Some(key) = ioctl.resume_key() {
                    connection.source(number, *key, context);
                }
            }
            (Waiting::Copy(number, key), Response::Ioctl(ioctl)) => {
                connection.copied(number, ioctl.copied().unwrap_or_default(), &key);
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

/// What the server chose.
fn negotiated(chosen: &negotiate::Response<'_>, connection: &mut Connection, context: &Context<'_>) {
    let negotiated = &mut connection.negotiated;
    negotiated.seen(context.time);
    negotiated.smb1 = false;
    negotiated.dialect = names::dialect(chosen.dialect).map(CompactString::const_new);
    negotiated.server_mode = Some(chosen.security_mode);
    negotiated.capabilities = Some(chosen.capabilities);
    negotiated.server_guid = Some(chosen.server_guid);
    negotiated.cipher = chosen.cipher();
    negotiated.signing_algorithm = chosen.signing_algorithm();
    negotiated.compression = chosen.compression();
}

/// The file that was opened, if one was.
fn opened(response: &Response<'_>) -> Option<Opened> {
    let Response::Create(create) = response else {
        return None;
    };
    Some(Opened {
        id: create.file_id,
        action: create.action,
        size: create.size,
        is_directory: create.attributes & DIRECTORY != 0,
    })
}

fn closed(number: u64, response: &Response<'_>, connection: &mut Connection, context: &mut Context<'_>) {
    if let (Response::Close(close), Some(file)) = (response, connection.file(number)) {
        file.size = close.size().or(file.size);
    }
    connection.close(number, context);
}
