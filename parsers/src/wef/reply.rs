//! What a collector answers, written as Windows' own does: no XML declaration, UTF-16 with its mark where the request had it.

use std::fmt::Write as _;

use quick_xml::escape::escape;
use sha2::{Digest, Sha256};

use super::bookmark::Bookmark;
use super::envelope::Envelope;

const NAMESPACES: &str = "xmlns:s=\"http://www.w3.org/2003/05/soap-envelope\" xmlns:a=\"http://schemas.xmlsoap.org/ws/2004/08/addressing\" \
     xmlns:n=\"http://schemas.xmlsoap.org/ws/2004/09/enumeration\" xmlns:e=\"http://schemas.xmlsoap.org/ws/2004/08/eventing\" \
     xmlns:w=\"http://schemas.dmtf.org/wbem/wsman/1/wsman.xsd\" xmlns:p=\"http://schemas.microsoft.com/wbem/wsman/1/wsman.xsd\"";

const ANONYMOUS: &str = "http://schemas.xmlsoap.org/ws/2004/08/addressing/role/anonymous";

/// The resource that publisher-initiated subscriptions are enumerated of ([MS-WSMV] 3.1.4.1.30).
pub const SUBSCRIPTIONS: &str = "http://schemas.microsoft.com/wbem/wsman/1/SubscriptionManager/Subscription";

/// How text is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Charset {
    /// Little-endian, with its mark: what Windows speaks.
    #[default]
    Utf16,
    /// UTF-8.
    Utf8,
}

impl Charset {
    /// The charset called `name`.
    ///
    /// # Errors
    /// WS-Management has no other (DSP0226 §13.1).
    pub fn named(name: &str) -> Result<Self, &'static str> {
        match name {
            name if name.eq_ignore_ascii_case("utf-16") => Ok(Self::Utf16),
            name if name.eq_ignore_ascii_case("utf-8") => Ok(Self::Utf8),
            _ => Err("neither UTF-8 nor UTF-16"),
        }
    }

    /// The `Content-Type` of an envelope in it.
    #[must_use]
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Utf16 => "application/soap+xml;charset=UTF-16",
            Self::Utf8 => "application/soap+xml;charset=UTF-8",
        }
    }

    /// `text` in it.
    #[must_use]
    pub fn encode(self, text: &str) -> Vec<u8> {
        match self {
            Self::Utf8 => text.as_bytes().to_vec(),
            Self::Utf16 => {
                let units = text.encode_utf16().flat_map(u16::to_le_bytes);
                [0xff, 0xfe].into_iter().chain(units).collect()
            }
        }
    }
}

/// Why a request is refused, as its sender is told (DSP0226 §14.6).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    /// The request breaks SOAP or WS-Management.
    SchemaValidationError,
    /// It is longer than it may be.
    EncodingLimit,
    /// There is no such action.
    ActionNotSupported,
    /// A header has to be understood and is not.
    MustUnderstand,
    /// Nothing can be taken now; it may be sent again.
    InternalError,
}

impl Fault {
    /// Code, subcode and reason.
    const fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::SchemaValidationError => (
                "s:Sender",
                "w:SchemaValidationError",
                "The message is no envelope of WS-Management.",
            ),
            Self::EncodingLimit => ("s:Sender", "w:EncodingLimit", "The message is longer than it may be."),
            Self::ActionNotSupported => (
                "s:Sender",
                "a:ActionNotSupported",
                "The action is not that of an event source.",
            ),
            Self::MustUnderstand => ("s:MustUnderstand", "", "A header that has to be understood is not."),
            Self::InternalError => (
                "s:Receiver",
                "w:InternalError",
                "The events cannot be stored now; send them again.",
            ),
        }
    }
}

/// How a source proves who it is when it sends events.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Authentication {
    /// By a certificate, over HTTPS; the SHA-1 of the certificate of the CA that issued it, in hexadecimal digits.
    Certificate(String),
    /// By Kerberos, over HTTP.
    Kerberos,
}

impl Authentication {
    /// `auth:Authentication` ([MS-WSMV] 2.2.4.1).
    fn policy(&self) -> String {
        const PROFILES: &str = "http://schemas.dmtf.org/wbem/wsman/1/wsman/secprofile";
        match self {
            Self::Certificate(issuer) => format!(
                "<auth:Authentication Profile=\"{PROFILES}/https/mutual\"><auth:ClientCertificate>\
                 <auth:Thumbprint Role=\"issuer\">{issuer}</auth:Thumbprint></auth:ClientCertificate></auth:Authentication>"
            ),
            Self::Kerberos => {
                format!("<auth:Authentication Profile=\"{PROFILES}/http/spnego-kerberos\"></auth:Authentication>")
            }
        }
    }
}

