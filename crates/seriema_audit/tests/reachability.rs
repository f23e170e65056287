//! Whether projects reach what is vulnerable in the versions that they pin: real packages, advisories that come with the program,
//! and small programs that use them or only look as if they did.

#![allow(clippy::disallowed_methods, reason = "tests write what they audit")]

mod common;

use common::{project, settings};
use seriema_audit::{DependencyInputs, audit_dependencies};
use seriema_deps::builtin::Builtin;
use seriema_deps::project::Source;
use seriema_deps::{Advisories, IndexError};
use seriema_finding::{Place, Reach};
use seriema_workspace::{ConfigSource, DiscoverOptions, discover};

/// A project that pins one package, the vulnerability that is asked about, and what is to be said of it.
struct Case {
    pin: &'static str,
    id: &'static str,
    files: &'static [(&'static str, &'static str)],
    /// The steps to the use; or what is said instead of them.
    said: &'static [&'static str],
}

#[rustfmt::skip]
const CASES: &[Case] = &[
    Case {
        pin: "pyyaml==5.3", id: "CVE-2020-14343",
        files: &[("app.py", "import yaml\nfrom flask import Flask, request\n\napp = Flask(__name__)\n\n@app.route('/import', methods=['POST'])\ndef upload():\n    return parse(request.data)\n\ndef parse(text):\n    return yaml.full_load(text)\n")],
        said: &["app.py:7 `upload` is a way in", "app.py:8 `upload` calls `parse`", "app.py:11 `parse` uses `yaml.full_load`"],
    },
    Case {
        pin: "pyyaml==5.3", id: "CVE-2020-14343",
        files: &[("app.py", "import yaml\n\ndef parse(text):\n    return yaml.safe_load(text)\n")],
        said: &["not used: app.py:1 imports `yaml`"],
    },
    Case {
        pin: "jinja2==3.1.4", id: "CVE-2024-56326",
        files: &[
            ("engine.py", "from jinja2.sandbox import SandboxedEnvironment as Sandbox\n\nclass Engine:\n    def __init__(self):\n        self.env = Sandbox()\n"),
            ("main.py", "from engine import Engine\n\ndef main():\n    engine = Engine()\n\nmain()\n"),
        ],
        said: &["main.py:6 `main` calls `main`", "main.py:4 `main` calls `Engine.__init__`", "engine.py:5 `Engine.__init__` uses `jinja2.sandbox.SandboxedEnvironment`"],
    },
    Case {
        pin: "jinja2==3.1.4", id: "CVE-2024-56326",
        files: &[("app.py", "from jinja2 import Environment, FileSystemLoader\n\nenv = Environment(loader=FileSystemLoader('t'), autoescape=True)\n")],
        said: &["not used: app.py:1 imports `jinja2.Environment`"],
    },
    Case {
        pin: "requests==2.30.0", id: "CVE-2023-32681",
        files: &[("client.py", "import requests\n\nclass Client:\n    def __init__(self):\n        self.session = requests.Session()\n\n    def items(self):\n        return self.session.get('https://a.example/items', timeout=5)\n")],
        said: &["client.py:4 `Client.__init__` may be called", "client.py:5 `Client.__init__` uses `requests.Session`"],
    },
    Case {
        pin: "requests==2.30.0", id: "CVE-2023-32681",
        files: &[("errors.py", "import requests\n\ndef is_timeout(error):\n    return isinstance(error, requests.exceptions.Timeout)\n")],
        said: &["not used: errors.py:1 imports `requests`"],
    },
    Case {
        pin: "urllib3==1.26.3", id: "CVE-2021-28363",
        files: &[("net.py", "import urllib3\n\ndef pool(proxy):\n    make = urllib3.ProxyManager if proxy else urllib3.PoolManager\n    return make(proxy)\n")],
        said: &["net.py:3 `pool` may be called", "net.py:4 `pool` uses `urllib3.ProxyManager`"],
    },
    Case {
        pin: "urllib3==1.26.3", id: "CVE-2021-28363",
        files: &[("net.py", "import urllib3\n\nhttp = urllib3.PoolManager()\n")],
        said: &["not used: net.py:1 imports `urllib3`"],
    },
    Case {
        pin: "pillow==8.4.0", id: "CVE-2022-22817",
        files: &[("images.py", "from PIL import Image, ImageMath\n\ndef combine(a, b, how):\n    return ImageMath.eval(how, a=a, b=b)\n\nhandlers = {'combine': combine}\n")],
        said: &["images.py:6 `images` calls `combine`", "images.py:4 `combine` uses `PIL.ImageMath.eval`"],
    },
    Case {
        pin: "pillow==8.4.0", id: "CVE-2022-22817",
        files: &[("images.py", "from PIL import Image\n\ndef size(path):\n    return Image.open(path).size\n")],
        said: &["not used: images.py:1 imports `PIL.Image`"],
    },
    Case {
        pin: "django==4.2.1", id: "CVE-2023-36053",
        files: &[("forms.py", "from django.core.validators import validate_email\n\ndef clean(value):\n    validate_email(value)\n")],
        said: &["forms.py:3 `clean` may be called", "forms.py:4 `clean` uses `django.core.validators.validate_email`"],
    },
    Case {
        pin: "django==2.2.12", id: "CVE-2020-13254",
        files: &[("views.py", "from django.http import HttpResponse\n\ndef index(request):\n    cache = {}\n    return HttpResponse(cache.get('a'))\n")],
        said: &["not used: views.py:1 imports `django.http.HttpResponse`"],
    },
    Case {
        pin: "werkzeug==2.1.0", id: "CVE-2022-29361",
        files: &[("run.py", "from werkzeug.serving import run_simple\n\nif __name__ == '__main__':\n    run_simple('localhost', 5000, None)\n")],
        said: &["run.py:4 `run` uses `werkzeug.serving.run_simple`"],
    },
    Case {
        pin: "werkzeug==2.1.0", id: "CVE-2022-29361",
        files: &[("names.py", "from werkzeug.utils import secure_filename\n\ndef run_simple(name):\n    return secure_filename(name)\n\nrun_simple('a')\n")],
        said: &["not used: names.py:1 imports `werkzeug.utils.secure_filename`"],
    },
    Case {
        pin: "cryptography==2.2", id: "CVE-2018-10903",
        files: &[("seal.py", "from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes\n\ndef opened(key, nonce, tag):\n    return Cipher(algorithms.AES(key), modes.GCM(nonce, tag))\n")],
        said: &["seal.py:3 `opened` may be called", "seal.py:4 `opened` uses `cryptography.hazmat.primitives.ciphers.modes.GCM`"],
    },
    Case {
        pin: "aiohttp==3.9.1", id: "CVE-2024-23334",
        files: &[("client.py", "import aiohttp\n\nasync def get(url):\n    async with aiohttp.ClientSession() as session:\n        return await session.get(url)\n")],
        said: &["not used: client.py:1 imports `aiohttp`"],
    },
    Case {
        pin: "torch==2.5.1", id: "CVE-2025-32434",
        files: &[("model.py", "import torch as t\n\nLOADERS = {'pt': t.load}\n\ndef restore(path):\n    return LOADERS['pt'](path, weights_only=True)\n")],
        said: &["model.py:3 `model` uses `torch.load`"],
    },
    Case {
        pin: "numpy==1.16.0", id: "CVE-2019-6446",
        files: &[("data.py", "import json\nimport numpy as np\n\nnp.zeros(3)\n\ndef read(path):\n    with open(path) as file:\n        return json.load(file)\n")],
        said: &["not used: data.py:2 imports `numpy`"],
    },
    Case {
        pin: "joblib==1.1.0", id: "CVE-2022-21797",
        files: &[("work.py", "import importlib\n\ndef all_of(items):\n    joblib = importlib.import_module('joblib')\n    return getattr(joblib, 'Parallel')(n_jobs=2)(items)\n")],
        said: &["work.py:3 `all_of` may be called", "work.py:5 `all_of` uses `joblib.Parallel`"],
    },
    Case {
        pin: "torch==2.5.1", id: "CVE-2025-32434",
        files: &[("tool.py", "import json\n\nprint(json.load(open('torch.json')))\n")],
        said: &["not imported"],
    },
];

