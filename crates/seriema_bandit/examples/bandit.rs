//! `cargo run --release -p seriema_bandit --example bandit -- -r src`: the drop-in without the rest of Seriema.
#![expect(clippy::disallowed_methods, reason = "a front door reads the environment")]

use std::io::{BufWriter, IsTerminal, Write};
use std::process::ExitCode;

use seriema_bandit::{Io, run};

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let mut stdin = std::io::stdin();
    let mut stdout = BufWriter::new(std::io::stdout());
    let mut stderr = std::io::stderr();
    let colour = std::io::stdout().is_terminal()
        && std::env::var_os("NO_COLOR").is_none()
        && std::env::var("TERM").as_deref() != Ok("dumb");
    let code = run(
        std::env::args_os().skip(1).collect(),
        &mut Io {
            stdin: Some(&mut stdin),
            stdout: &mut stdout,
            stderr: &mut stderr,
            colour,
            cwd: std::env::current_dir().unwrap_or_default(),
            now: None,
            threads: 0,
        },
    );
    let flushed = stdout.flush();
    ExitCode::from(if flushed.is_ok() { u8::try_from(code).unwrap_or(2) } else { 2 })
}
