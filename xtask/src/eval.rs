//! Measurements and comparisons. Each says what it wants when that is absent.

use std::path::{Path, PathBuf};

use anyhow::{Context as _, Result, bail};
use serde_json::Value;

use crate::files::root;
use crate::shell::{command, output, python, run as run_command};

/// Where the benchmark keeps the corpus and the tools to compare with.
struct Bench {
    corpus: PathBuf,
    bandit: PathBuf,
    ruff: PathBuf,
    bandit_sdist: PathBuf,
}

fn fetched() -> Result<Bench> {
    let script = root().join("bench/bench.py");
    run_command(python(&script).arg("fetch"))?;
    let paths: Value = serde_json::from_str(&output(python(&script).arg("paths"))?)?;
    let path = |name: &str| paths[name].as_str().map(PathBuf::from).with_context(|| format!("no {name}"));
    Ok(Bench {
        corpus: path("corpus")?,
        bandit: path("bandit")?,
        ruff: path("ruff")?,
        bandit_sdist: path("bandit_sdist")?,
    })
}

/// Where cargo builds: in a directory of the repository, if not told otherwise.
fn target(own: &str) -> PathBuf {
    std::env::var_os("CARGO_TARGET_DIR").map_or_else(|| root().join(own), PathBuf::from)
}

fn build() -> Result<PathBuf> {
    run_command(command("cargo").args(["build", "--release", "--quiet", "--package", "seriema"]))?;
    Ok(target("target").join("release").join(format!("seriema{}", std::env::consts::EXE_SUFFIX)))
}

pub(crate) fn bench(rounds: Option<u32>, json: bool, curve: bool) -> Result<()> {
    measure(&crate::profiled::build()?, rounds, json, curve)
}

fn measure(binary: &Path, rounds: Option<u32>, json: bool, curve: bool) -> Result<()> {
    let script = root().join("bench/bench.py");
    let (mut fetch, mut bench) = (python(&script), python(&script));
    fetch.arg("fetch");
    bench.args(["run", "--binary"]).arg(binary);
    if let Some(rounds) = rounds {
        bench.args(["--rounds", &rounds.to_string()]);
    }
    if json {
        bench.arg("--json");
    }
    if curve {
        fetch.arg("--curve");
        bench.arg("--curve");
    }
    run_command(&mut fetch)?;
    run_command(&mut bench)
}

pub(crate) fn ecosystem(check: bool, accept: bool, releases: &[String]) -> Result<()> {
    let seriema = build()?;
    let script = root().join("bench/ecosystem/ecosystem.py");
    let reports = root().join("target/ecosystem");
    run_command(python(&script).arg("fetch").args(releases))?;
    run_command(python(&script).args(["run", "--seriema"]).arg(seriema).arg("--output").arg(&reports).args(releases))?;
    let mut last = python(&script);
    if accept {
        last.arg("accept").arg(&reports).args(releases);
    } else {
        last.args(["diff", "expected"]).arg(&reports).args(releases);
        if check {
            last.arg("--check");
        }
    }
    run_command(&mut last)
}

pub(crate) fn verdicts(check: bool, releases: &[String]) -> Result<()> {
    let seriema = build()?;
    let mut script = python(&root().join("bench/verdicts.py"));
    script.args(["run", "--seriema"]).arg(seriema).args(releases);
    if check {
        script.arg("--check");
    }
    run_command(&mut script)
}

/// One line of the table that `eval` prints.
struct Row {
    name: &'static str,
    score: String,
    goal: &'static str,
}

#[allow(clippy::print_stdout, reason = "a developer command")]
pub(crate) fn run(shared: &Path, verbose: bool) -> Result<()> {
    let shared = root().join(shared);
    let tools = shared.join("tools");
    if !tools.is_dir() {
        println!("no scorers: {} is absent", tools.display());
        return Ok(());
    }
    let seriema = build()?;
    let bench = fetched()?;
    let seriema = seriema.display();
    let mut rows = Vec::new();
    let bandit_tool = format!("{seriema} bandit -r -f json -q {{}}");
    let examples = bench.bandit_sdist.join("examples");
    let bandit_parity = |extra: &[&str], path: &Path| -> Result<String> {
        let mut scorer = python(&tools.join("bandit_parity.py"));
        scorer.arg("--bandit").arg(&bench.bandit).args(["--tool", &bandit_tool]).args(extra).arg(path);
        let text = scorer.output()?;
        Ok(String::from_utf8_lossy(&text.stdout).into_owned())
    };
    let functional = bench.bandit_sdist.join("tests/functional/test_functional.py");
    let functional = functional.to_string_lossy();
    for (name, goal, extra, path) in [
        ("Bandit's examples (id, line, severity, confidence)", "100%", vec!["--severity"], &examples),
        ("Bandit's functional expectations", "all", vec!["--functional", &functional], &examples),
        ("Bandit on the corpus (id, line, severity, confidence)", "99.5%", vec!["--severity"], &bench.corpus),
    ] {
        let text = bandit_parity(&extra, path)?;
        if verbose {
            println!("{text}");
        }
        rows.push(Row { name, score: score(&text, &["agreement ", "functional examples: "]), goal });
    }
    let mut scorer = python(&tools.join("ruff_parity.py"));
    let tool = format!("{seriema} code --persona auditor --format sarif {{}}");
    scorer.arg("--ruff").arg(&bench.ruff).args(["--preview", "--tool", &tool]).arg(&bench.corpus);
    let text = String::from_utf8_lossy(&scorer.output()?.stdout).into_owned();
    if verbose {
        println!("{text}");
    }
    rows.push(Row { name: "ruff's S findings, preview (recall)", score: score(&text, &["recall "]), goal: "99%" });
    println!("{:<58}{:>28}  goal", "", "score");
    for row in rows {
        println!("{:<58}{:>28}  {}", row.name, row.score, row.goal);
    }
    Ok(())
}

