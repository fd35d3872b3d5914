//! Event logs that are opened, cleared and queried.

use serde_json::json;

use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, counted, pointer, string};

const LOG: &str = "00000000 0e64926de4fabf48aac7b0a2dc175c34";

#[test]
fn a_log_is_opened_and_cleared() {
    let open = format!(
        "04000200 5c00 0000 {} 00000000 00000000 01000000 01000000",
        counted("Security")
    );
    let said = activities(
        "82273fdc-e32a-18c3-3f78-827929dc23ea",
        Marshalled::Ndr20,
        &[
            Step::Asks(7, &open),
            Step::Answers(&format!("{LOG}00000000")),
            Step::Asks(0, &format!("{LOG}00000000")),
            Step::Answers("00000000"),
        ],
    );
    assert!(said.iter().all(|activity| activity["kind"] == "event_log"));
    assert_eq!(said[1]["details"]["operation"], "ElfrClearELFW");
    assert_eq!(said[1]["details"]["log"], "Security");
    assert_eq!(said[1]["status"]["ntstatus_name"], "STATUS_SUCCESS");
}

#[test]
fn a_query_is_told_and_remembered() {
    let query = "*[System[(EventID=4624)]]";
    let ask = format!("{}{} 01000000", pointer("Security"), string(query));
    let said = activities(
        "f6beaff7-1e19-4fbb-9f8f-b89e2018337c",
        Marshalled::Ndr20,
        &[
            Step::Asks(5, &ask),
            Step::Answers(&format!("{LOG}{LOG} 00000000 00000000 00000000 00000000")),
            Step::Asks(11, &format!("{LOG} 0a000000 ffffffff 00000000")),
            Step::Answers("00000000 00000000 00000000 00000000 00000000"),
            Step::Asks(6, &format!("{LOG}{} 00000000 00000000", string("System"))),
            Step::Answers("00000000 00000000 00000000 05000000"),
        ],
    );
    assert_eq!(
        (&said[0]["details"]["log"], &said[0]["details"]["query"]),
        (&json!("Security"), &json!(query))
    );
    assert_eq!(said[1]["details"]["log"], "Security");
    assert_eq!(
        (&said[2]["details"]["log"], &said[2]["outcome"]),
        (&json!("System"), &json!("failure"))
    );
}
