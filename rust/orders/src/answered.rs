//! The commands that were answered, the newest of them.

use std::collections::{BTreeMap, VecDeque};

use messages::wire;

/// How many stay in memory; the journal keeps all.
const REMEMBERED: usize = 10_000;

/// Commands with their answers by id, as many as are remembered.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Answered {
    records: BTreeMap<String, wire::CommandRecord>,
    order: VecDeque<String>,
}

impl Answered {
    /// The command of this id and its answer.
    pub fn get(&self, command_id: &str) -> Option<&wire::CommandRecord> {
        self.records.get(command_id)
    }

    /// The newest `count`, newest last.
    pub fn newest(&self, count: usize) -> impl Iterator<Item = &wire::CommandRecord> {
        let older = self.order.len().saturating_sub(count);
        self.order
            .iter()
            .skip(older)
            .filter_map(|id| self.records.get(id))
    }

    /// Gives a command that is remembered the answer it got after all.
    pub(crate) fn amend(&mut self, result: &wire::CommandResult) {
        if let Some(record) = self.records.get_mut(&result.command_id) {
            record.result = Some(result.clone());
        }
    }

    /// Adds one. A record without its command has no id and is left out.
    pub(crate) fn add(&mut self, record: &wire::CommandRecord) {
        let Some(command) = &record.command else { return };
        let before = self.records.insert(command.command_id.clone(), record.clone());
        if before.is_none() {
            self.order.push_back(command.command_id.clone());
        }
        if self.order.len() > REMEMBERED
            && let Some(oldest) = self.order.pop_front()
        {
            self.records.remove(&oldest);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_newest_are_kept_in_their_order() {
        let mut answered = Answered::default();
        for number in 0..REMEMBERED + 3 {
            let command = wire::StrategyCommand {
                command_id: format!("c{number}"),
                ..wire::StrategyCommand::default()
            };
            answered.add(&wire::CommandRecord {
                command: Some(command),
                ..wire::CommandRecord::default()
            });
        }
        assert!(answered.get("c2").is_none() && answered.get("c3").is_some());
        assert_eq!(
            (answered.records.len(), answered.order.len()),
            (REMEMBERED, REMEMBERED)
        );
        let newest: Vec<_> = answered
            .newest(2)
            .filter_map(|record| record.command.as_ref())
            .map(|command| command.command_id.clone())
            .collect();
        assert_eq!(newest, ["c10001", "c10002"]);
    }
}
