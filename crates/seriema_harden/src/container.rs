//! How images are built.

use std::collections::BTreeMap;
use std::sync::Arc;

use seriema_deps::manifest::dockerfile::{Instruction, instructions};
use seriema_deps::manifest::words::{self, Word};
use seriema_deps::{ManifestKind, kind_of};
use seriema_finding::masked;
use seriema_program::Locator;

use crate::checklist::{Book, Status};
use crate::names;
use crate::project::Project;
use crate::sheet::line;

/// Images whose user is none with all rights, by what their names contain.
const UNPRIVILEGED: [&str; 5] = ["nonroot", "cgr.dev/", "unprivileged", "bitnami/", "rootless"];

/// A stage of an image: whom it runs as.
#[derive(Clone, Default)]
struct Stage {
    user: Option<(String, u32)>,
    image: String,
    line: u32,
}

pub(crate) fn check(project: &mut Project<'_>, book: &mut Book) {
    for file in project.files() {
        let is_container = kind_of(&file.relative) == Some(ManifestKind::Dockerfile);
        if !is_container || file.relative.contains(".devcontainer/") {
            continue;
        }
        if let Some(text) = project.text(file) {
            Build { path: &file.relative, book, locator: Locator::of_text(&text) }.run(&text);
        }
    }
}

struct Build<'a> {
    path: &'a Arc<str>,
    book: &'a mut Book,
    locator: Locator<'a>,
}

