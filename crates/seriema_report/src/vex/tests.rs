use seriema_finding::{Package, Vulnerability};

use super::*;
use crate::components::tests::{of, package, vulnerability};

fn place_in(path: &str) -> Place {
    Place { path: path.into(), line: 3, text: "yaml".to_owned() }
}

/// What is said of a vulnerability of the package `yaml`, which a lock has beside others.
fn said(known: Vulnerability, is_complete: bool, change: impl FnOnce(&mut Vec<Package>)) -> (Status, String) {
    let mut packages =
        vec![package("uv.lock", "app", Some("1"), Some(&[])), package("uv.lock", "yaml", Some("1"), Some(&[]))];
    packages[1].is_direct = Some(true);
    packages[1].vulnerabilities = vec![known];
    change(&mut packages);
    let components = of(&packages);
    let component = components.iter().find(|component| component.package.name == "yaml").unwrap();
    judge(component, &component.known[0], is_complete)
}

fn not_used() -> Vulnerability {
    let mut known = vulnerability("CVE-1", Some(Reach::NotUsed(place_in("a.py"))));
    known.symbols = vec!["yaml.load".to_owned()];
    known
}

#[test]
fn what_is_used_affects() {
    let steps = vec![place_in("a.py"), place_in("b.py")];
    let known = vulnerability("CVE-1", Some(Reach::Used { symbol: "yaml.load".to_owned(), steps }));
    let wanted = "`yaml.load` is used: a.py:3 yaml, b.py:3 yaml.".to_owned();
    assert_eq!(said(known, true, |_| ()), (Status::Affected, wanted));
}

#[test]
fn what_does_harm_by_being_there_affects_whatever_imports_it() {
    let mut known = vulnerability("MAL-1", Some(Reach::NotImported));
    known.is_malicious = true;
    assert_eq!(said(known, true, |_| ()).0, Status::Affected);
}

#[test]
fn only_what_nothing_can_use_is_not_reached() {
    let (status, detail) = said(not_used(), true, |_| ());
    assert_eq!(status, Status::NotReached);
    assert!(detail.contains("`yaml.load`"), "{detail}");

    let unnamed = Vulnerability { symbols: Vec::new(), ..not_used() };
    let open = [
        ("what of it is vulnerable is not known", said(unnamed, true, |_| ())),
        ("not all of the project could be read", said(not_used(), false, |_| ())),
        ("other packages may use it", said(not_used(), true, |all| all[1].is_direct = Some(false))),
        ("other packages may use it", said(not_used(), true, |all| all[1].is_direct = None)),
        ("other packages may use it", said(not_used(), true, |all| all[0].requires = Some(vec!["yaml".to_owned()]))),
        ("no lock says whether other packages use it", said(not_used(), true, |all| all[1].requires = None)),
        ("no lock says whether other packages use it", said(not_used(), true, |all| all[0].requires = None)),
    ];
    for (reason, (status, detail)) in open {
        assert_eq!(status, Status::Open, "{reason}");
        assert!(detail.contains(reason), "{detail}");
    }
}

#[test]
fn that_nothing_is_known_or_imported_proves_nothing() {
    for reach in [None, Some(Reach::NotImported), Some(Reach::Imported(place_in("a.py")))] {
        assert_eq!(said(vulnerability("CVE-1", reach.clone()), true, |_| ()).0, Status::Open, "{reach:?}");
    }
    let direct = said(vulnerability("CVE-1", Some(Reach::NotImported)), true, |_| ()).1;
    assert!(direct.contains("it may still be run"), "{direct}");
    let other = said(vulnerability("CVE-1", Some(Reach::NotImported)), true, |all| all[1].is_direct = Some(false)).1;
    assert!(other.contains("other packages may"), "{other}");
}
