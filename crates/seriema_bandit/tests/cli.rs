//! The command line as its users see it.
#![allow(clippy::unwrap_used, clippy::disallowed_methods, reason = "helpers of tests: they write what is scanned")]

use std::ffi::OsString;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use seriema_bandit::{Io, run};
use tempfile::TempDir;

/// A directory with files to run in.
struct Project {
    directory: TempDir,
}

struct Ran {
    code: i32,
    out: String,
    err: String,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let project = Self { directory: TempDir::new().unwrap() };
        for (name, text) in files {
            project.write(name, text.as_bytes());
        }
        project
    }

    fn path(&self) -> &Path {
        self.directory.path()
    }

    fn write(&self, name: &str, bytes: &[u8]) -> PathBuf {
        let path = self.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(&path, bytes).unwrap();
        path
    }

    fn run(&self, args: &str) -> Ran {
        self.run_with(args.split_whitespace(), "", 1)
    }

    fn run_with<'a>(&self, args: impl IntoIterator<Item = &'a str>, stdin: &str, threads: usize) -> Ran {
        let (mut out, mut err) = (Vec::new(), Vec::new());
        let code = run(
            args.into_iter().map(OsString::from).collect(),
            &mut Io {
                stdin: Some(&mut stdin.as_bytes()),
                stdout: &mut out,
                stderr: &mut err,
                colour: false,
                cwd: self.path().to_owned(),
                now: Some(SystemTime::UNIX_EPOCH + Duration::from_micros(1_790_000_000_250_000)),
                threads,
            },
        );
        Ran { code, out: String::from_utf8(out).unwrap(), err: String::from_utf8(err).unwrap() }
    }

    /// The identifiers and files of the issues found.
    fn found(&self, args: &str) -> Vec<String> {
        let ran = self.run(&format!("{args} -q -f custom --msg-template {{test_id}}@{{relpath}}"));
        ran.out.lines().map(str::to_owned).collect()
    }
}

const APP: &str = "\
import subprocess

password = '<secret>, \"quoted\"'


def start(name):
    assert name
    subprocess.run('tar cf /x *', shell=True)
    subprocess.run(name, shell=True)  # nosec
    eval(name)  # nosec B307
";

fn app() -> Project {
    Project::new(&[("src/app.py", APP), ("src/broken.py", "x = (\n"), ("src/notes.txt", "assert x\n")])
}

#[test]
fn every_format_has_its_shape() {
    let project = app();
    for format in ["csv", "html", "json", "sarif", "screen", "txt", "xml", "yaml"] {
        let ran = project.run(&format!("-r src gone.py -q -f {format}"));
        assert_eq!((ran.code, ran.err.as_str()), (1, ""), "{format}");
        insta::assert_snapshot!(format, ran.out);
    }
}

#[test]
fn the_text_report_can_list_files_and_all_formats_can_be_empty() {
    let project = Project::new(&[("a.py", "x = 1\n"), ("b/c.txt", "")]);
    insta::assert_snapshot!("verbose", project.run("-r . -v -f txt").out);
    for format in ["csv", "html", "json", "sarif", "xml", "yaml"] {
        let ran = project.run(&format!("-r . -q -f {format}"));
        assert_eq!(ran.code, 0);
        insta::assert_snapshot!(format!("empty_{format}"), ran.out);
    }
    assert_eq!(project.run("-r . -q -f txt").out, "");
}

#[test]
fn templates_format_each_issue() {
    let project = app();
    let template = "{relpath:10.10}|{line:03}|{test_id:^8}|{severity!r:>10}|{range}|{{x}}|{nope}";
    let ran = project.run_with(["src/app.py", "-f", "custom", "--msg-template", template], "", 1);
    insta::assert_snapshot!(ran.out, @r"
    src/app.py|001|  B404  |     'LOW'|[1]|{x}|nope
    src/app.py|003|  B105  |     'LOW'|[3]|{x}|nope
    src/app.py|007|  B101  |     'LOW'|[7]|{x}|nope
    src/app.py|008|  B609  |    'HIGH'|[8]|{x}|nope
    src/app.py|008|  B607  |     'LOW'|[8]|{x}|nope
    src/app.py|008|  B602  |     'LOW'|[8]|{x}|nope
    ");
    assert!(ran.err.contains("Tag 'nope' was not recognized and will be skipped"), "{}", ran.err);
    let ran = project.run("src/app.py -f custom --msg-template {line:q}");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("Template is not in valid format: Unknown format code 'q'"), "{}", ran.err);
}

