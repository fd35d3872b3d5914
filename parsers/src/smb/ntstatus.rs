//! NTSTATUS codes by name ([MS-ERREF] 2.3.1): those that answer logons, files, pipes and domain operations.
//!
//! A code that is not here keeps its number and has no name.

/// The standard name of `status`.
#[must_use]
pub const fn name(status: u32) -> Option<&'static str> {
    Some(match status {
        0x0000_0000 => "STATUS_SUCCESS",
        0x0000_0103 => "STATUS_PENDING",
        0x0000_0105 => "STATUS_MORE_ENTRIES",
        0x0000_0107 => "STATUS_SOME_NOT_MAPPED",
        0x0000_010b => "STATUS_NOTIFY_CLEANUP",
        0x0000_010c => "STATUS_NOTIFY_ENUM_DIR",
        0x4000_0000 => "STATUS_OBJECT_NAME_EXISTS",
        0x7fff_ffff => "STATUS_WRONG_VOLUME",
        0xc000_02f2 => "STATUS_WRONG_CREDENTIAL_HANDLE",
        0xc000_02fa => "STATUS_SMARTCARD_LOGON_REQUIRED",
        0xc000_02fb => "STATUS_KDC_INVALID_REQUEST",
        0xc000_0320 => "STATUS_PKINIT_FAILURE",
        0xc000_0321 => "STATUS_SMARTCARD_SUBSYSTEM_FAILURE",
        0xc000_0351 => "STATUS_UNSUPPORTED_PREAUTH",
        0xc000_0361 => "STATUS_ACCESS_DISABLED_BY_POLICY_DEFAULT",
        0xc000_0388 => "STATUS_DOWNGRADE_DETECTED",
        0xc000_0413 => "STATUS_AUTHENTICATION_FIREWALL_FAILED",
        0xc000_0418 => "STATUS_NTLM_BLOCKED",
        0xc000_042a => "STATUS_REQUEST_OUT_OF_SEQUENCE",
        0xc000_0466 => "STATUS_SERVER_UNAVAILABLE",
        0xc000_0467 => "STATUS_FILE_NOT_AVAILABLE",
        0xc000_0503 => "STATUS_CALLBACK_BYPASS",
        0xc000_050b => "STATUS_REPARSE_POINT_ENCOUNTERED",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::name;

    #[test]
    fn knows_what_it_knows() {
        assert_eq!(name(0), Some("STATUS_SUCCESS"));
        assert_eq!(name(0xc000_006d), Some("STATUS_LOGON_FAILURE"));
        assert_eq!(name(0xc000_0016), Some("STATUS_MORE_PROCESSING_REQUIRED"));
        assert_eq!(name(0x8000_0005), Some("STATUS_BUFFER_OVERFLOW"));
        assert_eq!(name(0xdead_beef), None);
    }
}
