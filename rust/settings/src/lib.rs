//! The configuration of a desk, checked before anything starts.
//!
//! - [`Settings`]: `config/system.json` as types. An unknown key, a missing one or a bad value is a
//!   [`SettingsError`] that names the file, the place in it and the remedy.
//! - [`Home`]: the folder of one desk, and where everything lies in it.
//! - [`locate`]: which file and which folder a service works with when its flags don't say.
//!
//! The JSON schema beside the file (`config/system.schema.json`) says the same for editors and for Python, with
//! units; the files in `tests/golden/config` hold both to it. Secrets are no part of the configuration.

mod check;
mod decimal;
mod error;
mod home;
mod locate;
mod sections;

use std::collections::BTreeMap;
use std::path::Path;

use messages::{Instrument, Symbol};
use serde::Deserialize;

pub use error::SettingsError;
pub use home::Home;
pub use locate::{configuration_file, home_folder};
pub use sections::{
    ConsoleSettings, DatabaseKind, DatabaseSettings, ExecutionSettings, FeeModel, InstrumentSettings,
    LatencyModel, MarketDataSettings, Metadata, OrderStyle, PriceUp, RiskLimits, RiskSettings, Session,
    SignalSettings, SourceKind, SourceSettings, VenueSettings,
};

/// One desk's whole configuration.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Settings {
    /// About the file.
    pub metadata: Metadata,
    /// The service market-data, and the instruments.
    pub market_data: MarketDataSettings,
    /// The service signal-bridge.
    pub signal: SignalSettings,
    /// The service risk-manager.
    pub risk: RiskSettings,
    /// The services execution-engine and paper-venue.
    pub execution: ExecutionSettings,
    /// The projection.
    pub database: DatabaseSettings,
    /// The terminal console.
    pub console: ConsoleSettings,
}

impl Settings {
    /// Reads and checks the file at `path`.
    pub fn load(path: &Path) -> Result<Self, SettingsError> {
        let text = std::fs::read_to_string(path).map_err(|error| SettingsError::unreadable(path, &error))?;
        Self::parse(&text, path)
    }

    /// Checks `text`; `path` is what errors call it.
    pub fn parse(text: &str, path: &Path) -> Result<Self, SettingsError> {
        let mut reader = serde_json::Deserializer::from_str(text);
        let settings: Self = serde_path_to_error::deserialize(&mut reader)
            .map_err(|error| SettingsError::from_serde(path, &error))?;
        reader
            .end()
            .map_err(|error| SettingsError::syntax(path, &error))?;
        check::check(&settings).map_err(|fault| fault.in_file(path))?;
        Ok(settings)
    }

    /// Every instrument by its symbol, traded or not.
    pub fn instruments(&self) -> BTreeMap<Symbol, Instrument> {
        let instruments = &self.market_data.instruments;
        instruments
            .iter()
            .filter_map(|(name, instrument)| {
                // `check` has refused every name that is no symbol.
                let symbol = Symbol::new(name).ok()?;
                let instrument = Instrument {
                    symbol: symbol.clone(),
                    tick: instrument.tick,
                    lot: instrument.lot,
                    multiplier: instrument.multiplier,
                    currency: instrument.currency.clone(),
                };
                Some((symbol, instrument))
            })
            .collect()
    }

    /// What the desk watches and trades, in the order of the file.
    pub fn symbols(&self) -> Vec<Symbol> {
        self.market_data
            .symbols
            .iter()
            .filter_map(|name| Symbol::new(name).ok())
            .collect()
    }
}

#[cfg(test)]
mod tests;