/// A subscription as a source is told of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Subscription {
    /// What event viewers call it.
    pub name: String,
    /// Where events go: `https://adtap.lab.example:5986/wsman/subscriptions/…`.
    pub notify_to: String,
    /// How sources prove who they are there.
    pub authentication: Authentication,
    /// `QueryList`.
    pub query: String,
    /// Seconds between heartbeats.
    pub heartbeat: u64,
    /// Seconds that events may wait for others.
    pub latency: u64,
    /// Octets of an envelope at most.
    pub envelope: usize,
    /// Whether events that were logged before the first subscription are asked for.
    pub existing: bool,
}

impl Subscription {
    /// Its version: the same as long as nothing of it changes ([MS-WSMV] 2.2.4.41).
    #[must_use]
    pub fn version(&self) -> String {
        guid(format!("{self:?}").as_bytes())
    }

    /// `m:Subscription`, for a source that is at `bookmark`.
    fn write(&self, bookmark: &Bookmark, related: &str, xml: &mut String) {
        let version = self.version();
        let message = guid(format!("{version} {related}").as_bytes());
        let Self {
            name,
            notify_to,
            authentication,
            query,
            heartbeat,
            latency,
            envelope,
            ..
        } = self;
        let (name, notify_to) = (escape(name.as_str()), escape(notify_to.as_str()));
        let policy = authentication.policy();
        let endpoint = format!(
            "<a:Address>{notify_to}</a:Address><a:ReferenceProperties><e:Identifier>{version}</e:Identifier></a:ReferenceProperties>"
        );
        let _cannot_fail = write!(
            xml,
            "<m:Subscription xmlns:m=\"http://schemas.microsoft.com/wbem/wsman/1/subscription\"><m:Version>uuid:{version}</m:Version>\
             <s:Envelope {NAMESPACES}><s:Header><a:To>{ANONYMOUS}</a:To>\
             <w:ResourceURI s:mustUnderstand=\"true\">http://schemas.microsoft.com/wbem/wsman/1/windows/EventLog</w:ResourceURI>\
             <a:ReplyTo><a:Address s:mustUnderstand=\"true\">{ANONYMOUS}</a:Address></a:ReplyTo>\
             <a:Action s:mustUnderstand=\"true\">http://schemas.xmlsoap.org/ws/2004/08/eventing/Subscribe</a:Action>\
             <w:MaxEnvelopeSize s:mustUnderstand=\"true\">{envelope}</w:MaxEnvelopeSize><a:MessageID>uuid:{message}</a:MessageID>\
             <w:Locale xml:lang=\"en-US\" s:mustUnderstand=\"false\"/><p:DataLocale xml:lang=\"en-US\" s:mustUnderstand=\"false\"/>\
             <p:OperationID s:mustUnderstand=\"false\">uuid:{version}</p:OperationID><p:SequenceId s:mustUnderstand=\"false\">1</p:SequenceId>\
             <w:OptionSet xmlns:xsi=\"http://www.w3.org/2001/XMLSchema-instance\"><w:Option Name=\"SubscriptionName\">{name}</w:Option>\
             <w:Option Name=\"Compression\">SLDC</w:Option><w:Option Name=\"CDATA\" xsi:nil=\"true\"/>\
             <w:Option Name=\"ContentFormat\">Raw</w:Option><w:Option Name=\"IgnoreChannelError\" xsi:nil=\"true\"/></w:OptionSet></s:Header>\
             <s:Body><e:Subscribe><e:EndTo>{endpoint}</e:EndTo>\
             <e:Delivery Mode=\"http://schemas.dmtf.org/wbem/wsman/1/wsman/Events\"><w:Heartbeats>PT{heartbeat}.000S</w:Heartbeats>\
             <e:NotifyTo>{endpoint}<c:Policy xmlns:c=\"http://schemas.xmlsoap.org/ws/2002/12/policy\" \
             xmlns:auth=\"http://schemas.microsoft.com/wbem/wsman/1/authentication\"><c:ExactlyOne><c:All>\
             {policy}</c:All></c:ExactlyOne></c:Policy></e:NotifyTo>\
             <w:ConnectionRetry Total=\"5\">PT60.0S</w:ConnectionRetry><w:MaxTime>PT{latency}.000S</w:MaxTime>\
             <w:MaxEnvelopeSize Policy=\"Notify\">{envelope}</w:MaxEnvelopeSize><w:Locale xml:lang=\"en-US\" s:mustUnderstand=\"false\"/>\
             <p:DataLocale xml:lang=\"en-US\" s:mustUnderstand=\"false\"/><w:ContentEncoding>UTF-16</w:ContentEncoding></e:Delivery>\
             <w:Filter Dialect=\"http://schemas.microsoft.com/win/2004/08/events/eventquery\">{query}</w:Filter>"
        );
        self.write_bookmark(bookmark, xml);
        xml.push_str("<w:SendBookmarks/></e:Subscribe></s:Body></s:Envelope></m:Subscription>");
    }

