//! NEGOEX (draft-zhu-negoex, [MS-NEGOEX]): several messages in one token, by which Windows peers agree on a security package.
//!
//! What they hold is said as messages; a package's own tokens inside them are read like any others.

use compact_str::CompactString;

use crate::context::Context;
use crate::protocol::ProtocolId;
use crate::reader::{Malformed, Reader};
use crate::text;

/// What every message begins with.
pub(super) const SIGNATURE: &[u8] = b"NEGOEXTS";

/// Octets of a header.
const HEADER: usize = 40;

/// The most messages of a token, and schemes of a message, that are read.
const MOST: usize = 16;

/// One message.
#[derive(Clone, Copy, Debug)]
pub(super) struct Message<'a> {
    kind: u32,
    sequence: u32,
    conversation: &'a [u8; 16],
    whole: &'a [u8],
}

/// The messages of a token, up to the first that breaks the grammar.
pub(super) fn messages(token: &[u8]) -> impl Iterator<Item = Result<Message<'_>, Malformed>> {
    let mut rest = token;
    std::iter::from_fn(move || {
        if rest.is_empty() {
            return None;
        }
        let read = Message::read(rest);
        rest = read.map_or(&[], |message| rest.get(message.whole.len()..).unwrap_or_default());
        Some(read)
    })
    .take(MOST)
}

impl<'a> Message<'a> {
    /// ```text
    /// Signature 8, MessageType 4, SequenceNum 4, cbHeaderLength 4, cbMessageLength 4, ConversationId 16      little-endian
    /// ```
    fn read(bytes: &'a [u8]) -> Result<Self, Malformed> {
        let mut reader = Reader::new(bytes);
        if reader.take(8, "NEGOEX signature")? != SIGNATURE {
            return Err(Malformed("NEGOEX signature"));
        }
        let (kind, sequence) = (reader.u32_le("NEGOEX type")?, reader.u32_le("NEGOEX sequence")?);
        reader.skip(4, "NEGOEX header length")?;
        let length = usize::try_from(reader.u32_le("NEGOEX length")?).unwrap_or(usize::MAX);
        let conversation = reader.take(16, "NEGOEX conversation")?.first_chunk();
        let whole = bytes.get(..length).filter(|whole| whole.len() >= HEADER);
        Ok(Self {
            kind,
            sequence,
            conversation: conversation.ok_or(Malformed("NEGOEX conversation"))?,
            whole: whole.ok_or(Malformed("NEGOEX length"))?,
        })
    }

    /// Says what it holds. Random numbers and checksums are left out.
    pub(super) fn say(&self, context: &mut Context<'_>) {
        context.message(ProtocolId::Spnego, self.name(), |fields| {
            fields.set("sequence", self.sequence);
            fields.set("conversation_id", text::guid(self.conversation));
            match self.kind {
                0 | 1 => fields.list("auth_schemes", self.schemes()),
                _ => fields.set_some("auth_scheme", self.scheme()),
            }
            if self.kind == 7 {
                let code = self.whole.get(56..).and_then(|rest| rest.first_chunk());
                fields.set_some("error_code", code.copied().map(u32::from_le_bytes));
            }
        });
    }

    const fn name(&self) -> &'static str {
        match self.kind {
            0 => "NEGOEX INITIATOR_NEGO",
            1 => "NEGOEX ACCEPTOR_NEGO",
            2 => "NEGOEX INITIATOR_META_DATA",
            3 => "NEGOEX ACCEPTOR_META_DATA",
            4 => "NEGOEX CHALLENGE",
            5 => "NEGOEX AP_REQUEST",
            6 => "NEGOEX VERIFY",
            7 => "NEGOEX ALERT",
            _ => "NEGOEX",
        }
    }

    /// The packages offered, the preferred first.
    ///
    /// ```text
    /// header 40, Random 32, ProtocolVersion 8, AuthSchemes { ArrayOffset 4, ArrayCount 2, pad 2 }, Extensions 8
    /// ```
    fn schemes(&self) -> impl Iterator<Item = CompactString> {
        let vector = |whole: &'a [u8]| {
            let mut reader = Reader::new(whole);
            reader.skip(HEADER + 32 + 8, "NEGOEX").ok()?;
            let offset = usize::try_from(reader.u32_le("offset").ok()?).ok()?;
            let count = usize::from(reader.u16_le("count").ok()?).min(MOST);
            whole.get(offset..)?.as_chunks::<16>().0.get(..count)
        };
        vector(self.whole).unwrap_or_default().iter().map(text::guid)
    }

    /// The package that a message is of: the 16 octets behind the header.
    fn scheme(&self) -> Option<CompactString> {
        self.whole.get(HEADER..)?.first_chunk().map(text::guid)
    }

    /// The package's own token in a CHALLENGE or AP_REQUEST.
    ///
    /// ```text
    /// header 40, AuthScheme 16, Exchange { ByteArrayOffset 4, ByteArrayLength 4 }
    /// ```
    pub(super) fn exchange(&self) -> Option<&'a [u8]> {
        if !matches!(self.kind, 4 | 5) {
            return None;
        }
        let mut reader = Reader::new(self.whole);
        reader.skip(HEADER + 16, "NEGOEX").ok()?;
        let offset = usize::try_from(reader.u32_le("offset").ok()?).ok()?;
        let length = usize::try_from(reader.u32_le("length").ok()?).ok()?;
        self.whole.get(offset..)?.get(..length)
    }
}
