"""What is unpacked stays inside of its folder."""
import contextlib
import io
import tarfile
import tempfile
import unittest
import zipfile
from pathlib import Path

from releases import digest, fetch, inside, members, write


class Inside(unittest.TestCase):
    def test_members_keep_their_names(self) -> None:
        self.assertEqual(inside(Path("t"), "a/b..c/d.py"), Path("t/a/b..c/d.py"))

    def test_names_that_lead_out_end_the_program(self) -> None:
        for name in ("../a.py", "a/../../b.py", "/etc/passwd", "a\\..\\b.py", "C:/a.py", "c:a.py", "\\\\host\\a.py", ""):
            with self.subTest(name), self.assertRaises(SystemExit):
                inside(Path("t"), name)


class Archives(unittest.TestCase):
    def setUp(self) -> None:
        folder = tempfile.TemporaryDirectory()
        self.addCleanup(folder.cleanup)
        self.folder = Path(folder.name)

    def sdist(self) -> Path:
        path = self.folder / "p-1.tar.gz"
        with tarfile.open(path, "w:gz") as archive:
            for name in ("p-1/p/a.py", "p-1/setup.py"):
                entry = tarfile.TarInfo(name)
                entry.size = 4
                archive.addfile(entry, io.BytesIO(b"a=1\n"))
            for name, kind in (("p-1/p/out", tarfile.SYMTYPE), ("p-1/p/hard", tarfile.LNKTYPE)):
                entry = tarfile.TarInfo(name)
                entry.type, entry.linkname = kind, "/etc/passwd"
                archive.addfile(entry)
        return path

    def test_links_are_left_out(self) -> None:
        with members(self.sdist()) as files:
            write(files, "p-1/p/", self.folder / "out")
        self.assertEqual([path.name for path in (self.folder / "out").rglob("*") if path.is_file()], ["a.py"])
        self.assertTrue((self.folder / "out/p/a.py").is_file())

    def test_a_wheel_that_leads_out_is_refused(self) -> None:
        path = self.folder / "p-1-py3-none-any.whl"
        with zipfile.ZipFile(path, "w") as archive:
            archive.writestr("../escaped.py", "")
        with self.assertRaises(SystemExit), members(path) as files:
            write(files, "", self.folder / "out")
        self.assertFalse((self.folder / "escaped.py").exists())

    def test_what_is_there_is_not_unpacked_again(self) -> None:
        archive = self.sdist()
        pin = {"name": "p", "version": "1", "file": archive.name, "sha256": digest(archive), "only": "p-1/"}
        target = self.folder / "out" / "p-1"
        target.parent.mkdir()
        with contextlib.redirect_stderr(io.StringIO()):
            fetch(pin, self.folder, target)
        self.assertTrue((target / "setup.py").is_file())
        archive.unlink()
        fetch(pin, self.folder, target)


if __name__ == "__main__":
    unittest.main()
