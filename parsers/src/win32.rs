//! Win32 error codes by name ([MS-ERREF] 2.2): those that remote management answers with.
//!
//! A code that is not here keeps its number and has no name.

/// Whether the call did what it was asked: ERROR_SUCCESS, or one that says that there is more, or no more.
#[must_use]
pub const fn is_success(code: u32) -> bool {
    matches!(code, 0 | 0xea | 0x103)
}

/// The standard name of `code`.
#[must_use]
pub const fn name(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "ERROR_SUCCESS",
        1 => "ERROR_INVALID_FUNCTION",
        2 => "ERROR_FILE_NOT_FOUND",
        3 => "ERROR_PATH_NOT_FOUND",
        5 => "ERROR_ACCESS_DENIED",
        6 => "ERROR_INVALID_HANDLE",
        8 => "ERROR_NOT_ENOUGH_MEMORY",
        13 => "ERROR_INVALID_DATA",
        32 => "ERROR_SHARING_VIOLATION",
        50 => "ERROR_NOT_SUPPORTED",
        51 => "ERROR_REM_NOT_LIST",
        52 => "ERROR_DUP_NAME",
        53 => "ERROR_BAD_NETPATH",
        64 => "ERROR_NETNAME_DELETED",
        65 => "ERROR_NETWORK_ACCESS_DENIED",
        67 => "ERROR_BAD_NET_NAME",
        80 => "ERROR_FILE_EXISTS",
        86 => "ERROR_INVALID_PASSWORD",
        87 => "ERROR_INVALID_PARAMETER",
        120 => "ERROR_CALL_NOT_IMPLEMENTED",
        122 => "ERROR_INSUFFICIENT_BUFFER",
        123 => "ERROR_INVALID_NAME",
        124 => "ERROR_INVALID_LEVEL",
        161 => "ERROR_BAD_PATHNAME",
        183 => "ERROR_ALREADY_EXISTS",
        234 => "ERROR_MORE_DATA",
        259 => "ERROR_NO_MORE_ITEMS",
        1008 => "ERROR_NO_TOKEN",
        1009 => "ERROR_BADDB",
        1010 => "ERROR_BADKEY",
        1018 => "ERROR_KEY_DELETED",
        1020 => "ERROR_KEY_HAS_CHILDREN",
        1051 => "ERROR_DEPENDENT_SERVICES_RUNNING",
        1052 => "ERROR_INVALID_SERVICE_CONTROL",
        1053 => "ERROR_SERVICE_REQUEST_TIMEOUT",
        1054 => "ERROR_SERVICE_NO_THREAD",
        1055 => "ERROR_SERVICE_DATABASE_LOCKED",
        1056 => "ERROR_SERVICE_ALREADY_RUNNING",
        1057 => "ERROR_INVALID_SERVICE_ACCOUNT",
        1058 => "ERROR_SERVICE_DISABLED",
        1059 => "ERROR_CIRCULAR_DEPENDENCY",
        1060 => "ERROR_SERVICE_DOES_NOT_EXIST",
        1061 => "ERROR_SERVICE_CANNOT_ACCEPT_CTRL",
        1062 => "ERROR_SERVICE_NOT_ACTIVE",
        1063 => "ERROR_FAILED_SERVICE_CONTROLLER_CONNECT",
        1068 => "ERROR_SERVICE_DEPENDENCY_FAIL",
        1069 => "ERROR_SERVICE_LOGON_FAILED",
        1072 => "ERROR_SERVICE_MARKED_FOR_DELETE",
        1073 => "ERROR_SERVICE_EXISTS",
        1078 => "ERROR_DUPLICATE_SERVICE_NAME",
        1115 => "ERROR_SHUTDOWN_IN_PROGRESS",
        1190 => "ERROR_SHUTDOWN_IS_SCHEDULED",
        1210 => "ERROR_INVALID_COMPUTERNAME",
        1311 => "ERROR_NO_LOGON_SERVERS",
        1312 => "ERROR_NO_SUCH_LOGON_SESSION",
        1313 => "ERROR_NO_SUCH_PRIVILEGE",
        1314 => "ERROR_PRIVILEGE_NOT_HELD",
        1317 => "ERROR_NO_SUCH_USER",
        1326 => "ERROR_LOGON_FAILURE",
        1332 => "ERROR_NONE_MAPPED",
        1355 => "ERROR_NO_SUCH_DOMAIN",
        1702 => "RPC_S_INVALID_BINDING",
        1717 => "RPC_S_UNKNOWN_IF",
        1722 => "RPC_S_SERVER_UNAVAILABLE",
        1727 => "RPC_S_CALL_FAILED_DNE",
        1734 => "RPC_S_OUT_OF_RESOURCES",
        1783 => "RPC_X_BAD_STUB_DATA",
        1787 => "ERROR_NO_TRUST_SAM_ACCOUNT",
        1797 => "ERROR_UNKNOWN_PRINTER_DRIVER",
        1801 => "ERROR_INVALID_PRINTER_NAME",
        1805 => "ERROR_INVALID_DATATYPE",
        1919 => "ERROR_NO_SITENAME",
        2102 => "NERR_NetNotStarted",
        2114 => "NERR_ServerNotStarted",
        2123 => "NERR_BufTooSmall",
        2140 => "NERR_InternalError",
        2221 => "NERR_UserNotFound",
        2310 => "NERR_NetNameNotFound",
        2312 => "NERR_ClientNameNotFound",
        2314 => "NERR_FileIdNotFound",
        2453 => "NERR_DCNotFound",
        2461 => "NERR_NoSuchServer",
        6118 => "ERROR_NO_BROWSER_SERVERS_FOUND",
        8200 => "ERROR_DS_NOT_INSTALLED",
        8333 => "ERROR_DS_NO_SUCH_OBJECT",
        8341 => "ERROR_DS_GENERIC_ERROR",
        8418 => "ERROR_DS_DRA_SCHEMA_MISMATCH",
        8419 => "ERROR_DS_DRA_SCHEMA_CONFLICT",
        8429 => "ERROR_DS_OUT_OF_SCOPE",
        8437 => "ERROR_DS_DRA_INVALID_PARAMETER",
        8438 => "ERROR_DS_DRA_BUSY",
        8439 => "ERROR_DS_DRA_BAD_DN",
        8440 => "ERROR_DS_DRA_BAD_NC",
        8441 => "ERROR_DS_DRA_DN_EXISTS",
        8442 => "ERROR_DS_DRA_INTERNAL_ERROR",
        8444 => "ERROR_DS_DRA_CONNECTION_FAILED",
        8446 => "ERROR_DS_DRA_OUT_OF_MEM",
        8448 => "ERROR_DS_DRA_OBJ_NC_MISMATCH",
        8451 => "ERROR_DS_DRA_DB_ERROR",
        8452 => "ERROR_DS_DRA_NO_REPLICA",
        8453 => "ERROR_DS_DRA_ACCESS_DENIED",
        8454 => "ERROR_DS_DRA_NOT_SUPPORTED",
        8456 => "ERROR_DS_DRA_SOURCE_DISABLED",
        8457 => "ERROR_DS_DRA_SINK_DISABLED",
        8524 => "ERROR_DS_DNS_LOOKUP_FAILURE",
        9005 => "DNS_ERROR_RCODE_REFUSED",
        9601 => "DNS_ERROR_ZONE_DOES_NOT_EXIST",
        9609 => "DNS_ERROR_ZONE_ALREADY_EXISTS",
        9701 => "DNS_ERROR_RECORD_DOES_NOT_EXIST",
        9711 => "DNS_ERROR_RECORD_ALREADY_EXISTS",
        9714 => "DNS_ERROR_NAME_DOES_NOT_EXIST",
        15007 => "ERROR_EVT_CHANNEL_NOT_FOUND",
        _ => return None,
    })
}