fn said(case: &Case) -> Vec<String> {
    let pin = format!("{}\n", case.pin);
    let mut files = vec![("requirements.txt", pin.as_str())];
    files.extend(case.files);
    let root = project(&files);
    let options = DiscoverOptions { texts: true, ..DiscoverOptions::default() };
    let files = discover(root.path(), &options).files;
    let settings = settings(root.path(), ConfigSource::None);
    let open = |_: &[Source]| -> Result<_, IndexError> { Ok(Some(Box::new(Builtin) as Box<dyn Advisories>)) };
    let inputs = DependencyInputs { code: files.clone(), ..DependencyInputs::default() };
    let audit = audit_dependencies(&files, root.path(), &settings, inputs, open).expect("advisories");
    let packages = audit.dependencies.expect("dependencies");
    let known = packages.iter().flat_map(|package| &package.vulnerabilities).find(|known| known.id == case.id);
    let told = |place: &Place| format!("{}:{} {}", place.path, place.line, place.text);
    match known.and_then(|known| known.reach.clone()).unwrap_or_else(|| panic!("{} has no {}", case.pin, case.id)) {
        Reach::NotImported => vec!["not imported".to_owned()],
        Reach::Imported(place) => vec![format!("imported: {}", told(&place))],
        Reach::NotUsed(place) => vec![format!("not used: {}", told(&place))],
        Reach::Used { steps, .. } => steps.iter().map(told).collect(),
    }
}

#[test]
fn what_is_reached_is_told_with_the_way_there() {
    let wrong: Vec<String> = CASES
        .iter()
        .filter_map(|case| {
            let said = said(case);
            (said != case.said).then(|| format!("{} {}: {said:#?}\nnot {:#?}", case.pin, case.id, case.said))
        })
        .collect();
    assert!(wrong.is_empty(), "{}", wrong.join("\n\n"));
}

#[test]
fn as_many_cases_are_reached_as_are_not() {
    let reached = CASES.iter().filter(|case| case.said.iter().any(|line| line.contains(" uses `"))).count();
    assert_eq!((reached, CASES.len() - reached), (10, 10));
}
