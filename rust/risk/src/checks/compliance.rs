//! What may not be traded at all, and with whom not: restricted symbols, and ourselves.

use std::collections::BTreeSet;

use messages::{Price, Symbol};

/// The symbols in which nothing new may be opened.
#[derive(Debug, Clone, Copy)]
pub struct Restricted<'a> {
    /// The list of the configuration, `risk.restricted`.
    pub symbols: &'a BTreeSet<Symbol>,
}

/// The symbol is on the restricted list.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{symbol} is restricted (risk.restricted names {count}): only a reduction may pass")]
pub struct SymbolRestricted {
    /// The instrument.
    pub symbol: Symbol,
    /// How many symbols are restricted.
    pub count: usize,
}

impl Restricted<'_> {
    /// Passes a symbol that is not on the list.
    pub fn check(self, symbol: &Symbol) -> Result<(), SymbolRestricted> {
        if self.symbols.contains(symbol) {
            return Err(SymbolRestricted {
                symbol: symbol.clone(),
                count: self.symbols.len(),
            });
        }
        Ok(())
    }
}

/// The order would trade against a working order of ours: a wash trade, which no exchange allows.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("at {value} it would trade against {client_order_id}, a working order of ours at {limit}")]
pub struct SelfMatch {
    /// Our working order.
    pub client_order_id: String,
    /// Its price.
    pub limit: Price,
    /// The worst price the new order may trade at.
    pub value: Price,
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::testing::symbol;

    #[test]
    fn a_restricted_symbol_fires_and_its_neighbour_passes() {
        let symbols = [symbol("ALFA"), symbol("CHRL")].into();
        let check = Restricted { symbols: &symbols };
        assert_eq!(check.check(&symbol("BRVO")), Ok(()));
        assert_eq!(
            check.check(&symbol("ALFA")).unwrap_err().to_string(),
            "ALFA is restricted (risk.restricted names 2): only a reduction may pass"
        );
    }
}
