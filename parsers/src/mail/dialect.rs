//! How SMTP (RFC 5321, RFC 4954), IMAP (RFC 9051) and POP3 (RFC 1939, RFC 5034) ask for a login and answer it.

use compact_str::CompactString;

use crate::protocol::ProtocolId;
use crate::text;

/// One of the three.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Dialect {
    Smtp,
    Imap,
    Pop3,
}

/// A client's command, as far as logins need it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Command<'a> {
    /// SASL: the mechanism and its first response, where one is sent at once. `tag` is IMAP's.
    Authenticate {
        tag: &'a [u8],
        mechanism: &'a [u8],
        initial: Option<&'a [u8]>,
    },
    /// IMAP LOGIN, POP3 APOP: a name at once with its proof; `clear` where that is the password.
    Login {
        tag: &'a [u8],
        user: Option<&'a [u8]>,
        clear: bool,
    },
    /// POP3 USER.
    User(&'a [u8]),
    /// POP3 PASS.
    Password,
    StartTls {
        tag: &'a [u8],
    },
    /// What is only done once a login is over or not needed: the rest is mail.
    Mail,
    Other,
}

/// A server's line, as far as logins need it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Reply<'a> {
    /// A challenge in Base64.
    Challenge(&'a [u8]),
    /// What was asked for was done.
    Granted(Verdict<'a>),
    Refused(Verdict<'a>),
    /// IMAP PREAUTH: nobody needs to log in.
    Mail,
    Other,
}

/// A final answer: IMAP's tag, and the code or word that says it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Verdict<'a> {
    pub(super) tag: &'a [u8],
    pub(super) code: u16,
    pub(super) name: Option<&'static str>,
}

fn word(line: &[u8]) -> (&[u8], &[u8]) {
    let line = line.trim_ascii_start();
    let end = line.iter().position(|byte| *byte == b' ').unwrap_or(line.len());
    let (word, rest) = line.split_at_checked(end).unwrap_or((line, &[]));
    (word, rest.trim_ascii())
}

fn is(word: &[u8], wanted: &str) -> bool {
    word.eq_ignore_ascii_case(wanted.as_bytes())
}

impl Dialect {
    pub(super) const fn id(self) -> ProtocolId {
        match self {
            Self::Smtp => ProtocolId::Smtp,
            Self::Imap => ProtocolId::Imap,
            Self::Pop3 => ProtocolId::Pop3,
        }
    }

    pub(super) fn command(self, line: &[u8]) -> Command<'_> {
        let (tag, rest) = if self == Self::Imap {
            word(line)
        } else {
            (line.get(..0).unwrap_or_default(), line)
        };
        let (verb, rest) = word(rest);
        match self {
            _ if is(verb, "AUTH") || is(verb, "AUTHENTICATE") => authenticate(tag, rest),
            _ if is(verb, "STARTTLS") || is(verb, "STLS") => Command::StartTls { tag },
            Self::Smtp if ["MAIL", "DATA", "BDAT"].iter().any(|mail| is(verb, mail)) => Command::Mail,
            Self::Imap if is(verb, "LOGIN") => Command::Login {
                tag,
                user: quoted(rest),
                clear: true,
            },
            Self::Imap
                if ["SELECT", "EXAMINE", "LIST", "FETCH", "UID"]
                    .iter()
                    .any(|mail| is(verb, mail)) =>
            {
                Command::Mail
            }
            Self::Pop3 if is(verb, "USER") => Command::User(rest),
            Self::Pop3 if is(verb, "PASS") => Command::Password,
            Self::Pop3 if is(verb, "APOP") => Command::Login {
                tag,
                user: Some(word(rest).0),
                clear: false,
            },
            Self::Pop3 if ["STAT", "LIST", "UIDL", "RETR"].iter().any(|mail| is(verb, mail)) => Command::Mail,
            _ => Command::Other,
        }
    }

    /// Whether a line announces that the next is no command but a text, perhaps a password: IMAP's `"{" number ["+"] "}"` at its
    /// end (RFC 9051 §4.3).
    pub(super) fn announces_literal(self, line: &[u8]) -> bool {
        let Some(line) = line.strip_suffix(b"}").filter(|_| self == Self::Imap) else {
            return false;
        };
        let line = line.strip_suffix(b"+").unwrap_or(line);
        let digits = line.iter().rev().take_while(|byte| byte.is_ascii_digit()).count();
        digits > 0
            && line
                .get(..line.len() - digits)
                .is_some_and(|before| before.ends_with(b"{"))
    }

    pub(super) fn reply(self, line: &[u8]) -> Reply<'_> {
        match self {
            Self::Smtp => smtp(line),
            Self::Imap => imap(line),
            Self::Pop3 => pop3(line),
        }
    }
}

fn authenticate<'a>(tag: &'a [u8], rest: &'a [u8]) -> Command<'a> {
    let (mechanism, initial) = word(rest);
    if !is_mechanism(mechanism) {
        return Command::Other; // POP3: which are there? Or somebody has left out the mechanism, and this proves who he is.
    }
    Command::Authenticate {
        tag,
        mechanism,
        initial: Some(initial).filter(|initial| !initial.is_empty()),
    }
}

/// `sasl-mech = 1*20mech-char`, letters, digits, `-` and `_` (RFC 4422 §3.1).
fn is_mechanism(word: &[u8]) -> bool {
    let known = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'-' | b'_');
    (1..=20).contains(&word.len()) && word.iter().all(known)
}

