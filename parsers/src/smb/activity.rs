//! What SMB says happened: a session was set up, a file was used, a connection turned opaque.

use capture::{Direction, Timestamp};
use compact_str::CompactString;

use crate::activity::{Activity, Kind, Observed, Outcome, Status};
use crate::context::Context;
use crate::fields::Fields;
use crate::gss::Identity;
use crate::ntstatus;
use crate::protocol::ProtocolId;
use crate::smb::connection::Negotiated;
use crate::smb::file::File;
use crate::smb::logon::Software;
use crate::smb::names;
use crate::smb::wire::negotiate;
use crate::text;

/// An NTSTATUS as the server's word on an outcome.
pub(super) const fn status(code: u32) -> Status {
    Status {
        code: code as i64,
        name: ntstatus::name(code),
        ntstatus: Some(code),
        ntstatus_name: ntstatus::name(code),
    }
}

/// What is known of a session once its setup has ended.
#[derive(Debug, Default)]
pub(super) struct Setup<'a> {
    pub(super) began: Timestamp,
    /// The server's last status; none where it did not answer.
    pub(super) status: Option<u32>,
    pub(super) identity: Option<&'a Identity>,
    pub(super) client_requires_signing: bool,
    pub(super) encrypted: bool,
    pub(super) guest: bool,
    pub(super) anonymous: bool,
    pub(super) binding: bool,
    /// What the two ends call themselves, which SMB1 alone tells.
    pub(super) client: Software,
    pub(super) server: Software,
}

/// `smb_session`: its logon is an activity of its own.
pub(super) fn session(protocol: ProtocolId, setup: &Setup<'_>, negotiated: &Negotiated, context: &mut Context<'_>) {
    let mut activity = context.activity(Kind::SmbSession, protocol);
    activity.time = setup.began;
    if let Some(code) = setup.status {
        activity.answered(context.time);
        activity.conclude(outcome(code));
        activity.status = (code != 0).then(|| status(code));
    }
    activity.observed = observed(setup.identity);
    if activity.observed.workstation.is_none() {
        activity.observed.workstation.clone_from(&negotiated.calling);
    }
    session_details(setup, negotiated, &mut activity.details);
    context.emit(activity);
}

fn session_details(setup: &Setup<'_>, negotiated: &Negotiated, details: &mut Fields) {
    details.set_some("dialect", negotiated.dialect.clone());
    let required = setup.client_requires_signing || negotiated.client_requires_signing;
    if let Some(mode) = negotiated.server_mode {
        let mode = if required { mode | 2 } else { mode };
        details.set("signing", negotiate::signing(mode));
    } else if required {
        details.set("signing", "required");
    }
    details.set("encryption", setup.encrypted);
    details.set_some("cipher", negotiated.cipher.and_then(negotiate::cipher_name));
    details.flag("guest", setup.guest);
    details.flag("anonymous", setup.anonymous);
    details.flag("binding", setup.binding);
    details.set_some("client_guid", negotiated.client_guid.as_ref().map(text::guid));
    details.set_some("client_os", setup.client.os.clone());
    details.set_some("client_lan_manager", setup.client.lan_manager.clone());
    details.set_some("server_os", setup.server.os.clone());
    details.set_some("server_lan_manager", setup.server.lan_manager.clone());
    details.set_some("called_name", negotiated.called.clone());
    details.set_some("calling_name", negotiated.calling.clone());
}

const fn outcome(code: u32) -> Outcome {
    match code {
        0 => Outcome::Success,
        super::wire::STATUS_MORE_PROCESSING_REQUIRED => Outcome::Continued,
        _ => Outcome::Failure,
    }
}

