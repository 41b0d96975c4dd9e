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
            while let Some((peer, request)) = server.try_receive().unwrap() {
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
        server.try_receive().unwrap().is_none(),
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
    assert!(server.try_receive().unwrap().is_none());
    let Ok(frame) = raw.recv_bytes(zmq::DONTWAIT) else {
        return false;
    };
    let reply = messages::wire::ControlReply::decode(frame.as_slice()).unwrap();
    matches!(reply.body, Some(control_reply::Body::Error(_)))
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
