//! One handshake as `tls_session`.

use capture::Timestamp;
use compact_str::CompactString;

use super::certificate::Certificate;
use super::wire::{ClientHello, ServerHello};
use super::{fingerprint, names};
use crate::activity::{Kind, Outcome, Status};
use crate::context::Context;
use crate::fields::Fields;
use crate::protocol::ProtocolId;
use crate::text;

/// What the two sides have told each other in the clear so far.
#[derive(Debug)]
pub(super) struct Told {
    pub(super) since: Timestamp,
    name: Option<CompactString>,
    alpn: Option<CompactString>,
    version: Option<u16>,
    suite: Option<u16>,
    ja3: Option<CompactString>,
    ja3s: Option<CompactString>,
    ja4: Option<CompactString>,
    /// The session that the client would like to resume, or that a newer client names for the sake of middleboxes.
    session: CompactString,
    /// A client said hello.
    asked: bool,
    /// A server chose: not a HelloRetryRequest.
    pub(super) answered: bool,
    resumed: bool,
    retry: bool,
    /// The server's, and the client's.
    certificates: [Option<Fields>; 2],
}

impl Told {
    pub(super) const fn new(since: Timestamp) -> Self {
        Self {
            since,
            name: None,
            alpn: None,
            version: None,
            suite: None,
            ja3: None,
            ja3s: None,
            ja4: None,
            session: CompactString::const_new(""),
            asked: false,
            answered: false,
            resumed: false,
            retry: false,
            certificates: [None, None],
        }
    }

    /// The client's first hello: the one after a HelloRetryRequest says less.
    pub(super) fn client(&mut self, hello: &ClientHello<'_>, whole: bool) {
        if std::mem::replace(&mut self.asked, true) {
            return;
        }
        self.name = hello.name().map(text::bytes);
        self.session = text::hex(hello.session);
        if whole {
            self.ja3 = Some(fingerprint::md5(&fingerprint::ja3_text(hello)));
            self.ja4 = Some(fingerprint::ja4(hello));
        }
    }

    pub(super) fn server(&mut self, hello: &ServerHello<'_>, whole: bool) {
        if hello.retry {
            self.retry = true;
            return;
        }
        self.answered = true;
        let version = hello.version();
        (self.version, self.suite) = (Some(version), Some(hello.suite));
        self.alpn = hello.extensions.protocols().next().map(text::bytes);
        self.ja3s = whole.then(|| fingerprint::md5(&fingerprint::ja3s_text(hello)));
        self.resumed = if version >= 0x0304 {
            hello.extensions.find(super::wire::extension::PRE_SHARED_KEY).is_some()
        } else {
            !hello.session.is_empty() && self.session == text::hex(hello.session)
        };
    }

    /// Whether TLS 1.3 was chosen, in which ChangeCipherSpec means nothing (RFC 8446 §D.4).
    pub(super) fn is_new(&self) -> bool {
        self.version.is_some_and(|version| version >= 0x0304)
    }

    pub(super) fn certificate(&mut self, certificate: &Certificate<'_>, clients: bool) {
        let [server, client] = &mut self.certificates;
        *(if clients { client } else { server }) = Some(certificate.fields());
    }

    /// The handshake ended so; `status` is the alert that ended it.
    pub(super) fn conclude(self, outcome: Outcome, status: Option<Status>, context: &mut Context<'_>) {
        let mut activity = context.activity(Kind::TlsSession, ProtocolId::Tls);
        activity.time = self.since;
        if outcome != Outcome::Unknown {
            activity.answered(context.time);
        }
        activity.outcome = outcome;
        activity.status = status;
        activity.observed.host.clone_from(&self.name);
        let port = activity.server.port;
        let details = &mut activity.details;
        details.set("server_port", port);
        self.tell(details);
        context.emit(activity);
    }

    fn tell(self, details: &mut Fields) {
        details.set_some("sni", self.name);
        details.set_some("alpn", self.alpn);
        details.set_some("version", self.version);
        details.set_some("version_name", self.version.and_then(names::version));
        details.set_some("cipher_suite", self.suite);
        details.set_some("cipher_suite_name", self.suite.and_then(names::suite));
        details.set_some("ja3", self.ja3);
        details.set_some("ja3s", self.ja3s);
        details.set_some("ja4", self.ja4);
        details.flag("resumed", self.resumed);
        details.flag("hello_retry", self.retry);
        let [server, client] = self.certificates;
        details.set_some("certificate", server);
        details.set_some("client_certificate", client);
    }
}
