//! SMB1 commands by name ([MS-CIFS] 2.2.2.1).

macro_rules! commands {
    ($($code:literal $name:literal,)*) => {
        /// The command's name.
        pub(in crate::smb) const fn command(code: u8) -> Option<&'static str> {
            match code { $($code => Some($name),)* _ => None }
        }

        /// The name of its message, one way and the other.
        pub(in crate::smb) const fn message(code: u8, response: bool) -> Option<&'static str> {
            match (code, response) {
                $(($code, false) => Some(concat!($name, " request")),
                  ($code, true) => Some(concat!($name, " response")),)*
                _ => None,
            }
        }
    };
}

commands! {
    0x00 "CREATE_DIRECTORY",
    0x01 "DELETE_DIRECTORY",
    0x02 "OPEN",
    0x03 "CREATE",
    0x04 "CLOSE",
    0x05 "FLUSH",
    0x06 "DELETE",
    0x07 "RENAME",
    0x08 "QUERY_INFORMATION",
    0x09 "SET_INFORMATION",
    0x0a "READ",
    0x0b "WRITE",
    0x0c "LOCK_BYTE_RANGE",
    0x0d "UNLOCK_BYTE_RANGE",
    0x0e "CREATE_TEMPORARY",
    0x0f "CREATE_NEW",
    0x10 "CHECK_DIRECTORY",
    0x11 "PROCESS_EXIT",
    0x12 "SEEK",
    0x13 "LOCK_AND_READ",
    0x14 "WRITE_AND_UNLOCK",
    0x1a "READ_RAW",
    0x1b "READ_MPX",
    0x1c "READ_MPX_SECONDARY",
    0x1d "WRITE_RAW",
    0x1e "WRITE_MPX",
    0x1f "WRITE_MPX_SECONDARY",
    0x20 "WRITE_COMPLETE",
    0x21 "QUERY_SERVER",
    0x22 "SET_INFORMATION2",
    0x23 "QUERY_INFORMATION2",
    0x24 "LOCKING_ANDX",
    0x25 "TRANSACTION",
    0x26 "TRANSACTION_SECONDARY",
    0x27 "IOCTL",
    0x28 "IOCTL_SECONDARY",
    0x29 "COPY",
    0x2a "MOVE",
    0x2b "ECHO",
    0x2c "WRITE_AND_CLOSE",
    0x2d "OPEN_ANDX",
    0x2e "READ_ANDX",
    0x2f "WRITE_ANDX",
    0x30 "NEW_FILE_SIZE",
    0x31 "CLOSE_AND_TREE_DISC",
    0x32 "TRANSACTION2",
    0x33 "TRANSACTION2_SECONDARY",
    0x34 "FIND_CLOSE2",
    0x35 "FIND_NOTIFY_CLOSE",
    0x70 "TREE_CONNECT",
    0x71 "TREE_DISCONNECT",
    0x72 "NEGOTIATE",
    0x73 "SESSION_SETUP_ANDX",
    0x74 "LOGOFF_ANDX",
    0x75 "TREE_CONNECT_ANDX",
    0x7e "SECURITY_PACKAGE_ANDX",
    0x80 "QUERY_INFORMATION_DISK",
    0x81 "SEARCH",
    0x82 "FIND",
    0x83 "FIND_UNIQUE",
    0x84 "FIND_CLOSE",
    0xa0 "NT_TRANSACT",
    0xa1 "NT_TRANSACT_SECONDARY",
    0xa2 "NT_CREATE_ANDX",
    0xa4 "NT_CANCEL",
    0xa5 "NT_RENAME",
    0xc0 "OPEN_PRINT_FILE",
    0xc1 "WRITE_PRINT_FILE",
    0xc2 "CLOSE_PRINT_FILE",
    0xc3 "GET_PRINT_QUEUE",
    0xd8 "READ_BULK",
    0xd9 "WRITE_BULK",
    0xda "WRITE_BULK_DATA",
    0xfe "INVALID",
}
