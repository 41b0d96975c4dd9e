//! The newest decisions and commands, for a reader that joins late.

use std::collections::VecDeque;

use messages::wire::{self, risk_event::Event};

/// How many of each a snapshot has.
const NEWEST: usize = 500;

/// What a snapshot shows beside the picture.
#[derive(Debug, Default)]
pub struct Memory {
    decisions: VecDeque<wire::RiskDecision>,
    commands: VecDeque<wire::CommandRecord>,
}

impl Memory {
    /// Takes an event of the journal.
    pub fn take(&mut self, event: &wire::RiskEvent) {
        match &event.event {
            Some(Event::Decision(decision)) => push(&mut self.decisions, decision),
            Some(Event::Command(record)) => push(&mut self.commands, record),
            _ => {}
        }
    }

    /// The newest decisions, newest last.
    pub fn decisions(&self) -> Vec<wire::RiskDecision> {
        self.decisions.iter().cloned().collect()
    }
    /// The newest commands, newest last.
    pub fn commands(&self) -> Vec<wire::CommandRecord> {
        self.commands.iter().cloned().collect()
    }
}

fn push<T: Clone>(ring: &mut VecDeque<T>, item: &T) {
    if ring.len() == NEWEST {
        ring.pop_front();
    }
    ring.push_back(item.clone());
}
