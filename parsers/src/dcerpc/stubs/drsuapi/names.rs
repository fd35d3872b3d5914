//! The names of drsuapi's codes ([MS-DRSR] chapter 5).

use super::Uuid;

/// What a client that is no DSA calls itself ([MS-DRSR] 5.138).
pub(super) fn client(dsa: Uuid) -> Option<&'static str> {
    const NTDSAPI: Uuid = Uuid::parse("e24d201a-4fd6-11d1-a3da-0000f875ae0d");
    (dsa == NTDSAPI).then_some("NTDSAPI_CLIENT_GUID")
}

/// Extended operations ([MS-DRSR] 4.1.10.2.22).
pub(super) const fn extended_op(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "EXOP_FSMO_REQ_ROLE",
        2 => "EXOP_FSMO_REQ_RID_ALLOC",
        3 => "EXOP_FSMO_RID_REQ_ROLE",
        4 => "EXOP_FSMO_REQ_PDC",
        5 => "EXOP_FSMO_ABANDON_ROLE",
        6 => "EXOP_REPL_OBJ",
        7 => "EXOP_REPL_SECRETS",
        _ => return None,
    })
}

/// The formats of names ([MS-DRSR] 4.1.4.1.3, and 4.1.4.1.2 for the requests that are formats above 0x7fffffff).
pub(super) const fn format(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "DS_UNKNOWN_NAME",
        1 => "DS_FQDN_1779_NAME",
        2 => "DS_NT4_ACCOUNT_NAME",
        3 => "DS_DISPLAY_NAME",
        6 => "DS_UNIQUE_ID_NAME",
        7 => "DS_CANONICAL_NAME",
        8 => "DS_USER_PRINCIPAL_NAME",
        9 => "DS_CANONICAL_NAME_EX",
        10 => "DS_SERVICE_PRINCIPAL_NAME",
        11 => "DS_SID_OR_SID_HISTORY_NAME",
        12 => "DS_DNS_DOMAIN_NAME",
        0xffff_fff1 => "DS_LIST_GLOBAL_CATALOG_SERVERS",
        0xffff_fff2 => "DS_USER_PRINCIPAL_NAME_FOR_LOGON",
        0xffff_fff3 => "DS_LIST_SERVERS_WITH_DCS_IN_SITE",
        0xffff_fff4 => "DS_STRING_SID_NAME",
        0xffff_fff5 => "DS_ALT_SECURITY_IDENTITIES_NAME",
        0xffff_fff6 => "DS_LIST_NCS",
        0xffff_fff7 => "DS_LIST_DOMAINS",
        0xffff_fff8 => "DS_MAP_SCHEMA_GUID",
        0xffff_fff9 => "DS_NT4_ACCOUNT_NAME_SANS_DOMAIN",
        0xffff_fffa => "DS_LIST_ROLES",
        0xffff_fffb => "DS_LIST_INFO_FOR_SERVER",
        0xffff_fffc => "DS_LIST_SERVERS_FOR_DOMAIN_IN_SITE",
        0xffff_fffd => "DS_LIST_DOMAINS_IN_SITE",
        0xffff_fffe => "DS_LIST_SERVERS_IN_SITE",
        0xffff_ffff => "DS_LIST_SITES",
        _ => return None,
    })
}

/// What IDL_DRSGetReplInfo may be asked for ([MS-DRSR] 4.1.13.1.4).
pub(super) const fn info(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "DS_REPL_INFO_NEIGHBORS",
        1 => "DS_REPL_INFO_CURSORS_FOR_NC",
        2 => "DS_REPL_INFO_METADATA_FOR_OBJ",
        3 => "DS_REPL_INFO_KCC_DSA_CONNECT_FAILURES",
        4 => "DS_REPL_INFO_KCC_DSA_LINK_FAILURES",
        5 => "DS_REPL_INFO_PENDING_OPS",
        6 => "DS_REPL_INFO_METADATA_FOR_ATTR_VALUE",
        7 => "DS_REPL_INFO_CURSORS_2_FOR_NC",
        8 => "DS_REPL_INFO_CURSORS_3_FOR_NC",
        9 => "DS_REPL_INFO_METADATA_2_FOR_OBJ",
        10 => "DS_REPL_INFO_METADATA_2_FOR_ATTR_VALUE",
        0xffff_fffa => "DS_REPL_INFO_SERVER_OUTGOING_CALLS",
        0xffff_fffb => "DS_REPL_INFO_UPTODATE_VECTOR_V1",
        0xffff_fffc => "DS_REPL_INFO_CLIENT_CONTEXTS",
        0xffff_fffe => "DS_REPL_INFO_REPSTO",
        _ => return None,
    })
}

