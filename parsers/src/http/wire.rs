//! The head of an HTTP/1.x message (RFC 9112 §2 to §6), as far as authentication and the way to the next head need it.

use std::str;

use smallvec::SmallVec;

use crate::reader::Malformed;

/// Octets of a target and of any field that are told: what names a host, a path or a program is shorter.
const MAX_TOLD: usize = 2048;

/// Credentials, or challenges, of one head that are looked at.
const MAX_CREDENTIALS: usize = 32;

/// A head.
#[derive(Clone, Debug)]
pub(super) struct Head<'a> {
    pub(super) start: Start<'a>,
    /// Content-Length.
    pub(super) length: Option<u64>,
    /// Whether Transfer-Encoding ends in chunked.
    pub(super) chunked: bool,
    pub(super) host: Option<&'a [u8]>,
    pub(super) content_type: Option<&'a [u8]>,
    /// SOAPAction (SOAP 1.1 §6.1.1), without its quotes.
    pub(super) soap_action: Option<&'a [u8]>,
    pub(super) user_agent: Option<&'a [u8]>,
    /// Authorization, and WWW-Authenticate.
    pub(super) origin: SmallVec<[Credentials<'a>; 2]>,
    /// Proxy-Authorization, and Proxy-Authenticate.
    pub(super) proxy: SmallVec<[Credentials<'a>; 2]>,
    /// There was more than is told.
    pub(super) cut: bool,
}

/// `request-line = method SP request-target SP HTTP-version`, `status-line = HTTP-version SP status-code SP [ reason-phrase ]`
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Start<'a> {
    Request { method: &'a [u8], target: &'a [u8] },
    Response(u16),
}

/// `credentials = auth-scheme [ 1*SP ( token68 / … ) ]`, and a challenge, which looks alike (RFC 9110 §11.3, §11.4).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Credentials<'a> {
    pub(super) scheme: &'a str,
    pub(super) value: &'a [u8],
}

impl<'a> Credentials<'a> {
    fn read(text: &'a [u8]) -> Option<Self> {
        let text = text.trim_ascii();
        let end = text.iter().position(|byte| *byte == b' ').unwrap_or(text.len());
        let (scheme, value) = text.split_at_checked(end)?;
        let token = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'-' || *byte == b'_';
        let scheme = str::from_utf8(scheme).ok()?;
        let plausible = !scheme.is_empty() && scheme.len() <= 32 && scheme.as_bytes().iter().all(token);
        plausible.then(|| Self {
            scheme,
            value: value.trim_ascii(),
        })
    }

    /// The GSS-API token, in Base64, behind the schemes that carry one (RFC 4559 §4, [MS-NTHT] 2.2).
    pub(super) fn token(&self) -> Option<&'a [u8]> {
        let carries = ["Negotiate", "NTLM", "Kerberos"]
            .iter()
            .any(|scheme| self.scheme.eq_ignore_ascii_case(scheme));
        (carries && !self.value.is_empty()).then_some(self.value)
    }

    /// Whether a password stands behind it in the clear.
    pub(super) const fn is_clear(&self) -> bool {
        self.scheme.eq_ignore_ascii_case("Basic")
    }

    /// The user of Basic's `user-id ":" password` (RFC 7617 §2), or of Digest's `username` (RFC 7616 §3.4); the rest is not
    /// looked at.
    pub(super) fn user(&self) -> Option<Vec<u8>> {
        if self.scheme.eq_ignore_ascii_case("Digest") {
            let user = self.parameter(b"username=")?;
            return Some(user.get(..MAX_TOLD).unwrap_or(user).to_vec());
        }
        if !self.is_clear() {
            return None;
        }
        let mut pair = crate::base64::decode(self.value)?;
        let end = pair.iter().position(|byte| *byte == b':')?;
        pair.truncate(end.min(MAX_TOLD));
        Some(pair)
    }

    /// A parameter of `auth-param = token "=" ( token / quoted-string )`, found by its name and `=`.
    fn parameter(&self, name: &[u8]) -> Option<&'a [u8]> {
        let parts = self.value.split(|byte| *byte == b',').map(<[u8]>::trim_ascii);
        parts.filter_map(|part| part.strip_prefix(name)).map(unquoted).next()
    }
}

