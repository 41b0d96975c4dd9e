//! Its journal, and what leaves once something is in it.

use messages::{Order, wire};
use risk::{Action, LatchState};
use wire::order_request::Body;
use wire::risk_event::Event;

use super::{LIMITS_AGAIN_US, RiskActor, Undurable, limits_request};
use crate::network::Parcel;
use crate::pending::Pending;
use crate::shared::{Died, Shared};

impl RiskActor {
    /// All of `records` and what waits from before, or nothing.
    pub(super) fn append(
        &mut self,
        shared: &mut Shared,
        records: Vec<Pending>,
    ) -> Result<Result<(), Undurable>, Died> {
        let asks_nothing = records.is_empty();
        if asks_nothing && self.unwritten.is_empty() {
            return Ok(Ok(()));
        }
        shared.survives()?;
        let now_us = shared.now_us + self.clock_us;
        if self.disk_fails {
            self.unwritten
                .extend(records.into_iter().filter(Pending::outlives_a_fault));
            if !self.journal_is_faulty {
                self.journal_is_faulty = true;
                let Some(manager) = &mut self.manager else {
                    return Err(Died);
                };
                for action in manager.on_journal(Some("no space left on the device"), now_us) {
                    if let Action::Journal { kind, key, event } = action {
                        self.unwritten.push_back(Pending { kind, key, event });
                    }
                }
            }
            return Ok(if asks_nothing { Ok(()) } else { Err(Undurable) });
        }
        let waiting: Vec<Pending> = self.unwritten.drain(..).collect();
        for Pending { kind, key, mut event } in waiting.into_iter().chain(records) {
            if let Some(key) = key {
                let is_new = self.keys.insert((kind, key.clone()));
                shared
                    .witness
                    .expect(is_new, || format!("the risk manager writes {kind} {key} twice"));
            }
            if let Some(Event::Decision(decision)) = &event.event {
                shared.witness.decided(decision);
            }
            event.sequence = self.journal.len() as u64 + 1;
            self.journal.push(event);
        }
        shared.survives()?;
        if self.journal_is_faulty {
            self.journal_is_faulty = false;
            let Some(manager) = &mut self.manager else {
                return Err(Died);
            };
            let actions = manager.on_journal(None, now_us);
            let _ = self.perform(shared, actions)?;
        }
        Ok(Ok(()))
    }

    /// Writes the latch file, and gives what follows from what became of it.
    pub(super) fn write_latch(
        &mut self,
        shared: &mut Shared,
        latch: LatchState,
    ) -> Result<Vec<Action>, Died> {
        let is_written = self.latch.write(latch);
        shared.witness.report.latches_failed += u64::from(!is_written);
        let fault = (!is_written).then_some("input/output error");
        let now_us = shared.now_us + self.clock_us;
        let manager = self.manager.as_mut().ok_or(Died)?;
        Ok(manager.on_latch_file(fault, now_us))
    }

    /// An approved order that never left never was.
    pub(super) fn withdraw(&mut self, shared: &mut Shared, order: &Order) -> Result<(), Died> {
        let reply = wire::OrderReply {
            request_id: order.client_order_id.clone(),
            client_order_id: order.client_order_id.clone(),
            accepted: false,
            reason: "it could not be journalled".to_owned(),
        };
        let Some(manager) = &mut self.manager else {
            return Err(Died);
        };
        let actions = manager.on_order_reply(&reply, shared.now_us + self.clock_us);
        self.perform(shared, actions).map(|_| ())
    }

    pub(super) fn send_owed_limits(&mut self, shared: &mut Shared) {
        let Some((limits, sent_us)) = &mut self.owed_limits else {
            return;
        };
        if self.manager.is_none() || shared.now_us.saturating_sub(*sent_us) < LIMITS_AGAIN_US {
            return;
        }
        *sent_us = shared.now_us;
        let request_id = limits_request(limits.version);
        let body = Some(Body::Limits(limits.clone()));
        self.ask(shared, wire::OrderRequest { request_id, body });
    }

    pub(super) fn ask(&mut self, shared: &mut Shared, request: wire::OrderRequest) {
        shared.send(Parcel::OrderRequest {
            risk_start: self.starts,
            request: Box::new(request),
        });
    }
}
