//! The structures of [MS-SRVS] by level: their columns in order.

use crate::dcerpc::stubs::rows::{Column, Level};

/// CONNECTION_INFO ([MS-SRVS] 2.2.4.1, 2.2.4.2).
pub(super) const CONNECTIONS: &[Level] = &[
    Level {
        number: 0,
        columns: &[Column::Skip],
    },
    Level {
        number: 1,
        columns: &[
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("user"),
            Column::Text("client"),
        ],
    },
];

/// FILE_INFO ([MS-SRVS] 2.2.4.6, 2.2.4.7).
pub(super) const FILES: &[Level] = &[
    Level {
        number: 2,
        columns: &[Column::Skip],
    },
    Level {
        number: 3,
        columns: &[
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("path"),
            Column::Text("user"),
        ],
    },
];

/// SESSION_INFO ([MS-SRVS] 2.2.4.11 to 2.2.4.15).
pub(super) const SESSIONS: &[Level] = &[
    Level {
        number: 0,
        columns: &[Column::Text("client")],
    },
    Level {
        number: 1,
        columns: &[
            Column::Text("client"),
            Column::Text("user"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
        ],
    },
    Level {
        number: 2,
        columns: &[
            Column::Text("client"),
            Column::Text("user"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Hidden,
        ],
    },
    Level {
        number: 10,
        columns: &[Column::Text("client"), Column::Text("user"), Column::Skip, Column::Skip],
    },
    Level {
        number: 502,
        columns: &[
            Column::Text("client"),
            Column::Text("user"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Hidden,
            Column::Hidden,
        ],
    },
];

/// SHARE_INFO ([MS-SRVS] 2.2.4.22 to 2.2.4.28). The password of levels 2, 502 and 503 is not told.
pub(super) const SHARES: &[Level] = &[
    Level {
        number: 0,
        columns: &[Column::Text("share")],
    },
    Level {
        number: 1,
        columns: &[Column::Text("share"), Column::Number("type"), Column::Text("remark")],
    },
    Level {
        number: 2,
        columns: &[
            Column::Text("share"),
            Column::Number("type"),
            Column::Text("remark"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("path"),
            Column::Hidden,
        ],
    },
    Level {
        number: 501,
        columns: &[
            Column::Text("share"),
            Column::Number("type"),
            Column::Text("remark"),
            Column::Skip,
        ],
    },
    Level {
        number: 502,
        columns: &[
            Column::Text("share"),
            Column::Number("type"),
            Column::Text("remark"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("path"),
            Column::Hidden,
            Column::Skip,
            Column::Octets,
        ],
    },
    Level {
        number: 503,
        columns: &[
            Column::Text("share"),
            Column::Number("type"),
            Column::Text("remark"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("path"),
            Column::Hidden,
            Column::Text("server"),
            Column::Skip,
            Column::Octets,
        ],
    },
    Level {
        number: 1004,
        columns: &[Column::Text("remark")],
    },
];

/// SERVER_INFO ([MS-SRVS] 2.2.4.40 to 2.2.4.43).
pub(super) const SERVERS: &[Level] = &[
    Level {
        number: 100,
        columns: &[Column::Skip, Column::Text("computer")],
    },
    Level {
        number: 101,
        columns: &[
            Column::Skip,
            Column::Text("computer"),
            Column::Number("version_major"),
            Column::Number("version_minor"),
            Column::Number("server_type"),
            Column::Text("comment"),
        ],
    },
    Level {
        number: 102,
        columns: &[
            Column::Skip,
            Column::Text("computer"),
            Column::Number("version_major"),
            Column::Number("version_minor"),
            Column::Number("server_type"),
            Column::Text("comment"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("user_path"),
        ],
    },
    Level {
        number: 103,
        columns: &[
            Column::Skip,
            Column::Text("computer"),
            Column::Number("version_major"),
            Column::Number("version_minor"),
            Column::Number("server_type"),
            Column::Text("comment"),
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Skip,
            Column::Text("user_path"),
            Column::Skip,
        ],
    },
];
