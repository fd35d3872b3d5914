//! Every case of the life of a flow, packet by packet.

use crate::config::Config;
use crate::source::LinkType;
use crate::testing::{End::*, Lab};

#[test]
fn a_connection_from_syn_to_fin() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 1, 1, "hello");
    lab.tcp(Server, "A", 1, 6, "world");
    lab.tcp(Client, "FA", 6, 6, "");
    assert_eq!(lab.seen(), ["1 up hello", "1 down world"]);
    lab.tcp(Server, "FA", 6, 7, "!");
    assert_eq!(lab.seen(), ["1 down !", "1 close"]);
    lab.tcp(Client, "A", 7, 8, "");
    assert!(lab.finish().is_empty());
    assert_eq!(lab.assembly.stats().flows_closed, 1);
    let flow = lab.log.flow.unwrap();
    assert_eq!(
        (flow.client.port, flow.server.port, flow.midstream),
        (40_000, 389, false)
    );
    assert_eq!(flow.client.mac.unwrap().to_string(), "02:00:00:00:00:01");
}

#[test]
fn late_segments_do_not_open_a_closed_connection_again() {
    let mut lab = Lab::open();
    lab.tcp(Client, "FA", 1, 1, "a");
    lab.tcp(Server, "FA", 1, 3, "");
    lab.tcp(Client, "FA", 1, 1, "a");
    lab.tick(5);
    lab.tcp(Client, "FA", 1, 1, "a");
    assert_eq!(lab.seen(), ["1 up a", "1 close"]);
    assert_eq!(lab.assembly.stats().late_segments, 2);
    lab.tick(20);
    assert_eq!(lab.assembly.flows(), 0);
}

#[test]
fn out_of_order_segments_wait_for_the_hole() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 4, 1, "def");
    lab.tcp(Client, "A", 7, 1, "ghi");
    assert!(lab.seen().is_empty());
    lab.tcp(Client, "A", 1, 1, "abc");
    assert_eq!(lab.seen(), ["1 up abc", "1 up def", "1 up ghi"]);
    assert_eq!(lab.assembly.stats().out_of_order, 2);
}

#[test]
fn first_bytes_win() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 1, 1, "abc");
    lab.tcp(Client, "A", 2, 1, "XXd");
    lab.tcp(Client, "A", 7, 1, "gh");
    lab.tcp(Client, "A", 5, 1, "efXXij");
    assert_eq!(lab.seen().join("").replace("1 up ", ""), "abcdefghij");
    lab.tcp(Client, "A", 1, 1, "ZZZ");
    assert!(lab.seen().is_empty());
    let stats = lab.assembly.stats();
    assert_eq!((stats.overlap_bytes, stats.retransmissions), (2 + 2 + 3, 1));
}

#[test]
fn held_bytes_win_over_later_ones() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 4, 1, "def");
    lab.tcp(Client, "A", 3, 1, "XXXXg");
    lab.tcp(Client, "A", 3, 1, "YYYY");
    lab.tcp(Client, "A", 1, 1, "abZZ");
    assert_eq!(lab.seen().join("").replace("1 up ", ""), "abXdefg");
}

#[test]
fn sequence_numbers_wrap() {
    let mut lab = Lab::new();
    let start = u32::MAX - 3;
    lab.tcp(Client, "S", start, 0, "");
    lab.tcp(Client, "A", start.wrapping_add(4), 1, "defg");
    lab.tcp(Client, "A", start.wrapping_add(1), 1, "abc");
    lab.tcp(Client, "A", start.wrapping_add(8), 1, "h");
    assert_eq!(lab.seen(), ["1 up abc", "1 up defg", "1 up h"]);
}

#[test]
fn keep_alives_are_no_data() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 1, 1, "abc");
    lab.tcp(Client, "A", 3, 1, "");
    lab.tcp(Client, "A", 3, 1, "\0");
    lab.tcp(Client, "A", 4, 1, "d");
    assert_eq!(lab.seen(), ["1 up abc", "1 up d"]);
    assert_eq!(lab.assembly.stats().keep_alives, 2);
}

