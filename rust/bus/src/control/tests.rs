//! Over real sockets, between threads, on a path of its own.

use messages::wire::{CommandResult, Ping, Pong, control_reply, control_request};

use super::*;
use crate::wait::wait;
use crate::{Context, Heartbeats, clock};

fn address(folder: &tempfile::TempDir) -> String {
    format!("ipc://{}/control.ipc", folder.path().display())
}

/// Answers pings until `count` were answered, dropping the first `deaf` requests. The server comes back with
/// the ids: closing it takes unread answers from a peer that sends only over a live connection.
fn serve(
    context: &Context,
    address: &str,
    deaf: usize,
    count: usize,
) -> std::thread::JoinHandle<(Vec<String>, ControlServer)> {
    let mut server = ControlServer::bind(context, address, "test").unwrap();
    std::thread::spawn(move || {
        let mut ids = Vec::new();
        while ids.len() < deaf + count {
            wait(&[&server], 1_000).unwrap();
            for (peer, request) in server.receive().unwrap() {
                ids.push(request.request_id.clone());
                if ids.len() > deaf {
                    let body = control_reply::Body::Pong(Pong {
                        pid: 7,
                        ..Default::default()
                    });
                    server.reply(&peer, &request.request_id, body).unwrap();
                }
            }
        }
        (ids, server)
    })
}

#[test]
fn a_lost_answer_is_asked_for_again_under_the_same_id() {
    let (folder, context) = (tempfile::tempdir().unwrap(), Context::new());
    let server = serve(&context, &address(&folder), 2, 1);
    let client = ControlClient::connect(&context, &address(&folder)).unwrap();
    let reply = client
        .request(control_request::Body::Ping(Ping {}), 5_000)
        .unwrap();
    assert!(matches!(
        reply.body,
        Some(control_reply::Body::Pong(Pong { pid: 7, .. }))
    ));
    let (ids, _server) = server.join().unwrap();
    assert!(ids.len() == 3 && ids.iter().all(|id| *id == ids[0]), "{ids:?}");
}

#[test]
fn no_answer_is_unknown_and_not_a_failure() {
    let (folder, context) = (tempfile::tempdir().unwrap(), Context::new());
    let client = ControlClient::connect(&context, &address(&folder)).unwrap();
    let error = client
        .request(control_request::Body::Ping(Ping {}), 30)
        .unwrap_err();
    assert!(matches!(error, ControlError::NoAnswer { .. }));
    assert!(error.to_string().contains("unknown"));
}

#[test]
fn nothing_is_delivered_to_a_peer_that_comes_back_later() {
    let (folder, context) = (tempfile::tempdir().unwrap(), Context::new());
    let client = ControlClient::connect(&context, &address(&folder)).unwrap();
    assert!(client.request(control_request::Body::Ping(Ping {}), 30).is_err());
    let mut server = ControlServer::bind(&context, &address(&folder), "test").unwrap();
    wait(&[&server], 300).unwrap();
    assert!(
        server.receive().unwrap().is_empty(),
        "an old request arrived late"
    );
}

#[test]
fn rubbish_is_answered_and_counted() {
    let (folder, context) = (tempfile::tempdir().unwrap(), Context::new());
    let mut server = ControlServer::bind(&context, &address(&folder), "test").unwrap();
    let raw = context.socket(zmq::DEALER).unwrap();
    raw.set_linger(0).unwrap();
    raw.set_rcvtimeo(5_000).unwrap();
    raw.connect(&address(&folder)).unwrap();
    for rubbish in [&b"\xff\xff\xff"[..], b""] {
        raw.send(rubbish, 0).unwrap();
        while !server_answered(&mut server, &raw) {}
    }
    assert_eq!(server.malformed(), 2);
}

fn server_answered(server: &mut ControlServer, raw: &zmq::Socket) -> bool {
    use prost::Message;
    wait(&[server], 20).unwrap();
    assert!(server.receive().unwrap().is_empty());
    let Ok(frame) = raw.recv_bytes(zmq::DONTWAIT) else {
        return false;
    };
    let reply = messages::wire::ControlReply::decode(frame.as_slice()).unwrap();
    matches!(reply.body, Some(control_reply::Body::Error(_)))
}

