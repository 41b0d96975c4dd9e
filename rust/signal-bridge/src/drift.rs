//! How far live features have drifted from the training set.

use std::collections::VecDeque;

use indicators::{FEATURE_COUNT, FEATURE_NAMES};

use crate::registry::FeatureBins;

/// The newest vectors that the index rests on, of all symbols together.
const WINDOW: usize = 5_000;
/// A share below this counts as this: an empty bin would make the index infinite.
const SMALLEST_SHARE: f64 = 1e-4;

/// Counts the newest vectors in the bins of a model's training set.
#[derive(Debug, Clone)]
pub struct Drift {
    features: Vec<Feature>,
    window: VecDeque<[u16; FEATURE_COUNT]>,
}

#[derive(Debug, Clone)]
struct Feature {
    column: usize,
    edges: Vec<f64>,
    shares: Vec<f64>,
    counts: Vec<u32>,
}

impl Drift {
    /// Against `bins`; features that no bins name are not watched.
    pub fn new(bins: &[FeatureBins]) -> Self {
        let features = FEATURE_NAMES.iter().enumerate().filter_map(|(column, name)| {
            let bins = bins.iter().find(|bins| bins.name == **name)?;
            Some(Feature {
                column,
                edges: bins.edges.clone(),
                shares: bins.shares.clone(),
                counts: vec![0; bins.shares.len()],
            })
        });
        Self {
            features: features.collect(),
            window: VecDeque::new(),
        }
    }

    /// Takes a vector the model was asked about.
    pub fn observe(&mut self, features: &[f64; FEATURE_COUNT]) {
        if self.features.is_empty() {
            return;
        }
        if self.window.len() == WINDOW
            && let Some(oldest) = self.window.pop_front()
        {
            for feature in &mut self.features {
                feature.counts[usize::from(oldest[feature.column])] -= 1;
            }
        }
        let mut places = [0_u16; FEATURE_COUNT];
        for feature in &mut self.features {
            let value = features[feature.column];
            // A value on an edge belongs to the bin below it.
            let bin = feature.edges.partition_point(|edge| *edge < value);
            feature.counts[bin] += 1;
            places[feature.column] = bin as u16;
        }
        self.window.push_back(places);
    }

    /// How many vectors the index rests on.
    pub fn samples(&self) -> usize {
        self.window.len()
    }

    /// The population stability index of each watched feature: `Σ (live − training) · ln(live / training)` over its
    /// bins (Siddiqi, Credit Risk Scorecards, 2006). Nought before the first vector; empty where no feature has bins.
    pub fn indices(&self) -> Vec<(&'static str, f64)> {
        if self.window.is_empty() {
            let watched = self.features.iter();
            return watched
                .map(|feature| (FEATURE_NAMES[feature.column], 0.0))
                .collect();
        }
        let total = self.window.len() as f64;
        let index = |feature: &Feature| {
            let pairs = feature.counts.iter().zip(&feature.shares);
            pairs
                .map(|(&count, &share)| {
                    let live = (f64::from(count) / total).max(SMALLEST_SHARE);
                    let training = share.max(SMALLEST_SHARE);
                    (live - training) * (live / training).ln()
                })
                .sum()
        };
        self.features
            .iter()
            .map(|feature| (FEATURE_NAMES[feature.column], index(feature)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn bins(name: &str, edges: &[f64], shares: &[f64]) -> FeatureBins {
        FeatureBins {
            name: name.to_owned(),
            edges: edges.to_vec(),
            shares: shares.to_vec(),
        }
    }

    fn vector(rsi: f64) -> [f64; FEATURE_COUNT] {
        let mut vector = [0.0; FEATURE_COUNT];
        vector[0] = rsi;
        vector
    }

    #[test]
    fn the_same_shares_are_no_drift_and_others_are_by_hand() {
        let mut drift = Drift::new(&[bins("rsi", &[0.0], &[0.5, 0.5])]);
        assert_eq!((drift.indices(), drift.samples()), (vec![("rsi", 0.0)], 0));
        for value in [-1.0, 1.0, 0.0, 2.0] {
            drift.observe(&vector(value));
        }
        // 0 lies on the edge, hence in the lower bin: two and two.
        assert_eq!(drift.indices(), [("rsi", 0.0)]);
        for _ in 0..4 {
            drift.observe(&vector(1.0));
        }
        // A quarter and three quarters: −0.25 ln 0.5 + 0.25 ln 1.5 = 0.25 ln 3.
        let [(_, index)] = drift.indices()[..] else {
            panic!("one feature")
        };
        assert!((index - 0.25 * 3.0_f64.ln()).abs() < 1e-12, "{index}");
        assert_eq!(drift.samples(), 8);
    }

    #[test]
    fn only_the_newest_count() {
        let mut drift = Drift::new(&[bins("rsi", &[0.0], &[0.0, 1.0])]);
        for _ in 0..100 {
            drift.observe(&vector(-1.0));
        }
        assert!(drift.indices()[0].1 > 5.0, "an empty bin is large and finite");
        for _ in 0..WINDOW {
            drift.observe(&vector(1.0));
        }
        assert!(drift.indices()[0].1.abs() < 1e-6);
        assert_eq!(drift.samples(), WINDOW);
    }

    #[test]
    fn a_model_without_bins_has_no_drift() {
        let mut drift = Drift::new(&[]);
        drift.observe(&vector(1.0));
        assert_eq!((drift.samples(), drift.indices().len()), (0, 0));
    }
}
