//! Where files of a build's context stand in the image: `COPY requirements.txt /tmp/`, `WORKDIR /app`,
//! `RUN --mount=type=bind,source=requirements.txt,target=/tmp/requirements.txt`.

/// What a Dockerfile has copied so far.
pub(crate) struct Copies {
    /// Where commands run.
    directory: Vec<String>,
    copied: Vec<Copied>,
}

struct Copied {
    /// In the context.
    source: String,
    /// In the image.
    target: Vec<String>,
    /// Whether the target is a directory, as it is written.
    is_inside: bool,
}

impl Copies {
    pub(crate) const fn new() -> Self {
        Self { directory: Vec::new(), copied: Vec::new() }
    }

    /// Takes down a `WORKDIR`.
    pub(crate) fn work_in(&mut self, directory: &str) {
        self.directory = self.place(directory);
    }

    /// Takes down a `COPY` or `ADD`, by its words.
    pub(crate) fn copy<'w>(&mut self, words: impl Iterator<Item = &'w str>) {
        let words: Vec<&str> = words.collect();
        // What another stage or image has is not known here.
        if words.iter().any(|word| word.starts_with("--from")) {
            return;
        }
        let paths: Vec<&str> = words.into_iter().skip_while(|word| word.starts_with("--")).collect();
        let Some((target, sources)) = paths.split_last() else { return };
        let is_inside = sources.len() > 1 || target.ends_with('/') || target.ends_with('.');
        for source in sources {
            self.copied.push(Copied { source: (*source).to_owned(), target: self.place(target), is_inside });
        }
    }

    /// Takes down a flag of `RUN`, if it binds a file or directory of the context.
    pub(crate) fn mount(&mut self, flag: &str) {
        let Some(fields) = flag.strip_prefix("--mount=") else { return };
        let field = |names: &[&str]| {
            let mut fields = fields.split(',').filter_map(|field| field.split_once('='));
            fields.find(|(name, _)| names.contains(name)).map(|(_, value)| value)
        };
        if field(&["type"]) != Some("bind") || field(&["from"]).is_some() {
            return;
        }
        if let Some(target) = field(&["target", "dst", "destination"]) {
            let source = field(&["source", "src"]).unwrap_or(".").to_owned();
            self.copied.push(Copied { source, target: self.place(target), is_inside: false });
        }
    }

    /// The file of the context that stands at a path of the image.
    pub(crate) fn source(&self, path: &str) -> Option<String> {
        let path = self.place(path);
        // What was copied nearest to it, and last.
        let found = self.copied.iter().filter_map(|copied| Some((copied.target.len(), copied.source_of(&path)?)));
        found.max_by_key(|(depth, _)| *depth).map(|(_, source)| source).filter(|source| !source.is_empty())
    }

    /// A path of the image by its parts, from its root on.
    fn place(&self, path: &str) -> Vec<String> {
        let mut parts = if path.starts_with('/') { Vec::new() } else { self.directory.clone() };
        for part in path.split('/') {
            match part {
                "" | "." => {}
                ".." => drop(parts.pop()),
                part => parts.push(part.to_owned()),
            }
        }
        parts
    }
}

impl Copied {
    fn source_of(&self, path: &[String]) -> Option<String> {
        let rest = path.strip_prefix(&*self.target)?;
        let source = self.source.trim_start_matches("./").trim_matches('/');
        let (folder, name) = source.rsplit_once('/').unwrap_or(("", source));
        let within = |folder: &str, rest: &[String]| {
            let folder = Some(folder).filter(|folder| !matches!(*folder, "" | "."));
            folder.into_iter().chain(rest.iter().map(String::as_str)).collect::<Vec<_>>().join("/")
        };
        match rest {
            [] => Some(source.to_owned()).filter(|_| !self.is_inside),
            [file] if matches(name, file) => Some(within(folder, rest)),
            // What of a directory is copied are its files, under their own names.
            _ if matches!(name, "" | ".") || self.source.ends_with('/') || !name.contains(['.', '*']) => {
                Some(within(source, rest))
            }
            _ => None,
        }
    }
}

/// Whether a name is one that a pattern with at most one `*` stands for.
fn matches(pattern: &str, name: &str) -> bool {
    match pattern.split_once('*') {
        Some((start, end)) => name.len() >= pattern.len() - 1 && name.starts_with(start) && name.ends_with(end),
        None => pattern == name,
    }
}

#[cfg(test)]
mod tests {
    use super::Copies;

    #[test]
    fn files_are_found_by_where_they_were_copied_to() {
        for (work_in, copy, path, source) in [
            ("/", "requirements.txt /tmp/requirements.txt", "/tmp/requirements.txt", Some("requirements.txt")),
            ("/", "requirements.txt /", "/requirements.txt", Some("requirements.txt")),
            ("/", "requirements.txt base.txt /tmp", "/tmp/base.txt", Some("base.txt")),
            ("/", "./deps/all.txt /tmp/", "/tmp/all.txt", Some("deps/all.txt")),
            ("/", "deps/requirements*.txt /tmp/", "/tmp/requirements-dev.txt", Some("deps/requirements-dev.txt")),
            ("/", "all.txt /tmp/other.txt", "/tmp/other.txt", Some("all.txt")),
            ("/", "--chown=a:a . /src", "/src/deps/all.txt", Some("deps/all.txt")),
            ("/", "deps /src/deps", "/src/deps/all.txt", Some("deps/all.txt")),
            ("/", "deps/ ./", "/all.txt", Some("deps/all.txt")),
            ("/app", "deps/all.txt .", "all.txt", Some("deps/all.txt")),
            ("/app", "deps/all.txt .", "/app/all.txt", Some("deps/all.txt")),
            ("/app", "deps/all.txt lib/", "lib/../lib/all.txt", Some("deps/all.txt")),
            ("/", "--from=builder /wheels /wheels", "/wheels/all.txt", None),
            ("/", "all.txt /tmp/", "/tmp/others.txt", None),
            ("/", "all.txt /tmp/", "/all.txt", None),
            ("/", "", "/all.txt", None),
        ] {
            let mut copies = Copies::new();
            copies.work_in(work_in);
            copies.copy(copy.split_whitespace());
            assert_eq!(copies.source(path).as_deref(), source, "{copy} {path}");
        }
        let mut copies = Copies::new();
        for copy in ["requirements/ /app/requirements/", "LICENSE /app/"] {
            copies.copy(copy.split_whitespace());
        }
        assert_eq!(copies.source("/app/requirements/all.txt").as_deref(), Some("requirements/all.txt"));
        let mut copies = Copies::new();
        copies.mount("--mount=type=bind,source=deps/all.txt,target=/tmp/all.txt");
        copies.mount("--mount=type=bind,from=builder,source=other.txt,target=/tmp/other.txt");
        copies.mount("--mount=type=cache,target=/root/.cache");
        assert_eq!(copies.source("/tmp/all.txt").as_deref(), Some("deps/all.txt"));
        assert_eq!(copies.source("/tmp/other.txt"), None);
    }
}
