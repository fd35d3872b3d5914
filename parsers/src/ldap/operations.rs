//! The state of a directory conversation: which requests wait for which answers, and who is bound.
//!
//! Reads bare LDAPMessages, from the transport or from inside a security layer. Requests and answers meet by messageID.

use capture::{Direction, Timestamp};

use crate::context::Context;
use crate::gss::Identity;
use crate::pending::{Evicted, Pending, TIMEOUT};
use crate::protocol::{Framing, Pdu, Protocol, ProtocolId};

use super::activity::{Changes, Search, orphan};
use super::bind::{Bind, Progress};
use super::extended::{self, Asked};
use super::request::{BindRequest, SearchRequest};
use super::response::{BindResponse, Extended, LdapResult};
use super::single::Single;
use super::wire::{self, Choice, Envelope, Opening, Operation, Start};
use super::{controls, filter, messages, returned};

/// Most requests of a connection that wait. Clients pipeline a few.
const MOST_PENDING: usize = 256;

/// A request that waits.
#[derive(Debug)]
enum Waiting {
    Bind(Box<Bind>),
    Search(Search),
    Change(Changes),
    Compare(Single),
    Extended(Asked),
}

/// One conversation.
#[derive(Debug)]
pub(super) struct Operations {
    protocol: ProtocolId,
    pending: Pending<i64, Waiting>,
    /// A bind between two of its legs.
    unfinished: Option<Box<Bind>>,
    bound: Option<Identity>,
    /// A bind has succeeded after which messages may come in a security layer.
    pub(super) layered: bool,
    /// Binds check passwords and bind nobody ([MS-ADTS] 3.1.1.3.4.2.2).
    fast_bind: bool,
    /// StartTLS has succeeded: what follows is TLS.
    pub(super) encrypted: bool,
    /// Nobody wants messages, so that the values of entries need not be shown.
    silent: bool,
    /// A request was seen.
    asked: bool,
}

impl Operations {
    pub(super) const fn new(protocol: ProtocolId) -> Self {
        Self {
            protocol,
            pending: Pending::new(MOST_PENDING),
            unfinished: None,
            bound: None,
            layered: false,
            fast_bind: false,
            encrypted: false,
            silent: false,
            asked: false,
        }
    }

    /// Reads one message, or as much as there is of it.
    pub(super) fn message(&mut self, bytes: &[u8], context: &mut Context<'_>) {
        self.silent = !context.wants_messages();
        match Envelope::read(bytes) {
            Ok(envelope) if envelope.choice == Choice::SearchResultEntry => self.entry(&envelope, bytes, context),
            Ok(envelope) => self.operation(&envelope, context),
            Err(_) if context.gapped => context.opaque("ldap cut", bytes.len() as u64),
            Err(malformed) => context.malformed(self.protocol, malformed.0),
        }
    }

    fn operation(&mut self, envelope: &Envelope<'_>, context: &mut Context<'_>) {
        let operation = match envelope.operation() {
            Ok(operation) => Some(operation),
            Err(_) if !envelope.whole => None,
            Err(malformed) => return context.malformed(self.protocol, malformed.0),
        };
        context.message(self.protocol, envelope.choice.name(), |fields| {
            messages::fill(fields, envelope, operation.as_ref());
        });
        match operation {
            Some(operation) if envelope.choice.is_request() => self.request(envelope, &operation, context),
            Some(operation) => self.response(envelope, &operation, context),
            None => {}
        }
    }

    fn request(&mut self, envelope: &Envelope<'_>, operation: &Operation<'_>, context: &mut Context<'_>) {
        self.asked = true;
        let bound = self.bound.as_ref();
        let waiting = match operation {
            Operation::BindRequest(request) => Waiting::Bind(self.bind(request, context)),
            Operation::SearchRequest(request) => Waiting::Search(self.search(request, envelope, context)),
            Operation::Modify(change) => Waiting::Change(Changes::modify(change, context).by(bound)),
            Operation::Add(change) => Waiting::Change(Changes::add(change, context).by(bound)),
            Operation::Delete(dn) => Waiting::Change(Changes::delete(dn, context).by(bound)),
            Operation::ModifyDn(modify) => Waiting::Change(Changes::modify_dn(modify, context).by(bound)),
            Operation::Compare(compare) => Waiting::Compare(Single::compare(compare, bound, context)),
            Operation::ExtendedRequest(extended) => match Asked::read(extended, bound, context) {
                Some(asked) => Waiting::Extended(asked),
                None => return,
            },
            Operation::Abandon(id) => return self.abandon(*id, context),
            _ => return,
        };
        self.wait(envelope.message_id, waiting, context);
    }

