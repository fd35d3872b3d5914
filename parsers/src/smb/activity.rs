//! What SMB says happened: a session was set up, a file was used, a connection turned opaque.

use capture::{Direction, Timestamp};

use crate::activity::{Activity, Kind, Outcome, Status};
use crate::context::Context;
use crate::fields::Fields;
use crate::gss::Identity;
use crate::ntstatus;
use crate::protocol::ProtocolId;
use crate::smb::connection::Negotiated;
use crate::smb::file::{File, Opening, Rare, Share, Tree};
use crate::smb::logon::Software;
use crate::smb::names;
use crate::smb::wire::{Compression, contexts, negotiate};
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
    /// A password came as it is.
    pub(super) cleartext: bool,
    /// The client comes back for a session that it lost the connection of.
    pub(super) reconnect: bool,
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
    attribute(setup.identity, &mut activity);
    if activity.observed.workstation.is_none() {
        activity.observed.workstation.clone_from(&negotiated.calling);
    }
    session_details(setup, negotiated, &mut activity.details);
    context.emit(activity);
}

/// `smb_session` of a connection that went no further than its negotiation: somebody looked what the server speaks.
pub(super) fn negotiation(protocol: ProtocolId, negotiated: &Negotiated, context: &mut Context<'_>) {
    let mut activity = context.activity(Kind::SmbSession, protocol);
    activity.time = negotiated.began.unwrap_or(context.time);
    activity.observed.workstation.clone_from(&negotiated.calling);
    activity.details.set("negotiation_only", true);
    negotiation_details(negotiated, false, &mut activity.details);
    context.emit(activity);
}

/// `smb_session` of a message whose compression cannot be meant honestly: CVE-2020-0796.
pub(super) fn overflow(compression: &Compression<'_>, negotiated: &Negotiated, context: &mut Context<'_>) {
    let mut activity = context.activity(Kind::SmbSession, ProtocolId::Smb2);
    let details = &mut activity.details;
    details.set("compression_overflow", true);
    details.set("compression_original_size", compression.original_size);
    details.set("compression_offset", compression.offset);
    negotiation_details(negotiated, false, details);
    context.emit(activity);
}

fn session_details(setup: &Setup<'_>, negotiated: &Negotiated, details: &mut Fields) {
    negotiation_details(negotiated, setup.client_requires_signing, details);
    details.set("encryption", setup.encrypted);
    details.flag("guest", setup.guest);
    details.flag("anonymous", setup.anonymous);
    details.flag("binding", setup.binding);
    details.flag("reconnect", setup.reconnect);
    details.flag("cleartext_password", setup.cleartext);
    details.set_some("client_os", setup.client.os.clone());
    details.set_some("client_lan_manager", setup.client.lan_manager.clone());
    details.set_some("server_os", setup.server.os.clone());
    details.set_some("server_lan_manager", setup.server.lan_manager.clone());
}

fn negotiation_details(negotiated: &Negotiated, requires_signing: bool, details: &mut Fields) {
    details.set_some("dialect", negotiated.dialect.clone());
    details.list("offered_dialects", names::dialects(negotiated.offered));
    details.flag("smb1_offered", negotiated.smb1_offered);
    let client = negotiated
        .client_mode
        .map(|mode| if requires_signing { mode | 2 } else { mode });
    let client = client.or(requires_signing.then_some(2));
    if let Some(mode) = signing(client, negotiated.server_mode) {
        details.set("signing", negotiate::signing(mode));
    }
    details.set_some("client_signing", client.map(negotiate::signing));
    details.set_some("server_signing", negotiated.server_mode.map(negotiate::signing));
    let algorithm = negotiated.signing_algorithm;
    details.set_some("signing_algorithm", algorithm.and_then(contexts::signing_name));
    details.set_some("cipher", negotiated.cipher.and_then(contexts::cipher_name));
    let compression = (0..8).filter(|code| negotiated.compression & 1 << code != 0);
    details.list("compression", compression.filter_map(contexts::compression_name));
    let known = match negotiated.smb1 {
        true => names::SMB1_CAPABILITIES,
        false => names::CAPABILITIES,
    };
    details.list(
        "capabilities",
        names::bits(negotiated.capabilities.unwrap_or_default(), known),
    );
    details.set_some("client_guid", negotiated.client_guid.as_ref().map(text::guid));
    details.set_some("server_guid", negotiated.server_guid.as_ref().map(text::guid));
    details.set_some("called_name", negotiated.called.clone());
    details.set_some("calling_name", negotiated.calling.clone());
}

/// What follows from the modes of both ends: signing is a must where either requires it.
fn signing(client: Option<u16>, server: Option<u16>) -> Option<u16> {
    let required = client.unwrap_or_default() & 2;
    server.map(|mode| mode | required).or((required != 0).then_some(2))
}

const fn outcome(code: u32) -> Outcome {
    match code {
        0 => Outcome::Success,
        super::wire::STATUS_MORE_PROCESSING_REQUIRED => Outcome::Continued,
        _ => Outcome::Failure,
    }
}

