//! The models' files as they are written. `docs/models.md` describes them.

use serde::de::Error as _;
use serde::{Deserialize, Serialize};

use crate::{Kinds, SinkKind, SourceKind};

/// One file.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct File {
    #[serde(rename = "library")]
    pub(crate) _library: Library,
    #[serde(default, rename = "type")]
    pub(crate) types: Vec<Type>,
    #[serde(default, rename = "class")]
    pub(crate) classes: Vec<Class>,
    #[serde(default, rename = "source")]
    pub(crate) sources: Vec<Source>,
    #[serde(default, rename = "sink")]
    pub(crate) sinks: Vec<Sink>,
    #[serde(default, rename = "clean")]
    pub(crate) cleans: Vec<Clean>,
    #[serde(default, rename = "guard")]
    pub(crate) guards: Vec<Guard>,
    #[serde(default, rename = "flow")]
    pub(crate) flows: Vec<Flow>,
    #[serde(default, rename = "callback")]
    pub(crate) callbacks: Vec<Callback>,
    #[serde(default, rename = "route")]
    pub(crate) routes: Vec<Route>,
    #[serde(default, rename = "noreturn")]
    pub(crate) noreturns: Vec<NoReturn>,
    #[serde(default, rename = "check")]
    pub(crate) checks: Vec<Check>,
    #[serde(default, rename = "option")]
    pub(crate) options: Vec<Setting>,
    #[serde(default, rename = "undo")]
    pub(crate) undos: Vec<Undo>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Library {
    #[serde(rename = "name")]
    pub(crate) _name: String,
    #[serde(rename = "modules")]
    pub(crate) _modules: Vec<String>,
    #[serde(default, rename = "docs")]
    pub(crate) _docs: Option<String>,
}

/// One string or several.
#[derive(Debug, Default)]
pub(crate) struct Names(pub(crate) Vec<String>);

