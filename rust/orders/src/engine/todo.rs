//! The order in which a driver does what the engine wants done: one rule for the service and the simulator.

use std::collections::VecDeque;

use super::Action;

/// Actions in their order. What follows from one that was done (its send failed, its latch file was written) comes
/// before those that were waiting.
#[derive(Debug, Default)]
pub struct ToDo(VecDeque<Action>);

impl ToDo {
    /// Puts what follows from the action that was taken last in front of the others.
    pub fn follow(&mut self, actions: Vec<Action>) {
        for action in actions.into_iter().rev() {
            self.0.push_front(action);
        }
    }
}

impl From<Vec<Action>> for ToDo {
    fn from(actions: Vec<Action>) -> Self {
        Self(actions.into())
    }
}

/// Takes the next one.
impl Iterator for ToDo {
    type Item = Action;

    fn next(&mut self) -> Option<Action> {
        self.0.pop_front()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use messages::wire;

    fn reply(to: u64) -> Action {
        let result = Box::new(wire::CommandResult::default());
        Action::ReplyCommand { to, result }
    }

    #[test]
    fn what_follows_from_an_action_comes_before_those_that_waited() {
        let mut to_do = ToDo::from(vec![reply(1), reply(4)]);
        assert_eq!(to_do.next(), Some(reply(1)));
        to_do.follow(vec![reply(2), reply(3)]);
        assert_eq!(to_do.collect::<Vec<_>>(), [reply(2), reply(3), reply(4)]);
    }
}