/// The standard name of an HRESULT: one of its own, or the Win32 error that it wraps (facility 7).
#[must_use]
pub const fn hresult(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "S_OK",
        1 => "S_FALSE",
        0x8000_4001 => "E_NOTIMPL",
        0x8000_4002 => "E_NOINTERFACE",
        0x8000_4005 => "E_FAIL",
        0x8001_0105 => "RPC_E_SERVERFAULT",
        0x8001_0108 => "RPC_E_DISCONNECTED",
        0x8001_0119 => "RPC_E_INVALID_OXID",
        0x8004_0154 => "REGDB_E_CLASSNOTREG",
        0x8004_130f => "SCHED_E_SERVICE_NOT_LOCALSYSTEM",
        0x8004_1313 => "SCHED_E_MALFORMEDXML",
        0x8007_0000..=0x8007_ffff => return name(code & 0xffff),
        0x8008_0005 => "CO_E_SERVER_EXEC_FAILURE",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_what_it_knows() {
        assert_eq!(name(5), Some("ERROR_ACCESS_DENIED"));
        assert_eq!(name(1060), Some("ERROR_SERVICE_DOES_NOT_EXIST"));
        assert_eq!(hresult(0x8007_0005), Some("ERROR_ACCESS_DENIED"));
        assert_eq!(hresult(0x8123_4567), None);
        assert!(is_success(234) && !is_success(2));
    }
}
