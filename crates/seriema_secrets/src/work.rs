//! Counts the bytes that the search looks at, in tests: time is linear when these are.

use std::cell::Cell;

use crate::{Detectors, scan};

thread_local! {
    static BYTES: Cell<usize> = const { Cell::new(0) };
}

/// Notes that so many bytes were looked at.
pub(crate) fn looked_at(bytes: usize) {
    BYTES.with(|count| count.set(count.get() + bytes));
}

/// The bytes that are looked at when a piece is repeated up to a size.
fn work(path: &str, piece: &str, size: usize) -> usize {
    BYTES.with(|count| count.set(0));
    let _ = scan(Detectors::embedded(), path, &piece.repeat(size / piece.len()));
    BYTES.with(Cell::get)
}

/// What is hard on a scanner: random text, keywords and assignments without end, quotes and heads that nothing closes.
fn hostile() -> Vec<String> {
    let key = crate::expand("<A-Za-z0-9:4000>");
    let pem = ["-----BEGIN RSA PRIVATE ", "KEY-----\n"].concat();
    let fixed = [
        "password ",
        "password=",
        "password=\"",
        "password='a\" ",
        "password=\\\"",
        "token=",
        "x_key:",
        "secret_token_key_",
        "authorization:bearer ",
        "authorization: basic abcdefghijklmnop",
        "a://b:",
        "ab://c:d",
        "postgres://a:b",
        "\"a\" == password ",
        "password=\"a\" \"b\" ",
        "eyJ",
        "sk_live_",
        "ghp_ AKIA xoxb- AIza ",
        "password: str = ",
        "ENV password ",
        "secret[1][1]",
    ];
    fixed
        .into_iter()
        .map(str::to_owned)
        .chain([key.clone(), format!("{key}\n"), format!("password = \"{key}\"\n"), pem])
        .collect()
}

#[test]
fn twice_the_text_is_twice_the_work() {
    for piece in hostile() {
        for path in ["a.py", "a.txt"] {
            let (once, twice) = (work(path, &piece, 60_000), work(path, &piece, 120_000));
            let title = &piece[..piece.len().min(30)];
            assert!(twice <= 2 * once + once / 10 + 10_000, "{title:?} in {path}: {once} bytes, then {twice}");
        }
    }
}

#[test]
fn no_byte_is_looked_at_very_often() {
    for piece in hostile() {
        for path in ["a.py", "a.txt"] {
            let times = work(path, &piece, 120_000) / 120_000;
            let title = &piece[..piece.len().min(30)];
            assert!(times <= MOST, "{title:?} in {path}: each byte {times} times");
        }
    }
}

/// How often a byte is looked at, at most: by detectors whose keyword is near, and by the names around it.
const MOST: usize = 100;