/// What stands behind a word in a scorer's output.
fn score(text: &str, words: &[&str]) -> String {
    words
        .iter()
        .find_map(|word| {
            let rest = text.split_once(word)?.1;
            let end = if word.ends_with(": ") { '\n' } else { ' ' };
            Some(rest.split([end, '\n']).next()?.trim().to_owned())
        })
        .unwrap_or_else(|| "did not run".to_owned())
}

pub(crate) fn parity() -> Result<()> {
    let seriema = build()?;
    let bench = fetched()?;
    let mut script = python(&root().join("bench/parity.py"));
    script.arg("--seriema").arg(seriema).arg("--bandit").arg(bench.bandit).arg("--ruff").arg(bench.ruff);
    script.arg("--examples").arg(bench.bandit_sdist.join("examples")).arg("--corpus").arg(bench.corpus);
    run_command(&mut script)
}

/// Fuzz targets: what begins their corpora, and their dictionaries.
const FUZZED: [(&str, &str, &str); 5] = [
    ("front_end", "fuzz/seeds", "fuzz/python.dict"),
    ("secrets", "fuzz/seeds", "fuzz/secrets.dict"),
    ("secret_files", "crates/seriema_secrets/tests/baselines", "fuzz/secret_files.dict"),
    ("manifests", "fuzz/manifests", "fuzz/manifests.dict"),
    ("advisories", "fuzz/advisories", "fuzz/advisories.dict"),
];

#[allow(clippy::disallowed_methods, reason = "a developer command")]
pub(crate) fn fuzz(seconds: u32, targets: &[String]) -> Result<()> {
    if let Some(unknown) = targets.iter().find(|name| FUZZED.iter().all(|(target, ..)| target != name)) {
        bail!("there is no fuzz target `{unknown}`");
    }
    if output(command("cargo").args(["fuzz", "--version"])).is_err() {
        run_command(command("cargo").args(["install", "--locked", "cargo-fuzz"]))?;
    }
    for (target, seeds, words) in FUZZED {
        if !targets.is_empty() && !targets.iter().any(|name| name == target) {
            continue;
        }
        // What is found to be new goes into the first directory; the second is only read.
        let corpus = format!("fuzz/corpus/{target}");
        std::fs::create_dir_all(root().join(&corpus))?;
        let mut fuzz = command("cargo");
        fuzz.args(["fuzz", "run", "--sanitizer", "none", "--target-dir"]).arg(self::target("fuzz/target")).arg(target);
        fuzz.args([&corpus, seeds, "--", &format!("-dict={words}")]);
        fuzz.args([&format!("-max_total_time={seconds}"), "-max_len=65536", "-timeout=20", "-rss_limit_mb=2048"]);
        // The one toolchain is a stable one: libFuzzer's instrumentation is unstable in name only.
        run_command(fuzz.env("RUSTC_BOOTSTRAP", "1"))?;
    }
    Ok(())
}

#[allow(clippy::print_stdout, clippy::disallowed_methods, reason = "a developer command")]
pub(crate) fn release() -> Result<()> {
    crate::generate::run(true)?;
    let version = env!("CARGO_PKG_VERSION");
    let changelog = std::fs::read(root().join("CHANGELOG.md")).unwrap_or_default();
    if !String::from_utf8_lossy(&changelog).contains(&format!("## {version}")) {
        bail!("CHANGELOG.md has no section `## {version}`");
    }
    run_command(command("bash").arg(".ci/run"))?;
    let binary = crate::profiled::build()?;
    let size = std::fs::metadata(&binary)?.len();
    println!("seriema {version}: {:.1} MiB", size as f64 / f64::from(1 << 20));
    measure(&binary, Some(3), false, false)
}
