import pickle, marshal, shelve, yaml, hashlib, random, tempfile, tarfile, zipfile, jinja2, xml.etree.ElementTree as ET, lxml.etree
from Crypto.Cipher import DES, AES

password = "hunter2"
SECRET_KEY: str = 'abc' "def"
def f(token="t0k3n", *, api_key=None):
    try:
        assert password == "x", f"no {token}"
        pickle.loads(b"\x80" b"x"); yaml.load(open("/tmp/x"), Loader=yaml.Loader)
        hashlib.md5(token.encode(), usedforsecurity=True); hashlib.new("sha1")
        tarfile.open(token).extractall(path="/tmp", members=None, filter="data")
        return random.choice([1, 2]), tempfile.mktemp(), jinja2.Environment(autoescape=False)
    except Exception:
        pass
    except* (OSError, ValueError) as e:
        pass
    finally:
        ET.parse(token); os.chmod(token, 0o777)
