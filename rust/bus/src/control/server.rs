//! The service's end of the control protocol.

use messages::wire::{ControlReply, ControlRequest, control_reply};
use prost::Message;

use crate::error::BusError;
use crate::router::{Peer, Router};
use crate::wait::AsSocket;

/// Requests a peer may have waiting, and answers that may wait for it.
const HIGH_WATER_MARK: i32 = 10_000;

/// Unreadable requests answered in one look: a peer that sends nothing else keeps no service from its work.
const UNREADABLE: usize = 64;

/// A ROUTER that reads [`ControlRequest`] and writes [`ControlReply`].
pub struct ControlServer {
    router: Router,
    service: String,
    malformed: u64,
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
            undelivered: 0,
        })
    }

    /// The next request that can be read. One that can't is answered with the reason and counted; after many of
    /// them in a row there is none for now, and the rest waits for the next look.
    pub fn try_receive(&mut self) -> Result<Option<(Peer, ControlRequest)>, BusError> {
        for _ in 0..UNREADABLE {
            let Some((peer, body)) = self.router.try_receive()? else {
                return Ok(None);
            };
            match ControlRequest::decode(body.as_slice()) {
                Ok(request) if request.body.is_some() => return Ok(Some((peer, request))),
                Ok(request) => {
                    self.malformed += 1;
                    self.error(
                        &peer,
                        &request.request_id,
                        "the request asks for nothing known here",
                    )?;
                }
                Err(unreadable) => {
                    self.malformed += 1;
                    self.error(&peer, "", &format!("the request cannot be read: {unreadable}"))?;
                }
            }
        }
        Ok(None)
    }

    /// Answers a request. A peer that went away is counted; its answer waits in [`Answers`](super::Answers).
    pub fn reply(
        &mut self,
        peer: &Peer,
        request_id: &str,
        body: control_reply::Body,
    ) -> Result<(), BusError> {
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

    /// Answers that a request is refused for `reason`.
    pub fn error(&mut self, peer: &Peer, request_id: &str, reason: &str) -> Result<(), BusError> {
        self.reply(peer, request_id, control_reply::Body::Error(reason.to_owned()))
    }

    /// Requests that could not be read.
    pub const fn malformed(&self) -> u64 {
        self.malformed
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
