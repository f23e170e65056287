//! Writes the docs that are made from the compiled rules and settings: the second half of `cargo xtask generate`, which
//! runs it.

#[path = "../src/docs.rs"]
mod docs;
#[path = "../src/files.rs"]
mod files;

fn main() -> anyhow::Result<()> {
    docs::run(std::env::args().any(|argument| argument == "--check"))
}
