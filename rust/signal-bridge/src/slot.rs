//! The models in use: the one that decides, and the candidate beside it. Taken over between two ticks.

use indicators::FEATURE_COUNT;
use messages::wire::{FeatureDrift, ModelStatus, ShadowStatus};
use messages::{Gate, GateKind};

use crate::SERVICE;
use crate::decision::Probabilities;
use crate::drift::Drift;
use crate::loader::{Arrival, Loader, Model, Role, Wanted};
use crate::refusal::Refusal;
use crate::registry::Entry;

/// The place of the models. There is none that decides as long as its gate is closed.
pub struct ModelSlot {
    loader: Loader,
    /// When the last look at the registry began of which all is known here, µs.
    looked_us: i64,
    live: Option<Box<Model>>,
    /// Why no model decides.
    refusal: Option<Refusal>,
    /// Why the one that was made live does not: the one before goes on.
    rejected: Option<Refusal>,
    since_us: i64,
    shadow: Option<Shadow>,
    shadow_refusal: Option<Refusal>,
}

/// The candidate, and what it did since it was loaded.
struct Shadow {
    model: Box<Model>,
    decisions: u64,
    disagreements: u64,
}

impl ModelSlot {
    /// Looks for the model, and waits for what is found.
    pub fn new(wanted: Wanted, now_us: i64) -> std::io::Result<Self> {
        let mut slot = Self {
            loader: Loader::start(wanted)?,
            looked_us: 0,
            live: None,
            refusal: Some(Refusal::Library("it was not looked for yet".to_owned())),
            rejected: None,
            since_us: now_us,
            shadow: None,
            shadow_refusal: None,
        };
        if let Some(first) = slot.loader.first() {
            slot.take(first, now_us);
        }
        Ok(slot)
    }

    /// Takes over what the loader has ready.
    pub fn look_again(&mut self, now_us: i64) {
        // Before the arrivals: what that look found is among them.
        let looked_us = self.loader.looked_us();
        while let Some(arrival) = self.loader.next() {
            self.take(arrival, now_us);
        }
        self.looked_us = looked_us;
    }

    /// Asks the model; `None` while the gate is closed. A model that errs closes it.
    pub fn ask(&mut self, features: &[f64; FEATURE_COUNT], now_us: i64) -> Option<Probabilities> {
        let live = self.live.as_mut()?;
        match live.predictor.predict(features) {
            Ok(probabilities) => {
                live.drift.observe(features);
                Some(probabilities)
            }
            Err(reason) => {
                let version = live.entry.version.clone();
                let refusal = Refusal::Failed { version, reason };
                if let Some(failed) = self.live.take() {
                    self.loader.failed(Role::Live, failed, refusal.clone());
                }
                self.close(refusal, now_us);
                None
            }
        }
    }

    /// Asks the live model in a rehearsal. One that errs will err in earnest too, and is told then.
    pub fn rehearse(&mut self, features: &[f64; FEATURE_COUNT]) -> Option<Probabilities> {
        self.live.as_mut()?.predictor.predict(features).ok()
    }

    /// Asks the candidate, if one runs; one that errs runs no more.
    pub fn ask_shadow(&mut self, features: &[f64; FEATURE_COUNT]) -> Option<(&Entry, Probabilities)> {
        let shadow = self.shadow.as_mut()?;
        match shadow.model.predictor.predict(features) {
            Ok(probabilities) => Some((&self.shadow.as_ref()?.model.entry, probabilities)),
            Err(reason) => {
                let version = shadow.model.entry.version.clone();
                let refusal = Refusal::Failed { version, reason };
                if let Some(failed) = self.shadow.take() {
                    self.loader.failed(Role::Shadow, failed.model, refusal.clone());
                }
                self.shadow_refusal = Some(refusal);
                None
            }
        }
    }

    /// The candidate decided, as the live model or otherwise.
    pub fn count_shadow(&mut self, agrees: bool) {
        if let Some(shadow) = &mut self.shadow {
            shadow.decisions += 1;
            shadow.disagreements += u64::from(!agrees);
        }
    }

    /// A candidate runs.
    pub fn has_shadow(&self) -> bool {
        self.shadow.is_some()
    }

    /// The entry of the model in use.
    pub fn entry(&self) -> Option<&Entry> {
        self.live.as_ref().map(|live| &live.entry)
    }

    /// Why there is no model.
    pub fn refusal(&self) -> Option<&Refusal> {
        self.refusal.as_ref()
    }

    /// Why the model that was made live is not in use, while the one before goes on.
    pub fn rejected(&self) -> Option<&Refusal> {
        self.rejected.as_ref()
    }

