//! One row through any model file: what `--test-inference` prints.

use std::io::{IsTerminal, Read};
use std::path::Path;

use ort::environment::Environment;
use ort::session::Session;
use ort::value::{DynValue, Shape, TensorElementType, TensorRef, ValueType};
use serde_json::{Value, json};

use crate::predictor::{OUTPUT, open};

/// Runs the model at `path` once on the JSON list from `input` and gives the line to print, `{"output": […]}`.
///
/// An empty input stands for all zeros. The model needs one input of floats, of any name and width.
pub fn run(environment: &Environment, path: &Path, input: &str) -> Result<String, String> {
    let bytes =
        std::fs::read(path).map_err(|error| format!("{} cannot be read ({error})", path.display()))?;
    let named = |reason: String| format!("{}: {reason}", path.display());
    let mut session = open(environment, &bytes).map_err(named)?;
    let row = if input.trim().is_empty() {
        None
    } else {
        Some(parse(input)?)
    };
    let output = infer(&mut session, row).map_err(named)?;
    Ok(json!({ "output": output }).to_string())
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

/// A JSON list of numbers; a list of one such list is the same row.
fn parse(input: &str) -> Result<Vec<f64>, String> {
    let wrong = "standard input must be a JSON list of numbers, as [0.1, 0.2]";
    let value: Value = serde_json::from_str(input).map_err(|error| format!("{wrong} ({error})"))?;
    let Value::Array(mut items) = value else {
        return Err(wrong.to_owned());
    };
    if let [Value::Array(inner)] = items.as_mut_slice() {
        items = std::mem::take(inner);
    }
    items
        .iter()
        .map(|item| item.as_f64().ok_or_else(|| format!("{wrong}; {item} is none")))
        .collect()
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
        assert_eq!(parse("[1, 2.5]"), Ok(vec![1.0, 2.5]));
        assert_eq!(parse("[[1, 2.5]]"), Ok(vec![1.0, 2.5]));
        for wrong in ["{}", "[1, \"a\"]", "[1,", "[[1], [2]]"] {
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
