//! TLS client and server hellos held against tls-parser: what both read, both read alike.
//!
//! tls-parser refuses a hello for an extension that it cannot read; adtap takes each by itself. So a hello whose extensions
//! tls-parser refuses is compared without them.

use capture::Direction;
use serde_json::Value;
use tls_parser::{
    TlsClientHelloContents, TlsExtension, TlsExtensionType, parse_tls_client_hello_extensions,
    parse_tls_handshake_client_hello,
};

use crate::{read, script};

/// A client hello without the header of its handshake message and of its record.
pub(crate) fn client(data: &[u8]) {
    let Ok(length) = u16::try_from(data.len()) else { return };
    let Ok(record) = u16::try_from(data.len() + 4) else {
        return;
    };
    let (high, low) = (length.to_be_bytes(), record.to_be_bytes());
    let bytes = [&[22, 3, 1][..], &low, &[1, 0], &high, data].concat();
    let pieces = [(Direction::Up, bytes.as_slice())];
    let said = read::conversation(&parsers::tls::REGISTRATION, &script::encode(false, pieces));
    let Ok(([], theirs)) = parse_tls_handshake_client_hello(data) else {
        return;
    };
    let Some(ours) = said.messages.first() else { return };
    let ours: Value = serde_json::from_str(ours).unwrap_or_default();
    same(&ours, &theirs);
}

fn same(ours: &Value, theirs: &TlsClientHelloContents<'_>) {
    assert_eq!(
        ours.get("message").and_then(Value::as_str),
        Some("client_hello"),
        "{ours}"
    );
    assert_eq!(
        ours.get("legacy_version").and_then(Value::as_u64),
        Some(theirs.version.0.into()),
        "legacy_version"
    );
    let suites = theirs.ciphers.iter().map(|suite| suite.0);
    same_numbers(ours, "cipher_suites", suites);
    let Some(Ok(([], extensions))) = theirs.ext.map(parse_tls_client_hello_extensions) else {
        return;
    };
    same_kinds(ours, &extensions);
    for (at, extension) in extensions.iter().enumerate() {
        let kind = std::mem::discriminant(extension);
        if !extensions
            .iter()
            .take(at)
            .any(|earlier| std::mem::discriminant(earlier) == kind)
        {
            same_extension(ours, extension);
        }
    }
}

/// tls-parser has one number for all of GREASE (RFC 8701).
fn same_kinds(ours: &Value, extensions: &[TlsExtension<'_>]) {
    let told = numbers(ours, "extensions").into_iter();
    let told = told.map(|kind| if kind & 0x0f0f == 0x0a0a { 0xfafa } else { kind });
    let theirs = extensions
        .iter()
        .map(|extension| u64::from(TlsExtensionType::from(extension).0));
    assert_eq!(told.collect::<Vec<_>>(), theirs.collect::<Vec<_>>(), "extensions");
}

/// The first of its type; adtap tells the first host name and the protocols as text.
fn same_extension(ours: &Value, extension: &TlsExtension<'_>) {
    match extension {
        TlsExtension::SNI(names) => {
            if let Some((kind, name)) = names.first().filter(|(kind, name)| kind.0 == 0 && plain(name)) {
                let told = ours.get("sni").and_then(Value::as_str).map(str::as_bytes);
                assert_eq!(told, Some(*name), "sni of type {kind:?}");
            }
        }
        TlsExtension::ALPN(protocols) if protocols.iter().all(|protocol| plain(protocol)) => {
            let told = ours.get("alpn_offered").and_then(Value::as_array).into_iter().flatten();
            let told: Vec<&[u8]> = told.filter_map(Value::as_str).map(str::as_bytes).collect();
            assert_eq!(&told, protocols, "alpn_offered");
        }
        TlsExtension::EllipticCurves(groups) => same_numbers(ours, "groups", groups.iter().map(|group| group.0)),
        TlsExtension::SignatureAlgorithms(algorithms) => {
            same_numbers(ours, "signature_algorithms", algorithms.iter().copied());
        }
        TlsExtension::EcPointFormats(formats) => {
            same_numbers(ours, "point_formats", formats.iter().map(|format| u16::from(*format)));
        }
        // tls-parser goes by the extension's length, not by the list's, and two octets are a server's choice to it.
        TlsExtension::SupportedVersions(versions) => {
            let told = numbers(ours, "supported_versions");
            let theirs = versions.iter().map(|version| u64::from(version.0));
            assert!(
                theirs.take(told.len()).eq(told.iter().copied()),
                "supported_versions: {told:?}, {versions:?}"
            );
        }
        _ => {}
    }
}

fn same_numbers(ours: &Value, field: &str, theirs: impl Iterator<Item = u16>) {
    assert_eq!(
        numbers(ours, field),
        theirs.map(u64::from).collect::<Vec<_>>(),
        "{field}"
    );
}

fn numbers(ours: &Value, field: &str) -> Vec<u64> {
    let told = ours.get(field).and_then(Value::as_array).into_iter().flatten();
    told.filter_map(Value::as_u64).collect()
}

/// Whether octets are printed as they are.
fn plain(octets: &[u8]) -> bool {
    !octets.is_empty() && octets.len() < 128 && octets.iter().all(u8::is_ascii_graphic)
}
