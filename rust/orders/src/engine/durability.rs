//! The far side of the journal: what happens once events are durable, and when they can't be.

use messages::mutation::{Mutant, planted};
use messages::{GateKind, OrderStatus, wire};
use wire::command_result::Outcome;

use super::outbox::Held;
use super::{Action, Engine};
use crate::event::{Event, Recorded};

/// Holder of the gate that a failing journal closes.
const JOURNAL: &str = "journal";
const NOT_DURABLE: &str = "in force, but not durable yet";

impl Engine {
    /// The events to append, all of them in one transaction and in this order.
    pub fn unwritten(&mut self) -> &[Recorded] {
        self.outbox.unwritten()
    }

    /// The first `count` unwritten events are durable; the journal gave the last one `last_sequence`.
    pub fn on_written(&mut self, count: usize, last_sequence: u64, now_us: i64) -> Vec<Action> {
        let written = self.outbox.take_written(count);
        let first = last_sequence + 1 - written.len() as u64;
        self.open_gate(JOURNAL, GateKind::StoreBehind, None);
        // Orders leave before anybody reads of them: they are what time is short for.
        for held in self.outbox.take_released() {
            self.release(held, now_us);
        }
        for (sequence, recorded) in (first..).zip(&written) {
            self.actions.push(Action::Publish {
                sequence,
                event: Box::new(recorded.to_wire()),
            });
        }
        self.finish(now_us)
    }

    /// The unwritten events could not be appended. They stay, and are to be tried again; nothing that
    /// depends on them happens. Cancels and kills go on, and stages of a kill are shown without a sequence.
    pub fn on_write_failed(&mut self, reason: &str, now_us: i64) -> Vec<Action> {
        let sentence = format!("the journal can't be written: {reason}");
        let opens = "the journal can be written again (free disk space in state/)";
        self.close_gate(JOURNAL, GateKind::StoreBehind, None, &sentence, opens, now_us);
        self.refuse_held(now_us)
    }

    /// The journal holds a record of this kind and key already. It can never be appended, so it goes, and the
    /// rest is tried again. False when no such record waits.
    pub fn on_duplicate(&mut self, kind: &str, key: &str, now_us: i64) -> (bool, Vec<Action>) {
        if !self.outbox.drop_duplicate(kind, key) {
            return (false, Vec::new());
        }
        self.counters.records_dropped += 1;
        for held in self.outbox.take_released() {
            self.release(held, now_us);
        }
        (true, self.finish(now_us))
    }

    /// While the journal fails: answers and shows what came since it was tried last. Nothing is kept waiting
    /// for the next try.
    pub fn refuse_held(&mut self, now_us: i64) -> Vec<Action> {
        let gate = self.gates.get(JOURNAL, GateKind::StoreBehind, None);
        let Some(sentence) = gate.map(|gate| gate.reason.clone()) else {
            return Vec::new();
        };
        self.record_gates(now_us);
        for recorded in self.outbox.take_unshown() {
            if matches!(recorded.event, Event::Kill(_) | Event::State(_)) {
                self.actions.push(Action::Publish {
                    sequence: 0,
                    event: Box::new(recorded.to_wire()),
                });
            }
        }
        for held in self.outbox.take_held() {
            self.give_up(held, &sentence, now_us);
        }
        self.finish(now_us)
    }

    pub(super) fn journal_fails(&self) -> bool {
        self.gates.get(JOURNAL, GateKind::StoreBehind, None).is_some()
    }

    pub(super) fn release(&mut self, held: Held, now_us: i64) {
        match held {
            Held::Leave(order) => self.leave(&order, now_us),
            Held::ReplyOrder { to, reply } => self.actions.push(Action::ReplyOrder { to, reply }),
            Held::ReplyCommand { to, result } => self.actions.push(Action::ReplyCommand { to, result }),
            Held::Lift { scope, to, result } => {
                self.lift(scope.as_ref(), now_us);
                self.actions.push(Action::ReplyCommand { to, result });
            }
        }
    }

    pub(super) fn give_up(&mut self, held: Held, reason: &str, now_us: i64) {
        match held {
            Held::Leave(order) => {
                let client_order_id = &order.get().client_order_id;
                self.withdraw(client_order_id, OrderStatus::Rejected, reason, now_us);
            }
            Held::ReplyOrder { to, mut reply } => {
                reply.accepted = false;
                reason.clone_into(&mut reply.reason);
                self.actions.push(Action::ReplyOrder { to, reply });
            }
            Held::ReplyCommand { to, mut result } => {
                // The same id sent twice: the first of both was given up already, and this one hears the same.
                if let Some(given) = self.answer_amended(&result) {
                    self.actions.push(Action::ReplyCommand {
                        to,
                        result: Box::new(given),
                    });
                    return;
                }
                // What stops trading is in force in memory already, and is said to be no more than that. One that
                // came again after its record was durable hears what is on the record.
                let is_obeyed = matches!(result.outcome(), Outcome::Done | Outcome::Accepted)
                    && !result.reason.contains(NOT_DURABLE);
                if is_obeyed && self.outbox.holds_record(&result.command_id) {
                    let sentence = format!("{NOT_DURABLE}: {reason}");
                    result.reason = if result.outcome() == Outcome::Done || result.reason.is_empty() {
                        sentence
                    } else {
                        format!("{}; {sentence}", result.reason)
                    };
                    result.set_outcome(Outcome::Accepted);
                    self.amend_answer(&result);
                }
                self.actions.push(Action::ReplyCommand { to, result });
            }
            Held::Lift {
                scope,
                to,
                mut result,
            } => {
                result.set_outcome(Outcome::Refused);
                result.missing.push(reason.to_owned());
                reason.clone_into(&mut result.reason);
                self.amend_answer(&result);
                // With the refusal the record says that it is killed still, whatever becomes of the latch file.
                if !planted(Mutant::LiftGivenUpUnsaid) {
                    self.adopt_latch(scope.as_ref(), now_us);
                }
                self.actions.push(Action::ReplyCommand { to, result });
            }
        }
    }

    /// The answer that took the place of this one, if one did.
    fn answer_amended(&self, result: &wire::CommandResult) -> Option<wire::CommandResult> {
        let given = self.state.commands.get(&result.command_id)?.result.as_ref()?;
        (given.outcome() != result.outcome()).then(|| given.clone())
    }

    /// Memory and journal tell of a command what was answered, not what was meant to be.
    pub(super) fn amend_answer(&mut self, result: &wire::CommandResult) {
        self.state.commands.amend(result);
        self.outbox.amend(result);
    }
}