    /// The gate, while it is closed.
    pub fn gate(&self) -> Option<Gate> {
        self.refusal().map(|refusal| Gate {
            kind: GateKind::ModelMissing,
            symbol: None,
            closed_by: SERVICE.to_owned(),
            reason: refusal.to_string(),
            since_us: self.since_us,
            opens_when: refusal.remedy().to_owned(),
        })
    }

    /// For the heartbeat; `unrecorded` decisions of the candidate are in no file.
    pub fn status(&self, unrecorded: u64) -> ModelStatus {
        let entry = self.entry();
        let rejected = self.rejected();
        let drift = self.live.as_ref().map(|live| &live.drift);
        ModelStatus {
            version: entry.map(|entry| entry.version.clone()).unwrap_or_default(),
            hash: entry.map(|entry| entry.sha256.clone()).unwrap_or_default(),
            loaded: entry.is_some(),
            reason: self.refusal().map(ToString::to_string).unwrap_or_default(),
            test_model: entry.is_some_and(|entry| entry.test),
            rejected_version: rejected.and_then(Refusal::version).unwrap_or_default().to_owned(),
            rejected_reason: rejected.map(ToString::to_string).unwrap_or_default(),
            shadow: self.shadow_status(unrecorded),
            drift: drift
                .map(Drift::indices)
                .unwrap_or_default()
                .into_iter()
                .map(|(name, psi)| FeatureDrift {
                    name: name.to_owned(),
                    psi,
                })
                .collect(),
            drift_samples: drift.map_or(0, |drift| drift.samples() as u32),
            looked_us: self.looked_us,
            ..ModelStatus::default()
        }
    }

    fn shadow_status(&self, unrecorded: u64) -> Option<ShadowStatus> {
        let refusal = self.shadow_refusal.as_ref();
        let shadow = self.shadow.as_ref();
        if refusal.is_none() && shadow.is_none() {
            return None;
        }
        let entry = shadow.map(|shadow| &shadow.model.entry);
        Some(ShadowStatus {
            version: entry
                .map(|entry| entry.version.as_str())
                .or_else(|| refusal.and_then(Refusal::version))
                .unwrap_or_default()
                .to_owned(),
            hash: entry.map(|entry| entry.sha256.clone()).unwrap_or_default(),
            loaded: shadow.is_some(),
            reason: refusal.map(ToString::to_string).unwrap_or_default(),
            decisions: shadow.map_or(0, |shadow| shadow.decisions),
            disagreements: shadow.map_or(0, |shadow| shadow.disagreements),
            unrecorded,
        })
    }

    fn take(&mut self, arrival: Arrival, now_us: i64) {
        match arrival {
            Arrival::Ready(role, model) => {
                let entry = &model.entry;
                tracing::info!(
                    version = entry.version,
                    hash = entry.sha256,
                    test = entry.test,
                    ?role,
                    "model loaded"
                );
                match role {
                    Role::Live => {
                        if let Some(replaced) = self.live.replace(model) {
                            self.loader.replaced(replaced);
                        }
                        self.refusal = None;
                        self.rejected = None;
                    }
                    Role::Shadow => {
                        self.end_shadow();
                        self.shadow = Some(Shadow {
                            model,
                            decisions: 0,
                            disagreements: 0,
                        });
                        self.shadow_refusal = None;
                    }
                }
            }
            Arrival::Refused(Role::Shadow, refusal) => {
                tracing::error!(reason = %refusal, "no candidate to run beside the live model");
                self.end_shadow();
                self.shadow_refusal = Some(refusal);
            }
            // Nobody is live any more: somebody wanted that. Everything else leaves the good one in its place.
            Arrival::Refused(Role::Live, refusal)
                if self.live.is_none() || matches!(refusal, Refusal::NoSuchModel { .. }) =>
            {
                self.close(refusal, now_us);
            }
            Arrival::Refused(Role::Live, refusal) => {
                tracing::error!(reason = %refusal, opens_when = refusal.remedy(), "refused; the model before goes on");
                self.rejected = Some(refusal);
            }
            Arrival::NoShadow => {
                self.end_shadow();
                self.shadow_refusal = None;
            }
        }
    }

    fn close(&mut self, refusal: Refusal, now_us: i64) {
        tracing::error!(reason = %refusal, opens_when = refusal.remedy(), "no model to trade on");
        if let Some(model) = self.live.take() {
            self.loader.replaced(model);
        }
        self.rejected = None;
        self.refusal = Some(refusal);
        self.since_us = now_us;
    }

    fn end_shadow(&mut self) {
        if let Some(shadow) = self.shadow.take() {
            self.loader.replaced(shadow.model);
        }
    }
}

#[cfg(test)]
#[path = "slot_tests.rs"]
mod tests;
