//! The limits and timeouts of assembly, as the `[capture]` table of the configuration has them. Each holds for one worker.

use serde::Deserialize;

/// `[capture]`; every key is optional.
#[derive(Clone, Debug, Deserialize)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub struct Config {
    /// Flows remembered at a time; beyond, the one that has been silent longest is dropped.
    pub max_flows: usize,
    /// Seconds of silence after which an established TCP flow ends.
    pub tcp_idle_seconds: u32,
    /// Seconds of silence after which a TCP flow ends that was never answered, or that one end has closed.
    pub tcp_half_seconds: u32,
    /// Seconds for which an ended TCP flow is remembered, so that late segments do not open it again.
    pub tcp_linger_seconds: u32,
    /// Seconds of silence after which a UDP flow ends.
    pub udp_idle_seconds: u32,
    /// Bytes that wait behind a hole of one direction of a flow.
    pub out_of_order_flow_bytes: usize,
    /// Bytes that wait behind holes in all.
    pub out_of_order_bytes: usize,
    /// Milliseconds after which bytes no longer wait for the hole before them; fifteen times as long where the receiver is seen to wait too.
    pub out_of_order_milliseconds: u32,
    /// Incomplete datagrams held.
    pub fragment_datagrams: usize,
    /// Bytes of fragments held in all.
    pub fragment_bytes: usize,
    /// Seconds for which fragments wait for the rest of their datagram (RFC 8200 §4.5: 60).
    pub fragment_seconds: u32,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            max_flows: 500_000,
            tcp_idle_seconds: 86_400,
            tcp_half_seconds: 60,
            tcp_linger_seconds: 10,
            udp_idle_seconds: 60,
            out_of_order_flow_bytes: 2 << 20,
            out_of_order_bytes: 64 << 20,
            out_of_order_milliseconds: 2_000,
            fragment_datagrams: 4_096,
            fragment_bytes: 16 << 20,
            fragment_seconds: 60,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_are_optional_and_spelled_right() {
        let config: Config = serde_json::from_str(r#"{"max-flows": 7}"#).unwrap();
        assert_eq!((config.max_flows, config.udp_idle_seconds), (7, 60));
        assert!(serde_json::from_str::<Config>(r#"{"max_flows": 7}"#).is_err());
    }
}
