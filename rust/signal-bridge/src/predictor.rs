//! A model that can be asked.

use indicators::FEATURE_COUNT;
use ort::environment::Environment;
use ort::memory::Allocator;
use ort::session::{HasSelectedOutputs, OutputSelector, RunOptions, Session};
use ort::value::{Outlet, Tensor, TensorElementType, ValueType};

use crate::decision::{CLASSES, Probabilities};

/// Name of the input: float32 `[batch, 7]`.
pub const INPUT: &str = "features";
/// Name of the output: float32 `[batch, 3]`, each row summing to one.
pub const OUTPUT: &str = "signal_probabilities";
/// How far the sum of the probabilities may be from one: what float32 and a softmax leave.
const SUM_TOLERANCE: f64 = 1e-3;
/// Runs before the first real one, so that no decision pays for the first touch of memory.
const WARM_UP_RUNS: usize = 1_000;

/// Gives the probabilities of the classes for a vector of features.
pub trait Predictor {
    /// Asks the model; the error is a sentence, and a model that erred is not asked again before it is loaded anew.
    fn predict(&mut self, features: &[f64; FEATURE_COUNT]) -> Result<Probabilities, String>;
}

/// A model in ONNX Runtime, on one thread. Its input and output stay where they are from one decision to the next:
/// making them anew would be a fifth of the time a small model takes.
pub struct OnnxPredictor {
    session: Session,
    input: Tensor<f32>,
    outputs: RunOptions<HasSelectedOutputs>,
}

impl OnnxPredictor {
    /// Loads a model from `bytes` and holds it to the contract: names, shapes, classes, and probabilities that
    /// are some. Says what is wrong with it otherwise.
    pub fn load(environment: &Environment, bytes: &[u8]) -> Result<Self, String> {
        let session = open(environment, bytes)?;
        check_outlet("input", session.inputs(), INPUT, FEATURE_COUNT)?;
        check_outlet("output", session.outputs(), OUTPUT, CLASSES.len())?;
        check_metadata(&session)?;
        let kept = || -> ort::Result<_> {
            let input = Tensor::from_array(([1, FEATURE_COUNT], vec![0.0_f32; FEATURE_COUNT]))?;
            let output = Tensor::<f32>::new(&Allocator::default(), [1, CLASSES.len()])?;
            let selected = OutputSelector::default().preallocate(OUTPUT, output);
            Ok((input, RunOptions::new()?.with_outputs(selected)))
        };
        let (input, outputs) =
            kept().map_err(|error| format!("room for its input and output could not be made ({error})"))?;
        let mut predictor = Self {
            session,
            input,
            outputs,
        };
        for _ in 0..WARM_UP_RUNS {
            predictor.predict(&[0.0; FEATURE_COUNT])?;
        }
        Ok(predictor)
    }
}

impl Predictor for OnnxPredictor {
    fn predict(&mut self, features: &[f64; FEATURE_COUNT]) -> Result<Probabilities, String> {
        let (_, input) = self.input.extract_tensor_mut();
        for (slot, feature) in input.iter_mut().zip(features) {
            *slot = *feature as f32;
        }
        let outputs = self
            .session
            .run_with_options(ort::inputs![&self.input], &self.outputs)
            .map_err(|error| format!("it could not be asked ({error})"))?;
        let (_, values) = outputs[OUTPUT]
            .try_extract_tensor::<f32>()
            .map_err(|error| format!("its output could not be read ({error})"))?;
        let Ok(values) = <[f32; 3]>::try_from(values) else {
            return Err(format!(
                "it gave {} values instead of {}",
                values.len(),
                CLASSES.len()
            ));
        };
        check_probabilities(values.map(f64::from))
    }
}

/// Opens a session for a hot path on one thread: no pool, no spinning.
pub(crate) fn open(environment: &Environment, bytes: &[u8]) -> Result<Session, String> {
    let open = || -> ort::Result<Session> {
        Session::builder(environment)?
            .with_intra_threads(1)?
            .with_inter_threads(1)?
            .with_intra_op_spinning(false)?
            .with_inter_op_spinning(false)?
            .commit_from_memory(bytes)
    };
    open().map_err(|error| format!("it is not a model that ONNX Runtime can load ({error})"))
}

fn check_outlet(role: &str, outlets: &[Outlet], name: &str, width: usize) -> Result<(), String> {
    let [outlet] = outlets else {
        let names: Vec<&str> = outlets.iter().map(Outlet::name).collect();
        return Err(format!(
            "it must have the one {role} {name}, not {}",
            names.join(", ")
        ));
    };
    if outlet.name() != name {
        return Err(format!("its {role} is called {}, not {name}", outlet.name()));
    }
    let wanted = format!("its {role} {name} must be float32 [batch, {width}]");
    let ValueType::Tensor {
        ty: TensorElementType::Float32,
        shape,
        ..
    } = outlet.dtype()
    else {
        return Err(format!("{wanted}, not {}", outlet.dtype()));
    };
    // A free dimension is −1.
    let fits = matches!(shape[..], [batch, columns] if matches!(batch, -1 | 1) && columns == width as i64);
    if fits {
        Ok(())
    } else {
        Err(format!("{wanted}, not {:?}", &shape[..]))
    }
}

fn check_metadata(session: &Session) -> Result<(), String> {
    let metadata = session
        .metadata()
        .map_err(|error| format!("its metadata could not be read ({error})"))?;
    let wanted = CLASSES.join(",");
    match metadata.custom("classes") {
        Some(classes) if classes == wanted => Ok(()),
        Some(classes) => Err(format!("its classes are {classes}, not {wanted}")),
        None => Err(format!("its metadata does not name the classes {wanted}")),
    }
}

fn check_probabilities(values: Probabilities) -> Result<Probabilities, String> {
    let sum: f64 = values.iter().sum();
    let sound = values
        .iter()
        .all(|value| (0.0..=1.0 + SUM_TOLERANCE).contains(value));
    if sound && (sum - 1.0).abs() <= SUM_TOLERANCE {
        Ok(values)
    } else {
        Err(format!("it gave {values:?}, which are no probabilities"))
    }
}

/// Says the same whatever it is asked.
#[cfg(test)]
pub(crate) struct Fixed(pub(crate) Result<Probabilities, String>);

#[cfg(test)]
impl Predictor for Fixed {
    fn predict(&mut self, _: &[f64; FEATURE_COUNT]) -> Result<Probabilities, String> {
        self.0.clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn probabilities_lie_between_nought_and_one_and_sum_to_one() {
        assert!(check_probabilities([0.2, 0.3, 0.5]).is_ok());
        for values in [
            [0.2, 0.3, 0.6],
            [-0.2, 0.7, 0.5],
            [f64::NAN, 0.5, 0.5],
            [2.0, -1.0, 0.0],
        ] {
            assert!(check_probabilities(values).is_err(), "{values:?}");
        }
    }
}