    fn wait(&mut self, id: i64, waiting: Waiting, context: &mut Context<'_>) {
        match self.pending.insert(id, context.time, waiting) {
            Some(Evicted::Full(waiting)) => {
                context.limit("ldap.pending");
                unanswered(waiting, context);
            }
            Some(Evicted::Reused(waiting)) => unanswered(waiting, context),
            None => {}
        }
    }

    /// A bind's first leg, or the next one of the bind under way. From its start nobody is bound (RFC 4511 §4.2.1).
    fn bind(&mut self, request: &BindRequest<'_>, context: &mut Context<'_>) -> Box<Bind> {
        self.bound = None;
        let mut bind = match self.unfinished.take() {
            Some(bind) if bind.goes_on_with(request) => bind,
            other => {
                if let Some(other) = other {
                    other.abandoned(context);
                }
                Bind::new(request, self.fast_bind, context)
            }
        };
        bind.request(request, context);
        bind
    }

    fn search(&self, request: &SearchRequest<'_>, envelope: &Envelope<'_>, context: &mut Context<'_>) -> Search {
        let printed = filter::print(request.filter);
        if let Some(limit) = printed.limit {
            context.limit(limit);
        }
        if let Some(damage) = printed.damage {
            context.malformed(self.protocol, damage.0);
        }
        Search::new(self.protocol, request, printed, envelope, context).by(self.bound.as_ref())
    }

    fn abandon(&mut self, id: i64, context: &mut Context<'_>) {
        match self.pending.take(&id) {
            Some(Waiting::Search(search)) => search.unanswered(true, context),
            Some(other) => unanswered(other, context),
            None => {}
        }
    }

    fn response(&mut self, envelope: &Envelope<'_>, operation: &Operation<'_>, context: &mut Context<'_>) {
        match operation {
            Operation::BindResponse(response) => self.bind_response(envelope.message_id, response, context),
            Operation::Reference(_) => {
                if let Some(Waiting::Search(search)) = self.pending.peek(&envelope.message_id) {
                    search.reference(context.time);
                }
            }
            Operation::Intermediate(_) => {
                if let Some(Waiting::Search(search)) = self.pending.peek(&envelope.message_id) {
                    search.last = context.time;
                }
            }
            Operation::Result(result) => self.result(envelope, result, context),
            Operation::ExtendedResponse(extended) => self.extended(envelope.message_id, extended, context),
            _ => {}
        }
    }

    fn bind_response(&mut self, id: i64, response: &BindResponse<'_>, context: &mut Context<'_>) {
        let bind = match self.pending.take(&id) {
            Some(Waiting::Bind(bind)) => Some(bind),
            Some(other) => {
                unanswered(other, context);
                None
            }
            None => self.unfinished.take(),
        };
        let Some(bind) = bind else {
            if response.result.code != super::result::SASL_IN_PROGRESS {
                orphan(Choice::BindResponse, self.protocol, &response.result, context);
            }
            return;
        };
        match bind.response(response, context) {
            Progress::Continues(bind) => self.unfinished = Some(bind),
            Progress::Over { bound, layered } => {
                self.bound = bound.filter(|_| !self.fast_bind);
                self.layered |= layered;
            }
        }
    }

    /// Whether more of the entries under messageID `id` is wanted than their number and size. Where no request was ever seen the
    /// entries alone tell of a search.
    fn reads(&self, id: i64) -> bool {
        match self.pending.waits(&id) {
            Some(Waiting::Search(search)) => search.reads(),
            Some(_) => false,
            None => self.is_one_sided(),
        }
    }

    fn is_one_sided(&self) -> bool {
        !self.asked && self.protocol == ProtocolId::Ldap
    }

    /// As much of an entry as is read; nothing but its size where nothing is.
    fn entry_framing(&self, opening: &Opening) -> Framing {
        let keep = match self.reads(opening.message_id) {
            true => opening.total.min(returned::READ),
            false => opening.contents.0,
        };
        Framing::Head {
            keep,
            total: opening.total as u64,
        }
    }

    /// An entry, whose message begins `bytes`: as much of it is read as if nobody wanted messages.
    fn entry(&mut self, envelope: &Envelope<'_>, bytes: &[u8], context: &mut Context<'_>) {
        let entry = match envelope.entry() {
            Err(malformed) if envelope.whole => return context.malformed(self.protocol, malformed.0),
            entry => entry.ok().map(Operation::Entry),
        };
        context.message(self.protocol, envelope.choice.name(), |fields| {
            messages::fill(fields, envelope, entry.as_ref());
        });
        let id = envelope.message_id;
        if self.is_one_sided() && self.pending.waits(&id).is_none() {
            let search = Search::unasked(id, self.protocol, context).by(self.bound.as_ref());
            self.wait(id, Waiting::Search(search), context);
        }
        let Some(Waiting::Search(search)) = self.pending.peek(&id) else {
            return;
        };
        search.counts(envelope.size, context.time);
        if !search.reads() {
            return;
        }
        let read = bytes.get(..returned::READ).map(Envelope::read);
        let read = read.and_then(Result::ok).unwrap_or(*envelope);
        if let Ok(entry) = read.entry() {
            search.take(&entry, read.whole, context);
        }
    }

