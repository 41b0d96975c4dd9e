//! Answers to commands, kept for whoever asks again.

use std::collections::{HashMap, VecDeque};

use messages::wire::CommandResult;

/// The newest answers by `command_id`. A service fills it from its journal at start, so that a command sent
/// again after a restart still gets its first answer and is not carried out twice.
#[derive(Debug)]
pub struct Answers {
    by_id: HashMap<String, CommandResult>,
    oldest_first: VecDeque<String>,
    capacity: usize,
}

impl Answers {
    /// Keeps the newest `capacity` answers.
    pub fn new(capacity: usize) -> Self {
        Self {
            by_id: HashMap::new(),
            oldest_first: VecDeque::new(),
            capacity,
        }
    }

    /// The answer to this command, if it was given.
    pub fn get(&self, command_id: &str) -> Option<&CommandResult> {
        self.by_id.get(command_id)
    }

    /// Keeps an answer; a later one to the same command (a kill that got further) replaces it.
    pub fn insert(&mut self, result: CommandResult) {
        let id = result.command_id.clone();
        if self.by_id.insert(id.clone(), result).is_none() {
            self.oldest_first.push_back(id);
        }
        while self.oldest_first.len() > self.capacity {
            if let Some(oldest) = self.oldest_first.pop_front() {
                self.by_id.remove(&oldest);
            }
        }
    }
}