#[test]
fn the_log_says_what_is_done() {
    let project = app();
    insta::assert_snapshot!(project.run("src/app.py -t B101 -s B102,B999").err.replace(env!("CARGO_PKG_VERSION"), "…"), @r"
    [main]	INFO	profile include tests: None
    [main]	INFO	profile exclude tests: None
    [main]	INFO	cli include tests: B101
    [main]	INFO	cli exclude tests: B102,B999
    [extension_loader]	WARNING	Unknown test found in profile: B999
    [main]	INFO	parsing as Python 3.13, seriema …
    ");
    assert_eq!(project.run("src/app.py -q").err, "");
}

#[test]
fn tests_are_selected_by_identifier() {
    let project = app();
    assert_eq!(project.found("src/app.py -t B101,B404"), ["B404@src/app.py", "B101@src/app.py"]);
    assert_eq!(project.found("src/app.py -s B101,B105,B609,B607,B602"), ["B404@src/app.py"]);
    assert_eq!(project.found("src/app.py -t B001"), ["B404@src/app.py"]);
    let ran = project.run("src/app.py -t B101 -s B101");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("Non-exclusive include/exclude test sets: {'B101'}"), "{}", ran.err);
    let ran = project.run("src/app.py -t B999");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("No tests would be run, please check the profile."), "{}", ran.err);
}

#[test]
fn issues_are_selected_by_severity_and_confidence() {
    let project = app();
    assert_eq!(project.found("src/app.py -lll"), ["B609@src/app.py"]);
    assert_eq!(project.found("src/app.py --severity-level high --confidence-level high"), Vec::<String>::new());
    assert_eq!(project.found("src/app.py -iii").len(), 4);
}

#[test]
fn comments_can_be_ignored() {
    assert_eq!(app().found("src/app.py --ignore-nosec -t B307,B602").len(), 3);
}

#[test]
fn exit_codes_tell_issues_from_errors() {
    let project = app();
    assert_eq!(project.run("-r src").code, 1);
    assert_eq!(project.run("-r src --exit-zero").code, 0);
    assert_eq!(project.run("-r src -t B102").code, 0);
    assert_eq!(project.run("-r src --nope").code, 2);
    assert_eq!(project.run("").code, 2);
    assert_eq!(project.run("-h").code, 0);
    assert!(project.run("--version").out.starts_with("bandit 1.9.4\n"));
}

#[test]
fn usage_errors_show_the_usage() {
    let ran = app().run("-f foo src");
    assert!(ran.err.starts_with("usage: seriema bandit [-h] [-r]"), "{}", ran.err);
    assert!(ran.err.ends_with("seriema bandit: error: argument -f/--format: invalid choice: 'foo' (choose from 'csv', 'custom', 'html', 'json', 'sarif', 'screen', 'txt', 'xml', 'yaml')\n"), "{}", ran.err);
}

#[test]
fn files_are_found_by_name_and_left_out_by_part_or_pattern() {
    let code = "assert x\n";
    let project = Project::new(&[
        ("a.py", code),
        ("b.pyw", code),
        ("c.txt", code),
        ("tests/d.py", code),
        ("x/tests/e.py", code),
        ("x/.git/f.py", code),
    ]);
    assert_eq!(project.found("-r ."), ["B101@a.py", "B101@b.pyw", "B101@tests/d.py", "B101@x/tests/e.py"]);
    // Of a directory that there is, Bandit excludes what is named like `tests/*`, which `./tests/d.py` is not.
    assert_eq!(project.found("-r . -x tests").len(), 5);
    assert_eq!(project.found("-r . -x ests").len(), 3);
    assert_eq!(project.found("-r . -x /tests"), ["B101@a.py", "B101@b.pyw", "B101@x/.git/f.py"]);
    assert_eq!(project.found("-r . -x ./x/*,*.pyw"), ["B101@a.py", "B101@tests/d.py"]);
    assert_eq!(project.found("c.txt ./a.py"), ["B101@a.py", "B101@c.txt"]);
    assert_eq!(project.found("c.txt a.py -x c.txt"), ["B101@a.py"]);
}

#[test]
fn a_directory_is_scanned_even_without_r() {
    let project = app();
    assert_eq!(project.found("src"), project.found("-r src"));
    assert!(project.run("src").err.contains("[manager]\tWARNING\tsrc is a directory"));
}

#[test]
fn the_standard_input_is_called_stdin() {
    let project = Project::new(&[]);
    let ran = project.run_with(["-", "-q", "-f", "csv"], "x = 1\r\nassert x\r\n", 1);
    assert!(ran.out.contains("<stdin>,assert_used,B101,LOW"), "{}", ran.out);
    assert_eq!(ran.err, "[node_visitor]\tWARNING\tUnable to find qualified name for module: <stdin>\n");
    assert_eq!(project.run_with(["-", "-f", "json"], "", 1).code, 0);
}