impl<'de> Deserialize<'de> for Names {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a string or a list of strings")]
        enum Either {
            One(String),
            Many(Vec<String>),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::One(name) => Self(vec![name]),
            Either::Many(names) => Self(names),
        })
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Type {
    pub(crate) path: Names,
    pub(crate) is: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Class {
    pub(crate) name: String,
    #[serde(default)]
    pub(crate) aliases: Vec<String>,
    #[serde(default)]
    pub(crate) bases: Vec<String>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Source {
    pub(crate) path: Names,
    #[serde(deserialize_with = "source_kind")]
    pub(crate) kind: SourceKind,
    #[serde(default)]
    pub(crate) argument: Option<Argument>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Sink {
    #[serde(default)]
    pub(crate) call: Names,
    #[serde(default)]
    pub(crate) method: Names,
    #[serde(default)]
    pub(crate) assign: Names,
    #[serde(default)]
    pub(crate) argument: Argument,
    #[serde(deserialize_with = "sink_kind")]
    pub(crate) kind: SinkKind,
    #[serde(default)]
    pub(crate) when: Vec<Condition>,
    #[serde(default)]
    pub(crate) unless: Vec<Condition>,
    #[serde(default)]
    pub(crate) receiver: Vec<String>,
    #[serde(default)]
    pub(crate) looks: Option<String>,
}

/// A condition on an argument: what constant it is, what was set on it before, or what its class defines.
#[derive(Clone, Debug, PartialEq)]
pub struct Condition {
    /// The argument.
    pub argument: Argument,
    /// An option that was set on the argument: that one is meant.
    pub option: Option<String>,
    /// What it has to be: one of these.
    pub is: Constants,
    /// What it is when it is not given.
    pub default: Option<Constant>,
    /// A method that the argument's class, one of the project, has to define.
    pub defines: Option<String>,
}

impl<'de> Deserialize<'de> for Condition {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(deny_unknown_fields)]
        struct Raw {
            argument: Argument,
            #[serde(default)]
            option: Option<String>,
            #[serde(default)]
            is: Option<Constants>,
            #[serde(default)]
            default: Option<Constant>,
            #[serde(default)]
            defines: Option<String>,
        }
        let raw = Raw::deserialize(deserializer)?;
        if raw.is.is_some() == raw.defines.is_some() {
            return Err(D::Error::custom("a condition has either `is` or `defines`"));
        }
        Ok(Self {
            argument: raw.argument,
            option: raw.option,
            is: raw.is.unwrap_or_default(),
            default: raw.default,
            defines: raw.defines,
        })
    }
}

/// What a call sets on the object that it makes, or on another one.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Setting {
    pub(crate) call: Names,
    pub(crate) name: String,
    pub(crate) argument: Argument,
    #[serde(default)]
    pub(crate) option: Option<String>,
    #[serde(default)]
    pub(crate) default: Option<Constant>,
    #[serde(default)]
    pub(crate) on: Option<Argument>,
    #[serde(default)]
    pub(crate) when: Vec<Condition>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Undo {
    pub(crate) call: Names,
    #[serde(default)]
    pub(crate) argument: Option<Argument>,
    #[serde(deserialize_with = "kinds")]
    pub(crate) kinds: Kinds,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Clean {
    #[serde(default)]
    pub(crate) call: Names,
    #[serde(deserialize_with = "kinds")]
    pub(crate) kinds: Kinds,
    #[serde(default)]
    pub(crate) argument: Option<Argument>,
    #[serde(default)]
    pub(crate) weak: Option<String>,
    #[serde(default)]
    pub(crate) when: Vec<Condition>,
    #[serde(default)]
    pub(crate) unless: Vec<Condition>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Guard {
    #[serde(default)]
    pub(crate) call: Names,
    #[serde(default)]
    pub(crate) argument: Option<Argument>,
    pub(crate) when: When,
    #[serde(deserialize_with = "kinds")]
    pub(crate) kinds: Kinds,
    #[serde(default)]
    pub(crate) weak: Option<String>,
}

/// When a guard says that its argument is clean.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum When {
    /// The call is true.
    True,
    /// The call is false.
    False,
    /// The call returned.
    Returns,
}

impl<'de> Deserialize<'de> for When {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        match Constant::deserialize(deserializer)? {
            Constant::Bool(true) => Ok(Self::True),
            Constant::Bool(false) => Ok(Self::False),
            Constant::Text(text) if text == "returns" => Ok(Self::Returns),
            _ => Err(D::Error::custom("`when` of a guard is true, false or \"returns\"")),
        }
    }
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Flow {
    #[serde(default)]
    pub(crate) call: Names,
    pub(crate) from: Vec<Place>,
    pub(crate) to: Place,
    #[serde(default)]
    pub(crate) when: Vec<Condition>,
    #[serde(default)]
    pub(crate) unless: Vec<Condition>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Callback {
    pub(crate) call: Names,
    pub(crate) function: Argument,
    #[serde(default)]
    pub(crate) gives: Vec<Place>,
    #[serde(default)]
    pub(crate) to: Option<Place>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Route {
    #[serde(default)]
    pub(crate) decorator: Names,
    #[serde(default)]
    pub(crate) base: Names,
    #[serde(default)]
    pub(crate) register: Names,
    #[serde(default)]
    pub(crate) function: Option<Argument>,
    #[serde(default)]
    pub(crate) methods: Vec<String>,
    #[serde(default)]
    pub(crate) types: Vec<String>,
    #[serde(default, deserialize_with = "optional_source_kind")]
    pub(crate) parameters: Option<SourceKind>,
    #[serde(default, deserialize_with = "optional_sink_kind")]
    pub(crate) returns: Option<SinkKind>,
    #[serde(default)]
    pub(crate) when: Vec<Condition>,
    #[serde(default)]
    pub(crate) unless: Vec<Condition>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct NoReturn {
    pub(crate) call: Names,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Check {
    #[serde(default)]
    pub(crate) call: Names,
    #[serde(default)]
    pub(crate) assign: Names,
    #[serde(default)]
    pub(crate) argument: Argument,
    #[serde(default)]
    pub(crate) is: Constants,
    #[serde(default)]
    pub(crate) absent: bool,
    #[serde(default)]
    pub(crate) unless: Vec<Condition>,
    #[serde(default)]
    pub(crate) when: Vec<Condition>,
    pub(crate) rule: String,
    pub(crate) message: String,
}

/// A constant in a model. Text is a string, or the path of an API constant.
#[derive(Clone, Debug, PartialEq, Deserialize)]
#[serde(untagged, expecting = "a string, an integer or a boolean")]
pub enum Constant {
    /// `true`, `false`
    Bool(bool),
    /// An integer.
    Int(i64),
    /// A string, `None`, or a path.
    Text(String),
}

/// One constant or several.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Constants(pub Vec<Constant>);

impl<'de> Deserialize<'de> for Constants {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        #[derive(Deserialize)]
        #[serde(untagged, expecting = "a constant or a list of constants")]
        enum Either {
            One(Constant),
            Many(Vec<Constant>),
        }
        Ok(match Either::deserialize(deserializer)? {
            Either::One(constant) => Self(vec![constant]),
            Either::Many(constants) => Self(constants),
        })
    }
}

/// One way to give an argument.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub enum Way {
    /// By position.
    Position(usize),
    /// By name.
    Name(String),
    /// Every positional one from this on.
    AllFrom(usize),
    /// Every named one.
    AllNamed,
    /// The object that a method is called on.
    Receiver,
    /// What the call gives.
    Return,
}

/// An argument: the ways to give it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Argument(pub Vec<Way>);

fn way(text: &str) -> Result<Way, String> {
    Ok(match text {
        "*" => Way::AllFrom(0),
        "**" => Way::AllNamed,
        "self" => Way::Receiver,
        "return" => Way::Return,
        _ => {
            if let Some(from) = text.strip_suffix('*') {
                Way::AllFrom(from.parse().map_err(|_| format!("`{text}` is no argument"))?)
            } else if let Ok(position) = text.parse() {
                Way::Position(position)
            } else if text.chars().all(|c| c.is_alphanumeric() || c == '_') && !text.is_empty() {
                Way::Name(text.to_owned())
            } else {
                return Err(format!("`{text}` is no argument: write 0, \"name\", \"*\", \"1*\", \"**\" or \"self\""));
            }
        }
    })
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "an argument: 0, \"name\", \"*\", \"**\" or \"self\"")]
enum RawWay {
    Position(usize),
    Text(String),
}

impl RawWay {
    fn way(self) -> Result<Way, String> {
        match self {
            Self::Position(position) => Ok(Way::Position(position)),
            Self::Text(text) => way(&text),
        }
    }
}

#[derive(Deserialize)]
#[serde(untagged, expecting = "an argument, or the list of ways to give it")]
enum RawWays {
    One(RawWay),
    Many(Vec<RawWay>),
}

impl<'de> Deserialize<'de> for Argument {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let ways = match RawWays::deserialize(deserializer)? {
            RawWays::One(way) => vec![way],
            RawWays::Many(ways) => ways,
        };
        let ways: Result<Vec<Way>, String> = ways.into_iter().map(RawWay::way).collect();
        ways.map(Self).map_err(D::Error::custom)
    }
}

/// An argument or its elements, or a source.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The argument.
    pub argument: Argument,
    /// Whether its elements are meant.
    pub elements: bool,
    /// A source instead: `"source:KIND"`.
    pub source: Option<SourceKind>,
}

impl<'de> Deserialize<'de> for Place {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let raw = match RawWays::deserialize(deserializer)? {
            RawWays::One(way) => vec![way],
            RawWays::Many(ways) => ways,
        };
        let mut elements = false;
        let mut ways = Vec::new();
        for raw in raw {
            match raw {
                RawWay::Text(text) if text.starts_with("source:") => {
                    let source = text["source:".len()..].parse().map_err(D::Error::custom)?;
                    return Ok(Self { argument: Argument::default(), elements: false, source: Some(source) });
                }
                RawWay::Text(text) if text.ends_with(".*") => {
                    elements = true;
                    ways.push(way(&text[..text.len() - 2]).map_err(D::Error::custom)?);
                }
                raw => ways.push(raw.way().map_err(D::Error::custom)?),
            }
        }
        Ok(Self { argument: Argument(ways), elements, source: None })
    }
}

fn source_kind<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SourceKind, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

fn sink_kind<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<SinkKind, D::Error> {
    String::deserialize(deserializer)?.parse().map_err(D::Error::custom)
}

fn optional_source_kind<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SourceKind>, D::Error> {
    source_kind(deserializer).map(Some)
}

fn optional_sink_kind<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Option<SinkKind>, D::Error> {
    sink_kind(deserializer).map(Some)
}

fn kinds<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<Kinds, D::Error> {
    let names = Names::deserialize(deserializer)?;
    let mut all = Kinds::NONE;
    for name in names.0 {
        all = all.union(Kinds::parse(&name).map_err(D::Error::custom)?);
    }
    Ok(all)
}
