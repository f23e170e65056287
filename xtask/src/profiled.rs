//! The binary as it is released: built by a profile of what it does most.
//!
//! ```text
//! target/profiled/probe/       whether this machine can do it at all
//! target/profiled/counting/    a build that counts, and what it counted
//! target/profiled/training/    what it is run on, where that is not a directory of the repository
//! target/profiled/final/       the build that knows the counts
//! ```
//!
//! The benchmark's corpus is not part of the training: its numbers are to be those of a project the build has not seen.

#![allow(clippy::disallowed_methods, clippy::print_stderr, reason = "a developer command")]

use std::env;
use std::ffi::{OsStr, OsString};
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context as _, Result, bail};

use crate::files::root;
use crate::shell::{command, output, run as run_command};

/// Versions of LLVM under whose number Debian and others install `llvm-profdata`, the newest first.
const VERSIONS: std::ops::RangeInclusive<u32> = 19..=30;

/// Directories of the repository that hold Python.
const OWN: [&str; 2] = ["examples", "fuzz/seeds"];

/// Directories whose pages hold examples in Python.
const PAGES: [&str; 3] = ["crates/seriema_rules/rules", "crates/seriema_flow/suite", "crates/seriema_flow/features"];

/// How the binary is run on what it is trained on. The last two are one run after the other: with a cache that is empty,
/// and with what the first of them kept.
const RUNS: [&[&str]; 6] = [
    &["code", "--no-cache", "--no-flow", "--format", "json"],
    &["code", "--no-cache", "--format", "json"],
    &["secrets", "--format", "json"],
    &["bandit", "-r", "-q", "-f", "json"],
    &["code", "--format", "json", "--cache-dir", "cache"],
    &["code", "--format", "json", "--cache-dir", "cache"],
];

/// Builds the binary, and says where it is. Without a tool that reads profiles it is built as `cargo build --release` does.
pub(crate) fn build() -> Result<PathBuf> {
    let work = target().join("profiled");
    let compiler = output(command("rustc").arg("-vV"))?;
    let host = compiler.lines().find_map(|line| line.strip_prefix("host: ")).context("rustc names no host")?;
    let Some(profdata) = readers(host).into_iter().find(|tool| can_read(tool, &work.join("probe")).is_ok()) else {
        eprintln!(
            "warning: no llvm-profdata reads what this compiler counts, so the build knows no profile and is slower by \
             a tenth or more. Install the component llvm-tools with rustup, or LLVM 19 or newer (on Debian: apt install \
             llvm-19), or name the tool in LLVM_PROFDATA."
        );
        run_command(command("cargo").args(["build", "--release", "--quiet", "--package", "seriema"]))?;
        return Ok(target().join("release").join(name()));
    };
    let counts = work.join("counting/counts");
    let _ = fs::remove_dir_all(&counts);
    let counting = cargo(&work.join("counting"), host, flag("-Cprofile-generate=", &counts))?;
    // The build itself may have run parts of what it builds.
    let _ = fs::remove_dir_all(&counts);
    train(&counting, &work.join("training"))?;
    let profile = work.join("counts.profdata");
    merge(&profdata, &counts, &profile)?;
    cargo(&work.join("final"), host, flag("-Cprofile-use=", &profile))
}

/// Builds the binary, and prints where it is.
#[allow(clippy::print_stdout, reason = "a developer command")]
pub(crate) fn run() -> Result<()> {
    println!("{}", build()?.display());
    Ok(())
}

fn target() -> PathBuf {
    env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join("target"), |target| root().join(target))
}

fn name() -> String {
    format!("seriema{}", env::consts::EXE_SUFFIX)
}

fn flag(option: &str, path: &Path) -> OsString {
    let mut flag = OsString::from(option);
    flag.push(path);
    flag
}

/// What may be a reader of profiles: the one that is named, the compiler's own, those that are installed.
fn readers(host: &str) -> Vec<OsString> {
    let mut readers: Vec<OsString> = env::var_os("LLVM_PROFDATA").into_iter().collect();
    if let Ok(sysroot) = output(command("rustc").args(["--print", "sysroot"])) {
        let tools = Path::new(sysroot.trim()).join("lib/rustlib").join(host).join("bin");
        readers.push(tools.join(format!("llvm-profdata{}", env::consts::EXE_SUFFIX)).into());
    }
    readers.extend(VERSIONS.rev().map(|version| format!("llvm-profdata-{version}").into()));
    readers.push("llvm-profdata".into());
    readers
}

