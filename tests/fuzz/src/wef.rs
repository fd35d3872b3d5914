//! Windows Event Forwarding: SLDC against a compressor written apart from it, envelopes in every form that a body has, and the parts of
//! sealed messages.

use parsers::wef::{
    Charset, Content, Limits, MAX_EVENTS, Scheme, Sealed, bookmark::MAX_CHANNELS, envelope, sealed as parts, sldc,
};
use tests::wef::sldc::compress;

/// Octets of an envelope, here.
const LIMITS: Limits = Limits { envelope: 1 << 20 };

/// What is compressed comes back; what is not is refused, or no longer than it says.
pub(crate) fn compressed(data: &[u8]) {
    let mut out = Vec::new();
    assert_eq!(sldc::decompress(&compress(data), data.len(), &mut out), Ok(()));
    assert!(out == data, "what was compressed is not what comes back");
    out.clear();
    if sldc::decompress(data, LIMITS.envelope, &mut out).is_ok() {
        let again = compress(&out);
        let mut twice = Vec::new();
        assert_eq!(sldc::decompress(&again, out.len(), &mut twice), Ok(()));
        assert!(twice == out);
    }
    assert!(out.len() <= LIMITS.envelope);
}

/// What is read of a sealed message lies in its body, and is the same when it is written anew.
pub(crate) fn sealed(data: &[u8]) {
    let mut body = data.to_vec();
    let Ok(sealed) = Sealed::read(&mut body) else { return };
    let _whatever = sealed.is_encrypted();
    let end = sealed.start + sealed.data.len();
    assert!(data.get(sealed.start..end) == Some(&*sealed.data) && sealed.length <= sealed.data.len());
    assert!(sealed.signature.len() <= parts::MAX_SIGNATURE);
    let charset = sealed.content.charset.unwrap_or_default();
    let mut again = parts::write(Scheme::Kerberos, charset, sealed.length, sealed.signature, sealed.data);
    assert!(again.len() <= sealed.data.len() + parts::OVERHEAD);
    let twice = Sealed::read(&mut again).map(|twice| (twice.length, twice.signature, twice.data));
    assert!(twice == Ok((sealed.length, sealed.signature, sealed.data)));
}

/// A body, whatever it is; where it holds an envelope, each other form of it holds the same.
pub(crate) fn body(data: &[u8]) {
    let read = |content: Content, body: &[u8]| content.text(body, LIMITS, &mut Vec::new());
    for sldc in [false, true] {
        let content = Content { sldc, charset: None };
        let Ok((text, _)) = read(content, data) else { continue };
        let Ok(envelope) = envelope::read(&text) else { continue };
        assert!(envelope.events.len() <= MAX_EVENTS);
        assert!(
            envelope
                .bookmark
                .as_ref()
                .is_none_or(|bookmark| bookmark.0.len() <= MAX_CHANNELS)
        );
        // A text that begins with other than `<` says its charset by a mark alone.
        let marked = !text.starts_with('<');
        for charset in [Charset::Utf8, Charset::Utf16] {
            let plain = charset.encode(&text);
            if plain.len() > LIMITS.envelope || (marked && charset == Charset::Utf8) {
                continue;
            }
            assert_eq!(read(Content::default(), &plain), Ok((text.clone(), charset)));
            let compressed = Content {
                sldc: true,
                charset: None,
            };
            assert_eq!(read(compressed, &compress(&plain)), Ok((text.clone(), charset)));
        }
    }
}
