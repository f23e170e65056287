//! OSV's API is asked, and what it knows is judged here.

mod server;

use std::collections::BTreeMap;
use std::net::TcpStream;

use serde_json::{Value, json};
use seriema_deps::{Advisories, Name};
use seriema_osv::{Answers, Gap, Question, Silent, ask};
use server::{Asked, Server, client, record, say};

fn name(text: &str) -> Name {
    Name::new(text).expect("a name")
}

fn question(package: &str, version: Option<&str>) -> Question {
    Question { name: name(package), version: version.map(str::to_owned) }
}

fn asked(server: &Server, questions: &[Question]) -> Answers {
    ask(&client(), &server.address(""), questions, "2026-07-23", &Silent).expect("answers")
}

/// Answers as OSV does that knows these records: ids by package, texts by id.
fn osv(ids: &[(&str, &[&str])], texts: &BTreeMap<String, String>, asked: &Asked, stream: &mut TcpStream) {
    if let Some(id) = asked.target.strip_prefix("/v1/vulns/") {
        return match texts.get(id) {
            Some(text) => say(stream, 200, &[], text.as_bytes()),
            None => say(stream, 404, &[], b"{}"),
        };
    }
    let queries: Value = serde_json::from_str(&asked.body).expect("JSON");
    let results: Vec<Value> = queries["queries"]
        .as_array()
        .expect("queries")
        .iter()
        .map(|query| {
            let of = ids.iter().find(|(package, _)| query["package"]["name"] == *package).map(|(_, ids)| *ids);
            match of {
                Some(ids) => json!({"vulns": ids.iter().map(|id| json!({"id": id})).collect::<Vec<_>>()}),
                None => json!({}),
            }
        })
        .collect();
    say(stream, 200, &[], json!({ "results": results }).to_string().as_bytes());
}

fn texts(records: &[(&str, &str, &str)]) -> BTreeMap<String, String> {
    records.iter().map(|(id, package, version)| ((*id).to_owned(), record(id, package, version))).collect()
}

#[test]
fn each_record_is_fetched_once_and_only_names_and_versions_go_out() {
    let records = texts(&[("PYSEC-1", "one", "1.0"), ("PYSEC-2", "two", "2.0")]);
    let server = Server::with(move |_, asked, stream| {
        osv(&[("one", &["PYSEC-1"]), ("two", &["PYSEC-2", "PYSEC-1"])], &records, asked, stream);
    });
    let answers = asked(&server, &[question("one", Some("1.0")), question("two", None), question("clean", Some("3"))]);
    assert_eq!(answers.gaps, []);
    assert_eq!(answers.records, 2);
    assert_eq!(answers.index.about(&name("one")).expect("read").len(), 1);
    assert_eq!(answers.index.about(&name("two")).expect("read")[0].id, "PYSEC-2");
    assert_eq!(answers.index.about(&name("clean")).expect("read"), []);
    let requests = server.asked();
    assert_eq!(requests.len(), 3, "one batch, two records");
    let sent: Value = serde_json::from_str(&requests[0].body).expect("JSON");
    let package = |name| json!({"ecosystem": "PyPI", "name": name});
    assert_eq!(
        sent,
        json!({"queries": [
            {"package": package("one"), "version": "1.0"},
            {"package": package("two")},
            {"package": package("clean"), "version": "3"},
        ]})
    );
}

#[test]
fn withdrawn_records_say_nothing() {
    let withdrawn = json!({
        "id": "PYSEC-1", "modified": "2026-01-01T00:00:00Z", "withdrawn": "2026-01-02T00:00:00Z",
        "affected": [{"package": {"ecosystem": "PyPI", "name": "one"}, "versions": ["1.0"]}],
    });
    let records = BTreeMap::from([("PYSEC-1".to_owned(), withdrawn.to_string())]);
    let server = Server::with(move |_, asked, stream| osv(&[("one", &["PYSEC-1"])], &records, asked, stream));
    let answers = asked(&server, &[question("one", Some("1.0"))]);
    assert_eq!(answers.gaps, []);
    assert_eq!(answers.index.about(&name("one")).expect("read"), []);
}

