"""Releases of packages, read as text: whether one has something of a name."""
import ast
import re
import tarfile
import zipfile
from pathlib import Path

# Deepest chain of imports and bases that is followed.
DEPTH = 12
# Most lookups for one symbol, and parts of a path: values may be defined by themselves.
WORK, PARTS = 2000, 8
# Files of extensions.
COMPILED = (".pyx", ".pxi", ".pxd", ".c", ".h", ".cc", ".cpp", ".rs")


class Releases:
    """Fetches releases through pip's index client, without building or running any of them."""

    def __init__(self, cache):
        from pip._internal.commands import create_command

        self.cache = Path(cache)
        self.cache.mkdir(parents=True, exist_ok=True)
        command = create_command("download")
        options, _ = command.parse_args([])
        self._context = command.main_context()
        self._context.__enter__()
        self.session = command.get_default_session(options)
        self.finder = command._build_package_finder(options, self.session, ignore_requires_python=True)

    def sources(self, package, version, imports):
        """What is in a release; none when it cannot be fetched."""
        kept = [path for path in self.cache.iterdir() if path.name.startswith(f"{package}=={version}=")]
        if not kept:
            links = [c.link for c in self.finder.find_all_candidates(package) if str(c.version) == version or c.link.filename.split("-")[1:2] == [version]]
            # A wheel for all systems has the least beside the code; sources have the code of extensions, too.
            rank = lambda link: (0 if link.filename.endswith("-none-any.whl") else 1 if not link.is_wheel else 2, link.filename)
            links = sorted((link for link in links if link.filename.endswith((".whl", ".zip", ".tar.gz", ".tgz", ".tar.bz2"))), key=rank)
            if not links:
                return None
            answer = self.session.get(links[0].url_without_fragment)
            if answer.status_code != 200:
                return None
            kept = [self.cache / f"{package}=={version}={links[0].filename}"]
            kept[0].write_bytes(answer.content)
        try:
            return Sources(members(kept[0]), imports)
        except (tarfile.TarError, zipfile.BadZipFile, OSError):
            return None


def members(path):
    wanted = lambda name: name.endswith((".py", ".pyi", *COMPILED))
    if path.name.endswith((".whl", ".zip")):
        with zipfile.ZipFile(path) as archive:
            return {name: archive.read(name) for name in archive.namelist() if wanted(name)}
    with tarfile.open(path) as archive:
        return {m.name: archive.extractfile(m).read() for m in archive if m.isfile() and wanted(m.name)}


