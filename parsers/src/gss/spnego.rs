//! SPNEGO tokens as messages.

use super::wire::{Init, Resp};
use crate::context::Context;
use crate::protocol::ProtocolId;

/// Says what a NegTokenInit holds.
pub(super) fn initial(init: &Init<'_>, context: &mut Context<'_>) {
    context.message(ProtocolId::Spnego, "negTokenInit", |fields| {
        let names = init.mechanisms.iter().map(|mechanism| mechanism.text());
        fields.list("mech_types", names);
        fields.set_some("req_flags", init.flags);
        fields.flag("mech_token", init.token.is_some());
        fields.set_some("hint_name", init.hint_text());
        fields.flag("mech_list_mic", init.mic);
    });
}

/// Says what a NegTokenResp holds.
pub(super) fn response(resp: &Resp<'_>, context: &mut Context<'_>) {
    context.message(ProtocolId::Spnego, "negTokenResp", |fields| {
        fields.set_some("neg_state", resp.state.map(|state| state.0));
        fields.set_some("neg_state_name", resp.state.and_then(|state| state.name()));
        fields.set_some("supported_mech", resp.mechanism.map(|mechanism| mechanism.text()));
        fields.flag("response_token", resp.token.is_some());
        fields.flag("mech_list_mic", resp.mic);
    });
}