/// REVERSE_MEMBERSHIP_OPERATION_TYPE ([MS-DRSR] 4.1.8.1.3).
pub(super) const fn membership(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "RevMembGetGroupsForUser",
        2 => "RevMembGetAliasMembership",
        3 => "RevMembGetAccountGroups",
        4 => "RevMembGetResourceGroups",
        5 => "RevMembGetUniversalGroups",
        6 => "GroupMembersTransitive",
        7 => "RevMembGlobalGroupsNonTransitive",
        _ => return None,
    })
}

/// What IDL_DRSWriteSPN does ([MS-DRSR] 4.1.28.1.3).
pub(super) const fn spn_operation(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "DS_SPN_ADD_SPN_OP",
        1 => "DS_SPN_REPLACE_SPN_OP",
        2 => "DS_SPN_DELETE_SPN_OP",
        _ => return None,
    })
}

/// DRS_OPTIONS that mean the same to every operation ([MS-DRSR] 5.41).
const COMMON: [(u32, &str); 25] = [
    (0x0000_0001, "DRS_ASYNC_OP"),
    (0x0000_0010, "DRS_WRIT_REP"),
    (0x0000_0020, "DRS_INIT_SYNC"),
    (0x0000_0040, "DRS_PER_SYNC"),
    (0x0000_0080, "DRS_MAIL_REP"),
    (0x0000_0200, "DRS_TWOWAY_SYNC"),
    (0x0000_0400, "DRS_CRITICAL_ONLY"),
    (0x0000_0800, "DRS_GET_ANC"),
    (0x0000_2000, "DRS_NONGC_RO_REP"),
    (0x0001_0000, "DRS_FULL_SYNC_IN_PROGRESS"),
    (0x0002_0000, "DRS_FULL_SYNC_PACKET"),
    (0x0004_0000, "DRS_SYNC_REQUEUE"),
    (0x0008_0000, "DRS_SYNC_URGENT"),
    (0x0020_0000, "DRS_NEVER_SYNCED"),
    (0x0040_0000, "DRS_SPECIAL_SECRET_PROCESSING"),
    (0x0080_0000, "DRS_INIT_SYNC_NOW"),
    (0x0100_0000, "DRS_PREEMPTED"),
    (0x0200_0000, "DRS_SYNC_FORCED"),
    (0x0400_0000, "DRS_DISABLE_AUTO_SYNC"),
    (0x0800_0000, "DRS_DISABLE_PERIODIC_SYNC"),
    (0x1000_0000, "DRS_USE_COMPRESSION"),
    (0x2000_0000, "DRS_NEVER_NOTIFY"),
    (0x4000_0000, "DRS_SYNC_PAS"),
    (0x8000_0000, "DRS_GET_ALL_GROUP_MEMBERSHIP"),
    (0x0000_0004, "DRS_ADD_REF"),
];

/// Those that mean something of their own to one operation.
#[derive(Clone, Copy, Debug)]
pub(super) enum Options {
    GetChanges,
    Sync,
    References,
    Replica,
}

