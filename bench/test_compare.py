"""What the comparison of secret scanners counts, and the texts that it makes."""
import contextlib
import io
import random
import sys
import tempfile
import unittest
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parent / "secrets"))

from compare import (  # noqa: E402
    WORST, Cost, assignments, base64_lines, checksum, count, installed, is_text, per_byte, rounds_of, rows_of, text_bytes,
)


def cost(cpu: float, findings: int = 0, late: bool = False) -> Cost:
    return Cost(cpu, cpu, 10.0, findings, late)


class Reports(unittest.TestCase):
    def test_findings_are_counted_in_each_format(self) -> None:
        self.assertEqual(count("detect-secrets", b'{"results": {"a.py": [{}, {}], "b.py": [{}]}}'), 3)
        self.assertEqual(count("gitleaks", b"[{}, {}]"), 2)
        self.assertEqual(count("kingfisher", b'{"findings": [{}]}'), 1)
        self.assertEqual(count("seriema", b'{"findings": []}'), 0)

    def test_what_is_no_report_is_not_taken_for_nothing_found(self) -> None:
        for name, text in (("gitleaks", b""), ("seriema", b"{}"), ("detect-secrets", b"Traceback"), ("kingfisher", b"[]")):
            with self.subTest(name), self.assertRaises(SystemExit), contextlib.redirect_stderr(io.StringIO()):
                count(name, text)


class Costs(unittest.TestCase):
    def test_what_a_tool_needs_to_start_is_taken_off(self) -> None:
        self.assertEqual(per_byte(cost(1.5), cost(0.5), 10), 0.1)
        self.assertEqual(per_byte(cost(0.4), cost(0.5), 10), 0.0)

    def test_the_smallest_of_the_rounds_counts(self) -> None:
        costs = iter([cost(3.0, 7), cost(2.0, 7), cost(4.0, 7)])
        self.assertEqual(rounds_of(3, lambda: next(costs)), cost(2.0, 7))

    def test_what_took_too_long_is_not_run_again(self) -> None:
        costs = iter([cost(3.0, late=True)])
        self.assertTrue(rounds_of(3, lambda: next(costs)).late)

    def test_ratios_are_to_the_first(self) -> None:
        _, first, second = rows_of({"ours": cost(2.0, 4), "theirs": cost(5.0, 9, late=True)}, "ours")
        self.assertTrue(first.endswith("4   1.00  1.00  1.00"), first)
        self.assertTrue(second.endswith("9   >2.50  >2.50  >1.00"), second)


class Texts(unittest.TestCase):
    def test_each_has_its_size_and_is_the_same_each_time(self) -> None:
        for title, _, make in WORST:
            with self.subTest(title):
                text = make(random.Random(1), 10_000)
                self.assertEqual(text, make(random.Random(1), 10_000))
                self.assertLess(abs(len(text) - 10_000), 200)
                self.assertTrue(is_text(text))

    def test_lines_are_short_where_they_should_be(self) -> None:
        self.assertEqual(max(map(len, base64_lines(random.Random(1), 1_000).splitlines())), 76)
        self.assertTrue(all(b' = "' in line for line in assignments(random.Random(1), 1_000).splitlines()))

    def test_binary_files_do_not_count(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            (Path(folder) / "a.py").write_bytes(b"a = 1\n")
            (Path(folder) / "a.so").write_bytes(b"\x7fELF\0\0\0")
            self.assertEqual(text_bytes(Path(folder)), 6)


class Tokens(unittest.TestCase):
    def test_the_checksum_has_six_digits_and_depends_on_all_of_the_token(self) -> None:
        self.assertEqual(checksum(""), "000000")
        # The CRC-32 of this is cbf43926.
        digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
        self.assertEqual(sum(digits.index(c) * 62 ** n for n, c in enumerate(reversed(checksum("123456789")))), 0xCBF43926)


class Installed(unittest.TestCase):
    def test_tools_are_taken_from_the_folder_and_others_are_named(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            for name in ("seriema", "gitleaks"):
                (Path(folder) / name).touch()
            found, missing = installed(Path(folder), Path(folder) / "seriema")
            self.assertEqual(found["gitleaks"], (Path(folder) / "gitleaks").absolute())
            self.assertEqual(sorted([*found, *missing]), ["detect-secrets", "gitleaks", "kingfisher", "seriema"])
            self.assertNotIn("seriema", installed(Path(folder), Path(folder) / "nowhere")[0])


if __name__ == "__main__":
    unittest.main()