/// Fails unless a tool reads what this compiler's programs count: formats change with the version of LLVM.
fn can_read(tool: &OsStr, work: &Path) -> Result<()> {
    if Command::new(tool).arg("--version").stdout(Stdio::null()).stderr(Stdio::null()).status().is_err() {
        bail!("{} is not there", tool.display());
    }
    let (source, program, counts) = (work.join("probe.rs"), work.join("probe"), work.join("counts"));
    let _ = fs::remove_dir_all(work);
    fs::create_dir_all(work)?;
    fs::write(&source, "fn main() {}\n")?;
    output(command("rustc").arg(&source).arg("-o").arg(&program).arg(flag("-Cprofile-generate=", &counts)))?;
    output(&mut command(&program))?;
    merge(tool, &counts, &work.join("probe.profdata"))
}

fn merge(tool: &OsStr, counts: &Path, profile: &Path) -> Result<()> {
    output(command(tool).arg("merge").arg("-o").arg(profile).arg(counts))?;
    Ok(())
}

/// Builds into a directory of its own, so that neither build makes the other one stale.
fn cargo(directory: &Path, host: &str, flag: OsString) -> Result<PathBuf> {
    eprintln!("building in {}", directory.display());
    // Encoded, since paths may hold spaces.
    let mut flags = match env::var("RUSTFLAGS") {
        Ok(flags) => flags.split_whitespace().collect::<Vec<_>>().join("\u{1f}").into(),
        Err(_) => OsString::new(),
    };
    if !flags.is_empty() {
        flags.push("\u{1f}");
    }
    flags.push(flag);
    let mut cargo = command("cargo");
    // With a target, cargo keeps the flags from build scripts and macros.
    cargo.args(["build", "--release", "--locked", "--quiet", "--package", "seriema", "--target", host]);
    run_command(cargo.arg("--target-dir").arg(directory).env("CARGO_ENCODED_RUSTFLAGS", flags))?;
    Ok(directory.join(host).join("release").join(name()))
}

/// Runs a build that counts.
fn train(binary: &Path, work: &Path) -> Result<()> {
    let _ = fs::remove_dir_all(work);
    let pages = work.join("pages");
    fs::create_dir_all(&pages)?;
    for directory in PAGES {
        write_examples(&root().join(directory), &pages)?;
    }
    let own = OWN.iter().map(|own| root().join(own)).chain([pages]);
    let inputs = own.map(|path| vec![path]).chain([standard_library()]);
    for input in inputs.filter(|input| !input.is_empty()) {
        for options in RUNS {
            // One thread, since counts are not shared safely among several.
            let mut trained = command(binary);
            trained.args(options).args(&input).current_dir(work).env("RAYON_NUM_THREADS", "1");
            let status = trained.stdout(Stdio::null()).stderr(Stdio::null()).status()?;
            if !matches!(status.code(), Some(0 | 1 | 3)) {
                bail!("{} {} failed: {status}", binary.display(), options.join(" "));
            }
        }
    }
    Ok(())
}

/// Writes the Python in a directory's pages, each block into a file.
fn write_examples(pages: &Path, into: &Path) -> Result<()> {
    let mut paths: Vec<PathBuf> = fs::read_dir(pages)?.flatten().map(|entry| entry.path()).collect();
    paths.retain(|path| path.extension().is_some_and(|extension| extension == "md"));
    paths.sort();
    for path in paths {
        let text = fs::read_to_string(&path)?.replace("\r\n", "\n");
        let stem = path.file_stem().unwrap_or_default().to_string_lossy().replace('-', "_");
        for (number, block) in text.split("\n```python").skip(1).enumerate() {
            // What is left of the first line says what to expect of the example.
            let code = block.split_once('\n').map_or("", |(_, rest)| rest).split("\n```").next().unwrap_or_default();
            fs::write(into.join(format!("{stem}_{number}.py")), code)?;
        }
    }
    Ok(())
}

/// Python's own library, where there is Python: a quarter of a million lines of all kinds. Not what is installed beside it,
/// nor its tests.
fn standard_library() -> Vec<PathBuf> {
    let code = "import sysconfig; print(sysconfig.get_path('stdlib'))";
    let library = output(command("python3").args(["-c", code])).unwrap_or_default();
    let entries = fs::read_dir(library.trim()).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(|path| is_library(path)).collect();
    paths.sort();
    paths
}

fn is_library(path: &Path) -> bool {
    let name = path.file_name().unwrap_or_default().to_string_lossy();
    let other = ["site-packages", "dist-packages", "test", "__pycache__"].contains(&&*name) || name.contains('-');
    !other && (path.is_dir() || name.ends_with(".py"))
}