#[test]
fn a_keep_alive_may_come_first() {
    let mut lab = Lab::new();
    lab.tcp(Client, "A", 99, 1, "\0");
    lab.tcp(Client, "A", 100, 1, "abc");
    assert_eq!(lab.seen(), ["1 up abc"]);
}

#[test]
fn window_probes_carry_the_next_byte_once() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 1, 1, "ab");
    lab.tcp(Server, "A0", 1, 3, "");
    lab.tcp(Client, "A", 3, 1, "c");
    lab.tcp(Client, "A", 3, 1, "c");
    lab.tcp(Server, "A", 1, 3, "");
    lab.tcp(Client, "A", 3, 1, "cde");
    assert_eq!(lab.seen().join("").replace("1 up ", ""), "abcde");
    assert_eq!(lab.assembly.stats().window_probes, 2);
}

#[test]
fn midstream_begins_anywhere_and_finds_the_client_by_port() {
    let mut lab = Lab::new();
    lab.tcp(Server, "A", 1_000, 500, "abc");
    lab.tcp(Client, "A", 500, 1_003, "def");
    assert_eq!(lab.seen(), ["1 down abc", "1 up def"]);
    assert!(lab.log.flow.unwrap().midstream);
}

#[test]
fn acknowledgments_alone_open_nothing() {
    let mut lab = Lab::new();
    lab.tcp(Server, "A", 1_000, 500, "");
    lab.tcp(Client, "R", 500, 0, "");
    lab.tcp(Client, "FA", 500, 1_000, "");
    assert_eq!((lab.assembly.flows(), lab.assembly.stats().late_segments), (0, 3));
}

#[test]
fn a_syn_ack_alone_tells_who_the_client_is() {
    let mut lab = Lab::new();
    lab.tcp(Server, "SA", 70, 31, "");
    lab.tcp(Client, "S", 30, 0, "");
    lab.tcp(Client, "A", 31, 71, "abc");
    assert_eq!(lab.seen(), ["1 up abc"]);
    assert!(!lab.log.flow.unwrap().midstream);
}

#[test]
fn both_may_open_at_once() {
    let mut lab = Lab::new();
    lab.tcp(Client, "S", 10, 0, "");
    lab.tcp(Server, "S", 20, 0, "");
    lab.tcp(Client, "SA", 10, 21, "");
    lab.tcp(Server, "SA", 20, 11, "");
    lab.tcp(Server, "A", 21, 11, "x");
    lab.tcp(Client, "A", 11, 22, "y");
    assert_eq!(lab.seen(), ["1 down x", "1 up y"]);
}

#[test]
fn a_syn_may_carry_data() {
    let mut lab = Lab::new();
    lab.tcp(Client, "S", 10, 0, "abc");
    lab.tcp(Server, "SA", 20, 11, "");
    lab.tcp(Client, "A", 11, 21, "abcdef");
    assert_eq!(lab.seen(), ["1 up abc", "1 up def"]);
}

#[test]
fn a_reset_delivers_what_waits_and_closes() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 4, 1, "def");
    lab.tcp(Server, "RA", 1, 1, "");
    lab.tick(1);
    lab.tcp(Client, "A", 1, 1, "abc");
    assert_eq!(lab.seen(), ["1 up gap 3", "1 up def", "1 close"]);
    assert_eq!(
        (lab.assembly.stats().late_segments, lab.assembly.stats().flows_closed),
        (1, 1)
    );
    lab.tick(11);
    assert_eq!(lab.assembly.flows(), 0);
}