#[test]
fn reports_can_go_to_files() {
    let project = app();
    let ran = project.run("-r src -f json -o report.json");
    assert_eq!((ran.code, ran.out.as_str()), (1, ""));
    assert!(ran.err.ends_with("[json]\tINFO\tJSON output written to file: report.json\n"), "{}", ran.err);
    let report = fs::read_to_string(project.path().join("report.json")).unwrap();
    assert_eq!(report, project.run("-r src -f json").out);
    let ran = project.run("-r src -o src");
    assert_eq!(ran.code, 2);
    assert!(
        ran.err.contains("argument -o/--output: can't open 'src': [Errno 21] Is a directory: 'src'"),
        "{}",
        ran.err
    );
}

#[test]
fn a_baseline_leaves_what_is_new() {
    let project = Project::new(&[("a.py", "assert x\n")]);
    project.run("a.py -f json -o old.json");
    assert_eq!(project.run("a.py -b old.json -f json").code, 0);
    // A second issue of the same kind cannot be told from the first.
    project.write("a.py", b"assert x\nexec(y)\nexec(z)\n");
    let ran = project.run("a.py -b old.json -f txt -q");
    assert_eq!(ran.code, 1);
    assert_eq!(ran.out.matches("-- Candidate Issues --").count(), 2);
    assert!(!ran.out.contains("B101"));
    assert!(project.run("a.py -b old.json -f json").out.contains("\"candidates\": ["));
    let ran = project.run("a.py -b old.json -f csv");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("Baseline must be used with one of the following formats"), "{}", ran.err);
    assert_eq!(project.run("a.py -b gone.json -f json").code, 2);
    assert!(project.run("a.py -b a.py -f json").err.contains("Failed to load baseline data"));
}

#[test]
fn configuration_is_read_from_yaml_and_toml() {
    let project = app();
    project.write("c.yaml", b"skips: [B404, B105]\nexclude_dirs: [/none/]\nassert_used:\n  skips: ['*app.py']\n");
    assert_eq!(project.found("-r src -c c.yaml"), ["B609@src/app.py", "B607@src/app.py", "B602@src/app.py"]);
    project.write("pyproject.toml", b"[tool.bandit]\ntests = ['B101']\nexclude_dirs = ['app']\n");
    assert_eq!(project.found("-r src -c pyproject.toml"), Vec::<String>::new());
    for (name, text, message) in [
        ("bad.yaml", "a: [", "bad.yaml : Error parsing file."),
        ("list.yaml", "- a", "list.yaml : Error parsing file."),
        ("empty.yaml", "# nothing", "empty.yaml : Error parsing file."),
        ("text.yaml", "exclude_dirs: /tests/", "text.yaml : exclude_dirs is not a list of strings."),
        ("bad.toml", "a = [", "bad.toml : Error parsing file."),
    ] {
        project.write(name, text.as_bytes());
        let ran = project.run(&format!("-r src -c {name}"));
        assert_eq!(ran.code, 2, "{name}");
        assert!(ran.err.contains(message), "{}", ran.err);
    }
    assert!(project.run("-r src -c gone").err.ends_with("[main]\tERROR\tgone : Could not read config file.\n"));
}

#[test]
fn configurations_of_the_old_format_have_profiles() {
    let project = Project::new(&[
        ("a.py", "import os\nassert x\nexec(y)\nos.system(z)\n"),
        (
            "old.yaml",
            "profiles:\n  one: {include: [assert_used, blacklist_imports]}\n  two: {exclude: [exec_used]}\n\
             blacklist_imports:\n  bad_import_sets:\n    - mine: {imports: [os.system], message: 'no {module}', level: HIGH}\n",
        ),
    ]);
    assert_eq!(project.found("a.py -c old.yaml -p one"), ["B101@a.py"]);
    assert_eq!(project.found("a.py -c old.yaml -p two"), ["B101@a.py", "B605@a.py"]);
    let ran = project.run("a.py -c old.yaml -p three");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("Unable to find profile (three) in config file: old.yaml"), "{}", ran.err);
    assert!(ran.err.contains("contains deprecated legacy config data"), "{}", ran.err);
}

#[test]
fn a_bandit_file_stands_for_arguments() {
    let project =
        Project::new(&[("src/a.py", "assert x\nexec(y)\n"), ("src/.bandit", "[bandit]\nskips = B101\nnumber = 1\n")]);
    assert_eq!(project.found("-r src"), ["B102@src/a.py"]);
    assert!(project.run("-r src").err.contains("Found project level .bandit file: src/.bandit"));
    assert_eq!(project.found("-r src -s B102"), ["B101@src/a.py"]);
    project.write("all.ini", b"[bandit]\ntargets = src\nrecursive = yes\ntests: B101\nformat = csv\n");
    assert!(project.run("--ini all.ini").out.starts_with("filename,test_name"));
    project.write("bad.ini", b"nothing");
    assert!(project.run("-r src --ini bad.ini").err.contains("Unable to parse config file bad.ini"));
    project.write("level.ini", b"[bandit]\nlevel = enormous\n");
    assert_eq!(project.run("-r src --ini level.ini").code, 2);
    project.write("src/b/.bandit", b"[bandit]\n");
    let ran = project.run("-r src");
    assert_eq!(ran.code, 2);
    assert!(ran.err.contains("Multiple .bandit files found"), "{}", ran.err);
}

