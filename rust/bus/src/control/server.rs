//! The service's end of the control protocol.

use messages::wire::{ControlReply, ControlRequest, control_reply};
use prost::Message;

use crate::error::BusError;
use crate::router::{Peer, Router};
use crate::wait::AsSocket;

/// Requests a peer may have waiting, and answers that may wait for it.
const HIGH_WATER_MARK: i32 = 10_000;

/// Messages read in one turn of a service: a snapshot takes milliseconds, and orders and rows wait meanwhile.
pub(super) const A_TURN: usize = 16;

/// A ROUTER that reads [`ControlRequest`] and writes [`ControlReply`].
pub struct ControlServer {
    router: Router,
    service: String,
    malformed: u64,
    refused: u64,
    undelivered: u64,
}

impl ControlServer {
    /// Binds `address` for `service`.
    pub fn bind(context: &zmq::Context, address: &str, service: &str) -> Result<Self, BusError> {
        let router = Router::bind(context, address, HIGH_WATER_MARK)?;
        Ok(Self {
            router,
            service: service.to_owned(),
            malformed: 0,
            refused: 0,
            undelivered: 0,
        })
    }

    /// The requests of one turn of the service's loop: of a few messages those that can be read. One that can't is
    /// answered with the reason and counted. What is beyond waits for the next turn, so that no number of them
    /// keeps a service from its work; and every peer has its turn, so that none waits for a flood of another's.
    pub fn receive(&mut self) -> Result<Vec<(Peer, ControlRequest)>, BusError> {
        let mut requests = Vec::new();
        for _ in 0..A_TURN {
            let Some((peer, body)) = self.router.try_receive()? else {
                break;
            };
            match ControlRequest::decode(body.as_slice()) {
                Ok(request) if request.body.is_some() => requests.push((peer, request)),
                Ok(request) => self.unreadable(
                    &peer,
                    &request.request_id,
                    "the request asks for nothing known here",
                )?,
                Err(error) => self.unreadable(&peer, "", &format!("the request cannot be read: {error}"))?,
            }
        }
        Ok(requests)
    }

    /// Answers a request; an error is counted as a refusal. A peer that went away is counted; its answer waits in
    /// [`Answers`](super::Answers).
    pub fn reply(
        &mut self,
        peer: &Peer,
        request_id: &str,
        body: control_reply::Body,
    ) -> Result<(), BusError> {
        self.refused += u64::from(matches!(body, control_reply::Body::Error(_)));
        self.send(peer, request_id, body)
    }

    fn unreadable(&mut self, peer: &Peer, request_id: &str, reason: &str) -> Result<(), BusError> {
        self.malformed += 1;
        self.send(peer, request_id, control_reply::Body::Error(reason.to_owned()))
    }

    fn send(&mut self, peer: &Peer, request_id: &str, body: control_reply::Body) -> Result<(), BusError> {
        let reply = ControlReply {
            request_id: request_id.to_owned(),
            service: self.service.clone(),
            body: Some(body),
        };
        if self.router.send(peer, &reply)? != crate::router::Delivery::Sent {
            self.undelivered += 1;
        }
        Ok(())
    }

    /// Requests that could not be read.
    pub const fn malformed(&self) -> u64 {
        self.malformed
    }
    /// Requests that could be read and were answered with an error.
    pub const fn refused(&self) -> u64 {
        self.refused
    }
    /// Answers whose asker was gone.
    pub const fn undelivered(&self) -> u64 {
        self.undelivered
    }
}

impl AsSocket for ControlServer {
    fn socket(&self) -> &zmq::Socket {
        self.router.socket()
    }
}
