//! Usage and help.

use crate::catalog;

/// The usage.
pub(crate) const USAGE: &str = "\
usage: seriema bandit [-h] [-r] [-a {file,vuln}] [-n CONTEXT_LINES]
                      [-c CONFIG_FILE] [-p PROFILE] [-t TESTS] [-s SKIPS]
                      [-l | --severity-level {all,low,medium,high}]
                      [-i | --confidence-level {all,low,medium,high}]
                      [-f {csv,custom,html,json,sarif,screen,txt,xml,yaml}]
                      [--msg-template MSG_TEMPLATE] [-o OUTPUT_FILE] [-v | -q]
                      [-d] [--ignore-nosec] [-x EXCLUDED_PATHS] [-b BASELINE]
                      [--ini INI_PATH] [--exit-zero] [--version]
                      [targets ...]
";

/// What stands between the usage and the list of tests.
const HELP: &str = "
Bandit 1.9.4's command line, configuration files, checks and reports.

positional arguments:
  targets               files and directories; - reads the standard input

options:
  -h, --help            show this and exit
  -r, --recursive       look into directories
  -a, --aggregate {file,vuln}
                        sort results by file (default) or by test
  -n, --number CONTEXT_LINES
                        lines of code shown with each issue (default: 3)
  -c, --configfile CONFIG_FILE
                        YAML file, or TOML file with [tool.bandit]
  -p, --profile PROFILE
                        a profile of a configuration file of the old format
  -t, --tests TESTS     only these tests: identifiers joined by commas
  -s, --skip SKIPS      not these tests: identifiers joined by commas
  -l, --level           severity at least low (-l), medium (-ll), high (-lll)
  --severity-level {all,low,medium,high}
                        the same by name
  -i, --confidence      confidence at least low (-i), medium (-ii), high (-iii)
  --confidence-level {all,low,medium,high}
                        the same by name
  -f, --format {csv,custom,html,json,sarif,screen,txt,xml,yaml}
                        report format (default: screen on a terminal, else txt)
  --msg-template MSG_TEMPLATE
                        template of each line, for --format custom
  -o, --output OUTPUT_FILE
                        write the report to a file
  -v, --verbose         also list the files looked at and left out
  -q, --quiet, --silent
                        only warnings and errors besides the report
  -d, --debug           skip a file when a test fails on it
  --ignore-nosec        look at lines with # nosec too
  -x, --exclude EXCLUDED_PATHS
                        parts or patterns of paths to leave out, joined by
                        commas (default:
                        .svn,CVS,.bzr,.hg,.git,__pycache__,.tox,.eggs,*.egg)
  -b, --baseline BASELINE
                        JSON report of an earlier run: show what is new
  --ini INI_PATH        a .bandit file that stands for arguments
  --exit-zero           exit with 0 even when there are issues
  --version             show the version and exit

tags of --msg-template, with Python's format specifications:
  {abspath}, {relpath}, {line}, {col}, {end_col}, {test_id}, {severity},
  {msg}, {confidence}, {range}, {cwe}

exit status: 0 no issues, 1 issues, 2 wrong usage or configuration

tests:
";

/// The whole help.
#[must_use]
pub(crate) fn help_text() -> String {
    let mut tests: Vec<String> = catalog::plugins().map(|test| format!("\t{}\t{}\n", test.id, test.entry)).collect();
    tests.extend(catalog::blacklist_entries().map(|entry| format!("\t{}\t{}\n", entry.id, entry.name)));
    tests.sort();
    format!("{USAGE}{HELP}{}", tests.concat())
}
