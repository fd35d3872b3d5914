//! Logins to mail servers: SMTP, IMAP and POP3, until somebody is logged in or TLS begins. Mail itself is not read.
//!
//! SASL mechanisms that carry GSS-API or NTLM tokens hand them to [`crate::gss::Exchange`] and become activities; of the
//! others the account's name is told in a message, never what proves it.

mod dialect;
mod line;
mod recognise;
#[cfg(test)]
mod tests;

use capture::{Direction, Flow, Timestamp};
use compact_str::CompactString;

use crate::activity::Status;
use crate::base64;
use crate::context::Context;
use crate::gss::{Answer, Exchange};
use crate::pending::TIMEOUT;
use crate::protocol::{Framing, Pdu, Protocol, ProtocolId, Registration};
use crate::{text, tls};
use dialect::{Command, Dialect, Mechanism, Reply, Verdict};
use line::{Lane, Next};

/// SMTP's row in the table of protocols.
pub const SMTP: Registration = Registration {
    id: ProtocolId::Smtp,
    tcp: &[25, 587, 2525],
    udp: &[],
    recognise: recognise::smtp,
    open: |_: &Flow| Box::new(Mail::new(Dialect::Smtp)),
};

/// IMAP's row.
pub const IMAP: Registration = Registration {
    id: ProtocolId::Imap,
    tcp: &[143],
    udp: &[],
    recognise: recognise::imap,
    open: |_: &Flow| Box::new(Mail::new(Dialect::Imap)),
};

/// POP3's row.
pub const POP3: Registration = Registration {
    id: ProtocolId::Pop3,
    tcp: &[110],
    udp: &[],
    recognise: recognise::pop3,
    open: |_: &Flow| Box::new(Mail::new(Dialect::Pop3)),
};

/// One connection.
#[derive(Debug)]
struct Mail {
    dialect: Dialect,
    lanes: [Lane; 2],
    step: Step,
    exchange: Exchange,
    /// Since when credentials wait for a verdict.
    since: Option<Timestamp>,
    tls: Option<Box<tls::Stream>>,
    /// The rest is mail.
    over: bool,
    /// The client's next line is a literal.
    literal: bool,
}

/// What the server's next answer is about.
#[derive(Debug, Default)]
enum Step {
    #[default]
    Idle,
    Login(Login),
    StartTls {
        tag: CompactString,
    },
}

/// A login under way.
#[derive(Debug)]
struct Login {
    tag: CompactString,
    name: CompactString,
    mechanism: Mechanism,
    user: Option<CompactString>,
    /// What proves it was asked for too: POP3's USER alone is nothing to answer yet.
    proved: bool,
    /// Octets were lost where the name may have stood: of two responses nobody knows which is the password.
    lost: bool,
}

impl Protocol for Mail {
    fn id(&self) -> ProtocolId {
        self.dialect.id()
    }

    /// Whatever is there is taken at once: the lanes know where lines end.
    fn frame(&self, direction: Direction, head: &[u8]) -> Framing {
        match &self.tls {
            Some(tls) => tls.frame(direction, head),
            None if self.over => Framing::Opaque(self.dialect.id().name()),
            None => Framing::Whole(head.len()),
        }
    }

    /// After a gap the next line end is waited for, which the lane does.
    fn plausible(&self, direction: Direction, head: &[u8]) -> bool {
        self.tls.as_ref().is_none_or(|tls| tls.plausible(direction, head))
    }

    fn pdu(&mut self, pdu: Pdu<'_>, context: &mut Context<'_>) {
        let mut data = pdu.bytes;
        while !data.is_empty() {
            if let Some(tls) = &mut self.tls {
                return tls.bytes(data, &mut context.within(self.dialect.id().name()));
            }
            if self.over {
                return context.opaque(self.dialect.id().name(), data.len() as u64);
            }
            match self.lane(context.direction).next(&mut data) {
                Next::Line(line) if context.direction == Direction::Up => self.asked(&line, context),
                Next::Line(line) => self.answered(&line, context),
                Next::Long => {
                    context.limit("mail.line");
                    self.lose(context.direction);
                }
                Next::Part => {}
            }
        }
    }

    fn gap(&mut self, _missing: u64, context: &mut Context<'_>) {
        match &mut self.tls {
            Some(tls) => tls.gap(&mut context.within(self.dialect.id().name())),
            None => {
                self.lane(context.direction).lose();
                self.lose(context.direction);
            }
        }
    }

    fn deadline(&self) -> Option<Timestamp> {
        let attempt = self.since.map(|since| since.after(TIMEOUT));
        let tls = self.tls.as_ref().and_then(|tls| tls.deadline());
        [attempt, tls].into_iter().flatten().min()
    }

    fn expire(&mut self, context: &mut Context<'_>) {
        if self.since.is_some_and(|since| since.after(TIMEOUT) <= context.time) {
            self.abandon(context);
        }
        if let Some(tls) = &mut self.tls {
            tls.expire(&mut context.within(self.dialect.id().name()));
        }
    }

    fn finish(&mut self, context: &mut Context<'_>) {
        self.abandon(context);
        if let Some(tls) = &mut self.tls {
            tls.finish(&mut context.within(self.dialect.id().name()));
        }
    }
}

impl Mail {
    fn new(dialect: Dialect) -> Self {
        Self {
            dialect,
            lanes: Default::default(),
            step: Step::Idle,
            exchange: Exchange::default(),
            since: None,
            tls: None,
            over: false,
            literal: false,
        }
    }

    const fn lane(&mut self, direction: Direction) -> &mut Lane {
        let [up, down] = &mut self.lanes;
        match direction {
            Direction::Up => up,
            Direction::Down => down,
        }
    }

