//! The attributes of F5 (BIG-IP, "Configuring Remote User Authentication") and Check Point (Gaia, "RADIUS Servers").

use super::Type::{self, Number, Text};

/// In order of number.
pub(super) const F5: &[(u8, &str, Type)] = &[
    (1, "f5_ltm_user_role", Number),
    (2, "f5_ltm_user_role_universal", Number),
    (3, "f5_ltm_user_partition", Text),
    (4, "f5_ltm_user_console", Number),
    (5, "f5_ltm_user_shell", Text),
    (10, "f5_ltm_user_context_1", Number),
    (11, "f5_ltm_user_context_2", Number),
    (12, "f5_ltm_user_info_1", Text),
    (13, "f5_ltm_user_info_2", Text),
    (14, "f5_ltm_audit_msg", Text),
];

/// In order of number.
pub(super) const CHECK_POINT: &[(u8, &str, Type)] = &[
    (229, "cp_gaia_user_role", Text),
    (230, "cp_gaia_superuser_access", Number),
];
