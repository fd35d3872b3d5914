//! The attributes that Cisco's ASA sends of a session ("Supported RADIUS Authorization Attributes" of ASA): those of the VPN 3000
//! concentrator, whose vendor number it kept.

use super::Type::{self, Code, Number, Text};

/// In order of number.
pub(super) const ASA: &[(u8, &str, Type)] = &[
    (15, "asa_banner_1", Text),
    (25, "asa_group_policy", Text),
    (28, "asa_ipsec_default_domain", Text),
    (85, "asa_tunnel_group_lock", Text),
    (146, "asa_tunnel_group_name", Text),
    (150, "asa_client_type", Code("asa_client_type_name", client_type)),
    (151, "asa_session_type", Code("asa_session_type_name", session_type)),
    (
        152,
        "asa_session_subtype",
        Code("asa_session_subtype_name", session_subtype),
    ),
    (220, "asa_privilege_level", Number),
];

const fn client_type(code: u32) -> Option<&'static str> {
    Some(match code {
        1 => "Cisco VPN Client (IKEv1)",
        2 => "AnyConnect Client SSL VPN",
        3 => "Clientless SSL VPN",
        4 => "Cut-Through-Proxy",
        5 => "L2TP/IPsec SSL VPN",
        6 => "AnyConnect Client IPsec VPN (IKEv2)",
        _ => return None,
    })
}

const fn session_type(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "None",
        1 => "AnyConnect Client SSL VPN",
        2 => "AnyConnect Client IPsec VPN (IKEv2)",
        3 => "Clientless SSL VPN",
        4 => "Clientless Email Proxy",
        5 => "Cisco VPN Client (IKEv1)",
        6 => "IKEv1 LAN-LAN",
        7 => "IKEv2 LAN-LAN",
        8 => "VPN Load Balancing",
        _ => return None,
    })
}

const fn session_subtype(code: u32) -> Option<&'static str> {
    Some(match code {
        0 => "None",
        1 => "Clientless",
        2 => "Client",
        3 => "Client Only",
        _ => return None,
    })
}