    fn abandon(&mut self, context: &mut Context<'_>) {
        self.exchange.finish(&mut context.within(self.dialect.id().name()));
        self.since = None;
    }

    fn asked(&mut self, line: &[u8], context: &mut Context<'_>) {
        let announced = self.dialect.announces_literal(line);
        if std::mem::replace(&mut self.literal, announced) {
            return;
        }
        if let Step::Login(login) = &self.step
            && login.mechanism != Mechanism::Other
            && !matches!(self.dialect.command(line), Command::Authenticate { .. })
        {
            return self.responded(line, context);
        }
        match self.dialect.command(line) {
            Command::Authenticate {
                tag,
                mechanism,
                initial,
            } => {
                self.begin(tag, mechanism, Mechanism::of(mechanism), None);
                if let Some(initial) = initial {
                    self.responded(initial, context);
                }
            }
            Command::Login { tag, user, clear } => {
                let name: &[u8] = if clear { b"LOGIN" } else { b"APOP" };
                self.begin(tag, name, Mechanism::Other, user.map(text::bytes));
                self.say(clear, context);
            }
            Command::User(user) => {
                self.begin(&[], b"USER", Mechanism::Other, Some(text::bytes(user)));
                self.prove(false);
            }
            Command::Password => {
                self.prove(true);
                self.say(true, context);
            }
            Command::StartTls { tag } => self.step = Step::StartTls { tag: text::bytes(tag) },
            Command::Mail => self.over = true,
            Command::Other => {}
        }
    }

    fn begin(&mut self, tag: &[u8], name: &[u8], mechanism: Mechanism, user: Option<CompactString>) {
        self.step = Step::Login(Login {
            tag: text::bytes(tag),
            name: text::bytes(name).to_uppercase(),
            mechanism,
            user,
            proved: true,
            lost: false,
        });
    }

    const fn prove(&mut self, proved: bool) {
        if let Step::Login(login) = &mut self.step {
            login.proved = proved;
        }
    }

    /// Something was lost of what a side says.
    fn lose(&mut self, direction: Direction) {
        if let (Step::Login(login), Direction::Up) = (&mut self.step, direction) {
            login.lost = true;
        }
    }

    /// A client's response of SASL.
    fn responded(&mut self, line: &[u8], context: &mut Context<'_>) {
        let Step::Login(login) = &mut self.step else { return };
        let Some(response) = base64::decode(line).filter(|response| !response.is_empty()) else {
            return;
        };
        if login.mechanism == Mechanism::Tokens {
            return self.token(&response, context);
        }
        if login.user.is_none() && !(login.lost && login.mechanism == Mechanism::Login) {
            login.user = login.mechanism.user(&response);
            let clear = login.mechanism.is_clear();
            self.say(clear, context);
        }
    }

    /// Servers greet a mechanism with text where a token would stand.
    fn token(&mut self, token: &[u8], context: &mut Context<'_>) {
        if !matches!(
            token,
            [b'N', b'T', b'L', b'M', ..] | [0x05 | 0x60 | 0x6e | 0x6f | 0x7e | 0xa0 | 0xa1, ..]
        ) {
            return;
        }
        self.exchange
            .token(token, &mut context.within(self.dialect.id().name()));
        if self.exchange.waits() {
            self.since.get_or_insert(context.time);
        }
    }

    fn say(&self, clear: bool, context: &mut Context<'_>) {
        let Step::Login(login) = &self.step else { return };
        context.message(self.dialect.id(), "auth", |fields| {
            fields.set("mechanism", login.name.clone());
            fields.set_some("user", login.user.clone());
            fields.flag("cleartext_password", clear);
        });
    }

    fn answered(&mut self, line: &[u8], context: &mut Context<'_>) {
        let reply = self.dialect.reply(line);
        self.literal &= !matches!(reply, Reply::Refused(_));
        match (&self.step, reply) {
            (Step::Login(login), Reply::Challenge(text)) if login.mechanism == Mechanism::Tokens => {
                if let Some(token) = base64::decode(text) {
                    self.token(&token, context);
                }
            }
            (Step::Login(login), Reply::Granted(verdict)) if login.is_answered(&verdict) => {
                self.judged(&verdict, true, context);
            }
            (Step::Login(login), Reply::Refused(verdict)) if login.is_answered(&verdict) => {
                self.judged(&verdict, false, context);
            }
            (Step::StartTls { tag }, Reply::Granted(verdict)) if tag.as_bytes() == verdict.tag => {
                self.step = Step::Idle;
                self.tls = Some(Box::default());
            }
            (Step::StartTls { tag }, Reply::Refused(verdict)) if tag.as_bytes() == verdict.tag => {
                self.step = Step::Idle;
            }
            (_, Reply::Mail) => self.over = true,
            _ => {}
        }
    }

    fn judged(&mut self, verdict: &Verdict<'_>, granted: bool, context: &mut Context<'_>) {
        let Step::Login(login) = std::mem::take(&mut self.step) else {
            return;
        };
        if granted && !login.proved {
            self.step = Step::Login(login); // the password is asked for
            return;
        }
        context.message(self.dialect.id(), "auth_response", |fields| {
            fields.set("mechanism", login.name.clone());
            fields.set_some("user", login.user.clone());
            fields.set("granted", granted);
            fields.set_some("code", Some(verdict.code).filter(|code| *code > 0));
            fields.set_some("code_name", verdict.name);
        });
        let answer = if granted {
            Answer::Success
        } else {
            Answer::Failure(Status::new(i64::from(verdict.code), verdict.name))
        };
        self.exchange
            .answer(&answer, &mut context.within(self.dialect.id().name()));
        self.since = None;
        self.over = granted;
    }
}

impl Login {
    fn is_answered(&self, verdict: &Verdict<'_>) -> bool {
        self.tag.as_bytes() == verdict.tag
    }
}