/// `astring = 1*ASTRING-CHAR / string`: a quoted one without its quotes; none of a literal, which comes in a line of its own.
fn quoted(rest: &[u8]) -> Option<&[u8]> {
    match rest.first()? {
        b'"' => until(rest.get(1..)?, b'"'),
        b'{' => None,
        _ => Some(word(rest).0),
    }
}

/// `Reply-line = *( Reply-code "-" text ) Reply-code [ SP text ]`: the last line alone says how it went.
fn smtp(line: &[u8]) -> Reply<'_> {
    let (Some(digits), more) = (line.get(..3), line.get(3)) else {
        return Reply::Other;
    };
    let code = std::str::from_utf8(digits).ok().and_then(|digits| digits.parse().ok());
    let Some(code) = code.filter(|_| more != Some(&b'-')) else {
        return Reply::Other;
    };
    let verdict = Verdict {
        tag: &[],
        code,
        name: match code {
            454 => Some("temporary authentication failure"),
            500 | 501 | 504 => Some("not understood"),
            530 => Some("authentication required"),
            534 => Some("mechanism too weak"),
            535 => Some("authentication credentials invalid"),
            538 => Some("encryption required"),
            _ => None,
        },
    };
    match code {
        334 => Reply::Challenge(line.get(4..).unwrap_or_default()),
        200..300 => Reply::Granted(verdict),
        400..600 => Reply::Refused(verdict),
        _ => Reply::Other,
    }
}

fn imap(line: &[u8]) -> Reply<'_> {
    let (tag, rest) = word(line);
    let (status, _) = word(rest);
    let verdict = |name| Verdict {
        tag,
        code: 0,
        name: Some(name),
    };
    match tag {
        b"+" => Reply::Challenge(rest),
        b"*" if is(status, "PREAUTH") => Reply::Mail,
        b"*" => Reply::Other,
        _ if is(status, "OK") => Reply::Granted(verdict("OK")),
        _ if is(status, "NO") => Reply::Refused(verdict("NO")),
        _ if is(status, "BAD") => Reply::Refused(verdict("BAD")),
        _ => Reply::Other,
    }
}

fn pop3(line: &[u8]) -> Reply<'_> {
    let (status, rest) = word(line);
    let verdict = |name| Verdict {
        tag: &[],
        code: 0,
        name: Some(name),
    };
    match status {
        b"+" => Reply::Challenge(rest),
        b"+OK" => Reply::Granted(verdict("+OK")),
        b"-ERR" => Reply::Refused(verdict("-ERR")),
        _ => Reply::Other,
    }
}

/// How a mechanism (RFC 4422) shows who somebody is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Mechanism {
    /// Tokens of GSS-API or NTLM.
    Tokens,
    /// RFC 4616: `[authzid] NUL authcid NUL passwd`.
    Plain,
    /// The name and the password, each in a response of its own.
    Login,
    /// RFC 2195: `user SP digest`.
    CramMd5,
    /// RFC 2831: `username="…"` among others.
    DigestMd5,
    /// `user=… ^A auth=Bearer …`, or `n,a=…, ^A … auth=Bearer …` (RFC 7628 §3.1).
    Bearer,
    Other,
}

impl Mechanism {
    pub(super) fn of(name: &[u8]) -> Self {
        const NAMES: [(&str, Mechanism); 10] = [
            ("NTLM", Mechanism::Tokens),
            ("GSSAPI", Mechanism::Tokens),
            ("GSS-SPNEGO", Mechanism::Tokens),
            ("MSN", Mechanism::Tokens),
            ("PLAIN", Mechanism::Plain),
            ("LOGIN", Mechanism::Login),
            ("CRAM-MD5", Mechanism::CramMd5),
            ("DIGEST-MD5", Mechanism::DigestMd5),
            ("XOAUTH2", Mechanism::Bearer),
            ("OAUTHBEARER", Mechanism::Bearer),
        ];
        let known = NAMES.iter().find(|(known, _)| is(name, known));
        known.map_or(Self::Other, |(_, mechanism)| *mechanism)
    }

    /// Whether the password itself is sent.
    pub(super) const fn is_clear(self) -> bool {
        matches!(self, Self::Plain | Self::Login)
    }

    /// The name in a response, decoded; never what proves it.
    pub(super) fn user(self, response: &[u8]) -> Option<CompactString> {
        let user = match self {
            Self::Plain => plain(response)?,
            Self::Login => response,
            Self::CramMd5 => until(response, b' ')?,
            Self::DigestMd5 => until(after(response, b"username=\"")?, b'"')?,
            Self::Bearer => match response.strip_prefix(b"user=") {
                Some(rest) => until(rest, 1)?,
                None => until(after(until(response, 1)?, b",a=")?, b',')?,
            },
            Self::Tokens | Self::Other => return None,
        };
        (!user.is_empty()).then(|| text::bytes(user))
    }
}

/// `[authzid] NUL authcid NUL passwd`: with a NUL less, or more, nobody knows which of them is the password.
fn plain(response: &[u8]) -> Option<&[u8]> {
    let mut parts = response.split(|byte| *byte == 0);
    let (_, user, _) = (parts.next()?, parts.next()?, parts.next()?);
    parts.next().is_none().then_some(user)
}

/// What stands before an octet, which must be there: where it is missing, what follows is told apart from nothing.
fn until(bytes: &[u8], end: u8) -> Option<&[u8]> {
    bytes.get(..bytes.iter().position(|byte| *byte == end)?)
}

fn after<'a>(bytes: &'a [u8], mark: &[u8]) -> Option<&'a [u8]> {
    let at = bytes.windows(mark.len()).position(|window| window == mark)?;
    bytes.get(at + mark.len()..)
}
