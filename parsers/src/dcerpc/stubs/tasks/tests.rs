//! `at` as it was on the wire, and a task that is registered in clear.

use serde_json::json;

use super::content;
use crate::dcerpc::stubs::calls::{Marshalled, Step, activities, pointer, string};
use crate::dcerpc::stubs::testing::{Stub, Talk};

const ATSVC: &str = "1ff70682-0a51-30e8-076d-740be8cee98b";
const SCHEDULER: &str = "86d35949-83c9-4044-b424-db363231fd0c";

#[test]
fn a_job_says_its_command() {
    let add = "00000200000000000b0000000000000000000000000000000b000000000000005c005c00610064006d0069006e002d00700063000000
        000060b0ce02000000000000000000100000000002000000000010000000000000000000000000000000100000000000000063003a005c006d
        0069006d0069006b00610074007a002e006500780065000000";
    let said = activities(
        "1ff70682-0a51-30e8-076d-740be8cee98b",
        Marshalled::Ndr64,
        &[Step::Asks(0, add), Step::Answers("0200000000000000")],
    );
    assert_eq!(said[0]["kind"], "task_scheduling");
    assert_eq!(said[0]["action_type"], "Task scheduling");
    let details = &said[0]["details"];
    assert_eq!(details["command"], "c:\\mimikatz.exe");
    assert_eq!(
        (&details["job_time"], &details["job_id"]),
        (&json!("13:05:00"), &json!(2))
    );
}

#[test]
fn a_task_says_what_it_runs_and_as_whom() {
    let xml = "<Task><Principals><Principal><UserId>S-1-5-18</UserId></Principal></Principals><Actions><Exec><Command>cmd\
               </Command><Arguments>/c whoami</Arguments></Exec></Actions></Task>";
    let register = format!(
        "{}{} 06000000 00000000 01000000 01000000 04000200 01000000 08000200 0c000200 00000000 {} {}",
        pointer("\\atsvc"),
        string(xml),
        string("LAB\\eve"),
        string("S3cret"),
    );
    let said = activities(
        "86d35949-83c9-4044-b424-db363231fd0c",
        Marshalled::Ndr20,
        &[Step::Asks(1, &register), Step::Answers("00000000 00000000 05000780")],
    );
    let details = &said[0]["details"];
    assert_eq!(
        (&details["path"], &details["command"]),
        (&json!("\\atsvc"), &json!("cmd /c whoami"))
    );
    assert_eq!(
        (&details["run_as"], &details["user"]),
        (&json!("S-1-5-18"), &json!("LAB\\eve"))
    );
    assert_eq!(details["xml"], xml);
    assert_eq!(
        said[0]["status"],
        json!({"code": 0x8007_0005_u32, "name": "ERROR_ACCESS_DENIED"})
    );
    assert!(!said[0].to_string().contains("S3cret"));
}

#[test]
fn a_task_is_run_with_arguments() {
    let run = format!(
        "{} 01000000 04000200 01000000 08000200 {} 00000000 00000000 {}",
        string("\\x"),
        string("one"),
        pointer("LAB\\bob"),
    );
    let said = activities(
        "86d35949-83c9-4044-b424-db363231fd0c",
        Marshalled::Ndr20,
        &[
            Step::Asks(12, &run),
            Step::Answers("00000000000000000000000000000000 00000000"),
            Step::Asks(13, &string("\\x")),
            Step::Answers("00000000"),
        ],
    );
    assert_eq!(said[0]["details"]["arguments"], json!(["one"]));
    assert_eq!(said[0]["details"]["user"], "LAB\\bob");
    assert_eq!(
        (&said[1]["details"]["operation"], &said[1]["details"]["path"]),
        (&json!("SchRpcDelete"), &json!("\\x"))
    );
}

#[test]
fn commands_are_found_in_xml() {
    let xml = "<Task><Actions Context=\"A\"><Exec><Command>cmd.exe</Command><Arguments>/c &quot;a&quot; &amp;&amp; \
               b</Arguments></Exec></Actions></Task>";
    assert_eq!(content(xml, "Command").as_deref(), Some("cmd.exe"));
    assert_eq!(content(xml, "Arguments").as_deref(), Some("/c \"a\" && b"));
    assert_eq!(content(xml, "ClassId"), None);
    assert_eq!(content("<Command", "Command"), None);
    assert_eq!(content("<Command>x", "Command"), None);
}

/// AT_ENUM without its command.
fn job(stub: Stub, id: u32, milliseconds: u32) -> Stub {
    stub.structure()
        .u32(id)
        .size(milliseconds)
        .u32(0)
        .raw(&[0x1f, 0x10])
        .pointer()
}

