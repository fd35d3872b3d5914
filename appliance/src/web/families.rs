//! Families of metrics, written as OpenMetrics by the library that knows its escaping.

use std::fmt;

use prometheus_client::encoding::{DescriptorEncoder, EncodeMetric};
use prometheus_client::metrics::MetricType;
use prometheus_client::metrics::counter::ConstCounter;
use prometheus_client::metrics::gauge::ConstGauge;
use prometheus_client::registry::Unit;

pub(super) const BYTES: Option<&Unit> = Some(&Unit::Bytes);
pub(super) const SECONDS: Option<&Unit> = Some(&Unit::Seconds);

/// One line of a family.
pub(super) struct Sample<V> {
    labels: Vec<(&'static str, String)>,
    value: V,
}

pub(super) fn sample<V, L: ToString, const N: usize>(labels: [(&'static str, L); N], value: V) -> Sample<V> {
    let labels = labels
        .into_iter()
        .map(|(name, label)| (name, label.to_string()))
        .collect();
    Sample { labels, value }
}

/// The only line of a family without labels.
pub(super) const fn plain<V>(value: V) -> Sample<V> {
    Sample {
        labels: Vec::new(),
        value,
    }
}

impl Sample<u64> {
    pub(super) fn gauge(self) -> Sample<f64> {
        Sample {
            labels: self.labels,
            value: self.value as f64,
        }
    }
}

/// Where families are written to; one without a sample is left out.
pub(super) struct Families<'a>(pub(super) DescriptorEncoder<'a>);

impl Families<'_> {
    pub(super) fn counters(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        samples: impl IntoIterator<Item = Sample<u64>>,
    ) -> fmt::Result {
        self.family(name, help, unit, MetricType::Counter, samples, ConstCounter::new)
    }

    pub(super) fn gauges(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        samples: impl IntoIterator<Item = Sample<f64>>,
    ) -> fmt::Result {
        self.family(name, help, unit, MetricType::Gauge, samples, ConstGauge::new)
    }

    fn family<V, M: EncodeMetric>(
        &mut self,
        name: &str,
        help: &str,
        unit: Option<&Unit>,
        kind: MetricType,
        samples: impl IntoIterator<Item = Sample<V>>,
        metric: fn(V) -> M,
    ) -> fmt::Result {
        let mut samples = samples.into_iter().peekable();
        if samples.peek().is_none() {
            return Ok(());
        }
        let mut family = self.0.encode_descriptor(name, help, unit, kind)?;
        for sample in samples {
            let metric = metric(sample.value);
            if sample.labels.is_empty() {
                return metric.encode(family);
            }
            metric.encode(family.encode_family(&sample.labels)?)?;
        }
        Ok(())
    }
}
