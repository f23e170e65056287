//! What each test finds: `identifier line severity/confidence`, as Bandit finds it.

use std::sync::Arc;

use crate::config::{Config, Profile};
use crate::log::Log;
use crate::scan::{ScanOptions, Scanned, scan};
use crate::testset::TestSet;

fn look(code: &str, config: &str) -> Scanned {
    let mut out = Vec::new();
    let config = match config {
        "" => Config::defaults(),
        text => Config::read("bandit.yaml", Some(text), &mut Log::new(&mut out)).unwrap(),
    };
    let tests = TestSet::new(&config, &Profile::default());
    let options = ScanOptions { tests, ignore_nosec: false, debug: false, context_lines: 3 };
    scan(&Arc::from("a.py"), code.as_bytes().to_vec(), &options)
}

fn found_with(code: &str, config: &str) -> Vec<String> {
    let scanned = look(code, config);
    assert_eq!(scanned.skipped, None, "{code}");
    let show = |issue: &crate::issue::Issue| {
        let (severity, confidence) = (issue.severity.as_str(), issue.confidence.as_str());
        format!("{} {} {severity}/{confidence}", issue.test_id, issue.line)
    };
    // Imports and passwords are not what most of these tests are about.
    scanned.issues.iter().filter(|issue| !issue.test_id.starts_with("B4")).map(show).collect()
}

fn found(code: &str) -> Vec<String> {
    found_with(code, "")
}

fn texts(code: &str) -> Vec<String> {
    look(code, "").issues.iter().map(|issue| issue.text.to_string()).collect()
}

fn raised(code: &str) -> Vec<String> {
    look(code, "").log.into_iter().map(|line| line.message).collect()
}

const NOTHING: [&str; 0] = [];

#[test]
fn b101_assertions() {
    assert_eq!(found("assert x"), ["B101 1 LOW/HIGH"]);
    assert_eq!(found_with("assert x", "assert_used: {skips: ['*.py']}"), NOTHING);
}

#[test]
fn b102_exec() {
    assert_eq!(found("exec(x); builtins.exec(x); x.exec(y)"), ["B102 1 MEDIUM/HIGH"]);
}

#[test]
fn b103_permissions() {
    assert_eq!(
        found("os.chmod(f, 0o777)\nos.chmod(f, 0o755)\nos.chmod(f, 0o600)\nx.fchmod(f, mode)"),
        ["B103 1 HIGH/HIGH", "B103 2 MEDIUM/HIGH"]
    );
    assert_eq!(
        texts("os.chmod(self.path, 511)\nchmod(f(), 0o7)"),
        [
            "Chmod setting a permissive mask 0o777 on file (path).",
            "Chmod setting a permissive mask 0o7 on file (NOT PARSED)."
        ]
    );
}

#[test]
fn b104_all_interfaces() {
    assert_eq!(
        found("s.bind(('0.0.0.0', 1))\n'0.0.0.0'\nx = f'{y}0.0.0.0'"),
        ["B104 1 MEDIUM/MEDIUM", "B104 3 MEDIUM/MEDIUM"]
    );
}

#[test]
fn b105_password_strings() {
    let code = "password = 'a'\nx.user_token = 'b'\nd['pwd'] = 'c'\ne = {'pass': 'd', 'secret': 1.5}\n\
                if password == 'f': pass\npasswordless = 'g'\npassword: str = 'h'\npassword = f'i{x}'";
    assert_eq!(
        texts(code),
        ["a", "b", "c", "d", "1.5", "f"].map(|value| format!("Possible hardcoded password: '{value}'"))
    );
}

#[test]
fn b106_password_arguments() {
    assert_eq!(found("f(\n  token='a',\n  x='b',\n  pwd=b'c')"), ["B106 2 LOW/MEDIUM"]);
    assert_eq!(
        raised("f(**'a')"),
        ["Bandit internal error running: hardcoded_password_funcarg on file a.py at line 1: expected string or \
          bytes-like object, got 'NoneType'"]
    );
}

#[test]
fn b107_password_defaults() {
    assert_eq!(
        found("def f(a, password='x', *, token='y'): pass\nasync def g(password='x'): pass"),
        ["B107 1 LOW/MEDIUM"]
    );
    // The default of `a` is taken for that of `password`.
    assert_eq!(texts("def f(a='x', /, password=None): pass"), ["Possible hardcoded password: 'x'"]);
}