impl Build<'_> {
    fn run(&mut self, text: &str) {
        let (blank, instructions) = instructions(text);
        let mut stages: Vec<Stage> = Vec::new();
        let mut names: BTreeMap<String, usize> = BTreeMap::new();
        let mut arguments: BTreeMap<String, String> = BTreeMap::new();
        for instruction in &instructions {
            let at = line(&self.locator, instruction.start);
            let body = instruction.body.clone();
            let words = words::split(&blank, body.clone(), false);
            match instruction.name.as_str() {
                "FROM" => {
                    let plain: Vec<&str> =
                        words.iter().map(|word| word.value.as_str()).filter(|word| !word.starts_with("--")).collect();
                    let Some(image) = plain.first() else { continue };
                    let image = substituted(image, &arguments);
                    let base = names.get(&image.to_ascii_lowercase()).copied();
                    let mut stage = base.map_or_else(Stage::default, |base| stages[base].clone());
                    if base.is_none() {
                        self.image(&image, at);
                        stage = Stage { user: None, image, line: at };
                    }
                    if let [_, word, name] = plain.as_slice()
                        && word.eq_ignore_ascii_case("as")
                    {
                        names.insert(name.to_ascii_lowercase(), stages.len());
                    }
                    stages.push(stage);
                }
                "USER" => {
                    if let (Some(stage), Some(user)) = (stages.last_mut(), words.first()) {
                        stage.user = Some((substituted(&user.value, &arguments), at));
                    }
                }
                "ADD" => self.added(&words, at),
                "ARG" | "ENV" => self.variables(instruction, &words, &mut arguments, at),
                "RUN" => {
                    self.piped(&words::split(&blank, body, true), at);
                    for document in &instruction.documents {
                        let at = line(&self.locator, document.start);
                        self.piped(&words::split(&blank, document.clone(), true), at);
                    }
                }
                _ => {}
            }
        }
        if let Some(stage) = stages.last() {
            self.user(stage);
        }
    }

    fn user(&mut self, stage: &Stage) {
        let id = "container-user";
        match &stage.user {
            Some((user, line)) => {
                let name = user.split(':').next().unwrap_or_default();
                let status = match name {
                    "root" | "0" => Status::Fail,
                    name if name.contains('$') => Status::Unknown,
                    _ => Status::Pass,
                };
                self.book.note(id, status, self.path, Some(*line), format!("the last stage runs as `{user}`"));
            }
            None => {
                let is_known = UNPRIVILEGED.iter().any(|part| stage.image.contains(part));
                let seen = format!("the last stage, from `{}`, names no user", stage.image);
                self.book.judge(id, !is_known, self.path, Some(stage.line), seen);
            }
        }
    }

    fn image(&mut self, image: &str, line: u32) {
        if image == "scratch" {
            return;
        }
        let status = match names::is_moving(image) {
            Some(true) => Status::Fail,
            Some(false) => Status::Pass,
            None => Status::Unknown,
        };
        self.book.note("container-image-version", status, self.path, Some(line), format!("built from `{image}`"));
    }

    fn added(&mut self, words: &[Word], line: u32) {
        let is_checked = words.iter().any(|word| word.value.starts_with("--checksum"));
        for word in words.iter().filter(|word| word.value.starts_with("http://") || word.value.starts_with("https://"))
        {
            let seen = format!("`ADD` fetches `{}`", word.value);
            self.book.judge("container-remote-files", !is_checked, self.path, Some(line), seen);
        }
    }

    fn variables(
        &mut self,
        instruction: &Instruction,
        words: &[Word],
        arguments: &mut BTreeMap<String, String>,
        line: u32,
    ) {
        let is_argument = instruction.name == "ARG";
        // `ENV NAME value`, as it was written before `=`.
        let old = match words {
            [name, value] if !is_argument && !name.value.contains('=') => {
                vec![(name.value.clone(), Some(value.value.clone()))]
            }
            _ => Vec::new(),
        };
        let pairs = words.iter().filter_map(|word| match word.value.split_once('=') {
            Some((name, value)) => Some((name.to_owned(), Some(value.to_owned()))),
            None if is_argument => Some((word.value.clone(), None)),
            None => None,
        });
        for (name, value) in old.into_iter().chain(pairs) {
            if names::is_secret(&name) {
                let id = "container-secrets";
                match &value {
                    Some(value) if names::is_literal(value) => {
                        let seen = format!("`{}` sets `{name}` to `{}`", instruction.name, masked(value));
                        self.book.note(id, Status::Fail, self.path, Some(line), seen);
                    }
                    None => {
                        let seen = format!("what is given for `ARG {name}` stays in the image's history");
                        self.book.note(id, Status::Fail, self.path, Some(line), seen);
                    }
                    Some(_) => {}
                }
            }
            if let Some(value) = value {
                arguments.insert(name, value);
            }
        }
        self.book.note("container-secrets", Status::Pass, self.path, Some(line), "variables are set");
    }

    /// `curl … | sh`
    fn piped(&mut self, words: &[Word], line: u32) {
        let id = "container-piped-scripts";
        let base = |word: &Word| word.value.rsplit('/').next().unwrap_or_default().to_owned();
        let mut fetches = false;
        let mut follows_pipe = false;
        let mut is_start = true;
        for (at, word) in words.iter().enumerate() {
            if word.is_operator {
                // `||` is two of them, and no pipe.
                let is_double = |other: Option<&Word>| {
                    other.is_some_and(|other| {
                        other.value == "|"
                            && (other.range.end == word.range.start || word.range.end == other.range.start)
                    })
                };
                let before = at.checked_sub(1).and_then(|before| words.get(before));
                let is_pipe = word.value == "|" && !is_double(before) && !is_double(words.get(at + 1));
                follows_pipe = is_pipe && fetches;
                fetches &= is_pipe;
                is_start = true;
                continue;
            }
            let name = base(word);
            if follows_pipe
                && is_start
                && matches!(name.as_str(), "sh" | "bash" | "ash" | "dash" | "zsh" | "python" | "python3")
            {
                self.book.note(
                    id,
                    Status::Fail,
                    self.path,
                    Some(line),
                    format!("what is fetched is piped into `{name}`"),
                );
            }
            // `sudo`, `env` and variables stand before a command.
            is_start = is_start
                && (matches!(name.as_str(), "sudo" | "env") || word.value.contains('=') || word.value.starts_with('-'));
            fetches |= matches!(name.as_str(), "curl" | "wget");
        }
        self.book.note(id, Status::Pass, self.path, Some(line), "a command is run");
    }
}

/// A word with the defaults of arguments in it.
fn substituted(word: &str, arguments: &BTreeMap<String, String>) -> String {
    let mut word = word.to_owned();
    for (name, value) in arguments {
        if !word.contains('$') || value.contains('$') {
            continue;
        }
        word = word.replace(&format!("${{{name}}}"), value);
        if word.ends_with(&format!("${name}")) {
            word.truncate(word.len() - name.len() - 1);
            word.push_str(value);
        }
    }
    word
}