impl Options {
    const fn own(self) -> &'static [(u32, &'static str)] {
        match self {
            Self::GetChanges => &[
                (0x0000_0002, "DRS_GETCHG_CHECK"),
                (0x0000_0100, "DRS_ASYNC_REP"),
                (0x0000_1000, "DRS_GET_NC_SIZE"),
                (0x0000_8000, "DRS_FULL_SYNC_NOW"),
            ],
            Self::Sync => &[
                (0x0000_0002, "DRS_UPDATE_NOTIFICATION"),
                (0x0000_0008, "DRS_SYNC_ALL"),
                (0x0000_4000, "DRS_SYNC_BYNAME"),
                (0x0000_8000, "DRS_FULL_SYNC_NOW"),
                (0x0010_0000, "DRS_NO_DISCARD"),
            ],
            Self::References => &[
                (0x0000_0002, "DRS_GETCHG_CHECK"),
                (0x0000_0008, "DRS_DEL_REF"),
                (0x0010_0000, "DRS_REF_GCSPN"),
            ],
            Self::Replica => &[
                (0x0000_0100, "DRS_IGNORE_ERROR"),
                (0x0000_1000, "DRS_LOCAL_ONLY"),
                (0x0000_4000, "DRS_REF_OK"),
                (0x0000_8000, "DRS_NO_SOURCE"),
            ],
        }
    }

    /// The names of `flags`, by their numbers.
    pub(super) fn names(self, flags: u32) -> impl Iterator<Item = &'static str> {
        super::bits::names(flags, self.own()).chain(super::bits::names(flags, &COMMON))
    }
}

/// What a client can do ([MS-DRSR] 5.39, dwFlags).
pub(super) const EXTENSIONS: &[(u32, &str)] = &[
    (0x0000_0001, "DRS_EXT_BASE"),
    (0x0000_0002, "DRS_EXT_ASYNCREPL"),
    (0x0000_0004, "DRS_EXT_REMOVEAPI"),
    (0x0000_0008, "DRS_EXT_MOVEREQ_V2"),
    (0x0000_0010, "DRS_EXT_GETCHG_DEFLATE"),
    (0x0000_0020, "DRS_EXT_DCINFO_V1"),
    (0x0000_0040, "DRS_EXT_RESTORE_USN_OPTIMIZATION"),
    (0x0000_0080, "DRS_EXT_ADDENTRY"),
    (0x0000_0100, "DRS_EXT_KCC_EXECUTE"),
    (0x0000_0200, "DRS_EXT_ADDENTRY_V2"),
    (0x0000_0400, "DRS_EXT_LINKED_VALUE_REPLICATION"),
    (0x0000_0800, "DRS_EXT_DCINFO_V2"),
    (0x0000_1000, "DRS_EXT_INSTANCE_TYPE_NOT_REQ_ON_MOD"),
    (0x0000_2000, "DRS_EXT_CRYPTO_BIND"),
    (0x0000_4000, "DRS_EXT_GET_REPL_INFO"),
    (0x0000_8000, "DRS_EXT_STRONG_ENCRYPTION"),
    (0x0001_0000, "DRS_EXT_DCINFO_VFFFFFFFF"),
    (0x0002_0000, "DRS_EXT_TRANSITIVE_MEMBERSHIP"),
    (0x0004_0000, "DRS_EXT_ADD_SID_HISTORY"),
    (0x0008_0000, "DRS_EXT_POST_BETA3"),
    (0x0010_0000, "DRS_EXT_GETCHGREQ_V5"),
    (0x0020_0000, "DRS_EXT_GETMEMBERSHIPS2"),
    (0x0040_0000, "DRS_EXT_GETCHGREQ_V6"),
    (0x0080_0000, "DRS_EXT_NONDOMAIN_NCS"),
    (0x0100_0000, "DRS_EXT_GETCHGREQ_V8"),
    (0x0200_0000, "DRS_EXT_GETCHGREPLY_V5"),
    (0x0400_0000, "DRS_EXT_GETCHGREPLY_V6"),
    (0x0800_0000, "DRS_EXT_GETCHGREPLY_V7"),
    (0x1000_0000, "DRS_EXT_XPRESS_COMPRESS"),
    (0x2000_0000, "DRS_EXT_GETCHGREQ_V10"),
];