class Sources:
    """Modules of a release, parsed when they are asked for."""

    def __init__(self, files, imports):
        tops = {name.split(".")[0] for name in imports}
        self.texts, self.trees = {}, {}
        # What was looked up, also while it is looked up: imports may form circles.
        self.known = {}
        self.compiled = [data for name, data in files.items() if name.endswith(COMPILED)]
        for name in sorted(files, key=lambda name: (name.count("/"), name)):
            parts = name.split("/")
            stem, _, end = parts[-1].rpartition(".")
            if end not in ("py", "pyi"):
                continue
            parts[-1] = stem
            starts = [at for at, part in enumerate(parts) if part in tops]
            if not starts or any(part in ("tests", "test", "docs") for part in parts[:starts[0]]):
                continue
            parts = parts[starts[0]:]
            if parts[-1] == "__init__":
                parts.pop()
            self.texts.setdefault(".".join(parts), []).append((files[name], stem == "__init__"))
        self.modules = {".".join(name.split(".")[:cut]) for name in self.texts for cut in range(1, name.count(".") + 2)}

    def packages(self, module):
        """Whether there is such a module or a package without a file of its own."""
        return module in self.modules

    def tree(self, module):
        if module not in self.trees:
            bodies = []
            for data, is_package in self.texts.get(module, []):
                try:
                    bodies.append((Module(data, module, is_package)))
                except (SyntaxError, ValueError):
                    bodies.append(Module(b"", module, is_package, text=data.decode("utf-8", "replace")))
            self.trees[module] = bodies
        return self.trees[module]

    def has(self, symbol, imports, instances):
        if symbol == "*":
            return any(self.packages(name.split(".")[0]) for name in imports) or bool(self.compiled)
        path = symbol.removesuffix(".*")
        for start, instead in instances.items():
            if path.startswith(start + "."):
                path = instead + path[len(start):]
        self.left = WORK
        if self.find(path, DEPTH):
            return True
        # A module that is compiled: its sources have the name as a word.
        word = re.compile(rb"\b" + path.split(".")[-1].encode() + rb"\b")
        above = path.rsplit(".", 1)[0]
        return not self.tree(above) and any(word.search(data) for data in self.compiled)

    def find(self, path, depth):
        """Follows a dotted path; gives something true when there is such a thing."""
        parts = path.split(".")
        for cut in range(len(parts), 0, -1):
            module = ".".join(parts[:cut])
            if self.packages(module):
                found = self.member(module, parts[cut:], depth)
                if found:
                    return found
        return None

    def member(self, module, rest, depth):
        if not rest:
            return ("module", module)
        key = (module, *rest)
        if key not in self.known:
            self.left -= 1
            if self.left < 0 or depth <= 0 or len(rest) > PARTS:
                return None
            self.known[key] = None
            self.known[key] = self.look(module, rest, depth)
        return self.known[key]

    def look(self, module, rest, depth):
        for tree in self.tree(module):
            for kind, value in tree.names.get(rest[0], []):
                found = self.follow(tree, kind, value, rest, depth)
                if found:
                    return found
            for star in tree.stars:
                found = self.member(star, rest, depth - 1) if star != module and self.packages(star) else None
                if found:
                    return found
            # Names that are made when they are asked for.
            if len(rest) <= 2 and tree.is_lazy and re.search(rf"""["' ,\[]{rest[0]}["' ,\]]""", tree.text):
                return ("lazy", rest[0])
        if self.packages(f"{module}.{rest[0]}"):
            return self.member(f"{module}.{rest[0]}", rest[1:], depth - 1)
        return None

    def follow(self, tree, kind, value, rest, depth):
        after = rest[1:]
        if kind == "import":
            found = self.find(".".join([value, *after]), depth - 1)
            # What comes from elsewhere cannot be followed, and need not.
            return found or (not after and not self.packages(value.split(".")[0]) and ("foreign", value))
        if kind == "class":
            return self.attribute(tree, value, after, depth)
        if not after:
            return (kind, rest[0])
        if kind == "value" and isinstance(value, ast.Call):
            value = value.func
        if kind == "value" and isinstance(value, (ast.Name, ast.Attribute)):
            try:
                return self.member(tree.module, ast.unparse(value).split(".") + after, depth - 1)
            except RecursionError:
                return None
        return None

    def attribute(self, tree, node, rest, depth):
        if not rest:
            return ("class", node.name)
        if depth <= 0:
            return None
        for item in ast.walk(node):
            if isinstance(item, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)) and item.name == rest[0]:
                return ("member", rest[0])
            if isinstance(item, ast.Name) and item.id == rest[0] and isinstance(item.ctx, ast.Store):
                return ("member", rest[0])
            if isinstance(item, ast.Attribute) and item.attr == rest[0] and isinstance(item.ctx, ast.Store):
                return ("member", rest[0])
        for base in node.bases:
            found = self.member(tree.module, ast.unparse(base).split("[")[0].split(".") + rest, depth - 1)
            if found:
                return found
        return None


class Module:
    """The names that a module has at its top level."""

    def __init__(self, data, module, is_package, text=None):
        self.module = module
        self.text = text if text is not None else data.decode("utf-8", "replace")
        self.names, self.stars = {}, []
        self.package = module if is_package else module.rpartition(".")[0]
        if text is not None:
            # Python 2: by its lines.
            for match in re.finditer(r"^(?:def|class)\s+(\w+)|^(\w+)\s*=|^from\s+(\S+)\s+import\s+(.+)$", text, re.M):
                for name in re.findall(r"\w+", match[1] or match[2] or match[4]):
                    self.names.setdefault(name, []).append(("text", None))
        else:
            self.block(ast.parse(data).body)
        self.is_lazy = "__getattr__" in self.text or "LazyModule" in self.text or "all_by_module" in self.text or "apipkg" in self.text

    def add(self, name, kind, value):
        self.names.setdefault(name, []).append((kind, value))

    def block(self, body):
        for node in body:
            if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef)):
                self.add(node.name, "function", node)
            elif isinstance(node, ast.ClassDef):
                self.add(node.name, "class", node)
            elif isinstance(node, (ast.Assign, ast.AnnAssign)):
                for target in node.targets if isinstance(node, ast.Assign) else [node.target]:
                    for name in ast.walk(target):
                        if isinstance(name, ast.Name):
                            self.add(name.id, "value", node.value)
            elif isinstance(node, ast.Import):
                for alias in node.names:
                    self.add(alias.asname or alias.name.split(".")[0], "import", alias.name if alias.asname else alias.name.split(".")[0])
            elif isinstance(node, ast.ImportFrom):
                above = self.package.split(".")
                above = above[:len(above) - node.level + 1] if node.level else []
                source = ".".join([*above, *([node.module] if node.module else [])])
                for alias in node.names:
                    if alias.name == "*":
                        self.stars.append(source)
                    else:
                        self.add(alias.asname or alias.name, "import", f"{source}.{alias.name}")
            for field in ("body", "orelse", "finalbody"):
                if not isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
                    self.block(getattr(node, field, None) or [])
            for handler in getattr(node, "handlers", None) or []:
                self.block(handler.body)