    fn result(&mut self, envelope: &Envelope<'_>, result: &LdapResult<'_>, context: &mut Context<'_>) {
        let of_search = envelope.choice == Choice::SearchResultDone;
        match self.pending.take(&envelope.message_id) {
            Some(Waiting::Search(search)) if of_search => search.done(result, context),
            Some(Waiting::Change(change)) if !of_search => change.done(result, context),
            Some(Waiting::Compare(compare)) if envelope.choice == Choice::CompareResponse => {
                compare.done(result, context);
            }
            other => {
                if let Some(other) = other {
                    unanswered(other, context);
                }
                orphan(envelope.choice, self.protocol, result, context);
            }
        }
    }

    fn extended(&mut self, id: i64, extended: &Extended<'_>, context: &mut Context<'_>) {
        let Some(result) = extended.result else { return };
        let asked = match self.pending.take(&id) {
            Some(Waiting::Extended(asked)) => Some(asked),
            Some(other) => {
                unanswered(other, context);
                None
            }
            None => None,
        };
        let agreed = result.code == 0;
        match asked {
            Some(Asked::FastBind) => self.fast_bind |= agreed,
            Some(Asked::WhoAmI(mut operation)) => {
                if let Some(authz_id) = extended.value.filter(|_| agreed) {
                    let identity = extended::identity(authz_id);
                    operation.authz_id(authz_id, identity.as_ref());
                    // A ticket hides what the server now tells.
                    let known = self
                        .bound
                        .take_if(|bound| !bound.account.is_empty() || identity.is_none());
                    self.bound = known.or(identity);
                }
                operation.done(&result, context);
            }
            Some(Asked::Change(mut operation)) => {
                operation.granted(extended.value.and_then(extended::granted_ttl));
                operation.done(&result, context);
            }
            Some(Asked::StartTls) => self.encrypted |= agreed,
            None => self.encrypted |= agreed && extended.name == controls::START_TLS,
        }
    }
}

impl Protocol for Operations {
    fn id(&self) -> ProtocolId {
        self.protocol
    }

    /// Messages by the length of their SEQUENCE. An operation nobody knows passes by its length too, as long as its length
    /// is one that is seen.
    fn frame(&self, _direction: Direction, head: &[u8]) -> Framing {
        /// The largest message of an unknown operation that is believed.
        const UNKNOWN: usize = 1 << 20;
        if self.encrypted {
            return Framing::Opaque("ldap starttls");
        }
        match wire::start(head) {
            Ok(Start::Need(count)) => Framing::Need(count),
            Ok(Start::Known(opening)) => match Choice::of(opening.tag) {
                Some(Choice::SearchResultEntry) if self.silent => self.entry_framing(&opening),
                None if opening.total > UNKNOWN => Framing::Invalid("protocolOp"),
                _ => Framing::Whole(opening.total),
            },
            Err(malformed) => Framing::Invalid(malformed.0),
        }
    }

    fn plausible(&self, direction: Direction, head: &[u8]) -> bool {
        /// The largest message that is believed while searching.
        const LARGEST: usize = 16 << 20;
        let Ok(Start::Known(opening)) = wire::start(head) else {
            return false;
        };
        let way = opening.plausible().map(Choice::is_request);
        opening.total <= LARGEST && way == Some(direction == Direction::Up)
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        self.message(pdu.bytes, context);
    }

    fn deadline(&self) -> Option<Timestamp> {
        self.pending.deadline()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        while let Some(waiting) = self.pending.expired(context.time) {
            match waiting {
                // Its answer is still coming.
                Waiting::Search(search) if search.last.after(TIMEOUT) > context.time => {
                    let _ = self.pending.insert(search.id, search.last, Waiting::Search(search));
                }
                other => unanswered(other, context),
            }
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        while let Some(waiting) = self.pending.drain() {
            unanswered(waiting, context);
        }
        if let Some(bind) = self.unfinished.take() {
            bind.abandoned(context);
        }
    }
}

fn unanswered(waiting: Waiting, context: &mut Context<'_>) {
    match waiting {
        Waiting::Bind(bind) => bind.unanswered(context),
        Waiting::Search(search) => search.unanswered(false, context),
        Waiting::Change(changes) => changes.unanswered(context),
        Waiting::Compare(operation) | Waiting::Extended(Asked::WhoAmI(operation) | Asked::Change(operation)) => {
            operation.unanswered(context);
        }
        Waiting::Extended(Asked::StartTls | Asked::FastBind) => {}
    }
}
