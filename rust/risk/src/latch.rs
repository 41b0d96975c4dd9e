//! The kills in force, as a service latches them: whatever else is lost, these stay.

use std::collections::BTreeMap;

use messages::Symbol;

/// Who latched a kill, when and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct LatchEntry {
    /// The command, or a name of the other way it came.
    pub command_id: String,
    /// Arrival time in microseconds.
    pub at_us: i64,
    /// As claimed, `operator@host`.
    pub operator: String,
    /// In the operator's words.
    pub reason: String,
}

/// The kills in force, by scope. Empty is armed.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LatchState {
    /// The whole desk.
    pub desk: Option<LatchEntry>,
    /// Single symbols.
    pub symbols: BTreeMap<Symbol, LatchEntry>,
}

impl LatchState {
    /// True when nothing new may leave for `symbol`.
    pub fn kills(&self, symbol: &Symbol) -> bool {
        self.desk.is_some() || self.symbols.contains_key(symbol)
    }

    /// True when no kill is in force.
    pub fn is_armed(&self) -> bool {
        self.desk.is_none() && self.symbols.is_empty()
    }

    /// The entry of exactly this scope; `None` is the desk.
    pub fn entry(&self, scope: Option<&Symbol>) -> Option<&LatchEntry> {
        match scope {
            None => self.desk.as_ref(),
            Some(symbol) => self.symbols.get(symbol),
        }
    }

    /// Latches a scope.
    pub fn set(&mut self, scope: Option<&Symbol>, entry: LatchEntry) {
        match scope {
            None => self.desk = Some(entry),
            Some(symbol) => {
                self.symbols.insert(symbol.clone(), entry);
            }
        }
    }

    /// Lifts exactly this scope.
    pub fn lift(&mut self, scope: Option<&Symbol>) {
        match scope {
            None => self.desk = None,
            Some(symbol) => {
                self.symbols.remove(symbol);
            }
        }
    }

    /// Every scope that is latched.
    pub fn scopes(&self) -> Vec<Option<Symbol>> {
        let desk = self.desk.iter().map(|_| None);
        desk.chain(self.symbols.keys().cloned().map(Some)).collect()
    }
}

/// What opens the gate of a kill of exactly this scope, for whoever reads it; `None` is the desk.
pub fn opens_when(scope: Option<&Symbol>) -> String {
    scope.map_or_else(
        || "it is re-armed: quarterdeck rearm".into(),
        |symbol| format!("it is re-armed: quarterdeck rearm {symbol}"),
    )
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::symbol;

    fn entry(reason: &str) -> LatchEntry {
        LatchEntry {
            command_id: "c".into(),
            at_us: 1,
            operator: "ann@desk".into(),
            reason: reason.into(),
        }
    }

    #[test]
    fn a_scope_is_lifted_alone() {
        let (alfa, brvo) = (symbol("ALFA"), symbol("BRVO"));
        let mut latch = LatchState::default();
        latch.set(Some(&alfa), entry("fat finger"));
        assert!(latch.kills(&alfa) && !latch.kills(&brvo));
        latch.set(None, entry("smoke"));
        assert!(latch.kills(&brvo));
        latch.lift(None);
        assert!(latch.kills(&alfa) && !latch.kills(&brvo) && !latch.is_armed());
        assert_eq!(latch.scopes(), [Some(alfa.clone())]);
        latch.lift(Some(&alfa));
        assert!(latch.is_armed());
    }
}
