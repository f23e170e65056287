//! The key that sessions, links for new passwords and the like are signed with.

use std::collections::BTreeSet;

use seriema_finding::masked;

use crate::checklist::{Book, Status};
use crate::django::Site;
use crate::settings::{Unknown, Value, What};

/// As Django's own check has it.
const MIN_LENGTH: usize = 50;
const MIN_DIFFERENT: usize = 5;
const INSECURE: &str = "django-insecure-";

/// What is wrong with a key.
fn weakness(key: &str) -> Option<String> {
    let length = key.chars().count();
    let different = key.chars().collect::<BTreeSet<_>>().len();
    if key.is_empty() {
        Some("is empty".to_owned())
    } else if key.starts_with(INSECURE) {
        Some(format!("begins with `{INSECURE}`"))
    } else if length < MIN_LENGTH {
        Some(format!("has {length} characters"))
    } else if different < MIN_DIFFERENT {
        Some(format!("has {different} different characters"))
    } else {
        None
    }
}

pub(super) fn run(site: &Site, book: &mut Book) {
    let Some(setting) = site.module.names.get("SECRET_KEY") else {
        for id in ["django-secret-key-source", "django-secret-key-strength"] {
            match &site.module.open {
                Some((path, line, what)) => {
                    book.note(id, Status::Unknown, path, Some(*line), format!("{what} may set `SECRET_KEY`"));
                }
                None if site.module.optional.is_some() => {
                    book.note(id, Status::Unknown, &site.path, None, "`SECRET_KEY` is set outside of the project");
                }
                None if id.ends_with("strength") => {
                    book.note(id, Status::Fail, &site.path, None, "`SECRET_KEY` is not set");
                }
                None => {}
            }
        }
        return;
    };
    for one in setting.0.iter().filter(|one| one.value.what != What::Unset) {
        let (path, line) = (&one.path, Some(one.line));
        source(&one.value, |status, seen| book.note("django-secret-key-source", status, path, line, seen));
        strength("SECRET_KEY", &one.value, |status, seen| {
            book.note("django-secret-key-strength", status, path, line, seen);
        });
    }
    let Some(fallbacks) = site.module.names.get("SECRET_KEY_FALLBACKS") else { return };
    for one in fallbacks.0.iter() {
        for item in one.value.items() {
            strength("one of `SECRET_KEY_FALLBACKS`", item, |status, seen| {
                book.note("django-secret-key-fallbacks", status, &one.path, Some(one.line), seen);
            });
        }
    }
}

/// Where the key comes from.
fn source(value: &Value, mut note: impl FnMut(Status, String)) {
    let variables = value.variable_names();
    match &value.what {
        What::Text(key) if key.is_empty() => {}
        What::Text(key) if variables.is_empty() => note(Status::Fail, format!("the key is `{}`", masked(key))),
        What::Text(key) => {
            note(Status::Fail, format!("the key is `{}` where {variables} is not set", masked(key)));
        }
        What::Unknown(Unknown::Required) | What::None if !variables.is_empty() => {
            note(Status::Pass, format!("the key is what {variables} says"));
        }
        What::Unknown(Unknown::Generated) => note(Status::Pass, "the key is made at each start".to_owned()),
        _ => note(Status::Unknown, "the key is computed".to_owned()),
    }
}

fn strength(name: &str, value: &Value, mut note: impl FnMut(Status, String)) {
    let name = if name.contains('`') { name.to_owned() } else { format!("`{name}`") };
    let Some(key) = value.as_text() else {
        let status =
            if matches!(value.what, What::Unknown(Unknown::Computed)) { Status::Unknown } else { Status::Pass };
        return note(status, format!("{name} does not stand in the code"));
    };
    match (weakness(key), value.variables.is_empty()) {
        (Some(weakness), true) => note(Status::Fail, format!("{name} {weakness}")),
        (Some(weakness), false) => {
            let variables = value.variable_names();
            note(Status::Fail, format!("{name} {weakness} where {variables} is not set"));
        }
        (None, _) => note(Status::Pass, format!("{name} has {} characters", key.chars().count())),
    }
}