#[test]
fn what_cannot_be_read_is_named() {
    let project = Project::new(&[("a.py", "assert x\n"), ("syntax.py", "x = (")]);
    project.write("bytes.py", b"x = '\xff'\n");
    project.write("null.py", b"x = '\0'\n");
    project.write("coding.py", b"# coding: nonsense\n");
    project.write("latin.py", b"# coding: latin-1\npassword = '\xe9'\n");
    project.write("utf16.py", b"\xff\xfex\0\n\0");
    let ran = project.run("-r . gone.py -q -f csv");
    assert!(ran.out.contains("latin.py,hardcoded_password_string"), "{}", ran.out);
    let ran = project.run("-r . gone.py -q -f txt");
    insta::assert_snapshot!(ran.out[ran.out.find("Files skipped").unwrap()..], @r"
    Files skipped (6):
    	./bytes.py (syntax error while parsing AST from file)
    	./coding.py (syntax error while parsing AST from file)
    	./gone.py (No such file or directory)
    	./null.py (syntax error while parsing AST from file)
    	./syntax.py (syntax error while parsing AST from file)
    	./utf16.py (syntax error while parsing AST from file)
    ");
}

#[cfg(unix)]
#[test]
fn links_are_followed_to_files_only() {
    use std::os::unix::fs::symlink;
    let project = Project::new(&[("src/a.py", "assert x\n")]);
    let link = |to: &str, from: &str| symlink(to, project.path().join(from)).unwrap();
    link("../src", "src/loop");
    link("a.py", "src/b.py");
    link("gone.py", "src/dead.py");
    link("self.py", "src/self.py");
    let ran = project.run("-r src -q -f json");
    assert_eq!(ran.out.matches("\"test_id\": \"B101\"").count(), 2);
    assert!(ran.out.contains("\"reason\": \"No such file or directory\""), "{}", ran.out);
    assert!(ran.out.contains("\"reason\": \"Too many levels of symbolic links\""), "{}", ran.out);
}

#[cfg(target_os = "linux")]
#[test]
fn names_that_are_not_utf_8_are_scanned_too() {
    use std::os::unix::ffi::OsStrExt;
    let project = Project::new(&[]);
    let name = std::ffi::OsStr::from_bytes(b"\xff.py");
    fs::write(project.path().join(name), "assert x\n").unwrap();
    assert_eq!(project.found("-r ."), ["B101@\u{fffd}.py"]);
}

#[test]
fn hostile_nesting_is_named_and_survived() {
    let depth = 20_000;
    let deep = |open: &str, close: &str| format!("x = {}1{}\nassert x\n", open.repeat(depth), close.repeat(depth));
    let project = Project::new(&[
        ("parentheses.py", &deep("(", ")")),
        ("lists.py", &deep("[", "]")),
        ("open.py", &deep("[", "")),
        ("calls.py", &deep("f(", ")")),
        ("sum.py", &deep("1 + ", "")),
        ("chain.py", &deep("", ".a()")),
        ("lambdas.py", &deep("lambda: ", "")),
        ("not.py", &deep("not ", "")),
        ("elif.py", &format!("if 1: pass\n{}", "elif 2: pass\n".repeat(depth))),
        ("line.py", &format!("x = '{}'\nassert x\n", "a".repeat(10 << 20))),
    ]);
    let ran = project.run("-r . -q -f json");
    assert_eq!(ran.code, 1);
    let report: serde_json::Value = serde_json::from_str(&ran.out).unwrap();
    let names = |list: &str| -> Vec<String> {
        report[list].as_array().unwrap().iter().map(|entry| entry["filename"].as_str().unwrap().to_owned()).collect()
    };
    assert_eq!(names("results"), ["./line.py", "./parentheses.py"]);
    assert_eq!(names("errors").len(), 8);
    assert!(ran.err.contains("Exception occurred when executing tests against ./sum.py."), "{}", ran.err);
}

#[test]
fn the_number_of_threads_does_not_show() {
    let files: Vec<(String, String)> =
        (0..40).map(|i| (format!("d{}/f{i}.py", i % 7), APP.repeat(i % 3 + 1))).collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(name, text)| (name.as_str(), text.as_str())).collect();
    let project = Project::new(&files);
    for format in ["json", "yaml", "txt"] {
        let args = ["-r", ".", "-f", format];
        let (one, many) = (project.run_with(args, "", 1), project.run_with(args, "", 8));
        assert_eq!((one.out, one.err), (many.out, many.err));
    }
}
