//! Members of the objects that lateral movement is known to go through, by the numbers that their type libraries give them: a
//! client that has those libraries asks for no names.

use crate::fields::Fields;

/// A class, by which of its members an object was reached, the number of a member of that, and its name.
const MEMBERS: &[(&str, &str, u32, &str)] = &[
    ("MMC20.Application", "", 0x04, "Document"),
    ("MMC20.Application", "Document", 0x06, "ActiveView"),
    ("MMC20.Application", "Document.ActiveView", 0x36, "ExecuteShellCommand"),
    ("ShellWindows", "", 0, "Item"),
    ("ShellWindows", "Item", 203, "Document"),
    ("ShellWindows", "Item.Document", 0x6002_0000, "Application"),
    ("ShellWindows", "Item.Document.Application", 0x6003_0001, "ShellExecute"),
    ("ShellBrowserWindow", "", 203, "Document"),
    ("ShellBrowserWindow", "", 104, "Navigate"),
    ("ShellBrowserWindow", "", 500, "Navigate2"),
    ("ShellBrowserWindow", "Document", 0x6002_0000, "Application"),
    (
        "ShellBrowserWindow",
        "Document.Application",
        0x6003_0001,
        "ShellExecute",
    ),
    ("Shell.Application", "", 0x6003_0001, "ShellExecute"),
    ("WScript.Shell", "", 0x3e8, "Run"),
    ("WScript.Shell", "", 0xbc4, "Exec"),
    ("InternetExplorer.Application", "", 104, "Navigate"),
    ("InternetExplorer.Application", "", 500, "Navigate2"),
    ("InternetExplorerMedium", "", 104, "Navigate"),
    ("InternetExplorerMedium", "", 500, "Navigate2"),
    ("Excel.Application", "", 0x1e, "RegisterXLL"),
    ("Excel.Application", "", 0x14d, "DDEExecute"),
    ("Excel.Application", "", 0x14e, "DDEInitiate"),
    ("Excel.Application", "", 0x15e, "ExecuteExcel4Macro"),
    ("Word.Application", "", 0x136, "DDEExecute"),
    ("Word.Application", "", 0x137, "DDEInitiate"),
    ("Outlook.Application", "", 0x115, "CreateObject"),
];

/// Whether members of a class, or of what it leads to, are known.
pub(super) fn is_known(class: &str) -> bool {
    MEMBERS.iter().any(|(of, ..)| *of == class)
}

/// The name of a member of an object that says `details`.
pub(super) fn known(details: &Fields, number: u32) -> Option<&'static str> {
    let class = details.get_text("class")?;
    let reached = details.get_text("reached_by").unwrap_or_default();
    let known = MEMBERS
        .iter()
        .find(|(of, by, member, _)| (*of, *by, *member) == (class, reached, number));
    known.map(|(.., name)| *name)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_member_is_known_by_how_its_object_was_reached() {
        let mut details = Fields::new();
        details.set("class", "ShellWindows");
        assert_eq!(known(&details, 0), Some("Item"));
        details.set("reached_by", "Item.Document.Application");
        assert_eq!(known(&details, 0x6003_0001), Some("ShellExecute"));
        assert_eq!(known(&details, 0), None);
    }
}
