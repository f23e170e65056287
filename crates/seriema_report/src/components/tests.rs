use super::*;
use crate::model::{Report, Summary};
use seriema_finding::{PackageOrigin, Place};

/// A package of a file.
pub(crate) fn package(path: &str, name: &str, version: Option<&str>, requires: Option<&[&str]>) -> Package {
    Package {
        name: name.to_owned(),
        version: version.map(str::to_owned),
        allowed: String::new(),
        path: path.into(),
        line: 1,
        is_direct: None,
        brought_by: Vec::new(),
        requires: requires.map(|names| names.iter().map(|&name| name.to_owned()).collect()),
        extras: Vec::new(),
        group: None,
        origin: PackageOrigin::Index,
        is_hashed: false,
        vulnerabilities: Vec::new(),
    }
}

pub(crate) fn of(packages: &[Package]) -> Vec<Component<'_>> {
    components(&Report {
        tool_version: "0",
        root: ".",
        findings: Vec::new(),
        suppressed: Vec::new(),
        diagnostics: &[],
        summary: Summary::default(),
        rules: Vec::new(),
        dependencies: Some(packages),
        project: None,
        created: None,
    })
}

pub(crate) fn vulnerability(id: &str, reach: Option<Reach>) -> Vulnerability {
    Vulnerability {
        id: id.to_owned(),
        aliases: Vec::new(),
        summary: String::new(),
        severity: Severity::High,
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
        reach,
    }
}

fn purls<'c>(components: &'c [Component<'_>]) -> Vec<&'c str> {
    components.iter().map(|component| &*component.purl).collect()
}

#[test]
fn a_release_is_one_component_wherever_it_is_named() {
    let packages = [
        package("pyproject.toml", "a", None, None),
        package("uv.lock", "a", Some("1"), Some(&[])),
        package("uv.lock", "a", Some("2"), Some(&[])),
        package("docs/requirements.txt", "a", Some("2"), None),
        // Nothing beside it says which release that is.
        package("docs/pyproject.toml", "b", None, None),
    ];
    let components = of(&packages);
    assert_eq!(purls(&components), ["pkg:pypi/a@1", "pkg:pypi/a@2", "pkg:pypi/b"]);
    let places: Vec<usize> = components.iter().map(|component| component.places.len()).collect();
    assert_eq!(places, [2, 3, 1]);
}

#[test]
fn what_is_not_from_an_index_is_another_package() {
    let mut local = package("uv.lock", "a", Some("1"), None);
    local.origin = PackageOrigin::Path("libs/a".to_owned());
    let packages = [package("uv.lock", "a", Some("1"), None), local];
    assert_eq!(purls(&of(&packages)), ["pkg:generic/a@1", "pkg:pypi/a@1"]);
}

#[test]
fn names_stand_for_what_the_same_manifest_has() {
    let packages = [
        package("uv.lock", "a", Some("1"), Some(&["b", "a", "missing"])),
        package("uv.lock", "b", Some("1"), Some(&["b"])),
        package("other/uv.lock", "b", Some("2"), Some(&[])),
    ];
    let components = of(&packages);
    let requires: Vec<_> = components.iter().map(|component| component.requires.clone().unwrap()).collect();
    assert_eq!(requires, [vec![1], vec![], vec![]]);
    assert_eq!(asked_for(&components), [0, 2]);
}

#[test]
fn of_several_answers_the_most_serious_one_counts() {
    let place = || Place { path: "a.py".into(), line: 1, text: String::new() };
    let with = |path: &str, reach| {
        let mut package = package(path, "a", Some("1"), None);
        package.vulnerabilities = vec![vulnerability("CVE-1", reach)];
        package
    };
    let packages = [with("x", Some(Reach::NotUsed(place()))), with("y", None), with("z", Some(Reach::NotImported))];
    assert_eq!(of(&packages)[0].known[0].reach, None);
    assert_eq!(of(&packages)[0].known.len(), 1);
}
