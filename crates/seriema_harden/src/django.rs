//! Django's settings: what `manage.py check --deploy` asks of them, and what it does not ask.
//!
//! <https://docs.djangoproject.com/en/stable/ref/checks/#security>

mod checks;
mod keys;
mod sites;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use crate::checklist::{Book, Status};
use crate::project::Project;
use crate::settings::{Module, Unknown, Value, What, evaluate};

/// Checks the settings of each site of a project.
pub(crate) fn check(project: &mut Project<'_>, book: &mut Book) {
    for file in sites::find(project) {
        let module = evaluate(project, file);
        let site = Site { module, path: Arc::clone(&file.relative) };
        checks::run(&site, book);
        keys::run(&site, book);
    }
}

/// The settings that a site is served with.
struct Site {
    module: Module,
    path: Arc<str>,
}

/// What a value means for a check.
enum Verdict {
    Weak,
    Strong,
    Open,
}

impl From<bool> for Verdict {
    fn from(is_strong: bool) -> Self {
        if is_strong { Self::Strong } else { Self::Weak }
    }
}

impl Site {
    /// The value of a setting for what does not depend on conditions; the default where it is not set, and nothing where it
    /// cannot be told.
    fn value(&self, name: &str, default: &Value) -> Option<Value> {
        match self.module.names.get(name) {
            Some(setting) => setting.single().filter(|value| value.what != What::Unset).cloned(),
            None if self.module.open.is_some() => None,
            None => Some(default.clone()),
        }
    }

    /// Judges each of the values that a setting may have.
    ///
    /// A value that an environment variable may change is as good as its default where that is strong; where it is weak,
    /// it cannot be told what the deployment sets.
    fn judge(&self, book: &mut Book, id: &'static str, name: &str, default: &Value, how: impl Fn(&Value) -> Verdict) {
        let Some(setting) = self.module.names.get(name) else {
            return self.judge_default(book, id, name, default, &how);
        };
        let all = setting.0.iter().map(|one| {
            let value = if one.value.what == What::Unset { default } else { &one.value };
            let status = match how(value) {
                Verdict::Strong => Status::Pass,
                Verdict::Weak if value.variables.is_empty() => Status::Fail,
                Verdict::Weak | Verdict::Open => Status::Unknown,
            };
            (status, one, value)
        });
        let all: Vec<_> = all.collect();
        let is_mixed = all.iter().any(|(status, ..)| *status != all[0].0);
        for (status, one, value) in all {
            let mut seen = describe(name, value);
            if one.value.what == What::Unset {
                seen = format!("elsewhere than in this branch, {seen}, the default");
            } else if is_mixed {
                seen = format!("in one branch, {seen}");
            }
            let status = if is_mixed { Status::Unknown } else { status };
            book.note(id, status, &one.path, Some(one.line), seen);
        }
    }

    fn judge_default(
        &self,
        book: &mut Book,
        id: &'static str,
        name: &str,
        default: &Value,
        how: &dyn Fn(&Value) -> Verdict,
    ) {
        if let Some((path, line, what)) = &self.module.open {
            return book.note(id, Status::Unknown, path, Some(*line), format!("{what} may set `{name}`"));
        }
        let mut seen = format!("`{name}` is not set; {}", describe("the default", default).replacen('`', "", 2));
        let mut status = if matches!(how(default), Verdict::Strong) { Status::Pass } else { Status::Fail };
        if let Some((path, line, what)) = &self.module.optional
            && status == Status::Fail
        {
            status = Status::Fail;
            seen = format!("{seen} ({what} in {path}:{line} is not in the project)");
        }
        book.note(id, status, &self.path, None, seen);
    }
}

/// What a setting is, in words.
fn describe(name: &str, value: &Value) -> String {
    let variables = value.variable_names();
    match &value.what {
        What::Unknown(Unknown::Required) => format!("`{name}` is what {variables} says"),
        What::Unknown(Unknown::Generated) => format!("`{name}` is made at each start"),
        What::Unknown(Unknown::Computed) if !variables.is_empty() => format!("`{name}` is computed from {variables}"),
        What::Unknown(Unknown::Computed) => format!("`{name}` is computed"),
        _ if !variables.is_empty() => {
            format!("`{name}` is {} unless {variables} says otherwise", literal(value, 0))
        }
        _ => format!("`{name}` is {}", literal(value, 0)),
    }
}

/// How a value is written in Python, shortened.
fn literal(value: &Value, depth: usize) -> String {
    const SHOWN: usize = 3;
    match &value.what {
        What::None => "None".to_owned(),
        What::Bool(true) => "True".to_owned(),
        What::Bool(false) => "False".to_owned(),
        What::Int(int) => int.to_string(),
        What::Text(text) if text.chars().count() > 60 => {
            format!("\"{}…\"", text.chars().take(60).collect::<String>())
        }
        What::Text(text) => format!("\"{text}\""),
        What::List { items, is_open } if depth < 2 => {
            let mut shown: Vec<String> = items.iter().take(SHOWN).map(|item| literal(item, depth + 1)).collect();
            if items.len() > SHOWN || *is_open {
                shown.push("…".to_owned());
            }
            format!("[{}]", shown.join(", "))
        }
        _ => "…".to_owned(),
    }
}
