//! What hosts answer when they are asked who they are: in any pieces, the same name or the same reason.

use std::net::{IpAddr, Ipv4Addr};

use resolver::lookup::{
    Conversation, EndpointMapper, Identity, NodeStatusRequest, Pointer, Question, Reason, RemoteDesktop, Turn,
};

/// The identifier of every question: that of the seeds.
const ID: u16 = 0x1423;

/// RDP_NEG_RSP that selects TLS ([MS-RDPBCGR] 2.2.1.2.1).
const CONFIRM: &[u8] = &[3, 0, 0, 19, 14, 0xd0, 0, 0, 0x12, 0x34, 0, 2, 0, 8, 0, 1, 0, 0, 0];

/// The first octet says how the rest is cut.
pub(crate) fn answer(data: &[u8]) {
    let Some((&size, answer)) = data.split_first() else {
        return;
    };
    let size = usize::from(size) + 1;
    let rpc = |size| said(&mut EndpointMapper::default(), answer, size);
    assert_eq!(rpc(size), rpc(usize::MAX), "the pieces of an RPC answer change it");
    let legacy = |size| {
        let mut server = RemoteDesktop::legacy([0; 32]);
        assert!(matches!(server.handle(CONFIRM), Turn::Say(_)));
        said(&mut server, answer, size)
    };
    assert_eq!(legacy(size), legacy(usize::MAX), "the pieces of a handshake change it");
    let ip = IpAddr::V4(Ipv4Addr::new(10, 77, 0, 10));
    let mut modern = RemoteDesktop::new(ip);
    assert!(matches!(modern.handle(CONFIRM), Turn::Say(_)));
    sane(said(&mut modern, answer, size));
    said(&mut RemoteDesktop::new(ip), answer, size);
    sane(NodeStatusRequest::new(ID).answer(answer));
    sane(Pointer::new(ID, ip).and_then(|question| question.answer(answer)));
    sane(rpc(size));
    sane(legacy(size));
}

fn said(conversation: &mut dyn Conversation, answer: &[u8], size: usize) -> Option<Result<Identity, Reason>> {
    answer.chunks(size).find_map(|part| match conversation.handle(part) {
        Turn::Over(told) => Some(told),
        Turn::Listen | Turn::Say(_) => None,
    })
}

/// A name is one that a host can have.
fn sane(told: Option<Result<Identity, Reason>>) {
    if let Some(Ok(identity)) = told {
        let texts = [Some(&identity.name), identity.domain.as_ref()];
        for text in texts.into_iter().flatten() {
            assert!(!text.is_empty() && text.len() <= 255, "{text:?}");
            assert!(
                !text
                    .chars()
                    .any(|character| character.is_control() || character.is_whitespace()),
                "{text:?}"
            );
        }
    }
}