#[test]
fn pages_are_turned_and_batches_are_of_a_thousand() {
    // Of the package `p1500`, each page has one id.
    let server = Server::with(|_, asked, stream| {
        if let Some(id) = asked.target.strip_prefix("/v1/vulns/") {
            return say(stream, 200, &[], record(id, "p1500", "1").as_bytes());
        }
        let sent: Value = serde_json::from_str(&asked.body).expect("JSON");
        let answer = |query: &Value| match (query["package"]["name"].as_str(), query["page_token"].as_str()) {
            (Some("p1500"), None) => json!({"vulns": [{"id": "A-1"}], "next_page_token": "2"}),
            (Some("p1500"), Some("2")) => json!({"next_page_token": "3"}),
            (Some("p1500"), Some("3")) => json!({"vulns": [{"id": "A-3"}], "next_page_token": ""}),
            _ => json!({}),
        };
        let results: Vec<Value> = sent["queries"].as_array().expect("queries").iter().map(answer).collect();
        say(stream, 200, &[], json!({ "results": results }).to_string().as_bytes());
    });
    let questions: Vec<Question> = (0..2001).map(|number| question(&format!("p{number}"), Some("1"))).collect();
    let answers = asked(&server, &questions);
    assert_eq!(answers.gaps, []);
    assert_eq!(answers.index.about(&name("p1500")).expect("read").len(), 2);
    let most = server.asked().iter().map(|asked| asked.body.matches("ecosystem").count()).max();
    assert_eq!(most, Some(1000));
}

#[test]
fn pages_without_end_are_not_turned_for_ever() {
    let server = Server::with(|_, _, stream| {
        say(stream, 200, &[], br#"{"results": [{"vulns": [], "next_page_token": "again"}]}"#);
    });
    let answers = asked(&server, &[question("one", Some("1"))]);
    assert_eq!(
        answers.gaps,
        [Gap { names: vec![name("one")], what: "OSV knows more of one than is asked for".to_owned() }]
    );
}

#[test]
fn faults_that_pass_are_waited_out() {
    let records = texts(&[("PYSEC-1", "one", "1.0")]);
    let server = Server::with(move |number, asked, stream| match number {
        0 | 4 => say(stream, 503, &[], b""),
        1 => say(stream, 200, &[], b"{\"results\": [{}, {}]}"),
        2 => say(stream, 429, &[("Retry-After", "1")], b""),
        5 => say(stream, 200, &[], b"{\"id\": \"PYSEC-1\", \"affec"),
        6 => say(stream, 200, &[], b"{\"id\": \"PYSEC-2\"}"),
        _ => osv(&[("one", &["PYSEC-1"])], &records, asked, stream),
    });
    let answers = asked(&server, &[question("one", Some("1.0"))]);
    assert_eq!(answers.gaps, []);
    assert_eq!(answers.index.about(&name("one")).expect("read").len(), 1);
    assert_eq!(server.asked().len(), 8);
}

#[test]
fn a_record_that_cannot_be_had_is_named_and_others_are_not_lost() {
    let mut records = texts(&[("PYSEC-1", "one", "1.0")]);
    records.insert("PYSEC-3".to_owned(), r#"{"id": "PYSEC-3", "affected": 1}"#.to_owned());
    let ids: &[&str] = &["PYSEC-1", "PYSEC-2", "PYSEC-3", "../../etc\u{1b}"];
    let server = Server::with(move |_, asked, stream| osv(&[("one", ids)], &records, asked, stream));
    let answers = asked(&server, &[question("one", Some("1.0"))]);
    assert_eq!(answers.index.about(&name("one")).expect("read").len(), 1);
    let mut said: Vec<&str> = answers.gaps.iter().map(|gap| gap.what.as_str()).collect();
    said.sort_unstable();
    assert_eq!(said.len(), 3);
    assert_eq!(said[0], "the advisory ../../etc\\u{1b} could not be fetched: this is no id");
    assert!(
        said[1].starts_with("the advisory PYSEC-2 could not be fetched: the server does not have it"),
        "{}",
        said[1]
    );
    assert!(said[2].starts_with("the advisory PYSEC-3 cannot be read: "), "{}", said[2]);
    assert!(answers.gaps.iter().all(|gap| gap.names == [name("one")]));
    assert!(server.asked().iter().all(|asked| !asked.target.contains("etc")));
}

#[test]
fn without_a_network_it_is_said_what_was_not_looked_for() {
    let gone = Server::with(|_, _, _| {}).address("");
    let questions = [question("one", Some("1")), question("two", None), question("two", Some("2"))];
    let answers = ask(&client(), &gone, &questions, "2026-07-23", &Silent).expect("answers");
    assert_eq!(answers.gaps.len(), 1);
    assert_eq!(answers.gaps[0].names, [name("one"), name("two")]);
    let said = &answers.gaps[0].what;
    assert!(said.starts_with("known vulnerabilities of 2 packages were not looked for: http://127.0.0.1"), "{said}");
    // Nothing to ask about: nobody is asked.
    assert_eq!(ask(&client(), &gone, &[], "2026-07-23", &Silent).expect("answers").gaps, []);
}
