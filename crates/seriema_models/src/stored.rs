//! Conditions as they are kept on disk between runs: in a form that needs no names, unlike that of model files.

use std::sync::Arc;

use serde::{Deserialize, Deserializer, Serialize, Serializer};

use crate::schema::{Argument, Condition, Constant, Constants, Way};

#[derive(Serialize, Deserialize)]
enum StoredConstant {
    Bool(bool),
    Int(i64),
    Text(String),
}

impl From<&Constant> for StoredConstant {
    fn from(constant: &Constant) -> Self {
        match constant {
            Constant::Bool(value) => Self::Bool(*value),
            Constant::Int(value) => Self::Int(*value),
            Constant::Text(text) => Self::Text(text.clone()),
        }
    }
}

impl From<StoredConstant> for Constant {
    fn from(constant: StoredConstant) -> Self {
        match constant {
            StoredConstant::Bool(value) => Self::Bool(value),
            StoredConstant::Int(value) => Self::Int(value),
            StoredConstant::Text(text) => Self::Text(text),
        }
    }
}

#[derive(Serialize, Deserialize)]
struct Stored {
    ways: Vec<Way>,
    option: Option<String>,
    is: Vec<StoredConstant>,
    default: Option<StoredConstant>,
    defines: Option<String>,
}

/// Writes a condition. For `#[serde(with)]`.
///
/// # Errors
/// Those of the serializer.
pub fn serialize<S: Serializer>(condition: &Arc<Condition>, serializer: S) -> Result<S::Ok, S::Error> {
    let stored = Stored {
        ways: condition.argument.0.clone(),
        option: condition.option.clone(),
        is: condition.is.0.iter().map(StoredConstant::from).collect(),
        default: condition.default.as_ref().map(StoredConstant::from),
        defines: condition.defines.clone(),
    };
    stored.serialize(serializer)
}

/// Reads a condition. For `#[serde(with)]`.
///
/// # Errors
/// Those of the deserializer.
pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Arc<Condition>, D::Error> {
    let stored = Stored::deserialize(deserializer)?;
    Ok(Arc::new(Condition {
        argument: Argument(stored.ways),
        option: stored.option,
        is: Constants(stored.is.into_iter().map(Constant::from).collect()),
        default: stored.default.map(Constant::from),
        defines: stored.defines,
    }))
}