/// `smb_file`: from the request that opened it to its end.
pub(super) fn file(file: &File, identity: Option<&Identity>, context: &mut Context<'_>) {
    let moved = file.bytes_read > 0 || file.bytes_written > 0;
    if file.opening.is_none() && !moved && !file.deleted && file.renamed_to.is_none() {
        return; // open before anything was seen, and nothing was done with it
    }
    let mut activity = context.activity(Kind::SmbFile, file.protocol);
    activity.time = file.opened;
    if let Some(answered) = file.answered {
        activity.answered(answered);
    }
    activity.outcome = match file.status {
        Some(0) => Outcome::Success,
        Some(_) => Outcome::Failure,
        None if moved => Outcome::Success,
        None => Outcome::Unknown,
    };
    activity.status = file.status.filter(|code| *code != 0).map(status);
    activity.action_type = moved.then_some("SMB file copy");
    name(file, identity, &mut activity);
    file_details(file, &mut activity.details);
    context.emit(activity);
}

fn name(file: &File, identity: Option<&Identity>, activity: &mut Activity) {
    activity.observed = observed(identity);
    if let Some(share) = &file.share {
        activity.observed.host = (!share.host.is_empty()).then(|| share.host.clone());
        activity.details.text("share", share.name.clone());
    }
    if let Some(opening) = &file.opening {
        activity.details.set("path", opening.path.clone());
    }
}

fn file_details(file: &File, details: &mut Fields) {
    if let Some(opening) = &file.opening {
        details.list("access", names::bits(opening.access, names::FILE_ACCESS));
        details.set("disposition", opening.disposition);
        details.set_some("disposition_name", names::disposition(opening.disposition));
    }
    details.set_some("create_action", file.action);
    details.set_some("create_action_name", file.action.and_then(names::create_action));
    details.flag("directory", file.is_directory);
    details.set_some("file_size", file.size.filter(|_| !file.is_directory));
    let refused = file.status.is_some_and(|status| status != 0);
    if !file.is_directory && !refused {
        details.set("bytes_read", file.bytes_read);
        details.set("bytes_written", file.bytes_written);
    }
    details.flag("deleted", file.deleted);
    details.set_some("renamed_to", file.renamed_to.clone());
}

/// What passed unread under the encryption of a session.
#[derive(Debug)]
pub(super) struct Opaque {
    pub(super) began: Timestamp,
    pub(super) last: Timestamp,
    pub(super) bytes: [u64; 2],
    pub(super) messages: [u64; 2],
}

impl Opaque {
    pub(super) const fn new(began: Timestamp) -> Self {
        Self {
            began,
            last: began,
            bytes: [0; 2],
            messages: [0; 2],
        }
    }

    /// One more message of `bytes`.
    pub(super) fn add(&mut self, direction: Direction, bytes: u64, time: Timestamp) {
        self.last = time;
        if let Some(count) = self.bytes.get_mut(direction.index()) {
            *count = count.saturating_add(bytes);
        }
        if let Some(count) = self.messages.get_mut(direction.index()) {
            *count += 1;
        }
    }
}

/// `smb_encrypted`: how much of a session could not be read.
pub(super) fn encrypted(session: u64, opaque: &Opaque, identity: Option<&Identity>, context: &mut Context<'_>) {
    let mut activity = context.activity(Kind::SmbEncrypted, ProtocolId::Smb2);
    activity.time = opaque.began;
    activity.answered(opaque.last);
    activity.observed = observed(identity);
    let [up, down] = opaque.bytes;
    let [messages_up, messages_down] = opaque.messages;
    let details = &mut activity.details;
    details.set("session_id", session);
    details.set("bytes_up", up);
    details.set("bytes_down", down);
    details.set("messages_up", messages_up);
    details.set("messages_down", messages_down);
    context.emit(activity);
}

fn observed(identity: Option<&Identity>) -> Observed {
    let Some(identity) = identity else {
        return Observed::default();
    };
    let some = |text: &CompactString| (!text.is_empty()).then(|| text.clone());
    Observed {
        account: some(&identity.account),
        domain: some(&identity.domain),
        ..Observed::default()
    }
}