#[test]
fn what_crosses_a_reset_is_delivered() {
    let mut lab = Lab::open();
    lab.tcp(Client, "RA", 1, 1, "");
    lab.tcp(Server, "A", 1, 1, "last words");
    lab.tick(1);
    assert_eq!(lab.seen(), ["1 down last words", "1 close"]);
}

#[test]
fn who_resets_does_not_go_on() {
    let mut lab = Lab::new();
    lab.tcp(Client, "S", 0, 0, "");
    lab.tcp(Server, "RA", 0, 1, "");
    lab.tcp(Server, "SA", 0, 1, "");
    lab.tick(1);
    lab.tcp(Client, "A", 1, 1, "abc");
    lab.tcp(Client, "R", 4, 0, "");
    lab.tcp(Client, "A", 4, 1, "def");
    lab.tick(2);
    lab.tcp(Server, "A", 1, 7, "ghi");
    assert_eq!(lab.seen(), ["1 up abc", "1 up def", "1 down ghi"]);
    assert_eq!(lab.assembly.stats().resets_ignored, 2);
}

#[test]
fn a_refused_connection_may_be_answered_after_all() {
    let mut lab = Lab::new();
    lab.tcp(Client, "S", 0, 0, "");
    lab.tcp(Server, "RA", 0, 1, "");
    lab.tick(1);
    lab.handshake();
    lab.tcp(Client, "A", 1, 1, "abc");
    assert_eq!(lab.seen(), ["1 close", "4 up abc"]);
}

#[test]
fn a_forged_fin_before_delivered_bytes_is_ignored() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 1, 1, "abc");
    lab.tcp(Client, "FA", 1, 1, "");
    lab.tcp(Server, "FA", 1, 4, "");
    lab.tcp(Client, "A", 4, 2, "def");
    assert_eq!(lab.seen(), ["1 up abc", "1 up def"]);
}

#[test]
fn a_forged_reset_is_ignored() {
    let mut lab = Lab::open();
    lab.tcp(Server, "R", 0x7000_0000, 0, "");
    lab.tcp(Client, "A", 1, 1, "abc");
    assert_eq!(lab.seen(), ["1 up abc"]);
    assert_eq!(lab.assembly.stats().resets_ignored, 1);
}

#[test]
fn a_refused_connection_closes() {
    let mut lab = Lab::new();
    lab.tcp(Client, "S", 10, 0, "");
    lab.tcp(Server, "RA", 0, 11, "");
    lab.tick(1);
    assert_eq!(lab.seen(), ["1 close"]);
}

#[test]
fn a_new_syn_between_the_same_ports_is_a_new_flow() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 1, 1, "abc");
    lab.tcp(Client, "S", 5_000, 0, "");
    lab.tcp(Client, "A", 5_001, 1, "xyz");
    assert_eq!(lab.seen(), ["1 up abc", "1 close", "5 up xyz"]);
    assert_eq!(lab.assembly.stats().flows_reused, 1);
}

#[test]
fn a_repeated_syn_is_the_same_flow() {
    let mut lab = Lab::new();
    lab.tcp(Client, "S", 0, 0, "");
    lab.tcp(Client, "S", 0, 0, "");
    lab.handshake();
    lab.tcp(Client, "A", 1, 1, "abc");
    lab.tcp(Server, "SA", 0, 1, "");
    lab.tcp(Client, "A", 4, 1, "d");
    assert_eq!(lab.seen(), ["1 up abc", "1 up d"]);
}

#[test]
fn a_port_is_used_again_after_fin() {
    let mut lab = Lab::open();
    lab.tcp(Client, "FA", 1, 1, "");
    lab.tcp(Server, "FA", 1, 2, "");
    lab.tcp(Client, "S", 900, 0, "");
    lab.tcp(Client, "A", 901, 1, "x");
    assert_eq!(lab.seen(), ["1 close", "6 up x"]);
    assert_eq!(lab.assembly.stats().flows_reused, 0);
}

