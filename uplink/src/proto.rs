//! The messages and services of `proto/adtap/v1`, where their meaning is written down.

#![expect(
    missing_docs,
    unused_qualifications,
    clippy::allow_attributes,
    clippy::allow_attributes_without_reason,
    reason = "generated; the .proto documents it"
)]

tonic::include_proto!("adtap.v1");