/// A peer that sends `frame` as long as there is room, until the receiver is dropped.
fn flood(context: &Context, address: &str, frame: &'static [u8]) -> std::sync::mpsc::SyncSender<()> {
    let raw = context.socket(zmq::DEALER).unwrap();
    raw.set_linger(0).unwrap();
    raw.set_sndtimeo(10).unwrap();
    raw.connect(address).unwrap();
    let (stop, stopped) = std::sync::mpsc::sync_channel::<()>(0);
    std::thread::spawn(move || {
        use std::sync::mpsc::TryRecvError;
        while stopped.try_recv() == Err(TryRecvError::Empty) {
            // A send that found no room in time is tried again.
            let _full = raw.send(frame, 0);
        }
    });
    stop
}

#[test]
fn a_turn_reads_a_few_messages_of_a_flood_and_another_peer_is_answered_amid_it() {
    let (folder, context) = (tempfile::tempdir().unwrap(), Context::new());
    let mut server = ControlServer::bind(&context, &address(&folder), "test").unwrap();
    // The second one can be read, and asks for nothing.
    let floods = [&b"\xff\xff\xff"[..], b"\x0a\x01r"].map(|frame| flood(&context, &address(&folder), frame));
    while server.malformed() < 5_000 {
        let before = server.malformed();
        wait(&[&server], 1_000).unwrap();
        assert!(server.receive().unwrap().is_empty());
        assert!(server.malformed() - before <= server::A_TURN as u64);
    }
    let (asker_context, asker_address) = (context.clone(), address(&folder));
    let asker = std::thread::spawn(move || {
        let client = ControlClient::connect(&asker_context, &asker_address).unwrap();
        client
            .request(control_request::Body::Ping(Ping {}), 60_000)
            .unwrap()
    });
    // The flood has no end: whoever waited for it to be over would never be answered.
    while !asker.is_finished() {
        wait(&[&server], 1_000).unwrap();
        for (peer, request) in server.receive().unwrap() {
            let body = control_reply::Body::Pong(Pong::default());
            server.reply(&peer, &request.request_id, body).unwrap();
        }
    }
    let reply = asker.join().unwrap();
    assert!(matches!(reply.body, Some(control_reply::Body::Pong(_))));
    drop(floods);
}

#[test]
fn a_refusal_is_counted_apart_from_what_cannot_be_read() {
    let (folder, context) = (tempfile::tempdir().unwrap(), Context::new());
    let mut server = ControlServer::bind(&context, &address(&folder), "test").unwrap();
    let asker_address = address(&folder);
    let asker_context = context.clone();
    let asker = std::thread::spawn(move || {
        let client = ControlClient::connect(&asker_context, &asker_address).unwrap();
        client
            .request(control_request::Body::Ping(Ping {}), 60_000)
            .unwrap()
    });
    while !asker.is_finished() {
        wait(&[&server], 100).unwrap();
        for (peer, request) in server.receive().unwrap() {
            let body = control_reply::Body::Error("not here".into());
            server.reply(&peer, &request.request_id, body).unwrap();
        }
    }
    let reply = asker.join().unwrap();
    assert!(matches!(reply.body, Some(control_reply::Body::Error(reason)) if reason == "not here"));
    assert!(server.refused() >= 1 && server.malformed() == 0);
}

#[test]
fn answers_are_kept_up_to_a_bound() {
    let mut answers = Answers::new(2);
    for id in ["a", "b", "b", "c"] {
        answers.insert(CommandResult {
            command_id: id.into(),
            ..Default::default()
        });
    }
    assert!(answers.get("a").is_none() && answers.get("b").is_some() && answers.get("c").is_some());
}

#[test]
fn a_heartbeat_is_heard_and_then_grows_old() {
    let (folder, context) = (tempfile::tempdir().unwrap(), Context::new());
    let services = [("test".to_owned(), address(&folder))];
    let mut now = 1_000_000;
    let mut heartbeats = Heartbeats::new(&context, &services, now).unwrap();
    let server = serve(&context, &address(&folder), 0, 1);
    let deadline = clock::monotonic_us() + 5_000_000;
    while !heartbeats.was_heard("test") && clock::monotonic_us() < deadline {
        now += 200_000;
        heartbeats.tick(now).unwrap();
        wait(&[], 5).unwrap();
    }
    drop(server.join().unwrap());
    assert_eq!(heartbeats.pong("test").unwrap().pid, 7);
    assert!(heartbeats.age_us("test", now + 3_000_000) >= 3_000_000);
}
