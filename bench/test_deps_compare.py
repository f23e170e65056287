"""What the comparison of dependency auditors counts, and the pins that it makes."""
import contextlib
import importlib.util
import io
import json
import sys
import tempfile
import tomllib
import unittest
from pathlib import Path
from typing import Any

# Another module of the same name is beside it: that of secrets.
SPEC = importlib.util.spec_from_file_location("deps_compare", Path(__file__).resolve().parent / "deps" / "compare.py")
compare = importlib.util.module_from_spec(SPEC)
sys.modules["deps_compare"] = compare
SPEC.loader.exec_module(compare)


def record(name: str, versions: list[str], events: list[dict[str, str]] | None, **more: Any) -> dict[str, Any]:
    ranges = [{"type": "ECOSYSTEM", "events": events}] if events is not None else []
    return {"affected": [{"package": {"name": name}, "versions": versions, "ranges": ranges}], **more}


RECORDS = [
    record("Acme_One", ["1.0", "1.1", "1.2rc1"], [{"introduced": "0"}, {"fixed": "1.2"}]),
    record("acme-one", ["1.0"], [{"introduced": "0"}, {"fixed": "1.10"}]),
    record("endless", ["2.0"], [{"introduced": "0"}]),
    record("no-ranges", ["3.0"], None),
    record("no-scheme", ["3.0"], [{"introduced": "0"}], references=[{"type": "WEB", "url": "example.org/a"}]),
    record("no-version", ["3.0"], [{"introduced": "0"}, {"fixed": "7.2.0-12.1"}]),
    record("gone", ["4.0"], [{"introduced": "0"}, {"fixed": "4.1"}], withdrawn="2024-01-01T00:00:00Z"),
    record("again", ["5.0", "5.1"], [{"introduced": "0"}, {"fixed": "5.1"}]),
    record("../odd", ["6.0"], [{"introduced": "0"}, {"fixed": "6.1"}]),
]


class Pins(unittest.TestCase):
    def setUp(self) -> None:
        self.known = compare.packages(RECORDS)

    def test_packages_are_those_that_every_tool_can_read(self) -> None:
        self.assertEqual(sorted(self.known), ["acme-one", "again", "endless"])

    def test_clean_is_the_last_fixed_version_where_there_is_one(self) -> None:
        self.assertEqual({name: package.clean() for name, package in self.known.items()},
                         {"acme-one": "1.10", "endless": None, "again": None})
        # Pre-releases are written in too many ways.
        self.assertEqual(self.known["acme-one"].vulnerable, "1.0")

    def test_half_are_vulnerable_and_what_is_lacking_has_no_records(self) -> None:
        chosen = compare.pins(self.known, 10, 1)
        self.assertEqual(chosen, compare.pins(self.known, 10, 1))
        self.assertEqual(len({name for name, _ in chosen}), 10)
        self.assertEqual(sum(name in self.known for name, _ in chosen), 3)
        vulnerable = [name for name, version in compare.pins(self.known, 2, 1) if self.known[name].vulnerable == version]
        self.assertEqual(len(vulnerable), 1)

    def test_the_lock_has_the_pins_and_names_no_registry(self) -> None:
        chosen = [("a", "1.0"), ("b-c", "2.0")]
        with tempfile.TemporaryDirectory() as folder:
            compare.write(chosen, Path(folder), "http://127.0.0.1:1/simple")
            self.assertEqual((Path(folder) / "requirements.txt").read_text(), "a==1.0\nb-c==2.0\n")
            lock = tomllib.loads((Path(folder) / "locked/uv.lock").read_text())
            project = tomllib.loads((Path(folder) / "locked/pyproject.toml").read_text())["project"]
        packages = lock["package"]
        self.assertEqual([(one["name"], one["version"]) for one in packages[1:]], chosen)
        self.assertEqual({one["source"]["registry"] for one in packages[1:]}, {"http://127.0.0.1:1/simple"})
        self.assertEqual([one["name"] for one in packages[0]["dependencies"]], ["a", "b-c"])
        self.assertEqual(project["dependencies"], ["a==1.0", "b-c==2.0"])


class Reports(unittest.TestCase):
    def test_each_format_says_the_same(self) -> None:
        pip = {"dependencies": [{"name": "A_b", "version": "1", "vulns": [{"id": "X", "aliases": ["Y"]}]}, {"name": "c"}]}
        uv = {"vulnerabilities": [{"dependency": {"name": "a-b"}, "id": "X", "aliases": ["Y"]}]}
        pysentry = {"vulnerabilities": [{"package_name": "a-b", "id": "X", "aliases": ["Y"]}]}
        wanted = [("a-b", frozenset({"X", "Y"}))]
        for name, text in (("pip-audit", json.dumps(pip)), ("seriema", json.dumps(pip)), ("uv", json.dumps(uv)),
                           ("pysentry-rs", json.dumps(pysentry) + "\n\nFound a bug?\n")):
            with self.subTest(name):
                self.assertEqual(compare.found(name, text), wanted)

    def test_what_is_no_report_is_not_taken_for_nothing_found(self) -> None:
        odd = '{"dependencies": [{"name": "a", "vulns": [{}]}]}'
        for name, text in (("uv", ""), ("pip-audit", "[]"), ("pysentry-rs", "Error"), ("seriema", odd)):
            with self.subTest(name), self.assertRaises(compare.Failed):
                compare.found(name, text)

    def test_records_that_share_a_name_are_one_vulnerability_of_a_package(self) -> None:
        listed = [("a", frozenset({"X"})), ("a", frozenset({"Z"})), ("a", frozenset({"X", "Y", "Z"})), ("b", frozenset({"X"}))]
        self.assertEqual(compare.joined(listed), [("a", frozenset({"X", "Y", "Z"})), ("b", frozenset({"X"}))])

    def test_what_others_lack_is_told_by_all_names(self) -> None:
        ours = [("a", frozenset({"X", "Y"})), ("b", frozenset({"X"}))]
        theirs = [("a", frozenset({"Y"}))]
        self.assertEqual(compare.apart(ours, theirs), [("b", frozenset({"X"}))])
        lines = list(compare.agreement({"ours": ours, "theirs": theirs}, "ours"))
        self.assertTrue(lines[1].endswith("1 vulnerabilities of 1 packages; 0 beyond those of ours, 1 of those missing"), lines[1])


class Installed(unittest.TestCase):
    def test_tools_are_taken_from_the_folder_and_others_are_named(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("seriema", "uv"):
                (Path(folder) / name).touch()
            found, missing = compare.installed(Path(folder), Path(folder) / "seriema")
            self.assertEqual(found["uv"], (Path(folder) / "uv").absolute())
            self.assertEqual(sorted([*found, *missing]), ["pip-audit", "pysentry-rs", "seriema", "uv"])
            self.assertNotIn("seriema", compare.installed(Path(folder), Path(folder) / "nowhere")[0])

    def test_without_records_it_says_so(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            said = io.StringIO()
            arguments, sys.argv = sys.argv, ["compare.py", "--shared", folder]
            try:
                with contextlib.redirect_stderr(said):
                    self.assertEqual(compare.main(), 2)
            finally:
                sys.argv = arguments
        self.assertIn("is not there", said.getvalue())


if __name__ == "__main__":
    unittest.main()
