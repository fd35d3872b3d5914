//! What can be wrong: the catalogue of alerts, with the names, numbers and severities that operators know.
//!
//! Numbers from 1001 to 1022 are those of the health events of Advanced Threat Analytics, names and severities those of
//! Defender for Identity's health alerts; numbers from 1101 on are adtap's own, for what those systems never say.

use std::fmt;

use serde::{Deserialize, Serialize};

/// How much an alert matters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Severity {
    Low,
    Medium,
    High,
}

/// Whether an alert is about this sensor or about what it watches.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Scope {
    Sensor,
    Global,
}

/// Declares the catalogue once.
macro_rules! issues {
    ($($(#[$doc:meta])* $issue:ident = $id:literal, $name:literal, $severity:ident, $scope:ident, after $open:literal, for $close:literal, settles $settle:literal;)*) => {
        /// A kind of alert.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(rename_all = "snake_case")]
        pub(crate) enum Issue { $($(#[$doc])* $issue,)* }

        impl Issue {
            #[cfg(test)]
            pub(crate) const ALL: &[Self] = &[$(Self::$issue,)*];

            /// Its permanent number.
            pub(crate) const fn id(self) -> u32 {
                match self { $(Self::$issue => $id,)* }
            }

            /// Its name.
            pub(crate) const fn name(self) -> &'static str {
                match self { $(Self::$issue => $name,)* }
            }

            /// How much it matters, unless a finding says otherwise.
            pub(crate) const fn severity(self) -> Severity {
                match self { $(Self::$issue => Severity::$severity,)* }
            }

            /// What it is about.
            pub(crate) const fn scope(self) -> Scope {
                match self { $(Self::$issue => Scope::$scope,)* }
            }

            /// Seconds for which it has to be found before its alert opens.
            pub(super) const fn opens_after(self) -> u64 {
                match self { $(Self::$issue => $open,)* }
            }

            /// Seconds after a start before it can be told that it is over.
            pub(super) const fn settles_after(self) -> u64 {
                match self { $(Self::$issue => $settle,)* }
            }

            /// Seconds for which it must not be found before its alert closes.
            pub(super) const fn closes_after(self) -> u64 {
                match self { $(Self::$issue => $close,)* }
            }
        }
    };
}

issues! {
    /// The account that reads the directory; expired, it is of high severity.
    PasswordExpiring = 1006, "Read-only user password to expire shortly", Medium, Global, after 0, for 10, settles 60;
    PasswordExpired = 1006, "Read-only user password expired", High, Global, after 0, for 10, settles 60;
    /// No sensor is known to read a domain for all.
    SynchronizerMissing = 1007, "Domain synchronizer not assigned", Low, Global, after 60, for 10, settles 60;
    /// Every capture interface is down or gone.
    AllInterfacesDown = 1008, "All of the capture network adapters are not available", Medium, Sensor, after 5, for 10, settles 0;
    /// One of several is.
    SomeInterfacesDown = 1008, "Some of the capture network adapters are not available", Medium, Sensor, after 5, for 10, settles 0;
    InterfaceGone = 1009, "A capture network adapter no longer exists", Medium, Sensor, after 5, for 10, settles 0;
    ControllerUnreachable = 1010, "A domain controller is unreachable by a sensor", Medium, Sensor, after 30, for 10, settles 60;
    /// Nothing reaches the receiver.
    Disconnected = 1011, "Sensor stopped communicating", Medium, Sensor, after 0, for 10, settles 300;
    /// What listeners hear is lost.
    EventsNotAnalyzed = 1012, "Some Windows events are not being analyzed", Medium, Sensor, after 0, for 300, settles 90;
    /// Frames or activities are lost; the subject names the layer.
    NotAnalyzed = 1013, "Some network traffic could not be analyzed", Medium, Sensor, after 0, for 300, settles 90;
    NoTraffic = 1017, "No traffic received from domain controller", Medium, Sensor, after 0, for 30, settles 620;
    /// Nobody watched for a while.
    NotRunning = 1018, "Sensor service failed to start", High, Sensor, after 0, for 0, settles 0;
    MemoryLimit = 1019, "Sensor reached a memory resource limit", Medium, Sensor, after 0, for 300, settles 0;
    /// Nobody listens, or a client is not believed.
    RadiusFailing = 1020, "RADIUS accounting (VPN integration) data ingestion failures", Low, Sensor, after 0, for 300, settles 90;
    SyslogFailing = 1021, "Sensor is not processing Syslog events", Medium, Sensor, after 0, for 60, settles 0;
    OneWayMirror = 1101, "Only one direction of a domain controller's traffic is received", Medium, Sensor, after 60, for 60, settles 90;
    DuplicateMirror = 1102, "Mirrored traffic is received more than once", Low, Sensor, after 60, for 300, settles 90;
    UndecodedTunnel = 1103, "Mirrored traffic arrives in an encapsulation that is not decoded", Medium, Sensor, after 60, for 300, settles 90;
    Offloads = 1104, "Network configuration mismatch: offloads of a capture network adapter are on", Low, Sensor, after 5, for 10, settles 0;
    ClockSkew = 1105, "A domain controller's clock differs from the sensor's", Medium, Global, after 60, for 300, settles 300;
    SpoolFilling = 1106, "The sensor's spool is filling", Medium, Sensor, after 30, for 60, settles 0;
    ParserFailed = 1107, "A parser failed and its flows were given up", Medium, Sensor, after 0, for 3600, settles 0;
    WorkerStuck = 1108, "A worker of the sensor does not answer", High, Sensor, after 0, for 10, settles 0;
    /// Work is left undone on purpose.
    Shedding = 1109, "The sensor leaves out low-ranking activities", Medium, Sensor, after 0, for 300, settles 0;
    SourceSilent = 1110, "A source of forwarded events is silent", Medium, Sensor, after 0, for 30, settles 1800;
    SourceFlooding = 1111, "A source of forwarded events floods the sensor", Low, Sensor, after 30, for 300, settles 90;
    SourceUnreadable = 1112, "Forwarded events cannot be read", Medium, Sensor, after 30, for 300, settles 90;
    /// Events name another computer than the one that proved who it is.
    ForeignEvents = 1113, "A source forwards events of other computers", Medium, Sensor, after 0, for 300, settles 90;
    WefFailing = 1114, "Sensor is not receiving forwarded Windows events", Medium, Sensor, after 0, for 60, settles 0;
    /// Whether clients' certificates still count cannot be told; the subject is the listener.
    RevocationUnknown = 1115, "A certificate revocation list cannot be used", Medium, Sensor, after 0, for 60, settles 0;
    /// Hosts do not tell who they are; the subject is the method.
    NameResolution = 1120, "Low success rate of active name resolution", Low, Sensor, after 60, for 300, settles 600;
    WrongCredentials = 1130, "Directory services user credentials are incorrect", Medium, Global, after 0, for 10, settles 60;
    /// What names resolve to is old.
    DirectoryStale = 1131, "The directory is not synchronised", Medium, Sensor, after 0, for 10, settles 60;
    /// None of its controllers answers.
    TrustUnreachable = 1132, "A trusted domain is unreachable", Medium, Sensor, after 30, for 10, settles 60;
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Self::Low => "low",
            Self::Medium => "medium",
            Self::High => "high",
        })
    }
}
