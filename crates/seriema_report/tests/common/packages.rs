//! A project's packages, with one of everything that may be known of them.

use seriema_finding::{Package, PackageOrigin, Place, Reach, Severity, Vulnerability};

use super::Sample;

/// A package of a lock that the project asks for itself.
pub fn package(name: &str, version: &str, line: u32) -> Package {
    Package {
        name: name.to_owned(),
        version: Some(version.to_owned()),
        allowed: String::new(),
        path: "uv.lock".into(),
        line,
        is_direct: Some(true),
        brought_by: vec![name.to_owned()],
        requires: Some(Vec::new()),
        extras: Vec::new(),
        group: None,
        origin: PackageOrigin::Index,
        is_hashed: true,
        vulnerabilities: Vec::new(),
    }
}

/// A vulnerability of which nothing is known but its name.
pub fn vulnerability(id: &str, severity: Severity) -> Vulnerability {
    Vulnerability {
        id: id.to_owned(),
        aliases: Vec::new(),
        summary: "What is wrong with it".to_owned(),
        severity,
        fixed_in: Vec::new(),
        score: None,
        vector: None,
        weaknesses: Vec::new(),
        url: None,
        published: None,
        epss: None,
        is_exploited: false,
        is_malicious: false,
        symbols: Vec::new(),
        reach: None,
    }
}

fn place(path: &str, line: u32, text: &str) -> Place {
    Place { path: path.into(), line, text: text.to_owned() }
}

fn strings(names: &[&str]) -> Vec<String> {
    names.iter().map(|&name| name.to_owned()).collect()
}

/// A project with a lock, the manifest beside it, and requirements of its tools.
pub fn packages() -> Sample {
    let mut yaml = package("pyyaml", "5.3", 12);
    yaml.vulnerabilities = vec![
        Vulnerability {
            aliases: strings(&["GHSA-8q59-q68h-6hv4", "PYSEC-2021-142", "SNYK-PYTHON-PYYAML-590151"]),
            summary: "`yaml.load` builds any object that a document asks for".to_owned(),
            fixed_in: strings(&["5.4"]),
            score: Some(9.8),
            vector: Some("CVSS:3.1/AV:N/AC:L/PR:N/UI:N/S:U/C:H/I:H/A:H".to_owned()),
            weaknesses: strings(&["CWE-20", "CWE-502"]),
            url: Some("https://nvd.nist.gov/vuln/detail/CVE-2020-14343".to_owned()),
            published: Some("2021-02-09".to_owned()),
            epss: Some(0.05713),
            symbols: strings(&["yaml.full_load", "yaml.load"]),
            reach: Some(Reach::Used {
                symbol: "yaml.load".to_owned(),
                steps: vec![place("shop/app.py", 14, "upload"), place("shop/config.py", 31, "yaml.load")],
            }),
            ..vulnerability("CVE-2020-14343", Severity::Critical)
        },
        Vulnerability {
            fixed_in: strings(&["5.4", "6.0.1"]),
            symbols: strings(&["yaml.compose"]),
            reach: Some(Reach::NotUsed(place("shop/config.py", 3, "yaml"))),
            ..vulnerability("CVE-2024-10001", Severity::Medium)
        },
    ];

    let mut flask = package("flask", "2.0.0", 30);
    flask.requires = Some(strings(&["jinja2", "werkzeug", "not-locked"]));
    flask.extras = strings(&["async"]);
    flask.vulnerabilities = vec![Vulnerability {
        score: Some(7.5),
        vector: Some("CVSS:4.0/AV:N/AC:L/AT:N/PR:N/UI:N/VC:H/VI:N/VA:N/SC:N/SI:N/SA:N".to_owned()),
        severity: Severity::Critical,
        is_exploited: true,
        fixed_in: strings(&["2.2.5", "2.3.2"]),
        reach: Some(Reach::Imported(place("shop/app.py", 1, "flask"))),
        ..vulnerability("GHSA-m2qf-hxjv-5gpq", Severity::High)
    }];

    let mut jinja = package("jinja2", "3.0.0", 44);
    jinja.is_direct = Some(false);
    jinja.brought_by = strings(&["flask", "jinja2"]);
    jinja.requires = Some(strings(&["markupsafe"]));
    jinja.vulnerabilities = vec![Vulnerability {
        fixed_in: strings(&["3.1.6"]),
        reach: Some(Reach::NotImported),
        ..vulnerability("CVE-2025-27516", Severity::Medium)
    }];
    let mut werkzeug = package("werkzeug", "2.0.0", 60);
    werkzeug.is_direct = Some(false);
    werkzeug.requires = Some(strings(&["flask"]));
    let mut markupsafe = package("markupsafe", "2.1.1", 70);
    markupsafe.is_direct = Some(false);

    // The manifest beside the lock names no version of its own.
    let mut beside = package("flask", "", 7);
    beside.version = None;
    beside.allowed = ">=2,<3".to_owned();
    beside.path = "pyproject.toml".into();
    beside.brought_by = Vec::new();
    beside.requires = None;

    let commit = "0123456789abcdef0123456789abcdef01234567";
    let mut tool = package("tool", "1.0+local.1", 80);
    tool.group = Some("dev".to_owned());
    tool.is_hashed = false;
    tool.origin =
        PackageOrigin::Vcs { url: "https://example.org/tool.git".to_owned(), commit: Some(commit.to_owned()) };
    let mut own = package("own", "0.1.0", 90);
    own.origin = PackageOrigin::Path("libs/own".to_owned());

    let tools = |name: &str, version: Option<&str>, line| Package {
        version: version.map(str::to_owned),
        path: "tools/requirements.txt".into(),
        brought_by: Vec::new(),
        requires: None,
        is_hashed: false,
        ..package(name, "", line)
    };
    let mut evil = tools("reqeusts", Some("1.0.0"), 1);
    evil.vulnerabilities =
        vec![Vulnerability { is_malicious: true, ..vulnerability("MAL-2024-1", Severity::Critical) }];
    let mut any = tools("black", None, 2);
    any.allowed = ">=23".to_owned();
    let same = tools("flask", Some("2.0.0"), 3);
    let mut inner = tools("acme", Some("1.0"), 4);
    inner.origin = PackageOrigin::NamedIndex("https://pypi.example.org/simple".to_owned());
    let mut wheel = tools("wheeled", Some("2.0"), 5);
    wheel.origin = PackageOrigin::Url("https://example.org/wheeled-2.0-py3-none-any.whl".to_owned());
    let mut conda = tools("zlib", Some("1.3"), 6);
    conda.origin = PackageOrigin::Conda("conda-forge".to_owned());

    Sample {
        dependencies: Some(vec![
            beside, evil, any, same, inner, wheel, conda, yaml, flask, jinja, werkzeug, markupsafe, tool, own,
        ]),
        project: Some("shop".to_owned()),
        ..super::clean()
    }
}
