//! One row through any model file: what `--test-inference` prints.

use std::io::{IsTerminal, Read};
use std::path::Path;

use indicators::FEATURE_COUNT;
use ort::environment::Environment;
use ort::session::Session;
use ort::value::{DynValue, Shape, TensorElementType, TensorRef, ValueType};
use serde_json::{Value, json};

use crate::predictor::{INPUT, OUTPUT, OnnxPredictor, Predictor, open};

/// What to run.
#[derive(Debug, Clone, PartialEq)]
enum Asked {
    /// All zeros.
    Zeros,
    /// One row.
    Row(Vec<f64>),
    /// Many rows, each asked for alone, as the live signal is.
    Rows(Vec<Vec<f64>>),
}

/// Runs the model at `path` on the JSON list from `input` and gives the line to print, `{"output": […]}`.
///
/// An empty input stands for all zeros; a list of lists gives a list of outputs, one for each. The model needs one
/// input of floats, of any name and width; a tradable model is asked as the live signal asks it. With `timed` runs, which
/// follow, the line also tells the median and the 99th percentile of their times in nanoseconds, `monotonic_ns` being the
/// clock.
pub fn run(
    environment: &Environment,
    path: &Path,
    input: &str,
    timed: usize,
    monotonic_ns: fn() -> u64,
) -> Result<String, String> {
    let bytes =
        std::fs::read(path).map_err(|error| format!("{} cannot be read ({error})", path.display()))?;
    let named = |reason: String| format!("{}: {reason}", path.display());
    let mut model = Model::open(environment, &bytes).map_err(named)?;
    let asked = parse(input)?;
    let (output, last) = match asked {
        Asked::Zeros => (json!(model.ask(None).map_err(named)?), None),
        Asked::Row(row) => (json!(model.ask(Some(&row)).map_err(named)?), Some(row)),
        Asked::Rows(mut rows) => {
            let outputs: Result<Vec<_>, _> = rows
                .iter()
                .map(|row| model.ask(Some(row)).map_err(named))
                .collect();
            (json!(outputs?), rows.pop())
        }
    };
    let mut line = json!({ "output": output });
    if timed > 0 {
        let mut spent = Vec::with_capacity(timed);
        for _ in 0..timed {
            let began = monotonic_ns();
            model.ask_again(last.as_deref()).map_err(named)?;
            spent.push(monotonic_ns() - began);
        }
        spent.sort_unstable();
        line["p50_ns"] = json!(spent[timed / 2]);
        line["p99_ns"] = json!(spent[timed * 99 / 100]);
    }
    Ok(line.to_string())
}

/// A model as it is asked: one that is tradable in the very way of the live signal, any other as its input wants.
enum Model {
    Tradable(Box<OnnxPredictor>),
    Any(Box<Session>),
}

impl Model {
    fn open(environment: &Environment, bytes: &[u8]) -> Result<Self, String> {
        match OnnxPredictor::load(environment, bytes) {
            Ok(predictor) => Ok(Self::Tradable(Box::new(predictor))),
            Err(_) => Ok(Self::Any(Box::new(open(environment, bytes)?))),
        }
    }

    fn ask(&mut self, row: Option<&[f64]>) -> Result<Vec<f64>, String> {
        match self {
            Self::Tradable(predictor) => Ok(predictor.predict(&features(row)?)?.to_vec()),
            Self::Any(session) => infer(session, row.map(<[f64]>::to_vec)),
        }
    }

    /// For its time alone.
    fn ask_again(&mut self, row: Option<&[f64]>) -> Result<(), String> {
        match self {
            Self::Tradable(predictor) => predictor.predict(&features(row)?).map(|_| ()),
            Self::Any(_) => self.ask(row).map(drop),
        }
    }
}

fn features(row: Option<&[f64]>) -> Result<[f64; FEATURE_COUNT], String> {
    let row = row.unwrap_or(&[0.0; FEATURE_COUNT]);
    row.try_into().map_err(|_| {
        format!(
            "its input {INPUT} takes {FEATURE_COUNT} numbers, standard input has {}",
            row.len()
        )
    })
}

/// Standard input to its end, or nothing where a person sits at it.
pub fn read_input() -> Result<String, String> {
    let stdin = std::io::stdin();
    let mut text = String::new();
    if !stdin.is_terminal() {
        stdin
            .lock()
            .read_to_string(&mut text)
            .map_err(|error| format!("standard input: {error}"))?;
    }
    Ok(text)
}

