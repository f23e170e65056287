use super::*;

/// A tree in one line, to be compared.
fn shown(node: &Node<'_>) -> String {
    let list = |items: Vec<String>| items.join(" ");
    match &node.value {
        Value::Null => "null".to_owned(),
        Value::Bool(truth) => truth.to_string(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::List(items) => format!("[{}]", list(items.iter().map(shown).collect())),
        Value::Table(entries) => {
            format!(
                "{{{}}}",
                list(entries.iter().map(|entry| format!("{}:{}", entry.key, shown(&entry.node))).collect())
            )
        }
    }
}

/// The first problem.
fn fault(document: &Document<'_>) -> Option<(DiagnosticKind, usize)> {
    document.problems.first().map(|problem| (problem.kind, problem.at))
}

#[test]
fn the_three_notations_give_one_tree() {
    let tree = "{a:{b:\"x\" c:[true \"y\"]}}";
    for document in [
        toml("[a]\nb = 'x'\nc = [true, \"y\"]\n"),
        json("{\"a\": {\"b\": \"x\", \"c\": [true, \"y\"]}}"),
        yaml("a:\n  b: x\n  c:\n    - true\n    - 'y'\n"),
    ] {
        assert_eq!(shown(&document.root), tree);
        assert_eq!(fault(&document), None);
    }
}

#[test]
fn values_know_where_they_stand() {
    for (text, document) in [
        ("# ä\n[[p]]\nname = \"ö\"\n", toml("# ä\n[[p]]\nname = \"ö\"\n")),
        ("{\"p\": [{\"name\": \"ö\"}]}", json("{\"p\": [{\"name\": \"ö\"}]}")),
        ("# ä\np:\n- name: \"ö\"\n", yaml("# ä\np:\n- name: \"ö\"\n")),
    ] {
        let entry = document.root.items_of("p")[0].entry("name").expect("a name");
        assert_eq!(&text[entry.node.range.clone()], "\"ö\"");
        assert_eq!(text[entry.range.clone()].trim_matches('"'), "name");
        assert!(text[entry.whole()].ends_with("\"ö\""), "{text}");
    }
}

#[test]
fn what_stands_before_a_fault_is_kept() {
    let (text, tree) = ("{\"a\": [1, {\"b\": \"x\", \"c\": \"tru", "{a:[1 {b:\"x\"}]}");
    let document = json(text);
    assert_eq!(shown(&document.root), tree);
    assert_eq!(fault(&document), Some((DiagnosticKind::Syntax, text.len() - 4)));
    let document = yaml("a: 1\nb: [x, y\nc: 'z\n");
    assert!(shown(&document.root).starts_with("{a:\"1\""), "{}", shown(&document.root));
    assert!(fault(&document).is_some());
    let document = toml("[[p]]\nname = 'a'\n[[p]]\nname = 'b\n[[p]]\nname = 'c'\n");
    assert!(
        shown(&document.root).contains("\"a\"") && shown(&document.root).contains("\"c\""),
        "{}",
        shown(&document.root)
    );
    assert!(fault(&document).is_some());
}

#[test]
fn keys_that_are_there_twice_are_said() {
    for document in [json("{\"a\": 1, \"a\": 2}"), yaml("a: 1\na: 2\n"), toml("a = 1\na = 2\n")] {
        assert_eq!(fault(&document).map(|(kind, _)| kind), Some(DiagnosticKind::Syntax));
    }
    assert_eq!(json("{\"a\": 1, \"a\": 2}").root.get("a").map(shown).as_deref(), Some("2"));
}

#[test]
fn escapes_of_json_are_read() {
    let read = |text| json(text).root.text().map(ToOwned::to_owned);
    assert_eq!(read(r#""\u0041\n\"\\\/\ud83d\ude00\ud83d!""#).as_deref(), Some("A\n\"\\/😀\u{fffd}!"));
    assert_eq!(read(r#""\x\u12""#).as_deref(), Some("\u{fffd}\u{fffd}12"));
    assert_eq!(read("\u{feff}\"x\"").as_deref(), Some("x"));
    assert_eq!(read("\"\\"), None);
}

#[test]
fn aliases_repeat_texts_only() {
    let document = yaml("a: &v 1.0\nb: *v\nc: &l [x]\nd: *l\n");
    assert_eq!(shown(&document.root), "{a:\"1.0\" b:\"1.0\" c:[\"x\"] d:null}");
    assert_eq!(fault(&document).map(|(kind, _)| kind), Some(DiagnosticKind::Limit));
}

#[test]
fn depth_is_bounded() {
    let deep = 100_000;
    for document in [
        json(&"[".repeat(deep)),
        json(&"{\"a\":".repeat(deep)),
        yaml(&"[".repeat(deep)),
        yaml(&"- ".repeat(deep)),
        yaml(&"{a: ".repeat(deep)),
        toml(&format!("a = {}", "[".repeat(deep))),
        toml(&format!("a = {}", "{a=".repeat(deep))),
        toml(&format!("[{}a]", "a.".repeat(deep))),
        toml(&format!("[{}a]", "a . ".repeat(deep))),
        toml(&format!("[{}a]", "\"\".'x'.".repeat(deep))),
        toml(&format!("{}a = 1", "a.".repeat(deep))),
        toml(&format!("x = {{ {}a = 1 }}", "a.".repeat(deep))),
    ] {
        assert!(fault(&document).is_some());
    }
}

#[test]
fn many_dots_in_texts_are_no_depth() {
    let text = format!("a = \"{}\"\nb = '{}'\n", "x.".repeat(500), ".".repeat(500));
    assert_eq!(fault(&toml(&text)), None);
}
