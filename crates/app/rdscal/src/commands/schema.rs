//! `rdscal schema`: the JSON schemas of the output formats, each complete in itself.

use serde_json::{Map, Value};

use crate::args::SchemaArgs;
use crate::exit::{Exit, Failure};
use crate::output;

macro_rules! schemas {
    ($($name:literal),* $(,)?) => {
        /// Every schema, by its name.
        const SCHEMAS: &[(&str, &str)] =
            &[$(($name, include_str!(concat!("../../../../../docs/schema/", $name, ".json")))),*];
    };
}

schemas!(
    "deleted-1",
    "diff-1",
    "explain-1",
    "forecast-1",
    "journal-1",
    "lines-1",
    "plan-1",
    "policy-1",
    "policy-lint-1",
    "predict-1",
    "probe-1",
    "recommended-1",
    "repair-1",
    "report-1",
    "rules-1",
    "snapshot-1",
    "users-1",
    "watch-1",
);

/// Runs the command.
pub fn run(args: &SchemaArgs) -> Result<Exit, Failure> {
    let text = match &args.name {
        Some(name) => {
            let wanted = name.strip_prefix("rdscal.").unwrap_or(name).replace('/', "-");
            let bundled = bundle(&wanted)?.ok_or_else(|| {
                Failure::usage(format_args!("no schema is named {name}"))
                    .advice("`rdscal schema` lists the names.")
            })?;
            report::json::render(&bundled)?
        }
        None => SCHEMAS.iter().flat_map(|(name, _)| [name, "\n"]).collect(),
    };
    output::print(&text)?;
    Ok(Exit::Fine)
}

/// The schema, with every schema that it refers to in `$defs`. Each has an `$id`, by which a validator finds
/// it without a network.
fn bundle(name: &str) -> Result<Option<Value>, Failure> {
    let Some(mut schema) = parse(name)? else { return Ok(None) };
    let mut missing = references(&schema);
    let mut bundled = Map::new();
    while let Some(name) = missing.pop() {
        if bundled.contains_key(&name) {
            continue;
        }
        if let Some(other) = parse(&name)? {
            missing.extend(references(&other));
            bundled.insert(name, other);
        }
    }
    if let (Value::Object(schema), false) = (&mut schema, bundled.is_empty()) {
        let definitions = schema.entry("$defs").or_insert_with(|| Value::Object(Map::new()));
        if let Value::Object(definitions) = definitions {
            definitions.extend(bundled);
        }
    }
    Ok(Some(schema))
}

fn parse(name: &str) -> Result<Option<Value>, Failure> {
    let text = SCHEMAS.iter().find(|(known, _)| *known == name).map(|(_, text)| *text);
    text.map(serde_json::from_str)
        .transpose()
        .map_err(|error| Failure::from(report::ReportError::Json(error)))
}

/// The names of other schemas that a schema refers to.
fn references(schema: &Value) -> Vec<String> {
    match schema {
        Value::Object(object) => object
            .iter()
            .flat_map(|(key, value)| match value {
                Value::String(target) if key == "$ref" => {
                    target.split_once(".json").map(|(name, _)| name.to_owned()).into_iter().collect()
                }
                value => references(value),
            })
            .collect(),
        Value::Array(items) => items.iter().flat_map(references).collect(),
        _ => Vec::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_schema_can_be_used_offline() {
        for (name, _) in SCHEMAS {
            let schema = bundle(name).unwrap().unwrap();
            // The validator fetches nothing, so this fails if a reference cannot be resolved.
            let validator = jsonschema::draft202012::new(&schema).map_err(|error| error.to_string());
            assert!(validator.is_ok(), "{name}: {}", validator.err().unwrap_or_default());
        }
    }

    #[test]
    fn every_published_schema_is_known() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/../../../docs/schema");
        let mut files: Vec<_> = std::fs::read_dir(folder)
            .unwrap()
            .filter_map(|entry| entry.unwrap().file_name().to_str()?.strip_suffix(".json").map(str::to_owned))
            .collect();
        files.sort();
        let known: Vec<_> = SCHEMAS.iter().map(|(name, _)| (*name).to_owned()).collect();
        assert_eq!(files, known);
    }
}