    /// Where the source goes on; without a place, where its log ends now, or begins (DSP0226 §10.2.6).
    fn write_bookmark(&self, bookmark: &Bookmark, xml: &mut String) {
        if !bookmark.is_empty() {
            xml.push_str("<w:Bookmark>");
            bookmark.write(xml);
            xml.push_str("</w:Bookmark>");
        } else if self.existing {
            xml.push_str("<w:Bookmark>http://schemas.dmtf.org/wbem/wsman/1/wsman/bookmark/earliest</w:Bookmark>");
        }
    }
}

/// The answer to Enumerate, all in one ([MS-WSMV] 3.1.4.1.30, DSP0226 §8.2.3): `subscription`, from `bookmark` on.
#[must_use]
pub fn enumerated(request: &Envelope<'_>, subscription: &Subscription, bookmark: &Bookmark) -> String {
    let action = "http://schemas.xmlsoap.org/ws/2004/09/enumeration/EnumerateResponse";
    let mut xml = begin(action, request);
    xml.push_str("<n:EnumerateResponse><n:EnumerationContext></n:EnumerationContext><w:Items>");
    subscription.write(bookmark, &request.message_id, &mut xml);
    xml + "</w:Items><w:EndOfSequence/></n:EnumerateResponse></s:Body></s:Envelope>"
}

/// The answer to what has been taken (DSP0226 §10.7).
#[must_use]
pub fn acknowledged(request: &Envelope<'_>) -> String {
    begin("http://schemas.dmtf.org/wbem/wsman/1/wsman/Ack", request) + "</s:Body></s:Envelope>"
}

/// The answer to what is refused; where the request could not be read, `request` is empty.
#[must_use]
pub fn refused(fault: Fault, request: &Envelope<'_>) -> String {
    let mut xml = begin("http://schemas.dmtf.org/wbem/wsman/1/wsman/fault", request);
    let (code, subcode, reason) = fault.words();
    let _cannot_fail = write!(xml, "<s:Fault><s:Code><s:Value>{code}</s:Value>");
    if !subcode.is_empty() {
        let _cannot_fail = write!(xml, "<s:Subcode><s:Value>{subcode}</s:Value></s:Subcode>");
    }
    let _cannot_fail = write!(
        xml,
        "</s:Code><s:Reason><s:Text xml:lang=\"en-US\">{reason}</s:Text></s:Reason></s:Fault></s:Body></s:Envelope>"
    );
    xml
}

/// An envelope up to its body.
fn begin(action: &str, request: &Envelope<'_>) -> String {
    let mut xml = format!(
        "<s:Envelope xml:lang=\"en-US\" {NAMESPACES}><s:Header><a:Action>{action}</a:Action><a:MessageID>uuid:{}</a:MessageID>\
         <a:To>{ANONYMOUS}</a:To>",
        guid(format!("{action} {}", request.message_id).as_bytes())
    );
    if let Some(operation) = &request.operation_id {
        let operation = escape(operation.as_str());
        let _cannot_fail = write!(
            xml,
            "<p:OperationID s:mustUnderstand=\"false\">{operation}</p:OperationID><p:SequenceId>1</p:SequenceId>"
        );
    }
    if !request.message_id.is_empty() {
        let _cannot_fail = write!(
            xml,
            "<a:RelatesTo>{}</a:RelatesTo>",
            escape(request.message_id.as_str())
        );
    }
    xml + "</s:Header><s:Body>"
}

/// A GUID that is a digest (RFC 9562 §5.8): of the same octets the same.
fn guid(octets: &[u8]) -> String {
    let digest = Sha256::digest(octets);
    let mut half = [0; 16];
    half.iter_mut().zip(digest).for_each(|(octet, digest)| *octet = digest);
    let number = u128::from_be_bytes(half);
    let number = number & !(0xf << 76) & !(0b11 << 62) | 0x8 << 76 | 0b10 << 62;
    let digits = format!("{number:032X}");
    let part = |range: std::ops::Range<usize>| digits.get(range).unwrap_or_default();
    format!(
        "{}-{}-{}-{}-{}",
        part(0..8),
        part(8..12),
        part(12..16),
        part(16..20),
        part(20..32)
    )
}