/// A JSON list of numbers, or of such lists; a list of one such list is the same row.
fn parse(input: &str) -> Result<Asked, String> {
    let wrong = "standard input must be a JSON list of numbers, as [0.1, 0.2], or a list of such lists";
    if input.trim().is_empty() {
        return Ok(Asked::Zeros);
    }
    let value: Value = serde_json::from_str(input).map_err(|error| format!("{wrong} ({error})"))?;
    let Value::Array(items) = value else {
        return Err(wrong.to_owned());
    };
    let row = |items: &[Value]| -> Result<Vec<f64>, String> {
        items
            .iter()
            .map(|item| item.as_f64().ok_or_else(|| format!("{wrong}; {item} is none")))
            .collect()
    };
    match items.as_slice() {
        [Value::Array(inner)] => row(inner).map(Asked::Row),
        [Value::Array(_), ..] => items
            .iter()
            .map(|item| match item {
                Value::Array(inner) => row(inner),
                other => Err(format!("{wrong}; {other} is none")),
            })
            .collect::<Result<_, _>>()
            .map(Asked::Rows),
        _ => row(&items).map(Asked::Row),
    }
}

fn infer(session: &mut Session, row: Option<Vec<f64>>) -> Result<Vec<f64>, String> {
    let [outlet] = session.inputs() else {
        return Err(format!("it has {} inputs; one is needed", session.inputs().len()));
    };
    let ValueType::Tensor { ty, shape, .. } = outlet.dtype() else {
        return Err(format!(
            "its input {} is no tensor but {}",
            outlet.name(),
            outlet.dtype()
        ));
    };
    let element = *ty;
    let name = outlet.name().to_owned();
    let (shape, row) = fit(&name, shape, row)?;
    let failed = |error: ort::Error| format!("it could not be asked ({error})");
    let outputs = match element {
        TensorElementType::Float32 => {
            let row: Vec<f32> = row.iter().map(|value| *value as f32).collect();
            let tensor = TensorRef::from_array_view((shape, row.as_slice())).map_err(failed)?;
            session.run(ort::inputs![tensor]).map_err(failed)?
        }
        TensorElementType::Float64 => {
            let tensor = TensorRef::from_array_view((shape, row.as_slice())).map_err(failed)?;
            session.run(ort::inputs![tensor]).map_err(failed)?
        }
        other => return Err(format!("its input {name} takes {other}, not floats")),
    };
    // A classifier of another make may give its label first; the probabilities are floats.
    let named = outputs.get(OUTPUT).and_then(floats);
    let first = || outputs.iter().find_map(|(_, value)| floats(&value));
    named
        .or_else(first)
        .ok_or_else(|| "it gives no floats".to_owned())
}

fn floats(value: &DynValue) -> Option<Vec<f64>> {
    if let Ok((_, values)) = value.try_extract_tensor::<f32>() {
        return Some(values.iter().map(|value| f64::from(*value)).collect());
    }
    value
        .try_extract_tensor::<f64>()
        .ok()
        .map(|(_, values)| values.to_vec())
}

/// The shape and the values to ask with: free dimensions become 1, and the last one the length of the row.
fn fit(name: &str, shape: &Shape, row: Option<Vec<f64>>) -> Result<(Vec<i64>, Vec<f64>), String> {
    let mut sizes: Vec<i64> = shape.iter().copied().collect();
    let known: i64 = sizes.iter().filter(|size| **size >= 0).product();
    if let (Some(row), Some(last)) = (&row, sizes.last_mut())
        && *last < 0
    {
        *last = row.len() as i64 / known.max(1);
    }
    for size in &mut sizes {
        *size = if *size < 0 { 1 } else { *size };
    }
    let wanted = sizes.iter().product::<i64>() as usize;
    let row = row.unwrap_or_else(|| vec![0.0; wanted]);
    if row.len() == wanted {
        Ok((sizes, row))
    } else {
        Err(format!(
            "its input {name} takes {wanted} numbers, standard input has {}",
            row.len()
        ))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_is_a_list_of_numbers() {
        assert_eq!(parse(" "), Ok(Asked::Zeros));
        assert_eq!(parse("[1, 2.5]"), Ok(Asked::Row(vec![1.0, 2.5])));
        assert_eq!(parse("[[1, 2.5]]"), Ok(Asked::Row(vec![1.0, 2.5])));
        let rows = vec![vec![1.0], vec![2.0, 3.0]];
        assert_eq!(parse("[[1], [2, 3]]"), Ok(Asked::Rows(rows)));
        for wrong in ["{}", "[1, \"a\"]", "[1,", "[[1], 2]", "[[1], [[2]]]"] {
            assert!(parse(wrong).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_row_takes_the_shape_of_the_input() {
        let shape = Shape::new([-1, 7]);
        assert_eq!(fit("x", &shape, None), Ok((vec![1, 7], vec![0.0; 7])));
        assert!(
            fit("x", &shape, Some(vec![0.0; 6]))
                .expect_err("too few")
                .contains("takes 7 numbers")
        );
        assert_eq!(
            fit("x", &Shape::new([-1, -1]), Some(vec![0.0; 4])),
            Ok((vec![1, 4], vec![0.0; 4]))
        );
    }
}