#[test]
fn an_acknowledged_hole_is_given_up_after_three_packets() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 4, 1, "def");
    lab.tcp(Server, "A", 1, 7, "");
    lab.tcp(Server, "A", 1, 7, "1");
    lab.tcp(Server, "A", 2, 7, "2");
    assert_eq!(lab.seen(), ["1 down 1", "1 down 2"]);
    lab.tcp(Server, "A", 3, 7, "3");
    assert_eq!(lab.seen(), ["1 down 3", "1 up gap 3", "1 up def"]);
}

#[test]
fn acknowledged_before_seen_is_no_gap() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 4, 1, "def");
    lab.tcp(Server, "A", 1, 7, "");
    lab.tcp(Client, "A", 1, 1, "abc");
    assert_eq!(lab.seen(), ["1 up abc", "1 up def"]);
    assert_eq!(lab.assembly.stats().gaps, 0);
}

#[test]
fn an_acknowledged_hole_is_given_up_at_the_next_tick() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 4, 1, "def");
    lab.tcp(Server, "A", 1, 7, "");
    lab.tick(1);
    assert_eq!(lab.seen(), ["1 up gap 3", "1 up def"]);
}

#[test]
fn a_hole_seen_from_one_side_is_given_up_in_time() {
    let mut lab = Lab::new();
    lab.tcp(Client, "A", 1, 1, "abc");
    lab.tcp(Client, "A", 7, 1, "ghi");
    lab.tick(1);
    lab.tick(2);
    assert_eq!(lab.seen(), ["1 up abc"]);
    lab.tick(3);
    assert_eq!(lab.seen(), ["1 up gap 3", "1 up ghi"]);
}

#[test]
fn a_hole_that_the_receiver_has_too_is_waited_for() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 4, 1, "def");
    lab.tcp(Server, "A", 1, 1, "");
    lab.tick(20);
    lab.tcp(Client, "A", 1, 1, "abc");
    lab.tcp(Client, "A", 10, 1, "jkl");
    assert_eq!(lab.seen(), ["1 up abc", "1 up def"]);
    lab.tick(40);
    assert!(lab.seen().is_empty());
    lab.tick(51);
    assert_eq!(lab.seen(), ["1 up gap 3", "1 up jkl"]);
}

#[test]
fn too_much_behind_a_hole_gives_it_up() {
    let config = Config {
        out_of_order_flow_bytes: 2_000,
        ..Config::default()
    };
    let mut lab = Lab::with(&config);
    lab.handshake();
    for sequence in [4, 7, 10] {
        lab.tcp(Client, "A", sequence, 1, "xyz");
    }
    assert!(lab.seen().is_empty());
    lab.tcp(Client, "A", 13, 1, "xyz");
    assert_eq!(
        lab.seen(),
        ["1 up gap 3", "1 up xyz", "1 up xyz", "1 up xyz", "1 up xyz"]
    );
    assert_eq!(lab.assembly.stats().out_of_order_limit, 1);
}

#[test]
fn the_end_delivers_what_waits() {
    let mut lab = Lab::open();
    lab.tcp(Server, "A", 5, 1, "efg");
    lab.tcp(Server, "A", 9, 1, "i");
    assert_eq!(
        lab.finish(),
        ["1 down gap 4", "1 down efg", "1 down gap 1", "1 down i", "1 close"]
    );
}

#[test]
fn bytes_before_a_fin_may_come_late() {
    let mut lab = Lab::open();
    lab.tcp(Server, "FA", 1, 1, "");
    lab.tcp(Client, "FA", 4, 2, "def");
    lab.tcp(Client, "A", 1, 1, "abc");
    assert_eq!(lab.seen(), ["1 up abc", "1 up def", "1 close"]);
}

#[test]
fn a_forged_segment_far_off_does_not_derail() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 0x5000_0000, 1, "junk");
    lab.tcp(Client, "A", 1, 1, "abc");
    lab.tick(10);
    lab.tcp(Client, "A", 4, 1, "def");
    assert_eq!(lab.seen(), ["1 up abc", "1 up def"]);
    assert_eq!(lab.assembly.stats().strays, 1);
}

