//! The structures of [MS-DFSNM] by level: their columns in order. Timeouts, GUIDs and priorities are left out.

use crate::dcerpc::stubs::rows::{Column, Level};

/// DFS_STORAGE_INFO ([MS-DFSNM] 2.2.2.5).
const TARGETS: &[Column] = &[Column::Number("state"), Column::Text("server"), Column::Text("share")];

/// DFS_STORAGE_INFO_1: with a DFS_TARGET_PRIORITY `{ u32; u16; u16 }` ([MS-DFSNM] 2.2.2.6).
const RANKED_TARGETS: &[Column] = &[
    Column::Number("state"),
    Column::Text("server"),
    Column::Text("share"),
    Column::Skip,
    Column::Skip,
];

/// DFS_INFO_1 to 9, 50, 100 to 107, 150, 200 and 300 ([MS-DFSNM] 2.2.3 to 2.2.5). A GUID is four numbers.
pub(super) const LEVELS: &[Level] = &[
    Level {
        number: 1,
        columns: &[Column::Text("dfs_path")],
    },
    Level {
        number: 2,
        columns: &[
            Column::Text("dfs_path"),
            Column::Text("comment"),
            Column::Number("state"),
            Column::Number("target_count"),
        ],
    },
    Level {
        number: 3,
        columns: &[
            Column::Text("dfs_path"),
            Column::Text("comment"),
            Column::Number("state"),
            Column::Number("target_count"),
            Column::Rows("targets", TARGETS),
        ],
    },
    Level {
        number: 4,
        columns: &[
            Column::Text("dfs_path"),
            Column::Text("comment"),
            Column::Number("state"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Number("target_count"),
            Column::Rows("targets", TARGETS),
        ],
    },
    Level {
        number: 5,
        columns: &[
            Column::Text("dfs_path"),
            Column::Text("comment"),
            Column::Number("state"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Number("property_flags"),
            Column::Skip,
            Column::Number("target_count"),
        ],
    },
    Level {
        number: 6,
        columns: &[
            Column::Text("dfs_path"),
            Column::Text("comment"),
            Column::Number("state"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Number("property_flags"),
            Column::Skip,
            Column::Number("target_count"),
            Column::Rows("targets", RANKED_TARGETS),
        ],
    },
    Level {
        number: 8,
        columns: &[
            Column::Text("dfs_path"),
            Column::Text("comment"),
            Column::Number("state"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Number("property_flags"),
            Column::Skip,
            Column::Skip,
            Column::Octets,
            Column::Number("target_count"),
        ],
    },
    Level {
        number: 9,
        columns: &[
            Column::Text("dfs_path"),
            Column::Text("comment"),
            Column::Number("state"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Number("property_flags"),
            Column::Skip,
            Column::Skip,
            Column::Octets,
            Column::Number("target_count"),
            Column::Rows("targets", RANKED_TARGETS),
        ],
    },
    Level {
        number: 50,
        columns: &[
            Column::Number("version_major"),
            Column::Number("version_minor"),
            Column::Large,
        ],
    },
    Level {
        number: 100,
        columns: &[Column::Text("comment")],
    },
    Level {
        number: 101,
        columns: &[Column::Number("state")],
    },
    Level {
        number: 103,
        columns: &[Column::Number("property_flag_mask"), Column::Number("property_flags")],
    },
    Level {
        number: 105,
        columns: &[
            Column::Text("comment"),
            Column::Number("state"),
            Column::Skip,
            Column::Number("property_flag_mask"),
            Column::Number("property_flags"),
        ],
    },
    Level {
        number: 106,
        columns: &[Column::Number("state"), Column::Skip, Column::Skip],
    },
    Level {
        number: 107,
        columns: &[
            Column::Text("comment"),
            Column::Number("state"),
            Column::Skip,
            Column::Number("property_flag_mask"),
            Column::Number("property_flags"),
            Column::Skip,
            Column::Octets,
        ],
    },
    Level {
        number: 200,
        columns: &[Column::Text("namespace")],
    },
    Level {
        number: 300,
        columns: &[Column::Skip, Column::Text("namespace")],
    },
];
