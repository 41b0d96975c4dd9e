//! Re-arms that a kill overtook: asked for before it, none of them may be obeyed after it.

use std::collections::{BTreeMap, BTreeSet};

use messages::{Symbol, wire};
use wire::strategy_command::Type;

use super::Scope;

/// What came to the engine, in its order.
#[derive(Debug, Default)]
pub(crate) struct Overtaking {
    asked: BTreeMap<String, Scope>,
    overtaken: BTreeSet<String>,
    kills: BTreeSet<String>,
}

impl Overtaking {
    /// A command comes to the living engine.
    pub(crate) fn came(&mut self, command: &wire::StrategyCommand) {
        let Ok(scope) = Symbol::scope(&command.symbol) else {
            return;
        };
        let id = command.command_id.clone();
        match command.r#type() {
            Type::Rearm => {
                self.overtaken.remove(&id);
                self.asked.insert(id, scope);
            }
            // One that is sent again only hears its answer again.
            Type::KillSwitch if self.kills.insert(id) => {
                let within = |of: &Scope| scope.is_none() || *of == scope;
                let overtaken = self.asked.iter().filter(|(_, of)| within(of));
                self.overtaken.extend(overtaken.map(|(id, _)| id.clone()));
            }
            _ => {}
        }
    }

    /// The engine died, and with it what waited in it.
    pub(crate) fn died(&mut self) {
        self.asked.clear();
        self.overtaken.clear();
    }

    pub(super) fn is_overtaken(&self, command_id: &str) -> bool {
        self.overtaken.contains(command_id)
    }
}