impl<'a> Head<'a> {
    /// Reads a head with its empty line.
    pub(super) fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut lines = bytes.split(|byte| *byte == b'\n').map(<[u8]>::trim_ascii_end);
        let start = Start::read(lines.next().unwrap_or_default()).ok_or(Malformed("start line"))?;
        let (start, cut) = start.told();
        let mut head = Self {
            start,
            length: None,
            chunked: false,
            host: None,
            content_type: None,
            soap_action: None,
            user_agent: None,
            origin: SmallVec::new(),
            proxy: SmallVec::new(),
            cut,
        };
        for line in lines {
            let Some(colon) = line.iter().position(|byte| *byte == b':') else {
                continue;
            };
            let (name, value) = line.split_at_checked(colon).unwrap_or_default();
            head.field(name, value.get(1..).unwrap_or_default().trim_ascii())?;
        }
        Ok(head)
    }

    /// Whether there are credentials or challenges.
    pub(super) fn authenticates(&self) -> bool {
        !(self.origin.is_empty() && self.proxy.is_empty())
    }

    fn field(&mut self, name: &[u8], value: &'a [u8]) -> Result<(), Malformed> {
        let is = |known: &str| name.eq_ignore_ascii_case(known.as_bytes());
        if is("content-length") {
            let number = str::from_utf8(value).ok().and_then(|digits| digits.parse().ok());
            self.length = Some(number.ok_or(Malformed("Content-Length"))?);
        } else if is("transfer-encoding") {
            self.chunked = value.to_ascii_lowercase().ends_with(b"chunked");
        } else if is("host") {
            self.host = Some(self.told(value));
        } else if is("content-type") {
            self.content_type = Some(self.told(value));
        } else if is("soapaction") {
            self.soap_action = Some(unquoted(self.told(value))).filter(|action| !action.is_empty());
        } else if is("user-agent") {
            self.user_agent = Some(self.told(value));
        } else if is("authorization") {
            self.cut |= !take(&mut self.origin, Credentials::read(value));
        } else if is("www-authenticate") {
            self.cut |= !take(&mut self.origin, challenges(value));
        } else if is("proxy-authorization") {
            self.cut |= !take(&mut self.proxy, Credentials::read(value));
        } else if is("proxy-authenticate") {
            self.cut |= !take(&mut self.proxy, challenges(value));
        }
        Ok(())
    }

    /// As much of a value as is told.
    fn told(&mut self, value: &'a [u8]) -> &'a [u8] {
        self.cut |= value.len() > MAX_TOLD;
        value.get(..MAX_TOLD).unwrap_or(value)
    }
}

/// Takes what there is room for; whether that was all.
fn take<'a>(taken: &mut SmallVec<[Credentials<'a>; 2]>, more: impl IntoIterator<Item = Credentials<'a>>) -> bool {
    let mut more = more.into_iter();
    taken.extend(more.by_ref().take(MAX_CREDENTIALS.saturating_sub(taken.len())));
    more.next().is_none()
}

fn unquoted(text: &[u8]) -> &[u8] {
    let text = text.strip_prefix(b"\"").unwrap_or(text);
    text.strip_suffix(b"\"").unwrap_or(text)
}

/// Challenges in one field; the parameters of those that have some look like nothing and fall out.
fn challenges(value: &[u8]) -> impl Iterator<Item = Credentials<'_>> {
    value.split(|byte| *byte == b',').filter_map(Credentials::read).take(16)
}

impl<'a> Start<'a> {
    pub(super) fn read(line: &'a [u8]) -> Option<Self> {
        if line.starts_with(b"HTTP/1.") {
            let digits = line.get(9..12)?;
            return str::from_utf8(digits).ok()?.parse().ok().map(Self::Response);
        }
        let mut words = line.split(|byte| *byte == b' ').filter(|word| !word.is_empty());
        let (method, target, version) = (words.next()?, words.next()?, words.next()?);
        (is_method(method) && version.starts_with(b"HTTP/1.")).then_some(Self::Request { method, target })
    }

    /// With as much of a target as is told, and whether there was more.
    fn told(self) -> (Self, bool) {
        match self {
            Self::Request { method, target } => {
                let told = target.get(..MAX_TOLD).unwrap_or(target);
                let start = Self::Request { method, target: told };
                (start, told.len() < target.len())
            }
            Self::Response(_) => (self, false),
        }
    }
}

/// Methods are tokens of capitals in practice: GET, PROPFIND, BITS_POST, RPC_IN_DATA, M-SEARCH.
pub(super) fn is_method(word: &[u8]) -> bool {
    (3..=20).contains(&word.len())
        && word.first().is_some_and(u8::is_ascii_uppercase)
        && word
            .iter()
            .all(|byte| byte.is_ascii_uppercase() || matches!(byte, b'_' | b'-'))
}
