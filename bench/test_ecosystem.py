"""Findings are paired, written and read again without loss."""
import unittest
from dataclasses import replace

from ecosystem.ecosystem import ANALYSED, Finding, Report, compare, compared, facts, pins

FINDING = Finding("a b/c:d.py", 3, "sql-injection", "high", "medium", "says so", ("a.py:1: comes in",))
BARE = replace(FINDING, message=None, flow=())


class Reports(unittest.TestCase):
    def test_json_keeps_everything(self) -> None:
        report = Report("p 1", ANALYSED, [FINDING])
        self.assertEqual(Report.from_json(report.to_json()), report)

    def test_lines_keep_place_rule_and_weights(self) -> None:
        self.assertEqual(Report.from_lines(Report("p 1", ANALYSED, [FINDING]).to_lines()), Report("p 1", ANALYSED, [BARE]))

    def test_lines_keep_why_there_is_nothing(self) -> None:
        report = Report("p 1", "timed out after 300 s")
        self.assertEqual(Report.from_lines(report.to_lines()), report)

    def test_what_could_not_be_read_is_a_fact(self) -> None:
        said = {"kind": "syntax", "path": "a\\b.ipynb", "cell": 2, "line": None, "message": "m"}
        self.assertEqual(facts({"findings": [], "diagnostics": [said]}), [Finding("a/b.ipynb#2", 0, "diagnostic/syntax", "-", "-", "m")])


class Compare(unittest.TestCase):
    def test_the_same_is_no_difference(self) -> None:
        self.assertFalse(compare([FINDING], [FINDING]))

    def test_what_was_accepted_has_no_message_to_compare(self) -> None:
        self.assertFalse(compare([BARE], [FINDING]))

    def test_a_second_finding_of_a_line_is_added(self) -> None:
        self.assertEqual(compare([BARE], [FINDING, FINDING]).added, [FINDING])

    def test_other_weights_and_words_are_a_change(self) -> None:
        for other in (replace(FINDING, severity="low"), replace(FINDING, confidence="low"), replace(FINDING, message="says else")):
            difference = compare([FINDING], [other])
            self.assertEqual((difference.added, difference.removed, difference.changed), ([], [], [(FINDING, other)]))

    def test_another_line_or_rule_is_another_finding(self) -> None:
        for other in (replace(FINDING, line=4), replace(FINDING, rule="code-execution")):
            difference = compare([FINDING], [other])
            self.assertEqual((difference.added, difference.removed, difference.changed), ([other], [FINDING], []))

    def test_a_release_that_times_out_has_not_lost_its_findings(self) -> None:
        pin = {"name": "p", "version": "1"}
        difference, text = compared(pin, Report("p 1", ANALYSED, [FINDING]), Report("p 1", "timed out after 300 s"))
        self.assertFalse(difference)
        self.assertIn("**timed out after 300 s**, before: analysed", text)

    def test_no_report_is_a_difference(self) -> None:
        pin = {"name": "p", "version": "1"}
        for old in (None, Report("p 1", ANALYSED, [])):
            self.assertIn("**no report**", "\n".join(compared(pin, old, None)[1]))


class Pins(unittest.TestCase):
    def test_each_release_is_pinned_once_by_a_hash(self) -> None:
        self.assertGreaterEqual(len(pins()), 32)
        for pin in pins().values():
            self.assertRegex(pin["sha256"], r"\A[0-9a-f]{64}\Z")
            self.assertIn(pin["version"], pin["file"])


if __name__ == "__main__":
    unittest.main()
