use super::*;
use crate::source::Source;
use seriema_program::ast::PySourceType;
use seriema_program::parser::parse_unchecked_source;

/// The tree as one line a node: depth by indentation, first and last position, and the text it covers.
fn dump(code: &str) -> String {
    fn walk<'a>(source: &Source<'a>, node: Node<'a>, depth: usize, out: &mut String) {
        let text = source.range(node).map_or("-", |range| &source.text()[range.to_std_range()]);
        out.push_str(&format!("{:width$}{}: {}\n", "", kind(node), text.replace('\n', "⏎"), width = depth * 2));
        for_each_child(node, &mut |child| walk(source, child, depth + 1, out));
    }
    let parsed = parse_unchecked_source(code, PySourceType::Python);
    assert!(parsed.has_valid_syntax(), "{code}");
    let source = Source::new(code, parsed.tokens());
    let mut out = String::new();
    for_each_child(Node::Module(parsed.suite()), &mut |child| walk(&source, child, 0, &mut out));
    out
}

fn kind(node: Node<'_>) -> &'static str {
    match node {
        Node::Module(_) => "Module",
        Node::Stmt(_) => "stmt",
        Node::Elif(..) => "If",
        Node::Expr(expr) => expr_class(expr),
        Node::Text(_) => "Constant",
        Node::Interpolation(_) => "FormattedValue",
        Node::FormatSpec(_) => "JoinedStr",
        Node::Arguments(_) => "arguments",
        Node::Arg(_) => "arg",
        Node::Keyword(_) => "keyword",
        Node::Comprehension(_) => "comprehension",
        Node::Handler(_) => "ExceptHandler",
        Node::Alias(_) => "alias",
        Node::WithItem(_) => "withitem",
        Node::MatchCase(_) => "match_case",
        Node::Pattern(_) => "pattern",
        Node::TypeParam(_) => "type_param",
    }
}

#[test]
fn decorators_come_after_the_body_and_defaults_after_the_parameters() {
    insta::assert_snapshot!(dump("@d\ndef f(a, /, b=1, *c, e=2, **g) -> r:\n    pass;\n"), @r"
    stmt: def f(a, /, b=1, *c, e=2, **g) -> r:⏎    pass;
      arguments: -
        arg: a
        arg: b
        arg: c
        arg: e
        Constant: 2
        arg: g
        Constant: 1
      stmt: pass
      Name: d
      Name: r
    ");
}

#[test]
fn each_elif_is_an_if_inside_the_one_before() {
    insta::assert_snapshot!(dump("if a:\n    b\nelif c:\n    d\nelse:\n    e\n"), @r"
    stmt: if a:⏎    b⏎elif c:⏎    d⏎else:⏎    e
      Name: a
      stmt: b
        Name: b
      If: elif c:⏎    d⏎else:⏎    e
        Name: c
        stmt: d
          Name: d
        stmt: e
          Name: e
    ");
}

#[test]
fn a_dictionarys_keys_come_before_its_values() {
    insta::assert_snapshot!(dump("{a: 1, **b, c: 2}"), @r"
    stmt: {a: 1, **b, c: 2}
      Dict: {a: 1, **b, c: 2}
        Name: a
        Name: c
        Constant: 1
        Name: b
        Constant: 2
    ");
}

#[test]
fn neighbouring_text_in_f_strings_is_one_constant() {
    insta::assert_snapshot!(dump("'a' f'b{{{x=!r:>{w}}' '' 'c'"), @r"
    stmt: 'a' f'b{{{x=!r:>{w}}' '' 'c'
      JoinedStr: 'a' f'b{{{x=!r:>{w}}' '' 'c'
        Constant: 'a' f'b{{{x=
        FormattedValue: {x=!r:>{w}}
          Name: x
          JoinedStr: :>{w}
            Constant: >
            FormattedValue: {w}
              Name: w
        Constant: '' 'c'
    ");
}

#[test]
fn strings_written_side_by_side_are_one_constant() {
    insta::assert_snapshot!(dump("('a'\n 'b')"), @r"
    stmt: ('a'⏎ 'b')
      Constant: 'a'⏎ 'b'
    ");
}

#[test]
fn a_generator_alone_in_a_call_shares_its_parentheses() {
    insta::assert_snapshot!(dump("f(x for x in y)"), @r"
    stmt: f(x for x in y)
      Call: f(x for x in y)
        Name: f
        GeneratorExp: (x for x in y)
          Name: x
          comprehension: -
            Name: x
            Name: y
    ");
}

#[test]
fn what_a_text_says_is_decoded() {
    let parsed = parse_unchecked_source("f'a{{\\n{x=}' 'b'", PySourceType::Python);
    let Some(Stmt::Expr(statement)) = parsed.suite().first() else { panic!("an expression") };
    let Expr::FString(fstring) = &*statement.value else { panic!("an f-string") };
    let texts: Vec<String> = fstring_pieces(fstring)
        .iter()
        .map(|piece| match piece {
            Piece::Text(text, _) => text.to_string(),
            Piece::Field(_) => "{}".to_owned(),
        })
        .collect();
    assert_eq!(texts, ["a{\nx=", "{}", "b"]);
}