/// `smb_file` of a share that was refused: whatever was wanted there.
pub(super) fn refused(
    protocol: ProtocolId,
    tree: &Tree,
    code: u32,
    identity: Option<&Identity>,
    context: &mut Context<'_>,
) {
    let mut activity = context.activity(Kind::SmbFile, protocol);
    activity.time = tree.asked;
    activity.answered(context.time);
    activity.conclude(Outcome::Failure);
    activity.status = Some(status(code));
    attribute(identity, &mut activity);
    share(&Share::of(&tree.path, false), &mut activity);
    activity.details.set("operation", "tree_connect");
    context.emit(activity);
}

/// `smb_file`: from the request that opened it to its end.
pub(super) fn file(file: &File, identity: Option<&Identity>, context: &mut Context<'_>) {
    let copied = file.rare.as_ref().is_some_and(|rare| rare.bytes_copied > 0);
    let moved = file.bytes_read > 0 || file.bytes_written > 0 || copied;
    if file.opening.is_none() && !moved && !file.deleted && file.renamed_to.is_none() && file.rare.is_none() {
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
    activity.changes = file.changes();
    attribute(identity, &mut activity);
    if let Some(known) = &file.share {
        share(known, &mut activity);
    }
    file_details(file, &mut activity.details);
    context.emit(activity);
}

fn share(share: &Share, activity: &mut Activity) {
    activity.observed.host = (!share.host.is_empty()).then(|| share.host.clone());
    activity.details.text("share", share.name.clone());
}

fn file_details(file: &File, details: &mut Fields) {
    if let Some(opening) = &file.opening {
        opening_details(opening, details);
    }
    details.set_some("create_action", file.action);
    details.set_some("create_action_name", file.action.and_then(names::create_action));
    details.flag("directory", file.is_directory);
    details.set_some("file_size", file.size.filter(|_| !file.is_directory));
    let refused = file.status.is_some_and(|status| status != 0);
    let opened = file.opening.as_ref().is_none_or(|opening| opening.operation.is_none());
    if !file.is_directory && !refused && opened {
        details.set("bytes_read", file.bytes_read);
        details.set("bytes_written", file.bytes_written);
    }
    details.flag("deleted", file.deleted);
    details.set_some("renamed_to", file.renamed_to.clone());
    if let Some(rare) = &file.rare {
        rare_details(rare, details);
    }
}

fn opening_details(opening: &Opening, details: &mut Fields) {
    details.set("path", opening.path.clone());
    details.set_some("operation", opening.operation);
    if opening.operation.is_none() {
        details.list("access", names::bits(opening.access, names::FILE_ACCESS));
        details.set("disposition", opening.disposition);
        details.set_some("disposition_name", names::disposition(opening.disposition));
        details.flag("delete_on_close", opening.deletes_on_close());
        details.flag("backup_intent", opening.options & BACKUP_INTENT != 0);
    }
}

/// FILE_OPEN_FOR_BACKUP_INTENT: the client means to pass by what the file's rules say.
const BACKUP_INTENT: u32 = 0x0000_4000;

fn rare_details(rare: &Rare, details: &mut Fields) {
    details.set_some("snapshot", rare.snapshot);
    details.set_some("linked_as", rare.linked_as.clone());
    details.set_some("end_of_file", rare.end_of_file);
    details.list("attributes_set", names::bits(rare.attributes, names::FILE_ATTRIBUTES));
    details.flag("times_set", rare.times_set);
    details.list("extended_attributes", rare.extended_attributes.iter().cloned());
    details.list("security_set", names::bits(rare.security, names::SECURITY_INFORMATION));
    details.set_some("owner_sid", rare.owner.clone());
    if rare.bytes_copied > 0 {
        details.set("bytes_copied", rare.bytes_copied);
    }
    details.set_some("copied_from", rare.copied_from.clone());
    details.list("patterns", rare.patterns.iter().cloned());
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
pub(super) fn encrypted(
    session: u64,
    opaque: &Opaque,
    negotiated: &Negotiated,
    identity: Option<&Identity>,
    context: &mut Context<'_>,
) {
    let mut activity = context.activity(Kind::SmbEncrypted, ProtocolId::Smb2);
    activity.time = opaque.began;
    activity.answered(opaque.last);
    attribute(identity, &mut activity);
    let [up, down] = opaque.bytes;
    let [messages_up, messages_down] = opaque.messages;
    let details = &mut activity.details;
    details.set("session_id", session);
    details.set("bytes_up", up);
    details.set("bytes_down", down);
    details.set("messages_up", messages_up);
    details.set("messages_down", messages_down);
    details.set_some("dialect", negotiated.dialect.clone());
    details.set_some("cipher", negotiated.cipher.and_then(contexts::cipher_name));
    context.emit(activity);
}

/// Who acts: whoever is logged on to the session.
fn attribute(identity: Option<&Identity>, activity: &mut Activity) {
    if let Some(identity) = identity {
        identity.attribute(activity);
    }
}
