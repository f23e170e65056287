//! How far a program comes towards what is vulnerable in a package: not imported, imported, used and from where.

mod common;

use seriema_finding::{Place, Reach};
use seriema_flow::{Inquiry, Wanted};

use common::lowered;

/// What is said of one package, a line a step.
fn reach(files: &[(&str, &str)], import: &str, symbols: &[&str]) -> String {
    let irs = files.iter().map(|(path, text)| lowered(path, text)).collect();
    let inquiry = Inquiry::new(irs, &seriema_flow::Options::default()).expect("own models are well-formed");
    let wanted =
        Wanted { imports: vec![import.to_owned()], symbols: symbols.iter().map(|&symbol| symbol.to_owned()).collect() };
    let told = |place: &Place| format!("{}:{} {}", place.path, place.line, place.text);
    match &inquiry.reach(&[wanted])[0] {
        Reach::NotImported => "not imported".to_owned(),
        Reach::Imported(place) => format!("imported: {}", told(place)),
        Reach::NotUsed(place) => format!("not used: {}", told(place)),
        Reach::Used { steps, .. } => steps.iter().map(told).collect::<Vec<_>>().join("\n"),
    }
}

const FULL_LOAD: &[&str] = &["yaml.full_load"];

#[test]
fn a_package_that_nobody_imports_is_not_imported() {
    let files = [("app.py", "import json\nyaml = json\nyaml.full_load('1')\n")];
    assert_eq!(reach(&files, "yaml", FULL_LOAD), "not imported");
    let files = [("yaml_tools.py", "from yaml_tools import x\n")];
    assert_eq!(reach(&files, "yaml", FULL_LOAD), "not imported", "a module of a similar name is another one");
}

#[test]
fn an_import_is_no_use() {
    let files = [("app.py", "import os\nfrom yaml import full_load, safe_load\n\nsafe_load('a: 1')\n")];
    assert_eq!(reach(&files, "yaml", FULL_LOAD), "not used: app.py:2 imports `yaml.full_load`");
    assert_eq!(reach(&files, "yaml", &[]), "imported: app.py:2 imports `yaml.full_load`");
    let star = [("app.py", "import os\nfrom yaml import *\n")];
    assert_eq!(reach(&star, "yaml", FULL_LOAD), "not used: app.py:2 imports `yaml`");
}

#[test]
fn a_use_is_told_from_where_the_program_is_entered() {
    let views = "
from flask import Flask, request
from config import read

app = Flask(__name__)

@app.route('/load', methods=['POST'])
def load():
    return read(request.data)
";
    let config = "
import yaml as y

def parse(text):
    return y.full_load(text)

def read(text):
    return parse(text)
";
    assert_eq!(
        reach(&[("config.py", config), ("views.py", views)], "yaml", FULL_LOAD),
        "views.py:8 `load` is a way in\n\
         views.py:9 `load` calls `read`\n\
         config.py:8 `read` calls `parse`\n\
         config.py:5 `parse` uses `yaml.full_load`"
    );
}

#[test]
fn a_script_enters_where_it_runs() {
    let main = "
import yaml

def main():
    print(yaml.full_load(open('a.yaml')))

if __name__ == '__main__':
    main()
";
    assert_eq!(
        reach(&[("tool.py", main)], "yaml", FULL_LOAD),
        "tool.py:8 `tool` calls `main`\ntool.py:5 `main` uses `yaml.full_load`"
    );
}

#[test]
fn a_function_that_nobody_calls_may_be_called() {
    let library = "
import yaml

class Reader:
    def read(self, text):
        return self._parse(text)

    def _parse(self, text):
        return yaml.full_load(text)
";
    assert_eq!(
        reach(&[("reader.py", library)], "yaml", FULL_LOAD),
        "reader.py:5 `Reader.read` may be called\n\
         reader.py:6 `Reader.read` calls `Reader._parse`\n\
         reader.py:9 `Reader._parse` uses `yaml.full_load`"
    );
}

#[test]
fn methods_of_what_a_library_makes_are_followed() {
    let files = [(
        "app.py",
        "
import jinja2

env = jinja2.Environment(autoescape=True)

def render(text):
    return env.from_string(text).render()
",
    )];
    let symbols = ["jinja2.Environment.from_string"];
    assert_eq!(
        reach(&files, "jinja2", &symbols),
        "app.py:6 `render` may be called\napp.py:7 `render` uses `jinja2.Environment.from_string`"
    );
    let other = [("app.py", files[0].1.replace("from_string", "get_template"))];
    let other = [(other[0].0, other[0].1.as_str())];
    assert_eq!(reach(&other, "jinja2", &symbols), "not used: app.py:2 imports `jinja2`");
}

