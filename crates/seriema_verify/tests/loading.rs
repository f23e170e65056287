//! What is wrong with a verifier file is said with its place.

use seriema_verify::{VerifierError, Verifiers};

const GOOD: &str = r#"provider = "Example"
source = "https://example.com/docs"

[[verifier]]
detectors = ["example-key"]
url = "https://api.example.com/me"
headers = { Authorization = "Bearer {secret}" }
secret = '[a-z]{8}'
sample = "<a-z:8>"
answers = [{ status = 200, json = "ok", is = true, outcome = "active" }]
facts = [{ name = "user", json = "user.name" }]
"#;

/// The error of the good file with a line replaced.
fn broken(line: &str, with: &str) -> String {
    assert!(GOOD.contains(line), "{line}");
    read(&GOOD.replace(line, with)).expect_err(with).to_string()
}

fn read(text: &str) -> Result<Verifiers, VerifierError> {
    Verifiers::read(&[("example.toml", text)])
}

#[test]
fn a_good_file_is_read() {
    let verifiers = read(GOOD).expect("it is well-formed");
    let verifier = verifiers.for_detector("example-key").expect("it is there");
    assert_eq!((verifier.provider(), verifier.method()), ("Example", "GET"));
    assert!(verifiers.for_detector("another-key").is_none());
}

#[test]
fn the_embedded_files_are_read() {
    assert!(Verifiers::embedded().all().len() >= 50);
}

#[test]
fn errors_have_file_and_line() {
    // In TOML itself, or in the form of the file: the very line.
    assert_eq!(
        broken("sample = \"<a-z:8>\"", "sample = "),
        "example.toml:9: string values must be quoted, expected literal string"
    );
    assert!(broken("sample = \"<a-z:8>\"", "sample = 1").starts_with("example.toml:9: invalid type: integer"));
    assert!(broken("sample = ", "simple = ").starts_with("example.toml:9: unknown field `simple`"));
    assert!(broken("provider = \"Example\"", "").contains("missing field `provider`"));
    // In what is meant: the line of the verifier's head.
    let error = broken("outcome = \"active\"", "outcome = \"dead\"");
    assert_eq!(error, "example.toml:4: `dead` is no outcome; there are active, inactive, unknown");
}

#[test]
fn what_is_wrong_is_said() {
    let url = "\"https://api.example.com/me\"";
    let answer = "status = 200, json = \"ok\", is = true, outcome = \"active\"";
    let header = "{ Authorization = \"Bearer {secret}\" }";
    for (line, with, message) in [
        ("[\"example-key\"]", "[]", "it is for no detector"),
        ("url = ", "method = \"DELETE\"\nurl = ", "`DELETE` is no method of a call that reads; there are GET and POST"),
        (url, "\"http://api.example.com/me\"", "`http://api.example.com/me`: an address begins with https://"),
        (url, "\"https://api.example.com\"", "an address has a path"),
        (url, "\"https://127.0.0.1/me\"", "its host is no name of the internet"),
        (url, "\"https://[::1]/me\"", "its host is no name of the internet"),
        (url, "\"https://localhost/me\"", "its host is no name of the internet"),
        (url, "\"https://api.example.com:8443/me\"", "its host is no name of the internet"),
        (url, "\"https://me@api.example.com/\"", "its host is no name of the internet"),
        (url, "\"https://{secret}/me\"", "its host is not fixed"),
        (url, "\"https://{secret}.com/me\"", "its host is no name of the internet"),
        (url, "\"https://api.{secret}.com/me\"", "its host is no name of the internet"),
        (url, "\"https://api.example.com/a b\"", "it has characters that no address has"),
        (url, "\"https://api.example.com/{secret\"", "has no counterpart"),
        (url, "\"https://api.example.com/{token}\"", "`{token}` is no placeholder here"),
        (url, "[]", "it has no address"),
        (header, "{ Authorization = \"{partner}\" }", "`{partner}` is used if and only if there is a partner"),
        (header, "{ Host = \"{secret}\" }", "`Host` is not for the file to say"),
        (header, "{ \"X Y\" = \"{secret}\" }", "`X Y` is no name of a header"),
        (header, "{ X = \"{secret}\\n\" }", "has characters that no header has"),
        (header, "{ X = \"y\" }", "it does not send the secret"),
        ("facts = ", "basic = [\"{secret}\", \"\"]\nfacts = ", "it has `basic` and an Authorization header"),
        ("facts = ", "form = { a = \"b\" }\nfacts = ", "a GET has no body"),
        ("facts = ", "method = \"POST\"\njson = \"{\"\nfacts = ", "`json`: "),
        ("facts = ", "method = \"POST\"\njson = \"{}\"\nform = { a = \"b\" }\nfacts = ", "it has `form` and `json`"),
        ("facts = ", "signature = \"rsa\"\nfacts = ", "`rsa` is no signature that is known; there is aws-sts"),
        ("facts = ", "signature = \"aws-sts\"\nfacts = ", "what is signed is a form that is posted to `/`"),
        ("'[a-z]{8}'", "'[a-z'", "regex parse error"),
        ("'[a-z]{8}'", "'(?<secret>[a-z]{8})'", "a group of `secret` has a name that is taken"),
        (answer, "status = 302, outcome = \"active\"", "an answer has statuses from"),
        (answer, "status = 429, outcome = \"active\"", "an answer has statuses from"),
        (answer, "status = 500, outcome = \"inactive\"", "an answer has statuses from"),
        (answer, "status = [], outcome = \"active\"", "an answer has statuses from"),
        (answer, "status = 200, is = 1, outcome = \"active\"", "`is` without `json`"),
        (answer, "status = 200, json = \"a..b\", outcome = \"active\"", "`a..b` is no path of a field"),
        (answer, "status = 200, body = \"(\", outcome = \"active\"", "regex parse error"),
        (answer, "status = 200, outcome = \"unknown\"", "an outcome that is unknown needs its reason"),
        (answer, "status = 200, outcome = \"active\", reason = \"x\"", "only an outcome that is unknown has a reason"),
        (answer, "status = 401, outcome = \"inactive\"", "no answer makes a secret active"),
        ("json = \"user.name\"", "json = \"a\", header = \"b\"", "the fact `user` has either `json` or `header`"),
        ("name = \"user\", json = \"user.name\"", "name = \"user\"", "the fact `user` has either `json` or `header`"),
    ] {
        let error = broken(line, with);
        assert!(error.starts_with("example.toml:4: ") && error.contains(message), "{with}\n{error}");
    }
}

#[test]
fn a_detector_has_one_verifier() {
    let error = Verifiers::read(&[("a.toml", GOOD), ("b.toml", GOOD)]).expect_err("there are two");
    assert_eq!(error.to_string(), "b.toml:4: there is another verifier for `example-key`");
}

#[test]
fn a_group_of_the_secret_may_name_the_host_s_first_label() {
    let text = GOOD
        .replace("https://api.example.com/me", "https://{region}.api.example.com/me")
        .replace("[a-z]{8}", "[a-z]{4}-(?<region>[a-z0-9]{3})");
    let verifiers = read(&text).expect("it is well-formed");
    assert_eq!(verifiers.all()[0].urls().collect::<Vec<_>>(), ["https://{region}.api.example.com/me"]);
}
