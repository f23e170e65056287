//! Whether a file has to do with the web.

use seriema_program::{BindingKind, Semantic};

/// Packages whose import makes a file part of a web application.
const WEB_PACKAGES: &[&str] = &[
    "aiohttp",
    "bottle",
    "cherrypy",
    "django",
    "falcon",
    "fastapi",
    "flask",
    "litestar",
    "pyramid",
    "quart",
    "sanic",
    "starlette",
    "tornado",
    "web",
    "webassets",
    "webob",
    "werkzeug",
];

/// Marks of text that a browser renders.
const HTML_MARKS: &[&str] = &[
    ".html\"",
    ".html'",
    ".htm\"",
    "text/html",
    "HTMLResponse",
    "<html",
    "<body",
    "</div>",
    "</td>",
    "</p>",
    "</a>",
    "</b>",
    "</h1>",
    "<!DOCTYPE html",
];

/// How much of a file is searched, in bytes.
const MAX_SEARCHED: usize = 1 << 17;

/// Whether a file imports a web framework.
pub(crate) fn imports_web_framework(semantic: &Semantic<'_>) -> bool {
    let is_web = |path: &str| {
        let first = path.split('.').next().unwrap_or_default();
        WEB_PACKAGES.binary_search(&first).is_ok() || path.starts_with("http.server") || path.starts_with("twisted.web")
    };
    semantic.scopes.imports().any(|(_, binding)| match binding.kind {
        BindingKind::Import(path) => is_web(path),
        BindingKind::ImportFrom { module, level: 0, member } => {
            is_web(module) || (module == "http" && member == "server")
        }
        _ => false,
    }) || semantic.scopes.stars().iter().any(|(module, level)| *level == 0 && is_web(module))
}

/// Whether a file's text names HTML.
pub(crate) fn mentions_html(semantic: &Semantic<'_>) -> bool {
    mentions_any(semantic, HTML_MARKS)
}

/// Whether a file's text holds one of `needles`.
pub(crate) fn mentions_any(semantic: &Semantic<'_>, needles: &[&str]) -> bool {
    let text = semantic.file.text().as_bytes();
    let text = text.get(..MAX_SEARCHED).unwrap_or(text);
    needles.iter().any(|needle| memchr::memmem::find(text, needle.as_bytes()).is_some())
}

#[cfg(test)]
mod tests {
    use super::WEB_PACKAGES;

    #[test]
    fn packages_can_be_searched() {
        assert!(WEB_PACKAGES.is_sorted());
    }
}
