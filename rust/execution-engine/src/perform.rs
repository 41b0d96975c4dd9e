//! Doing what the engine wants done, in its order.

use bus::{BusError, Delivery, Peer, clock};
use messages::wire;
use orders::{Action, ToDo};
use wire::control_reply::Body as Reply;

use crate::configure;
use crate::service::Service;

impl Service {
    /// Carries out `actions`, and what follows from them.
    pub(crate) fn perform(&mut self, actions: Vec<Action>) -> Result<(), BusError> {
        let mut to_do = ToDo::from(actions);
        while let Some(action) = to_do.next() {
            match action {
                Action::Publish { sequence, event } => {
                    self.publisher.send(event.as_ref(), sequence, clock::now_us())?;
                }
                Action::Send(request) => match self.venue.send(request.as_ref()) {
                    Ok(()) => {}
                    Err(error @ BusError::NotConnected(_)) => {
                        let reason = error.to_string();
                        to_do.follow(self.engine.on_send_failed(&request, &reason, clock::now_us()));
                    }
                    Err(error) => return Err(error),
                },
                Action::ReplyOrder { to, reply } => {
                    if let Some(asker) = self.askers.remove(&to) {
                        self.reply_order(&asker.peer, &reply)?;
                    }
                }
                Action::ReplyCommand { to, result } => {
                    if let Some(asker) = self.askers.remove(&to) {
                        tracing::info!(
                            command_id = result.command_id,
                            outcome = result.outcome().as_str_name(),
                            reason = result.reason,
                            "answered a command"
                        );
                        self.control
                            .reply(&asker.peer, &asker.request_id, Reply::Result(*result))?;
                    }
                }
                Action::WriteStoreAgain => {
                    if let Some(projector) = &self.projector {
                        projector.write_again();
                    }
                }
                Action::WriteLatch(latch) => {
                    let written = self.latch.write(&configure::to_file(&latch));
                    let now_us = clock::now_us();
                    to_do.follow(match written {
                        Ok(()) => self.engine.on_latch_written(now_us),
                        Err(error) => {
                            tracing::error!("{error}");
                            self.engine.on_latch_failed(&error.to_string(), now_us)
                        }
                    });
                }
            }
        }
        Ok(())
    }

    pub(crate) fn reply_order(&mut self, peer: &Peer, reply: &wire::OrderReply) -> Result<(), BusError> {
        // A risk manager that is gone learns what became of it from the events.
        if self.orders.send(peer, reply)? != Delivery::Sent {
            self.undelivered += 1;
        }
        Ok(())
    }
}
