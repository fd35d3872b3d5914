//! What servers answer in SMB1, and what follows from it for the connection.

use compact_str::CompactString;

use crate::context::Context;
use crate::pending::Evicted;
use crate::protocol::ProtocolId;
use crate::reader::Reader;
use crate::smb::connection::Connection;
use crate::smb::file::{Opened, Share};
use crate::smb::logon::Logon;
use crate::smb::smb1::body::Body;
use crate::smb::smb1::negotiation::{Chosen, SetupAnswer};
use crate::smb::smb1::open::{created_nt, opened_dos};
use crate::smb::smb1::transaction::{Answer, Family};
use crate::smb::smb1::wire::{Block, Header, command};
use crate::smb::smb1::{Dialogue, Waiting};
use crate::smb::wire::FileId;

impl Dialogue {
    pub(super) fn response(
        &mut self,
        header: &Header,
        block: &Block<'_>,
        body: Body<'_>,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) {
        let key = (header.key(), block.command);
        if header.status == 0 && block.count == 0 && Family::of(block.command).is_some() {
            return; // the server is ready for the rest of the transaction
        }
        if let Body::Answered(answer) = &body
            && !answer.is_last()
            && let Some(Waiting::Transact(number)) = self.waits(&key)
        {
            return connection.pipe_bytes(*number, answer.data.bytes, answer.data.length, context);
        }
        let asked = self.pending.take(&key).or_else(|| self.parked.take(&key));
        let Some(asked) = asked else {
            return self.unasked(header, body, connection, context);
        };
        match (asked.waiting, body) {
            (Waiting::Negotiate(offered), Body::Chosen(chosen)) => {
                self.negotiated(&offered, &chosen, connection, context);
            }
            (Waiting::Setup(logon), body) => self.verdict(header, logon, body, connection, context),
            (waiting, body) => answer(header, block, waiting, &body, connection, context),
        }
    }

    /// The request to this answer was not seen; a verdict still counts.
    fn unasked(&mut self, header: &Header, body: Body<'_>, connection: &mut Connection, context: &mut Context<'_>) {
        match body {
            Body::Chosen(chosen) => self.negotiated(&[], &chosen, connection, context),
            Body::SetupAnswer(_) => {
                let known = self.setups.take(&header.uid);
                let logon = known.unwrap_or_else(|| Box::new(Logon::new(ProtocolId::Smb1, context.time)));
                self.verdict(header, logon, body, connection, context);
            }
            _ => {}
        }
    }

    fn negotiated(
        &mut self,
        offered: &[CompactString],
        chosen: &Chosen<'_>,
        connection: &mut Connection,
        context: &Context<'_>,
    ) {
        self.challenge = chosen.challenge.copied();
        self.plaintext = !chosen.encrypts;
        let negotiated = &mut connection.negotiated;
        negotiated.seen(context.time);
        negotiated.smb1 = true;
        negotiated.dialect = offered.get(usize::from(chosen.index)).cloned();
        negotiated.server_mode = Some(chosen.signing);
        negotiated.capabilities = chosen.capabilities;
        negotiated.server_guid = chosen.server_guid;
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
            ..
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

fn answer(
    header: &Header,
    block: &Block<'_>,
    waiting: Waiting,
    body: &Body<'_>,
    connection: &mut Connection,
    context: &mut Context<'_>,
) {
    let (session, granted) = (u64::from(header.uid), header.status == 0);
    match (waiting, body) {
        (Waiting::Tree(tree), Body::TreeConnected(connected)) if granted => {
            let share = Share::of(&tree.path, connected.service == "IPC");
            let tid = connected.tid.unwrap_or(header.tid);
            connection.connect(session, u32::from(tid), share, context);
        }
        (Waiting::Tree(tree), _) if !granted => {
            connection.refused(ProtocolId::Smb1, session, &tree, header.nt_status(), context);
        }
        (Waiting::TreeDisconnect(tid), _) if granted => connection.disconnect(session, u32::from(tid), context),
        (Waiting::Logoff(uid), _) if granted => connection.log_off(u64::from(uid), context),
        (Waiting::Create(number), body) => {
            connection.opened(number, header.nt_status(), opened(block, body), context);
        }
        (Waiting::Close(number), _) => connection.close(number, context),
        (Waiting::Read(number), Body::HaveRead(data)) => {
            connection.have_read(number, data.bytes, data.length, context);
        }
        (Waiting::Write(number), Body::Written(count)) => connection.have_written(number, *count),
        (Waiting::WriteAndClose(number), body) => {
            if let Body::Written(count) = body {
                connection.have_written(number, *count);
            }
            connection.close(number, context);
        }
        (Waiting::Transact(number), Body::Answered(answer)) => {
            connection.pipe_bytes(number, answer.data.bytes, answer.data.length, context);
        }
        (Waiting::Alter(number, alteration), _) if granted => {
            if let Some(file) = connection.file(number) {
                file.alter(alteration);
            }
        }
        (Waiting::Path(mut file, alteration), _) => {
            file.status = Some(header.nt_status());
            file.answered = Some(context.time);
            if let Some(alteration) = alteration.filter(|_| granted) {
                file.alter(alteration);
            }
            connection.tell(*file, context);
        }
        _ => {}
    }
}

/// The file that was opened, if one was.
fn opened(block: &Block<'_>, body: &Body<'_>) -> Option<Opened> {
    let created = match body {
        Body::Created(created) => *created,
        Body::Answered(Answer { parameters, .. }) => match block.command {
            command::NT_TRANSACT => created_nt(parameters.bytes).ok()?,
            _ => opened_dos(Reader::new(parameters.bytes)).ok()?,
        },
        _ => return None,
    };
    Some(Opened {
        id: FileId::of_smb1(created.fid),
        action: created.action,
        size: created.size,
        is_directory: created.is_directory,
    })
}