#[test]
fn jobs_that_wait_are_listed() {
    for wide in [false, true] {
        let ask = Stub::new(wide)
            .wide_argument("dc1")
            .structure()
            .u32(0)
            .null()
            .u32(u32::MAX)
            .null()
            .done();
        let jobs = Stub::new(wide).structure().u32(2).pointer().size(2);
        let jobs = job(job(jobs, 1, 47_100_000), 7, 1_000)
            .wide_string("c:\\x.exe")
            .wide_string("cmd");
        let jobs = jobs.u32(2).null().u32(0).done();
        let activity = Talk::new(ATSVC, wide).call(2, &ask, &jobs).only();
        assert_eq!(activity["details"]["entries"], 2);
        assert_eq!(
            activity["details"]["jobs"],
            json!([
                {"job_id": 1, "job_time": "13:05:00", "command": "c:\\x.exe"},
                {"job_id": 7, "job_time": "00:00:01", "command": "cmd"}
            ]),
            "{wide}"
        );
    }
}

#[test]
fn a_job_is_read_by_its_number() {
    for wide in [false, true] {
        let ask = Stub::new(wide).wide_argument("dc1").u32(7).done();
        let job = Stub::new(wide)
            .pointer()
            .structure()
            .size(47_100_000)
            .u32(0)
            .raw(&[0, 0])
            .pointer();
        let activity = Talk::new(ATSVC, wide)
            .call(3, &ask, &job.wide_string("cmd").u32(0).done())
            .only();
        let details = &activity["details"];
        assert_eq!(
            (&details["job_time"], &details["command"]),
            (&json!("13:05:00"), &json!("cmd"))
        );
    }
}

#[test]
fn a_task_says_where_it_was_put() {
    for wide in [false, true] {
        let ask = Stub::new(wide)
            .null()
            .wide_string("<Task/>")
            .u32(6)
            .null()
            .u32(3)
            .u32(0)
            .null()
            .done();
        let answer = Stub::new(wide).wide_argument("\\x").null().u32(0).done();
        let details = &Talk::new(SCHEDULER, wide).call(1, &ask, &answer).only()["details"];
        assert_eq!((details.get("path"), &details["actual_path"]), (None, &json!("\\x")));
    }
}

#[test]
fn folders_and_tasks_are_listed() {
    for (wide, opnum, name) in [
        (false, 6, "folders"),
        (true, 6, "folders"),
        (false, 7, "tasks"),
        (true, 7, "tasks"),
    ] {
        let ask = Stub::new(wide).wide_string("\\").u32(0).u32(0).u32(100).done();
        let answer = Stub::new(wide).u32(2).u32(2).pointer().size(2).pointer().pointer();
        let answer = answer.wide_string("Microsoft").wide_string("evil").u32(0).done();
        let details = &Talk::new(SCHEDULER, wide).call(opnum, &ask, &answer).only()["details"];
        assert_eq!(details[name], json!(["Microsoft", "evil"]), "{wide}");
        assert_eq!((&details["entries"], &details["path"]), (&json!(2), &json!("\\")));
    }
}

#[test]
fn states_of_tasks_have_names() {
    for wide in [false, true] {
        let ask = Stub::new(wide).wide_string("\\x").u32(0).done();
        let answer = Stub::new(wide).u32(1).u32(3).u32(0).done();
        let details = &Talk::new(SCHEDULER, wide).call(17, &ask, &answer).only()["details"];
        assert_eq!(
            (&details["enabled"], &details["task_state_name"]),
            (&json!(true), &json!("TASK_STATE_READY"))
        );
        let answer = Stub::new(wide)
            .wide_argument("\\x")
            .u32(4)
            .wide_argument("cmd.exe")
            .null()
            .u32(0);
        let details = &Talk::new(SCHEDULER, wide)
            .call(9, &[0x5a; 16], &answer.u32(0).done())
            .only()["details"];
        assert_eq!(
            (&details["path"], &details["current_action"]),
            (&json!("\\x"), &json!("cmd.exe"))
        );
        assert_eq!(details["task_state_name"], "TASK_STATE_RUNNING");
        let answer = Stub::new(wide).wide_argument("D:(A;;FA;;;BA)").u32(0).done();
        let details = &Talk::new(SCHEDULER, wide).call(5, &ask, &answer).only()["details"];
        assert_eq!(details["sddl"], "D:(A;;FA;;;BA)");
    }
}
