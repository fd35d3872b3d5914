//! Classes that are activated from afar: those of management, and those that lateral movement is known to use.

use crate::dcerpc::uuid::Uuid;

/// What activating a class is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Purpose {
    /// Windows Management Instrumentation.
    Wmi,
    /// Anything else.
    Other,
}

const CLASSES: &[(Uuid, &str, Purpose)] = &[
    // [MS-WMI] 1.9
    (
        class("8bc3f05e-d86b-11d0-a075-00c04fb68820"),
        "WbemLevel1Login",
        Purpose::Wmi,
    ),
    (
        class("674b6698-ee92-11d0-ad71-00c04fd8fdff"),
        "WbemContext",
        Purpose::Wmi,
    ),
    (
        class("9a653086-174f-11d2-b5f9-00104b703efd"),
        "WbemClassObject",
        Purpose::Wmi,
    ),
    (
        class("c49e32c6-bc8b-11d2-85d4-00105a1f8304"),
        "WbemBackupRestore",
        Purpose::Wmi,
    ),
    (
        class("4590f811-1d3a-11d0-891f-00aa004b2e24"),
        "WbemLocator",
        Purpose::Wmi,
    ),
    // Consoles and shells
    (
        class("49b2791a-b1ae-4c90-9b8e-e860ba07f889"),
        "MMC20.Application",
        Purpose::Other,
    ),
    (
        class("9ba05972-f6a8-11cf-a442-00a0c90a8f39"),
        "ShellWindows",
        Purpose::Other,
    ),
    (
        class("c08afd90-f2a1-11d1-8455-00a0c91f3880"),
        "ShellBrowserWindow",
        Purpose::Other,
    ),
    (
        class("13709620-c279-11ce-a49e-444553540000"),
        "Shell.Application",
        Purpose::Other,
    ),
    (
        class("72c24dd5-d70a-438b-8a42-98424b88afb8"),
        "WScript.Shell",
        Purpose::Other,
    ),
    (
        class("f935dc22-1cf0-11d0-adb9-00c04fd58a0b"),
        "WScript.Shell",
        Purpose::Other,
    ),
    (
        class("0002df01-0000-0000-c000-000000000046"),
        "InternetExplorer.Application",
        Purpose::Other,
    ),
    (
        class("d5e8041d-920f-45e9-b8fb-b1deb82c6e5e"),
        "InternetExplorerMedium",
        Purpose::Other,
    ),
    (class("3050f4d8-98b5-11cf-bb82-00aa00bdce0b"), "htafile", Purpose::Other),
    // Office
    (
        class("00024500-0000-0000-c000-000000000046"),
        "Excel.Application",
        Purpose::Other,
    ),
    (
        class("000209ff-0000-0000-c000-000000000046"),
        "Word.Application",
        Purpose::Other,
    ),
    (
        class("0006f03a-0000-0000-c000-000000000046"),
        "Outlook.Application",
        Purpose::Other,
    ),
    (
        class("91493441-5a91-11cf-8700-00aa0060263b"),
        "PowerPoint.Application",
        Purpose::Other,
    ),
    (
        class("00021a20-0000-0000-c000-000000000046"),
        "Visio.Application",
        Purpose::Other,
    ),
    (
        class("73a4c9c1-d68d-11d0-98bf-00a0c90dc8d9"),
        "Access.Application",
        Purpose::Other,
    ),
    // Tasks, transfers, installations, components
    (
        class("0f87369f-a4e5-4cfc-bd3e-73e6154572dd"),
        "Schedule.Service",
        Purpose::Other,
    ),
    (
        class("148bd52a-a2ab-11ce-b11f-00aa00530503"),
        "TaskScheduler",
        Purpose::Other,
    ),
    (
        class("4991d34b-80a1-4291-83b6-3328366b9097"),
        "BackgroundCopyManager",
        Purpose::Other,
    ),
    (
        class("000c101c-0000-0000-c000-000000000046"),
        "Msi install server",
        Purpose::Other,
    ),
    (
        class("f618c514-dfb8-11d1-a2cf-00805fc79235"),
        "COMAdminCatalog",
        Purpose::Other,
    ),
    // [MS-WCCE] 1.9, [MS-CSRA] 1.9
    (
        class("d99e6e74-fc88-11d0-b498-00a0c90312f3"),
        "CertRequestD",
        Purpose::Other,
    ),
    (
        class("d99e6e73-fc88-11d0-b498-00a0c90312f3"),
        "CertAdminD",
        Purpose::Other,
    ),
];

const fn class(text: &str) -> Uuid {
    Uuid::parse(text)
}

/// A class by its name, and what activating it is for.
pub(super) fn named(class: Uuid) -> Option<(&'static str, Purpose)> {
    let known = CLASSES.iter().find(|(known, ..)| *known == class);
    known.map(|(_, name, purpose)| (*name, *purpose))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_class_stands_twice() {
        for (at, (class, ..)) in CLASSES.iter().enumerate() {
            assert!(CLASSES.iter().skip(at + 1).all(|(other, ..)| other != class), "{class}");
        }
        let mmc = Uuid::parse("49b2791a-b1ae-4c90-9b8e-e860ba07f889");
        assert_eq!(named(mmc), Some(("MMC20.Application", Purpose::Other)));
    }
}
