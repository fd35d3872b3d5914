//! One session setup, from its first leg to the server's verdict, in either version of the protocol.

use capture::Timestamp;
use compact_str::CompactString;

use crate::context::Context;
use crate::gss::{Answer, Exchange, Identity};
use crate::ntlm;
use crate::protocol::ProtocolId;
use crate::smb::activity::{self, Setup};
use crate::smb::connection::{Connection, Session};
use crate::smb::wire::STATUS_MORE_PROCESSING_REQUIRED;

/// A session setup under way.
#[derive(Debug)]
pub(super) struct Logon {
    protocol: ProtocolId,
    began: Timestamp,
    exchange: Exchange,
    /// The server's last word.
    status: Option<u32>,
    pub(super) client_requires_signing: bool,
    pub(super) binding: bool,
    pub(super) reconnect: bool,
    pub(super) cleartext: bool,
    pub(super) guest: bool,
    pub(super) anonymous: bool,
    pub(super) encrypted: bool,
    pub(super) client: Software,
    pub(super) server: Software,
}

/// What an end of an SMB1 session setup calls itself.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Software {
    pub(super) os: Option<CompactString>,
    pub(super) lan_manager: Option<CompactString>,
}

impl Software {
    /// Takes over what was said; nothing said leaves what an earlier leg said.
    pub(super) fn set(&mut self, os: CompactString, lan_manager: CompactString) {
        if !os.is_empty() {
            self.os = Some(os);
        }
        if !lan_manager.is_empty() {
            self.lan_manager = Some(lan_manager);
        }
    }
}

impl Logon {
    pub(super) fn new(protocol: ProtocolId, began: Timestamp) -> Self {
        Self {
            protocol,
            began,
            exchange: Exchange::default(),
            status: None,
            client_requires_signing: false,
            binding: false,
            reconnect: false,
            cleartext: false,
            guest: false,
            anonymous: false,
            encrypted: false,
            client: Software::default(),
            server: Software::default(),
        }
    }

    /// A GSS token, in the direction of `context`.
    pub(super) fn token(&mut self, token: &[u8], context: &mut Context<'_>) {
        if !token.is_empty() {
            self.exchange.token(token, &mut context.within(self.protocol.name()));
        }
    }

    /// Responses to the challenge of an SMB1 negotiation, without a token around them.
    pub(super) fn raw_ntlm(&mut self, raw: &ntlm::Raw<'_>, context: &mut Context<'_>) {
        self.exchange.raw_ntlm(raw, &mut context.within(self.protocol.name()));
    }

    /// The server's status; true when the setup is over, and said so.
    pub(super) fn answer(
        &mut self,
        status: u32,
        session: u64,
        connection: &mut Connection,
        context: &mut Context<'_>,
    ) -> bool {
        self.status = Some(status);
        let verdict = match status {
            0 => Answer::Success,
            STATUS_MORE_PROCESSING_REQUIRED => Answer::Continue(activity::status(status)),
            _ => Answer::Failure(activity::status(status)),
        };
        self.exchange
            .answer(&verdict, &mut context.within(self.protocol.name()));
        match verdict {
            Answer::Continue(_) => return false,
            Answer::Success => {
                let identity = self.exchange.identity().cloned();
                connection.log_on(session, Session { identity }, context);
            }
            Answer::Failure(_) => {}
        }
        self.report(connection, context);
        true
    }

    /// No verdict will come.
    pub(super) fn abandon(mut self, connection: &mut Connection, context: &mut Context<'_>) {
        self.exchange.finish(&mut context.within(self.protocol.name()));
        self.report(connection, context);
    }

    fn report(&mut self, connection: &mut Connection, context: &mut Context<'_>) {
        connection.told = true;
        // A logon without a name is anonymous, whether the server says so or not.
        let nameless = self.exchange.identity().is_some_and(Identity::is_anonymous);
        let setup = Setup {
            began: self.began,
            status: self.status,
            identity: self.exchange.identity(),
            client_requires_signing: self.client_requires_signing,
            encrypted: self.encrypted,
            guest: self.guest,
            anonymous: self.anonymous || nameless,
            binding: self.binding,
            reconnect: self.reconnect,
            cleartext: self.cleartext,
            client: std::mem::take(&mut self.client),
            server: std::mem::take(&mut self.server),
        };
        activity::session(self.protocol, &setup, &connection.negotiated, context);
    }
}
