//! `[health]`: from when on something is the matter.

use serde::Deserialize;

use super::window;

/// `[health]`; every key is optional.
#[derive(Clone, Debug, Deserialize, PartialEq)]
#[serde(rename_all = "kebab-case", deny_unknown_fields, default)]
pub(crate) struct Config {
    /// Minutes without a packet of a configured controller.
    pub(crate) no_traffic_minutes: u64,
    /// Minutes without the receiver, or without an acknowledgement while activities wait.
    pub(crate) unreachable_minutes: u64,
    /// Percent of frames, or of activities, that a layer of adtap lost within a minute.
    pub(crate) loss_percent: f64,
    /// Percent of a controller's acknowledged TCP bytes that were never seen.
    pub(crate) missing_percent: f64,
    /// Percent of a controller's packets that come in one direction alone, from which on the other counts as missing.
    pub(crate) one_way_percent: f64,
    /// Percent of a controller's packets that are copies.
    pub(crate) duplicate_percent: f64,
    /// Percent of frames in encapsulations that are not decoded.
    pub(crate) undecoded_percent: f64,
    /// Percent of the spool that is full.
    pub(crate) spool_percent: f64,
    /// Seconds between a controller's clock and the sensor's; Kerberos tolerates 300 (RFC 4120 §5.2.3).
    pub(crate) clock_skew_seconds: u64,
    /// Percent of the hosts asked by one method that do not name themselves, above which it is not working.
    pub(crate) unnamed_percent: f64,
    /// Minutes for which nobody watched before this start.
    pub(crate) absence_minutes: u64,
    /// Minutes after which what is known of a domain is old, where it could not be synchronised.
    pub(crate) directory_stale_minutes: u64,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            no_traffic_minutes: 10,
            unreachable_minutes: 5,
            loss_percent: 0.1,
            missing_percent: 1.0,
            one_way_percent: 98.0,
            duplicate_percent: 20.0,
            undecoded_percent: 5.0,
            spool_percent: 80.0,
            clock_skew_seconds: 300,
            unnamed_percent: 90.0,
            absence_minutes: 5,
            directory_stale_minutes: 15,
        }
    }
}

impl Config {
    /// Everything that cannot be, each as `where: what; consequence; fix`.
    pub(crate) fn problems(&self) -> Vec<String> {
        let most = window::SPAN / 60;
        let minutes = [
            ("no-traffic-minutes", self.no_traffic_minutes),
            ("unreachable-minutes", self.unreachable_minutes),
        ];
        let minutes = minutes.into_iter().filter(|(_, value)| !(1..=most).contains(value));
        let minutes = minutes.map(|(key, value)| {
            format!("health.{key}: {value} minutes cannot be watched; the file is refused; give 1 to {most}")
        });
        let percents = [
            ("loss-percent", self.loss_percent),
            ("missing-percent", self.missing_percent),
            ("one-way-percent", self.one_way_percent),
            ("duplicate-percent", self.duplicate_percent),
            ("undecoded-percent", self.undecoded_percent),
            ("spool-percent", self.spool_percent),
            ("unnamed-percent", self.unnamed_percent),
        ];
        let percents = percents.into_iter().filter(|(_, value)| !(0.0..=100.0).contains(value));
        let percents = percents
            .map(|(key, value)| format!("health.{key}: {value} is no percentage; the file is refused; give 0 to 100"));
        minutes.chain(percents).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_possible_and_nonsense_is_named() {
        assert_eq!(Config::default().problems(), Vec::<String>::new());
        let config = Config {
            no_traffic_minutes: 0,
            loss_percent: f64::NAN,
            ..Config::default()
        };
        assert_eq!(config.problems().len(), 2);
    }
}