#[test]
fn both_sides_of_a_renumbering_firewall_are_one_stream() {
    let mut lab = Lab::new();
    lab.tcp(Client, "S", 100, 0, "");
    lab.tcp(Server, "SA", 0x4000_0000, 0x7000_0000, "");
    lab.tcp(Server, "SA", 200, 101, "");
    for step in 0..10 {
        lab.tcp(Server, "A", 0x4000_0001 + step, 0x7000_0000, "x");
        lab.tcp(Server, "A", 201 + step, 101, "x");
    }
    assert_eq!(lab.seen(), vec!["1 down x"; 10]);
    assert_eq!(lab.assembly.stats().strays, 10);
}

#[test]
fn a_stream_that_goes_on_far_off_is_followed() {
    let mut lab = Lab::open();
    lab.tcp(Client, "A", 1, 1, "abc");
    for step in 0..5 {
        lab.tcp(Client, "A", 0x5000_0000 + step * 2, 1, "xy");
    }
    let gap = 0x5000_0006 - 4;
    assert_eq!(
        lab.seen(),
        [
            "1 up abc".to_owned(),
            format!("1 up gap {gap}"),
            "1 up xy".into(),
            "1 up xy".into()
        ]
    );
}

#[test]
fn a_swap_holds_from_the_next_chunk_on() {
    let mut lab = Lab::open();
    lab.log.swap = true;
    lab.tcp(Client, "A", 1, 1, "abc");
    lab.tcp(Client, "A", 4, 1, "def");
    lab.tcp(Server, "A", 1, 7, "ghi");
    assert_eq!(lab.seen(), ["1 up abc", "1 down def", "1 up ghi"]);
}

#[test]
fn silence_ends_flows_at_ticks_only() {
    let mut lab = Lab::new();
    lab.udp(Client, "ping");
    lab.udp(Client, "pong");
    lab.tick(29);
    assert_eq!(lab.seen(), ["1 up [ping]", "1 up [pong]"]);
    lab.millis = 40_000;
    lab.udp(Client, "again");
    assert_eq!(lab.seen(), ["1 up [again]"]);
    lab.tick(58);
    assert!(lab.seen().is_empty());
    lab.tick(59);
    assert_eq!(lab.seen(), ["1 close"]);
    assert_eq!(lab.assembly.flows(), 0);
}

#[test]
fn an_answered_datagram_flow_ends_sooner_unless_something_waits() {
    for (deadline, end) in [(None, 5), (Some(100), 30)] {
        let mut lab = Lab::new();
        lab.log.deadline = deadline;
        lab.udp(Client, "ping");
        lab.udp(Server, "pong");
        lab.tick(end - 1);
        assert_eq!(lab.seen(), ["1 up [ping]", "1 down [pong]"]);
        lab.tick(end);
        assert_eq!(lab.seen(), ["1 close"]);
    }
}

#[test]
fn unanswered_and_half_closed_connections_end_soon() {
    let mut lab = Lab::new();
    lab.tcp(Client, "S", 0, 0, "");
    lab.port += 1;
    lab.handshake();
    lab.tcp(Client, "FA", 1, 1, "x");
    lab.port += 1;
    lab.handshake();
    lab.tick(61);
    assert_eq!(lab.seen(), ["2 up x", "1 close", "2 close"]);
    lab.tick(86_401);
    assert_eq!(lab.seen(), ["6 close"]);
}

#[test]
fn sessions_are_woken_at_their_deadline() {
    let mut lab = Lab::open();
    lab.log.deadline = Some(7);
    lab.tcp(Client, "A", 1, 1, "abc");
    lab.tick(6);
    assert_eq!(lab.seen(), ["1 up abc"]);
    lab.tick(7);
    lab.tick(8);
    assert_eq!(lab.seen(), ["1 expire at 7"]);
}

