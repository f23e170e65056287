//! The options of single tests.
//!
//! Bandit looks them up while a test runs: what is missing or of the wrong type makes that test raise, each time. A
//! [`Setting`] therefore keeps what the lookup raises.

use rustc_hash::FxHashSet;

use super::{Config, Value};
use crate::literal::Raised;

/// An option's value, or what asking for it raises.
pub(crate) type Setting<T> = Result<T, Raised>;

/// What `name in option` is asked of.
#[derive(Clone, Debug)]
pub(crate) enum Names {
    /// A list of names.
    Set(FxHashSet<String>),
    /// A string: then any part of it is in it.
    Text(String),
}

impl Names {
    /// Whether Python finds `name` in the option.
    #[must_use]
    pub(crate) fn contains(&self, name: &str) -> bool {
        match self {
            Names::Set(names) => names.contains(name),
            Names::Text(text) => text.contains(name),
        }
    }

    /// Whether `name` equals one of the names, a string being one name.
    #[must_use]
    pub(crate) fn equals_any(&self, name: &str) -> bool {
        match self {
            Names::Set(names) => names.contains(name),
            Names::Text(text) => text == name,
        }
    }
}

/// `shell_injection`
#[derive(Clone, Debug)]
pub(crate) struct Shell {
    /// Functions that start a shell when asked to.
    pub subprocess: Setting<Names>,
    /// Functions that always start a shell.
    pub shell: Setting<Names>,
    /// Functions that never do.
    pub no_shell: Setting<Names>,
    /// Whether both `subprocess` and `shell` are given at all.
    pub is_whole: bool,
    /// Whether anything is given at all.
    pub is_truthy: bool,
}

/// `weak_cryptographic_key`: sizes in bits below which keys are reported with high and medium severity.
#[derive(Clone, Copy, Debug)]
pub(crate) struct KeySizes {
    /// For DSA.
    pub dsa: [f64; 2],
    /// For RSA.
    pub rsa: [f64; 2],
    /// For elliptic curves.
    pub ec: [f64; 2],
}

/// The options of all tests.
#[derive(Clone, Debug)]
pub(crate) struct Settings {
    /// `assert_used.skips`: patterns of files in which assertions are fine.
    pub assert_skips: Setting<Vec<String>>,
    /// `hardcoded_tmp_directory.tmp_dirs`
    pub tmp_dirs: Setting<Vec<String>>,
    /// `shell_injection`
    pub shell: Shell,
    /// `ssl_with_bad_version.bad_protocol_versions`
    pub bad_protocol_versions: Setting<Names>,
    /// `try_except_continue.check_typed_exception`
    pub continue_typed: Setting<bool>,
    /// `try_except_pass.check_typed_exception`
    pub pass_typed: Setting<bool>,
    /// `weak_cryptographic_key`
    pub key_sizes: Setting<KeySizes>,
    /// `markupsafe_xss.extend_markup_names`
    pub markup_names: Setting<Vec<String>>,
    /// `markupsafe_xss.allowed_calls`
    pub allowed_calls: Setting<Vec<String>>,
}

impl Settings {
    /// The options that a configuration gives, the others as Bandit sets them.
    #[must_use]
    pub(crate) fn new(config: &Config) -> Self {
        let block = |name: &str| config.option(name).filter(|value| **value != Value::Null);
        Self {
            assert_skips: optional_list(block("assert_used"), "skips"),
            tmp_dirs: match block("hardcoded_tmp_directory").and_then(|block| block.get("tmp_dirs")) {
                Some(list) => strings(list),
                None => Ok(owned(&["/tmp", "/var/tmp", "/dev/shm"])),
            },
            shell: Shell::new(block("shell_injection")),
            bad_protocol_versions: match block("ssl_with_bad_version") {
                Some(block) => names(block, "bad_protocol_versions"),
                None => Ok(Names::Set(owned(BAD_PROTOCOL_VERSIONS).into_iter().collect())),
            },
            continue_typed: typed(block("try_except_continue")),
            pass_typed: typed(block("try_except_pass")),
            key_sizes: match block("weak_cryptographic_key") {
                Some(block) => KeySizes::new(block),
                None => Ok(KeySizes { dsa: [1024.0, 2048.0], rsa: [1024.0, 2048.0], ec: [160.0, 224.0] }),
            },
            markup_names: optional_list(block("markupsafe_xss"), "extend_markup_names"),
            allowed_calls: optional_list(block("markupsafe_xss"), "allowed_calls"),
        }
    }
}

