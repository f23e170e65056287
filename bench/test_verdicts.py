"""Verdicts are read strictly, and counted once a line."""
import tomllib
import unittest
from dataclasses import replace

from ecosystem.ecosystem import Finding
from verdicts import Key, Malformed, Verdict, blank, by_rule, judged, kept, parsed, scored, share

FINDING = Finding('p/"a".py', 3, "sql-injection", "high", "medium", "says so", ("p/a.py:1: comes in",))
USEFUL = Verdict("useful", "it is one")
ENTRY = '[[verdict]]\nfile = "a.py"\nline = 3\nrule = "r"\nverdict = "useful"\nreason = "it is one"\n'


class Parsing(unittest.TestCase):
    def test_an_entry(self) -> None:
        self.assertEqual(parsed(f'release = "p 1"\n{ENTRY}', "p 1", "p.toml"), {Key("a.py", 3, "r"): USEFUL})

    def test_what_is_wrong_is_said(self) -> None:
        for text, said in (
            (f'release = "p 0"\n{ENTRY}', "`p 0`, `p 1` is pinned"),
            (ENTRY, "`no release`"),
            (f'release = "p 1"\n{ENTRY}{ENTRY}', "has one already"),
            (f'release = "p 1"\n{ENTRY.replace("useful", "good")}', "`good` is none of"),
            (f'release = "p 1"\n{ENTRY.replace("it is one", " ")}', "`reason` is empty"),
            (f'release = "p 1"\n{ENTRY.replace("line = 3", "line = true")}', "`line` is no number"),
            (f'release = "p 1"\n{ENTRY.replace("rule", "rules")}', "are wanted"),
            ("release = ", "p.toml"),
        ):
            with self.subTest(said), self.assertRaisesRegex(Malformed, said):
                parsed(text, "p 1", "p.toml")

    def test_a_template_is_toml_that_wants_an_answer(self) -> None:
        text = 'release = "p 1"\n' + "\n".join(blank(FINDING, "code\f\0"))
        entry = tomllib.loads(text)["verdict"][0]
        self.assertEqual(Key(entry["file"], entry["line"], entry["rule"]), Key.of(FINDING))
        with self.assertRaises(Malformed):
            parsed(text, "p 1", "p.toml")

    def test_what_is_kept_can_be_read(self) -> None:
        for pin in judged([]):
            kept(pin)


class Scores(unittest.TestCase):
    def test_a_line_counts_once(self) -> None:
        score = scored([FINDING, replace(FINDING, message="and so")], {Key.of(FINDING): USEFUL})
        self.assertEqual((score.counts["useful"], score.unread, score.gone), (1, [], []))

    def test_only_what_is_severe_counts(self) -> None:
        score = scored([replace(FINDING, severity="medium")], {})
        self.assertEqual((score.counts.total(), score.unread), (0, []))

    def test_what_has_no_verdict_and_what_has_no_finding(self) -> None:
        gone = Key("b.py", 1, "r")
        score = scored([FINDING], {gone: USEFUL})
        self.assertEqual((score.unread, score.gone), ([FINDING], [(gone, USEFUL)]))

    def test_unclear_counts_for_neither_side(self) -> None:
        score = scored([FINDING, replace(FINDING, line=4)], {Key.of(FINDING): USEFUL, Key.of(replace(FINDING, line=4)): Verdict("unclear", "")})
        self.assertEqual(share(score.counts), "100 %")
        self.assertEqual(share(scored([], {}).counts), "-")

    def test_by_rule(self) -> None:
        self.assertEqual(by_rule([FINDING, FINDING], {Key.of(FINDING): USEFUL}), {"sql-injection": {"useful": 1}})


if __name__ == "__main__":
    unittest.main()
