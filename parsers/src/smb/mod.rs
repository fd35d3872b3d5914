//! SMB 2/3 ([MS-SMB2]) and as much of SMB 1 ([MS-CIFS], [MS-SMB]) as logons need.

pub mod ntstatus;
