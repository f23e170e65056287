//! `conda-lock.yml`, version 1: packages of conda, and of PyPI where `manager` is `pip`. Each is there once for each platform.

use crate::manifest::document::{self, Node};
use crate::manifest::lock::{self, Lock};
use crate::manifest::{Manifest, ManifestKind, Name, Origin};

/// How many names that were left out are told apart.
const MAX_LEFT_OUT: usize = 100;

pub(crate) fn read(path: &str, text: &str) -> Manifest {
    let mut lock = Lock::new(path, ManifestKind::CondaLock, text);
    let root = lock.open(document::yaml(text));
    lock.need(root.get("package"), "package");
    let (mut first, mut left_out) = (None, Vec::new());
    for package in root.items_of("package") {
        let is_pip = package.text_of("manager") == Some("pip");
        // Names that no package of Python may have (`_libgcc_mutex`) are usual for those of conda.
        if let Some(name) = package.text_of("name").filter(|name| !is_pip && Name::new(name).is_none()) {
            first.get_or_insert(package.range.start);
            if !left_out.contains(&name) && left_out.len() < MAX_LEFT_OUT {
                left_out.push(name);
            }
            continue;
        }
        let url = package.text_of("url");
        let mut dependency = if is_pip {
            let Some(dependency) = lock.package(package) else { continue };
            dependency
        } else {
            let Some(entry) = package.entry("name") else {
                lock.unread(package.range.start, "a package without a name was not read");
                continue;
            };
            let Some(mut dependency) = lock.named(&entry.node, entry.whole()) else { continue };
            // Versions of conda need not be versions of Python: `1.1.1w`, `9e`.
            if let Some(node) = package.get("version") {
                dependency.version = node.text().and_then(|written| written.parse().ok());
                dependency.version_range = Some(lock::inner(lock.text, &node.range));
            }
            dependency.origin = Origin::Conda(url.map_or_else(|| "defaults".to_owned(), channel));
            dependency
        };
        if let (true, Some(url)) = (is_pip, url) {
            dependency.origin = pip_origin(url);
        }
        dependency.is_hashed = !package.entries_of("hash").is_empty();
        dependency.requires = lock::keys(package.entries_of("dependencies")).collect();
        let category =
            package.text_of("category").or_else(|| package.items_of("categories").first().and_then(Node::text));
        dependency.group = category.filter(|category| *category != "main").map(ToOwned::to_owned);
        lock.need_version(&dependency);
        lock.manifest.dependencies.push(dependency);
    }
    lock.left_out(first, &left_out);
    lock.finish()
}

/// The channel of `https://conda.anaconda.org/conda-forge/linux-64/zlib-1.3-0.conda`.
fn channel(url: &str) -> String {
    let folder = url.rsplitn(3, '/').nth(2).unwrap_or(url);
    folder.strip_prefix("https://conda.anaconda.org/").unwrap_or(folder).to_owned()
}

/// Files of PyPI stand under its own names; other URLs are what was asked for.
fn pip_origin(url: &str) -> Origin {
    if let Some(git) = url.strip_prefix("git+") {
        let (url, commit) = git.rsplit_once('@').map_or((git, None), |(url, commit)| (url, Some(commit)));
        return Origin::Vcs {
            url: url.to_owned(),
            commit: lock::commit(commit.and_then(|commit| commit.split('#').next())),
            revision: None,
        };
    }
    if url.starts_with("https://files.pythonhosted.org/") || url.starts_with("https://pypi.org/") {
        return Origin::Index(None);
    }
    Origin::Url(url.to_owned())
}
