//! The names of RPC's codes, by the documents that define them.

use super::ndr::Transfer;
use super::wire::Syntax;
use crate::activity::Status;

/// Security providers ([MS-RPCE] 2.2.1.1.7).
pub(super) const fn auth_type(code: u8) -> Option<&'static str> {
    Some(match code {
        0 => "RPC_C_AUTHN_NONE",
        9 => "RPC_C_AUTHN_GSS_NEGOTIATE",
        10 => "RPC_C_AUTHN_WINNT",
        14 => "RPC_C_AUTHN_GSS_SCHANNEL",
        16 => "RPC_C_AUTHN_GSS_KERBEROS",
        68 => "RPC_C_AUTHN_NETLOGON",
        255 => "RPC_C_AUTHN_DEFAULT",
        _ => return None,
    })
}

/// Authentication levels ([MS-RPCE] 2.2.1.1.8).
pub(super) const fn auth_level(code: u8) -> Option<&'static str> {
    Some(match code {
        1 => "RPC_C_AUTHN_LEVEL_NONE",
        2 => "RPC_C_AUTHN_LEVEL_CONNECT",
        3 => "RPC_C_AUTHN_LEVEL_CALL",
        4 => "RPC_C_AUTHN_LEVEL_PKT",
        5 => "RPC_C_AUTHN_LEVEL_PKT_INTEGRITY",
        6 => "RPC_C_AUTHN_LEVEL_PKT_PRIVACY",
        _ => return None,
    })
}

/// What a server makes of a presentation context (C706 12.6.3.1; 3: [MS-RPCE] 2.2.2.4).
pub(super) const fn result(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "acceptance",
        1 => "user_rejection",
        2 => "provider_rejection",
        3 => "negotiate_ack",
        _ => return None,
    })
}

/// Why it refuses one (C706 12.6.3.1).
pub(super) const fn reason(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "reason_not_specified",
        1 => "abstract_syntax_not_supported",
        2 => "proposed_transfer_syntaxes_not_supported",
        3 => "local_limit_exceeded",
        _ => return None,
    })
}

/// Why it refuses a whole bind (C706 12.6.3.1; 8 and 9: [MS-RPCE] 2.2.2.5).
pub(super) const fn reject(code: u16) -> Option<&'static str> {
    Some(match code {
        0 => "reason_not_specified",
        1 => "temporary_congestion",
        2 => "local_limit_exceeded",
        3 => "called_paddr_unknown",
        4 => "protocol_version_not_supported",
        5 => "default_context_not_supported",
        6 => "user_data_not_readable",
        7 => "no_psap_available",
        8 => "authentication_type_not_recognized",
        9 => "invalid_checksum",
        _ => return None,
    })
}

/// A bind_nak's reason as a status.
pub(super) fn reject_status(code: u16) -> Status {
    Status::new(i64::from(code), reject(code))
}

/// The syntaxes that interfaces are marshalled in (C706 14; [MS-RPCE] 2.2.5, 3.3.1.5.3).
pub(super) fn transfer_syntax(syntax: Syntax) -> Option<&'static str> {
    match Transfer::of(syntax) {
        Some(Transfer::Ndr20) => Some("NDR20"),
        Some(Transfer::Ndr64) => Some("NDR64"),
        None => syntax.features().map(|_| "bind_time_feature_negotiation"),
    }
}

/// A fault's status as a status.
pub(super) fn fault_status(code: u32) -> Status {
    Status::new(i64::from(code), fault(code))
}

/// Access was denied: ERROR_ACCESS_DENIED, or the security package refused (RPC_S_SEC_PKG_ERROR).
pub(super) const fn is_denial(code: u32) -> bool {
    matches!(code, 0x5 | 0x721)
}