#[test]
fn a_class_is_known_wherever_it_is_taken_from() {
    let files = [("app.py", "import requests\n\nsession = requests.sessions.Session()\nsession.get('http://a')\n")];
    let used = "app.py:4 `app` uses `requests.Session.get`";
    assert_eq!(reach(&files, "requests", &["requests.Session.get"]), used);
    let files = [("app.py", "import requests\n\nrequests.get('http://a')\n")];
    let not = "not used: app.py:1 imports `requests`";
    assert_eq!(reach(&files, "requests", &["requests.utils.get"]), not, "functions are not known by their name alone");
}

#[test]
fn a_re_export_of_the_project_is_followed() {
    let files = [
        ("app.py", "from compat import parse\n\ndef run(text):\n    return parse(text)\n"),
        ("compat.py", "try:\n    from yaml import full_load as parse\nexcept ImportError:\n    parse = None\n"),
    ];
    assert_eq!(reach(&files, "yaml", FULL_LOAD), "app.py:3 `run` may be called\napp.py:4 `run` uses `yaml.full_load`");
}

#[test]
fn what_is_handed_on_or_inherited_from_is_used() {
    let files = [("app.py", "import yaml\n\ndef run(text, convert):\n    return convert(text, yaml.full_load)\n")];
    assert_eq!(reach(&files, "yaml", FULL_LOAD), "app.py:3 `run` may be called\napp.py:4 `run` uses `yaml.full_load`");
    let files = [("app.py", "import tornado.web\n\nclass Files(tornado.web.StaticFileHandler):\n    pass\n")];
    assert_eq!(
        reach(&files, "tornado", &["tornado.web.StaticFileHandler"]),
        "app.py:3 `Files` uses `tornado.web.StaticFileHandler`"
    );
}

#[test]
fn code_that_never_runs_uses_nothing() {
    let files = [("app.py", "import yaml\n\nDEBUG = False\n\nif DEBUG:\n    yaml.full_load('a')\n")];
    assert_eq!(reach(&files, "yaml", FULL_LOAD), "not used: app.py:1 imports `yaml`");
}

#[test]
fn tests_count_where_nothing_else_does() {
    let test = ("tests/test_app.py", "import yaml\n\ndef test_load():\n    assert yaml.full_load('1') == 1\n");
    let app = ("app.py", "import yaml\n\ndef load(text):\n    return yaml.full_load(text)\n");
    assert_eq!(
        reach(&[test], "yaml", FULL_LOAD),
        "tests/test_app.py:3 `test_load` may be called\ntests/test_app.py:4 `test_load` uses `yaml.full_load`"
    );
    assert_eq!(
        reach(&[app, test], "yaml", FULL_LOAD),
        "app.py:3 `load` may be called\napp.py:4 `load` uses `yaml.full_load`"
    );
}

#[test]
fn all_of_a_module_or_of_a_package_may_be_meant() {
    let files = [("app.py", "import os\nimport nltk\n\nnltk.download('punkt')\n")];
    assert_eq!(reach(&files, "nltk", &["nltk.*"]), "app.py:4 `app` uses `nltk.*`");
    assert_eq!(reach(&files, "nltk", &["*"]), "app.py:2 imports `nltk`");
    assert_eq!(reach(&files, "nltk", &["nltk.parse.*"]), "not used: app.py:2 imports `nltk`");
}

#[test]
fn what_settings_name_is_imported() {
    let files = [("settings.py", "MIDDLEWARE = ['corsheaders.middleware.CorsMiddleware']\n")];
    assert_eq!(
        reach(&files, "corsheaders", &[]),
        "imported: settings.py:1 imports `corsheaders.middleware.CorsMiddleware`"
    );
}

#[test]
fn a_name_within_a_namespace_is_not_its_neighbour() {
    let files = [("app.py", "from google.cloud import storage\n\nstorage.Client()\n")];
    assert_eq!(reach(&files, "google.protobuf", &[]), "not imported");
    let files = [("app.py", "from google.protobuf import json_format\n\njson_format.Parse('', None)\n")];
    assert_eq!(
        reach(&files, "google.protobuf", &["google.protobuf.json_format.Parse"]),
        "app.py:3 `app` uses `google.protobuf.json_format.Parse`"
    );
}
