//! The endpoint mapper's answers as they were on the wire, and what is known of ports afterwards.

use capture::{CaptureId, Chunk, Direction, Endpoint, Flow, FrameId, Payload, Timestamp, Transport, Tunnel};
use serde_json::json;

use crate::context::Output;
use crate::dcerpc::stubs::calls::{Marshalled, Step, activities};
use crate::dcerpc::tests::LITTLE;
use crate::session::Session;
use crate::testing::unhex;

const EPM: &str = "e1af8308-5d1f-11c9-91a4-08002b14a0fa";

/// Where svcctl is, asked of a Windows 10 machine at 192.168.10.10.
const ASKED: &str = "0100000000000000000000000000000000000000020000004b0000004b000000050013000d81bb7a364498f135ad3298f0380
    0100302000200000013000d045d888aeb1cc9119fe808002b10486002000200000001000b02000000010007020000870100090400000000000000
    0000000000000000000000000000000000000000000004000000";
const ANSWERED: &str = "00000000000000000000000000000000000000000100000004000000000000000100000003000000 4b0000004b000000050
    013000d81bb7a364498f135ad3298f03800100302000200000013000d045d888aeb1cc9119fe808002b10486002000200000001000b0200000001
    00070200c00b0100090400c0a80a0a0000000000";

#[test]
fn a_map_says_what_was_asked_and_where_it_is() {
    let said = activities(EPM, Marshalled::Ndr20, &[Step::Asks(3, ASKED), Step::Answers(ANSWERED)]);
    let details = &said[0]["details"];
    assert_eq!(said[0]["kind"], "rpc_call");
    assert_eq!(details["asked"]["interface"], "svcctl");
    assert_eq!(details["asked"]["protocol_sequence"], "ncacn_ip_tcp");
    assert_eq!(
        details["endpoints"],
        json!([{
            "interface": "svcctl", "interface_uuid": "367abb81-9844-35f1-ad32-98f038001003", "version": "2.0",
            "protocol_sequence": "ncacn_ip_tcp", "port": 49163, "address": "192.168.10.10",
        }])
    );
}

/// In NDR64, from a domain controller at 192.168.1.4 that serves drsuapi at two ports.
#[test]
fn several_towers_are_told() {
    let tower = |port: &str| {
        format!(
            "4b000000000000004b000000050013000d354251e3064bd111ab0400c04fc2dcd204000200000013000d045d888aeb1cc9119fe808002b1
             0486002000200000001000b0200000001000702 00{port}0100090400c0a80104"
        )
    };
    let answered = format!(
        "0000000000000000000000000000000000000000020000000400000000000000000000000000000002000000000000000300000000000000
         0400000000000000 {} 00 {} 0000000000",
        tower("c205"),
        tower("c200"),
    );
    let said = activities(EPM, Marshalled::Ndr64, &[Step::Asks(3, ""), Step::Answers(&answered)]);
    let ports: Vec<_> = said[0]["details"]["endpoints"]
        .as_array()
        .unwrap()
        .iter()
        .map(|endpoint| endpoint["port"].as_u64().unwrap())
        .collect();
    assert_eq!(ports, [49669, 49664]);
}

#[test]
fn what_is_not_registered_is_a_failure() {
    let none = "0000000000000000000000000000000000000000 00000000 04000000 00000000 00000000 d6a0c916";
    let said = activities(EPM, Marshalled::Ndr20, &[Step::Asks(3, ASKED), Step::Answers(none)]);
    assert_eq!(said[0]["outcome"], "failure");
    assert_eq!(said[0]["status"]["name"], "ept_s_not_registered");
}

/// Flows that share the output of one worker.
struct Worker {
    out: Output,
    flows: u64,
}

impl Worker {
    /// A flow from 192.168.10.31 to `server`, whose packets are `parts`.
    fn flow(&mut self, server: &str, port: u16, midstream: bool, parts: &[(Direction, Vec<u8>)]) {
        let end = |ip: &str, port| Endpoint {
            ip: ip.parse().unwrap(),
            port,
            mac: None,
        };
        self.flows += 1;
        let mut flow = Flow {
            id: self.flows,
            transport: Transport::Tcp,
            client: end("192.168.10.31", 50_000),
            server: end(server, port),
            tunnel: Tunnel::default(),
            capture: CaptureId(0),
            midstream,
        };
        let mut session = Session::default();
        for (direction, data) in parts {
            let chunk = Chunk {
                direction: *direction,
                time: Timestamp(0),
                frame: FrameId::default(),
                payload: Payload::Bytes(data),
            };
            session.chunk(&mut flow, &chunk, &mut self.out);
        }
        session.finish(&flow, Timestamp(0), &mut self.out);
    }
}

#[test]
fn a_port_that_was_named_names_calls_without_a_bind() {
    let mut worker = Worker {
        out: Output::new(false),
        flows: 0,
    };
    let mapper = [
        (Direction::Up, LITTLE.bind(11, 1, 0, EPM, None)),
        (Direction::Down, LITTLE.ack(12, 1, None)),
        (Direction::Up, LITTLE.request(3, 2, 0, 3, &unhex(ASKED))),
        (Direction::Down, LITTLE.response(3, 2, 0, &unhex(ANSWERED))),
    ];
    // In the middle of a stub: only the port tells that this is RPC.
    let call = [
        (Direction::Up, [0x5a; 40].to_vec()),
        (Direction::Up, LITTLE.request(3, 7, 0, 2, &[0; 20])),
    ];
    worker.flow("192.168.10.10", 49_163, true, &call);
    worker.flow("192.168.10.10", 135, false, &mapper);
    worker.flow("192.168.10.10", 49_163, true, &call);
    worker.flow("192.168.10.11", 49_163, true, &call[1..]);
    let told: Vec<_> = worker
        .out
        .activities
        .iter()
        .map(|activity| {
            let details = &activity.details;
            (details.get_text("operation"), details.get("guessed").is_some())
        })
        .collect();
    assert_eq!(
        told,
        [
            (None, false),
            (Some("ept_map"), false),
            (Some("RDeleteService"), true),
            (None, false),
        ]
    );
}