/// Fault status codes: C706 appendix E, and the Win32 errors that Windows sends in their place ([MS-ERREF] 2.2).
pub(super) const fn fault(code: u32) -> Option<&'static str> {
    Some(match code {
        0x0000_0005 => "ERROR_ACCESS_DENIED",
        0x0000_0008 => "ERROR_NOT_ENOUGH_MEMORY",
        0x0000_000e => "ERROR_OUTOFMEMORY",
        0x0000_0032 => "ERROR_NOT_SUPPORTED",
        0x0000_0057 => "ERROR_INVALID_PARAMETER",
        0x0000_06b5 => "RPC_S_UNKNOWN_IF",
        0x0000_06ba => "RPC_S_SERVER_UNAVAILABLE",
        0x0000_06bb => "RPC_S_SERVER_TOO_BUSY",
        0x0000_06be => "RPC_S_CALL_FAILED",
        0x0000_06bf => "RPC_S_CALL_FAILED_DNE",
        0x0000_06c0 => "RPC_S_PROTOCOL_ERROR",
        0x0000_06d1 => "RPC_S_PROCNUM_OUT_OF_RANGE",
        0x0000_06d3 => "RPC_S_UNKNOWN_AUTHN_SERVICE",
        0x0000_06e4 => "RPC_S_CANNOT_SUPPORT",
        0x0000_06f7 => "RPC_X_BAD_STUB_DATA",
        0x0000_0721 => "RPC_S_SEC_PKG_ERROR",
        0x1c00_0001 => "nca_s_fault_int_div_by_zero",
        0x1c00_0002 => "nca_s_fault_addr_error",
        0x1c00_0003 => "nca_s_fault_fp_div_zero",
        0x1c00_0004 => "nca_s_fault_fp_underflow",
        0x1c00_0005 => "nca_s_fault_fp_overflow",
        0x1c00_0006 => "nca_s_fault_invalid_tag",
        0x1c00_0007 => "nca_s_fault_invalid_bound",
        0x1c00_0008 => "nca_s_rpc_version_mismatch",
        0x1c00_0009 => "nca_s_unspec_reject",
        0x1c00_000a => "nca_s_bad_actid",
        0x1c00_000b => "nca_s_who_are_you_failed",
        0x1c00_000c => "nca_s_manager_not_entered",
        0x1c00_000d => "nca_s_fault_cancel",
        0x1c00_000e => "nca_s_fault_ill_inst",
        0x1c00_000f => "nca_s_fault_fp_error",
        0x1c00_0010 => "nca_s_fault_int_overflow",
        0x1c00_0012 => "nca_s_fault_unspec",
        0x1c00_0013 => "nca_s_fault_remote_comm_failure",
        0x1c00_0014 => "nca_s_fault_pipe_empty",
        0x1c00_0015 => "nca_s_fault_pipe_closed",
        0x1c00_0016 => "nca_s_fault_pipe_order",
        0x1c00_0017 => "nca_s_fault_pipe_discipline",
        0x1c00_0018 => "nca_s_fault_pipe_comm_error",
        0x1c00_0019 => "nca_s_fault_pipe_memory",
        0x1c00_001a => "nca_s_fault_context_mismatch",
        0x1c00_001b => "nca_s_fault_remote_no_memory",
        0x1c00_001c => "nca_s_invalid_pres_context_id",
        0x1c00_001d => "nca_s_unsupported_authn_level",
        0x1c00_001f => "nca_s_invalid_checksum",
        0x1c00_0020 => "nca_s_invalid_crc",
        0x1c00_0021 => "nca_s_fault_user_defined",
        0x1c00_0022 => "nca_s_fault_tx_open_failed",
        0x1c00_0023 => "nca_s_fault_codeset_conv_error",
        0x1c00_0024 => "nca_s_fault_object_not_found",
        0x1c00_0025 => "nca_s_fault_no_client_stub",
        0x1c01_0001 => "nca_s_comm_failure",
        0x1c01_0002 => "nca_s_op_rng_error",
        0x1c01_0003 => "nca_s_unk_if",
        0x1c01_0006 => "nca_s_wrong_boot_time",
        0x1c01_0009 => "nca_s_you_crashed",
        0x1c01_000b => "nca_s_proto_error",
        0x1c01_0013 => "nca_s_out_args_too_big",
        0x1c01_0014 => "nca_s_server_too_busy",
        0x1c01_0015 => "nca_s_fault_string_too_long",
        0x1c01_0017 => "nca_s_unsupported_type",
        _ => return None,
    })
}