#[test]
fn too_many_flows_push_out_the_longest_silent() {
    let mut lab = Lab::with(&Config {
        max_flows: 2,
        ..Config::default()
    });
    for second in 0..3 {
        lab.tick(second);
        lab.port += 1;
        lab.udp(Client, "x");
    }
    assert_eq!(lab.seen(), ["1 up [x]", "2 up [x]", "1 close", "3 up [x]"]);
    assert_eq!((lab.assembly.flows(), lab.assembly.stats().flows_evicted), (2, 1));
}

#[test]
fn what_the_snap_length_cut_is_a_gap() {
    let mut lab = Lab::open();
    lab.snap = Some(54 + 3);
    lab.tcp(Client, "A", 1, 1, "abcdef");
    lab.tcp(Client, "A", 7, 1, "ghi");
    assert_eq!(lab.seen(), ["1 up abc", "1 up gap 3", "1 up ghi"]);
    lab.tcp(Client, "A", 16, 1, "pqrstu");
    lab.tcp(Client, "A", 10, 1, "jklmno");
    assert_eq!(lab.seen(), ["1 up jkl", "1 up gap 3", "1 up pqr", "1 up gap 3"]);
    lab.snap = Some(28 + 2);
    lab.udp(Server, "hello");
    assert_eq!(lab.seen(), ["8 down [he] missing 3"]);
}

#[test]
fn fragments_are_decoded_together_or_lost_together() {
    let mut lab = Lab::new();
    let mut whole = Vec::new();
    let builder = etherparse::PacketBuilder::ipv4([10, 0, 0, 1], [10, 0, 0, 2], 64).udp(40_000, 389);
    builder.write(&mut whole, b"0123456789abcdef0123").unwrap();
    let mut piece = |identification: u8, offset: usize, count: usize| {
        let mut bytes = whole[..20].to_vec();
        let more = if 20 + offset + count < whole.len() { 0x20 } else { 0 };
        bytes[2..8].copy_from_slice(&[0, 20 + count as u8, 0, identification, more, offset as u8 / 8]);
        bytes.extend(&whole[20 + offset..20 + offset + count]);
        lab.frame(LinkType::RAW, &bytes, bytes.len());
    };
    piece(1, 16, 12);
    piece(2, 0, 8);
    piece(1, 0, 8);
    piece(1, 8, 8);
    piece(3, 0, 8);
    assert_eq!(lab.seen(), ["4 up [0123456789abcdef0123]"]);
    lab.tick(10);
    assert_eq!(lab.assembly.stats().decoded, 3);
    lab.tick(61);
    assert_eq!(lab.assembly.stats().lost_fragments_expired, 2);
    assert_eq!(lab.finish(), ["4 close"]);
}

#[test]
fn a_cooked_capture_learns_addresses_from_both_ends() {
    let mut lab = Lab::new();
    let ip = |from: u8, to: u8, ports: [u16; 2]| {
        let mut bytes = vec![0, 0, 0, 1, 0, 6, 2, 0, 0, 0, 0, from, 0, 0, 8, 0];
        let builder = etherparse::PacketBuilder::ipv4([10, 0, 0, from], [10, 0, 0, to], 64).udp(ports[0], ports[1]);
        builder.write(&mut bytes, b"x").unwrap();
        bytes
    };
    for bytes in [ip(1, 2, [4_000, 53]), ip(2, 1, [53, 4_000])] {
        lab.frame(LinkType::LINUX_SLL, &bytes, bytes.len());
    }
    let flow = lab.log.flow.unwrap();
    assert_eq!(flow.client.mac.unwrap().to_string(), "02:00:00:00:00:01");
    assert_eq!(flow.server.mac.unwrap().to_string(), "02:00:00:00:00:02");
}