#[test]
fn b108_temporary_directories() {
    assert_eq!(
        found("open('/tmp/x')\nopen('/var/tmp')\nopen('tmp')"),
        ["B108 1 MEDIUM/MEDIUM", "B108 2 MEDIUM/MEDIUM"]
    );
    assert_eq!(found_with("f('/tmp', '/scratch/1')", "hardcoded_tmp_directory: {tmp_dirs: [/scratch]}").len(), 1);
}

#[test]
fn b110_and_b112_swallowed_exceptions() {
    let code =
        "for x in y:\n  try: a\n  except: pass\n  try: a\n  except Exception: continue\n  try: a\n  except A: pass";
    assert_eq!(found(code), ["B110 3 LOW/HIGH", "B112 5 LOW/HIGH"]);
    assert_eq!(found_with(code, "try_except_pass: {check_typed_exception: true}").len(), 3);
}

#[test]
fn b113_and_b501_requests() {
    assert_eq!(
        found(
            "import requests, httpx\nrequests.get(u)\nrequests.post(u, timeout=None, verify=False)\nhttpx.get(u)\nhttpx.Client(timeout=None)"
        ),
        ["B113 2 MEDIUM/LOW", "B501 3 HIGH/HIGH", "B113 3 MEDIUM/LOW", "B113 5 MEDIUM/LOW"]
    );
    assert_eq!(found("import requests as r\nr.get(u, timeout=5)\nrequests.get(u, timeout=5)"), NOTHING);
    // What is neither literal nor name counts as no timeout.
    assert_eq!(found("requests.get(u, timeout=2 * x)"), ["B113 1 MEDIUM/LOW"]);
}

#[test]
fn b201_flask_debug() {
    assert_eq!(found("import flask\napp.run(debug=True)\napp.run(debug=x)\nrun(debug=True)"), ["B201 2 HIGH/MEDIUM"]);
    assert_eq!(found("app.run(debug=True)"), NOTHING);
}

#[test]
fn b202_archives() {
    assert_eq!(
        found(
            "import tarfile\nt.extractall()\nt.extractall(members=f(t))\nt.extractall(members=[])\nt.extractall(filter='data')\nt.extractall(members=x.f(t))"
        ),
        ["B202 2 HIGH/HIGH", "B202 3 LOW/LOW", "B202 4 MEDIUM/MEDIUM"]
    );
}

#[test]
fn b324_hashes() {
    assert_eq!(
        found(
            "import hashlib, crypt\nhashlib.md5()\nhashlib.new('SHA1')\nhashlib.sha1(usedforsecurity=False)\ncrypt.mksalt(crypt.METHOD_MD5)\nhashlib.sha256()"
        ),
        ["B324 2 HIGH/HIGH", "B324 3 HIGH/HIGH", "B324 5 MEDIUM/HIGH"]
    );
}

#[test]
fn b502_to_b504_old_protocols() {
    assert_eq!(
        found(
            "import ssl\nssl.wrap_socket(ssl_version=ssl.PROTOCOL_SSLv3)\nf(method=SSL.SSLv2_METHOD)\nssl.wrap_socket()\ndef f(v=ssl.PROTOCOL_TLSv1): pass\nf(method='x')"
        ),
        ["B502 2 HIGH/HIGH", "B502 3 MEDIUM/MEDIUM", "B504 4 LOW/MEDIUM", "B503 5 MEDIUM/MEDIUM"]
    );
}

#[test]
fn b505_short_keys() {
    let code = "from cryptography.hazmat.primitives.asymmetric import rsa, ec\nfrom Crypto.PublicKey import DSA\n\
                rsa.generate_private_key(65537, 1000)\nrsa.generate_private_key(key_size=1024, public_exponent=3)\n\
                ec.generate_private_key(ec.SECT163K1())\nec.generate_private_key(curve=ec.SECT163K1)\nDSA.generate(2048)";
    assert_eq!(found(code), ["B505 3 HIGH/HIGH", "B505 4 MEDIUM/HIGH", "B505 6 MEDIUM/HIGH"]);
}

#[test]
fn b506_b614_and_b615_loading() {
    assert_eq!(
        found(
            "import yaml, torch\nyaml.load(x)\nyaml.load(x, Loader=yaml.SafeLoader)\nyaml.load(x, SafeLoader)\ntorch.load(x)\ntorch.load(x, weights_only=True)"
        ),
        ["B506 2 MEDIUM/HIGH", "B614 5 MEDIUM/HIGH"]
    );
    assert_eq!(
        found(
            "from datasets import load_dataset as l\nl('a')\nl('a', revision='a1b2c3d')\nl('./a')\nl('a', revision='main')\nl('a', revision=r)"
        ),
        ["B615 2 MEDIUM/HIGH", "B615 5 MEDIUM/HIGH"]
    );
}

