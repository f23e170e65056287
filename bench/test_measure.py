"""What a process is said to cost."""
import sys
import tempfile
import unittest

from measure import measure, measure_apart


class Memory(unittest.TestCase):
    def test_what_this_process_holds_is_not_that_of_others(self) -> None:
        held = bytearray(300_000_000)
        held[::4096] = b"1" * len(held[::4096])
        with tempfile.TemporaryFile() as out:
            usage = measure_apart([sys.executable, "-c", "print(1)"], out, stderr=out)
            self.assertLess(usage.peak_mib, 150)
            out.seek(0)
            self.assertEqual(out.read(), b"1\n")
        self.assertEqual(held[0], 49)

    def test_both_say_how_a_process_ended(self) -> None:
        for run in (measure, measure_apart):
            with self.subTest(run.__name__), tempfile.TemporaryFile() as out:
                self.assertEqual(run([sys.executable, "-c", "raise SystemExit(3)"], out, stderr=out).status, 3)
                self.assertTrue(run([sys.executable, "-c", "while True: pass"], out, stderr=out, timeout=0.2).timed_out)


if __name__ == "__main__":
    unittest.main()