const BAD_PROTOCOL_VERSIONS: &[&str] = &[
    "PROTOCOL_SSLv2",
    "SSLv2_METHOD",
    "SSLv23_METHOD",
    "PROTOCOL_SSLv3",
    "PROTOCOL_TLSv1",
    "SSLv3_METHOD",
    "TLSv1_METHOD",
    "PROTOCOL_TLSv1_1",
    "TLSv1_1_METHOD",
];

const SUBPROCESS: &[&str] =
    &["subprocess.Popen", "subprocess.call", "subprocess.check_call", "subprocess.check_output", "subprocess.run"];

const SHELL: &[&str] = &[
    "os.system",
    "os.popen",
    "os.popen2",
    "os.popen3",
    "os.popen4",
    "popen2.popen2",
    "popen2.popen3",
    "popen2.popen4",
    "popen2.Popen3",
    "popen2.Popen4",
    "commands.getoutput",
    "commands.getstatusoutput",
    "subprocess.getoutput",
    "subprocess.getstatusoutput",
];

const NO_SHELL: &[&str] = &[
    "os.execl",
    "os.execle",
    "os.execlp",
    "os.execlpe",
    "os.execv",
    "os.execve",
    "os.execvp",
    "os.execvpe",
    "os.spawnl",
    "os.spawnle",
    "os.spawnlp",
    "os.spawnlpe",
    "os.spawnv",
    "os.spawnve",
    "os.spawnvp",
    "os.spawnvpe",
    "os.startfile",
];

impl Shell {
    fn new(block: Option<&Value>) -> Self {
        let Some(block) = block else {
            let set = |names: &[&str]| Ok(Names::Set(owned(names).into_iter().collect()));
            return Self {
                subprocess: set(SUBPROCESS),
                shell: set(SHELL),
                no_shell: set(NO_SHELL),
                is_whole: true,
                is_truthy: true,
            };
        };
        Self {
            subprocess: names(block, "subprocess"),
            shell: names(block, "shell"),
            no_shell: names(block, "no_shell"),
            is_whole: block.get("subprocess").is_some() && block.get("shell").is_some(),
            is_truthy: block.is_truthy(),
        }
    }
}

impl KeySizes {
    fn new(block: &Value) -> Setting<Self> {
        let size = |name: &str| match index(block, name)? {
            Value::Int(value) => Ok(*value as f64),
            Value::Float(value) => Ok(*value),
            Value::Bool(value) => Ok(f64::from(u8::from(*value))),
            other => Err(Raised(format!("'<' not supported between instances of 'int' and '{}'", other.type_name()))),
        };
        Ok(Self {
            dsa: [size("weak_key_size_dsa_high")?, size("weak_key_size_dsa_medium")?],
            rsa: [size("weak_key_size_rsa_high")?, size("weak_key_size_rsa_medium")?],
            ec: [size("weak_key_size_ec_high")?, size("weak_key_size_ec_medium")?],
        })
    }
}

fn owned(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

/// `block[name]`
fn index<'v>(block: &'v Value, name: &str) -> Setting<&'v Value> {
    match block {
        Value::Map(_) => block.get(name).ok_or_else(|| Raised::key(name)),
        Value::List(_) => Err(Raised("list indices must be integers or slices, not str".to_owned())),
        Value::Str(_) => Err(Raised("string indices must be integers, not 'str'".to_owned())),
        other => Err(Raised(format!("'{}' object is not subscriptable", other.type_name()))),
    }
}

fn names(block: &Value, name: &str) -> Setting<Names> {
    match index(block, name)? {
        Value::Str(text) => Ok(Names::Text(text.clone())),
        list @ (Value::List(_) | Value::Map(_)) => Ok(Names::Set(list.strings().into_iter().collect())),
        other => Err(Raised(format!("argument of type '{}' is not iterable", other.type_name()))),
    }
}

fn strings(list: &Value) -> Setting<Vec<String>> {
    list.iterate().map(|_| list.strings()).map_err(Raised)
}

/// `block.get(name, [])`, looped over.
fn optional_list(block: Option<&Value>, name: &str) -> Setting<Vec<String>> {
    match block {
        None => Ok(Vec::new()),
        Some(block @ Value::Map(_)) => block.get(name).map_or_else(|| Ok(Vec::new()), strings),
        Some(other) => Err(Raised(format!("'{}' object has no attribute 'get'", other.type_name()))),
    }
}

fn typed(block: Option<&Value>) -> Setting<bool> {
    match block {
        None => Ok(false),
        Some(block) => index(block, "check_typed_exception").map(Value::is_truthy),
    }
}