#[test]
fn b507_and_b601_paramiko() {
    assert_eq!(
        found("import paramiko\nc.set_missing_host_key_policy(paramiko.AutoAddPolicy())\nc.exec_command(x)"),
        ["B507 2 HIGH/MEDIUM", "B601 3 MEDIUM/MEDIUM"]
    );
}

#[test]
fn b508_and_b509_snmp() {
    assert_eq!(
        found(
            "from pysnmp.hlapi import CommunityData, UsmUserData\nCommunityData('a', mpModel=0)\nUsmUserData('a', 'b')\nUsmUserData('a', 'b', 'c')"
        ),
        ["B508 2 MEDIUM/HIGH", "B509 3 MEDIUM/HIGH"]
    );
}

#[test]
fn b602_to_b607_processes() {
    let code = "import subprocess as s, os\ns.run('ls', shell=True)\ns.run(x, shell=y)\ns.run(x)\nf(shell=1)\nos.system('/bin/ls')\nos.system(x)\nos.execl('/a')\ns.run(['ls', x])";
    assert_eq!(
        found(code),
        [
            "B607 2 LOW/HIGH",
            "B602 2 LOW/HIGH",
            "B602 3 HIGH/HIGH",
            "B603 4 LOW/HIGH",
            "B604 5 MEDIUM/LOW",
            "B605 6 LOW/HIGH",
            "B605 7 HIGH/HIGH",
            "B606 8 LOW/MEDIUM",
            "B607 9 LOW/HIGH",
            "B603 9 LOW/HIGH",
        ]
    );
}

#[test]
fn b602_takes_the_line_of_the_shell_argument() {
    assert_eq!(found("import subprocess\nsubprocess.run(\n  x,\n  shell=True)"), ["B602 4 HIGH/HIGH"]);
}

#[test]
fn shell_functions_can_be_configured() {
    let config = "shell_injection: {subprocess: [my.run], shell: [], no_shell: []}";
    assert_eq!(found_with("my.run(x, shell=True)\nos.system(x)", config), ["B602 1 HIGH/HIGH"]);
    let raised = look("f()\nf(x)", "shell_injection: {subprocess: []}").log;
    assert_eq!(raised.len(), 5, "the missing lists are asked for at every call: {raised:?}");
}

#[test]
fn b608_sql() {
    let code = "'select a from b where c=' + x\ndb.execute('delete from a where b=%s' % x)\nf'insert into a values ({x})'\n'update a set b={}'.format(x)\ndb.execute('select a from b where {}'.replace(a, b))\ndb.execute('select a from b')";
    assert_eq!(
        found(code),
        ["B608 1 MEDIUM/LOW", "B608 2 MEDIUM/MEDIUM", "B608 3 MEDIUM/LOW", "B608 4 MEDIUM/LOW", "B608 5 MEDIUM/LOW"]
    );
    // Each string of a sum is looked at, and all of them see the others.
    assert_eq!(found("x = 'select ' + a + ' from b'").len(), 1);
}

#[test]
fn b609_wildcards() {
    assert_eq!(
        found("import os\nos.system('tar cf x *')\nos.system('ls *')").first().map(String::as_str),
        Some("B609 2 HIGH/MEDIUM")
    );
}

#[test]
fn b610_and_b611_django_sql() {
    assert_eq!(
        found(
            "q.extra(select={'a': 'b'})\nq.extra(where=['a' + x])\nq.extra({'a': x})\nfrom django.db.models.expressions import RawSQL\nRawSQL('a')\nRawSQL(x)"
        ),
        ["B610 2 MEDIUM/MEDIUM", "B610 3 MEDIUM/MEDIUM", "B611 6 MEDIUM/MEDIUM"]
    );
}

#[test]
fn b612_logging() {
    assert_eq!(
        found("import logging.config\nlogging.config.listen(1)\nlogging.config.listen(1, verify=f)"),
        ["B612 2 MEDIUM/HIGH"]
    );
}

#[test]
fn b613_turned_text() {
    assert_eq!(found("x = 1\n# \u{202e} y"), ["B613 2 HIGH/MEDIUM"]);
}

#[test]
fn b701_b702_and_b704_templates() {
    assert_eq!(
        found(
            "import jinja2, mako.template, markupsafe\njinja2.Environment()\njinja2.Environment(autoescape=True)\njinja2.Environment(autoescape=x)\njinja2.Environment(autoescape=select_autoescape())\nmako.template.Template(x)\nmarkupsafe.Markup(x)\nmarkupsafe.Markup('x')"
        ),
        ["B701 2 HIGH/HIGH", "B701 4 HIGH/MEDIUM", "B702 6 MEDIUM/HIGH", "B704 7 MEDIUM/HIGH"]
    );
}

