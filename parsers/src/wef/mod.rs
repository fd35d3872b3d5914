//! Windows Event Forwarding as a collector speaks it, without a socket: source-initiated subscriptions of WS-Management.
//!
//! ```text
//! body ─ Sealed: a context's, over HTTP ─► body
//! body ─ Content: SLDC, charset ─► text ─ Envelope: SOAP ─► Action, bookmark, events ─► event::read
//! answer ◄─ reply: EnumerateResponse with a Subscription, Ack, Fault
//! ```
//! [MS-WSMV] 3.1.4.1.30 (publisher-initiated subscriptions), DSP0226 §8 (enumeration) and §10 (eventing, delivery mode Events).
//! What a source sends is bounded by [`Limits`], [`MAX_EVENTS`], [`MAX_DEPTH`] and [`bookmark::MAX_CHANNELS`].

pub mod bookmark;
pub mod content;
pub mod envelope;
pub mod query;
pub mod reply;
pub mod sealed;
pub mod sldc;
#[cfg(test)]
mod tests;

pub use bookmark::Bookmark;
pub use content::{Content, Limits};
pub use envelope::{Action, Envelope, MAX_DEPTH, MAX_EVENTS};
pub use query::Query;
pub use reply::{Authentication, Charset, Fault, Subscription};
pub use sealed::{Scheme, Sealed};

/// Why a request is not understood: the name of a counter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, thiserror::Error)]
pub enum Refusal {
    /// Longer than the limit, as it came or decompressed.
    #[error("it is longer than an envelope may be")]
    Oversized,
    /// SLDC that breaks ECMA-321, or does not give what it announces.
    #[error("it is not compressed as it says (SLDC, ECMA-321)")]
    Sldc,
    /// Octets that are no text in the charset that it names.
    #[error("it is no text in its charset")]
    Charset,
    /// It ends before the envelope does.
    #[error("it ends before the envelope does")]
    Truncated,
    /// It breaks the grammar of XML or SOAP.
    #[error("it is no SOAP envelope")]
    Malformed,
    /// Elements inside elements beyond [`MAX_DEPTH`].
    #[error("its elements are nested too deep")]
    Depth,
    /// A document type declaration, which SOAP forbids (SOAP 1.2 §5) and every entity bomb begins with.
    #[error("it declares a document type")]
    DocumentType,
    /// More events than [`MAX_EVENTS`], or more channels than a bookmark may have.
    #[error("it has more events or channels than an envelope may have")]
    TooMany,
    /// A header that has to be understood and is not (SOAP 1.2 §5.2.3).
    #[error("it has a header that is not understood")]
    NotUnderstood,
    /// No MessageID or no Action (DSP0226 §5.4).
    #[error("it has no MessageID or no Action")]
    Addressing,
    /// Not the two parts of a sealed message, or other lengths than it says ([MS-WSMV] 2.2.9.1).
    #[error("it is not laid out as a sealed message is")]
    Multipart,
}

impl Refusal {
    /// The name of its counter.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Oversized => "oversized_envelopes",
            Self::Sldc => "broken_sldc",
            Self::Charset => "wrong_charset",
            Self::Truncated => "truncated_envelopes",
            Self::Malformed => "malformed_envelopes",
            Self::Depth => "deep_envelopes",
            Self::DocumentType => "document_types",
            Self::TooMany => "crowded_envelopes",
            Self::NotUnderstood => "headers_not_understood",
            Self::Addressing => "unaddressed_envelopes",
            Self::Multipart => "broken_multiparts",
        }
    }
}
