//! Hellos, certificates and alerts as messages.

use super::certificate::Certificate;
use super::wire::{ClientHello, ServerHello, extension, numbers};
use super::{fingerprint, names};
use crate::context::Context;
use crate::fields::Fields;
use crate::protocol::ProtocolId;
use crate::text;

/// Of a hello that a gap cut there is no fingerprint.
pub(super) fn client_hello(hello: &ClientHello<'_>, whole: bool, context: &mut Context<'_>) {
    context.message(ProtocolId::Tls, "client_hello", |fields| {
        versions(hello.legacy_version, hello.version(), fields);
        fields.list("supported_versions", numbers(hello.versions()));
        fields.set_some("sni", hello.name().map(text::bytes));
        let extensions = hello.extensions;
        fields.set_some("alpn", extensions.protocols().next().map(text::bytes));
        fields.list("alpn_offered", extensions.protocols().map(text::bytes));
        fields.list("cipher_suites", numbers(hello.suites));
        fields.list("extensions", extensions.iter().map(|(kind, _)| kind));
        fields.list("groups", numbers(extensions.list(extension::SUPPORTED_GROUPS)));
        fields.list("point_formats", extensions.point_formats().iter().copied());
        let algorithms = extensions.list(extension::SIGNATURE_ALGORITHMS);
        fields.list("signature_algorithms", numbers(algorithms));
        if whole {
            let ja3 = fingerprint::ja3_text(hello);
            fields.set("ja3", fingerprint::md5(&ja3));
            fields.set("ja3_full", ja3);
            fields.set("ja4", fingerprint::ja4(hello));
        }
    });
}

pub(super) fn server_hello(hello: &ServerHello<'_>, whole: bool, context: &mut Context<'_>) {
    context.message(ProtocolId::Tls, "server_hello", |fields| {
        versions(hello.legacy_version, hello.version(), fields);
        fields.flag("hello_retry", hello.retry);
        fields.set("cipher_suite", hello.suite);
        fields.set_some("cipher_suite_name", names::suite(hello.suite));
        fields.set_some("alpn", hello.extensions.protocols().next().map(text::bytes));
        fields.list("extensions", hello.extensions.iter().map(|(kind, _)| kind));
        if whole {
            let ja3s = fingerprint::ja3s_text(hello);
            fields.set("ja3s", fingerprint::md5(&ja3s));
            fields.set("ja3s_full", ja3s);
        }
    });
}

fn versions(legacy: u16, version: u16, fields: &mut Fields) {
    fields.set("version", version);
    fields.set_some("version_name", names::version(version));
    fields.set("legacy_version", legacy);
}

/// The chain's leaf, and how long the chain is.
pub(super) fn certificate(leaf: Option<(&Certificate<'_>, usize)>, context: &mut Context<'_>) {
    context.message(ProtocolId::Tls, "certificate", |fields| {
        fields.set("certificates", leaf.map_or(0, |(_, count)| count));
        if let Some((leaf, _)) = leaf {
            leaf.tell(fields);
        }
    });
}

pub(super) fn alert(level: u8, description: u8, context: &mut Context<'_>) {
    context.message(ProtocolId::Tls, "alert", |fields| {
        fields.set("level", level);
        fields.set_some(
            "level_name",
            match level {
                1 => Some("warning"),
                2 => Some("fatal"),
                _ => None,
            },
        );
        fields.set("description", description);
        fields.set_some("description_name", names::alert(description));
    });
}
