//! Every reason for which there is no model to trade on.

use std::path::PathBuf;

/// Policy: while another model runs, that one goes on and the pong says why; else the gate MODEL MISSING closes with
/// this sentence, and opens by itself when what [`Refusal::remedy`] says has been done: the files are watched. The cause
/// comes first, for a narrow screen cuts the end.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// ONNX Runtime was not found or does not load.
    #[error("ONNX Runtime cannot be used: {0}")]
    Library(String),
    /// The registry is missing or cannot be understood.
    #[error("the registry {path} cannot be used: {reason}")]
    Registry {
        /// Where it should lie.
        path: PathBuf,
        /// What is wrong.
        reason: String,
    },
    /// No entry is live, or none has the version the configuration names.
    #[error("the registry {path} has no {wanted}")]
    NoSuchModel {
        /// The registry.
        path: PathBuf,
        /// `live model`, or the version asked for.
        wanted: String,
    },
    /// The model file cannot be read.
    #[error("its file cannot be read: model {version}, {path} ({reason})")]
    File {
        /// The version.
        version: String,
        /// The file.
        path: PathBuf,
        /// What the system says.
        reason: String,
    },
    /// The file is not the one that was registered.
    #[error("its file isn't the registered one: model {version}, SHA-256 {actual} instead of {expected}")]
    Hash {
        /// The version.
        version: String,
        /// In the registry.
        expected: String,
        /// Of the file.
        actual: String,
    },
    /// The features it was trained on are not the ones computed here.
    #[error(
        "it was trained on other features: model {version}, on feature schema {expected}; this desk computes {actual}"
    )]
    Schema {
        /// The version.
        version: String,
        /// Of the model.
        expected: String,
        /// Of this program.
        actual: String,
    },
    /// It was trained on bars of another length.
    #[error(
        "it was trained on other bars: model {version}, on bars of {trained_us} µs; signal.bar_interval_ms makes {actual_us} µs"
    )]
    Interval {
        /// The version.
        version: String,
        /// Of the model.
        trained_us: i64,
        /// Of this desk.
        actual_us: i64,
    },
    /// Wrong names, shapes, metadata, or output that is no probability.
    #[error("model {version}: {reason}")]
    Unfit {
        /// The version.
        version: String,
        /// What is wrong.
        reason: String,
    },
    /// It erred when it was asked, after it had passed every check.
    #[error("model {version}: {reason}")]
    Failed {
        /// The version.
        version: String,
        /// How.
        reason: String,
    },
}

impl Refusal {
    /// The version it is about; `None` where it is about the registry or the library.
    pub fn version(&self) -> Option<&str> {
        match self {
            Self::Library(_) | Self::Registry { .. } | Self::NoSuchModel { .. } => None,
            Self::File { version, .. }
            | Self::Hash { version, .. }
            | Self::Schema { version, .. }
            | Self::Interval { version, .. }
            | Self::Unfit { version, .. }
            | Self::Failed { version, .. } => Some(version),
        }
    }

    /// What opens the gate again, as part of a sentence.
    pub fn remedy(&self) -> &'static str {
        match self {
            Self::Library(_) => {
                "the Python package onnxruntime is installed, or --onnxruntime names its library"
            }
            Self::Registry { .. } => "the registry is restored, for instance from the shipped models",
            Self::NoSuchModel { .. } => "a model is made live, or signal.model names a registered version",
            Self::File { .. } | Self::Hash { .. } => "the registered file is back in its place",
            Self::Schema { .. } => "a model trained on this feature schema is registered",
            Self::Interval { .. } => "signal.bar_interval_ms fits the model, or another model is made live",
            Self::Unfit { .. } => {
                "a model with input features [batch, 7] and output signal_probabilities [batch, 3] is made live"
            }
            Self::Failed { .. } => "another model is made live, or this one once more",
        }
    }
}