#[test]
fn b703_marked_safe() {
    let import = "from django.utils.safestring import mark_safe\n";
    let verdict = |code: &str| found(&format!("{import}{code}")).iter().any(|found| found.starts_with("B703"));
    assert!(!verdict("mark_safe('a')"));
    assert!(verdict("mark_safe(x)"));
    assert!(!verdict("x = 'a'\nmark_safe(x)"));
    assert!(verdict("def f(x):\n  mark_safe(x)"));
    assert!(!verdict("x = 'a'\ny = '{}'.format(x)\nmark_safe(y)"));
    assert!(verdict("if a:\n  x = 'a'\nelse:\n  x = b\nmark_safe(x)"));
    assert!(!verdict("mark_safe('%s' % 'a')"));
    // An assignment to what is no name stops the search.
    assert_eq!(raised(&format!("{import}x, y.z = 'a', b\nmark_safe(y)")).len(), 1);
}

#[test]
fn b703_gives_up_on_what_would_take_forever() {
    let code = format!("from django.utils.safestring import mark_safe\n{}mark_safe(x)", "x = x\n".repeat(60));
    assert!(raised(&code).first().is_some_and(|message| message.ends_with("maximum recursion depth exceeded")));
}

#[test]
fn blacklisted_calls_go_by_their_full_name() {
    assert_eq!(
        found(
            "import pickle as p, random\np.loads(x)\nrandom.random()\neval(x)\nmy.eval(x)\n__import__('telnetlib')\nimportlib.import_module('pickle')"
        ),
        ["B301 2 MEDIUM/HIGH", "B311 3 LOW/HIGH", "B307 4 MEDIUM/HIGH"]
    );
    let ids = |code: &str| look(code, "").issues.iter().map(|issue| issue.test_id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids("__import__('telnetlib')\nimportlib.import_module('pickle')"), ["B401", "B403"]);
    assert_eq!(raised("importlib.import_module()").len(), 1);
}

#[test]
fn blacklisted_imports_go_by_their_beginning() {
    let ids = |code: &str| look(code, "").issues.iter().map(|issue| issue.test_id.to_string()).collect::<Vec<_>>();
    assert_eq!(ids("import subprocess, pickle"), ["B403"]);
    assert_eq!(
        ids(
            "from xml.etree import ElementTree\nfrom xml import sax\nimport picklefoo\nfrom .pickle import x\nimport xml"
        ),
        ["B405", "B406", "B403", "B403"]
    );
    assert_eq!(
        texts("from Crypto.Cipher import AES"),
        [
            "The pyCrypto library and its module AES are no longer actively maintained and have been deprecated. Consider using pyca/cryptography library."
        ]
    );
}

#[test]
fn a_string_has_the_lines_of_what_stands_around_it() {
    let lines = |code: &str| look(code, "").issues.iter().map(|issue| issue.lines).collect::<Vec<_>>();
    assert_eq!(lines("f(\n  '/tmp/x',\n)"), [(1, 3)]);
    assert_eq!(lines("def f(a,\n  b='/tmp/x',\n  c=1): pass"), [(1, 3)]);
    assert_eq!(lines("with a as b, '/tmp/x' as\\\n  c: pass"), [(1, 2)]);
}

#[test]
fn comments_switch_tests_off() {
    assert_eq!(found("assert x  # nosec"), NOTHING);
    assert_eq!(found("assert x  # nosec B102"), ["B101 1 LOW/HIGH"]);
    let scanned = look("f(\n  '/tmp/x',\n)  # nosec\nassert y # nosec B101", "");
    let metrics = scanned.metrics.unwrap();
    assert_eq!((scanned.issues.len(), metrics.nosec, metrics.skipped_tests), (0, 1, 1));
}

#[test]
fn a_comment_that_names_an_idle_test_is_logged() {
    assert_eq!(raised("exec(x)  # nosec B602"), ["nosec encountered (B602), but no failed test on file a.py:1"]);
}

#[test]
fn a_test_that_raises_has_no_result() {
    let scanned = look("f({{ x }}, shell=True)", "");
    assert_eq!(found("f({{ x }}, shell=True)"), ["B604 1 MEDIUM/LOW"]);
    assert_eq!(scanned.log.len(), 1);
    assert_eq!(found("f(a={{ x }}, shell=True)"), NOTHING);
}
