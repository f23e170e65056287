//! Bandit's tests. Each is a function from what it looks at to a draft, nothing, or what it raises.
//!
//! The functions keep to Bandit's order of questions, because a question can raise. What they do not do is run where a
//! cheap look shows that they have nothing to say: see [`run_on_call`].

mod blacklist;
mod crypto;
mod django;
mod files;
mod handlers;
mod markup;
mod models;
mod passwords;
mod shell;
mod text;
mod tls;
mod trojan;

use seriema_program::ast::{Expr, ExprCall, ExprStringLiteral, Keyword, StmtFunctionDef};

use crate::catalog::TestId;
use crate::imports::Imports;
use crate::issue::Draft;
use crate::literal::{Literal, Raised, check_argument};
use crate::source::Source;
use crate::testset::{TestSet, hint};
use crate::tree::Node;

pub(crate) use blacklist::import as forbidden_import;
pub(crate) use handlers::{assertion, handler};
pub(crate) use text::{Text, run_on_text};
pub(crate) use trojan::trojan_source;

/// What a test says about one node.
pub(crate) type Verdict = Result<Option<Draft>, Raised>;

/// A test that had something to say.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) test: TestId,
    pub(crate) verdict: Result<Draft, Raised>,
}

/// What every test can see.
#[derive(Clone, Copy)]
pub(crate) struct Context<'a, 'v> {
    pub(crate) source: &'v Source<'a>,
    /// The nodes around the one under test, the outermost first.
    pub(crate) parents: &'v [Node<'a>],
    pub(crate) imports: &'v Imports<'a>,
    pub(crate) tests: &'v TestSet,
    pub(crate) filename: &'v str,
}

impl Context<'_, '_> {
    fn line_of(&self, expr: &Expr) -> Option<u32> {
        self.source.range(Node::Expr(expr)).map(|range| self.source.line(range.start()))
    }
}

/// A call with its names.
#[derive(Clone, Copy)]
pub(crate) struct Call<'a, 'v> {
    context: Context<'a, 'v>,
    node: &'a ExprCall,
    /// `subprocess.run`
    qualname: &'v str,
    /// `run`
    name: &'v str,
}

impl<'a> Call<'a, '_> {
    fn args(&self) -> &'a [Expr] {
        &self.node.arguments.args
    }

    fn keywords(&self) -> &'a [Keyword] {
        &self.node.arguments.keywords
    }

    /// Reading all arguments raises if reading one does.
    fn check_args(&self) -> Result<(), Raised> {
        self.args().iter().try_for_each(check_argument)
    }

    /// Reading all keyword arguments raises if reading one does.
    fn check_keywords(&self) -> Result<(), Raised> {
        self.keywords().iter().try_for_each(|keyword| check_argument(&keyword.value))
    }

    /// The keyword argument of that name; the last where it is repeated.
    fn keyword(&self, name: &str) -> Option<&'a Keyword> {
        self.keywords().iter().rev().find(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == name))
    }

    /// Whether there is such a keyword argument.
    fn has_keyword(&self, name: &str) -> Result<bool, Raised> {
        self.check_keywords()?;
        Ok(self.keyword(name).is_some())
    }

    /// The value of a keyword argument; unknown also where there is none.
    fn keyword_value(&self, name: &str) -> Result<Literal<'a>, Raised> {
        self.check_keywords()?;
        self.keyword(name).map_or(Ok(Literal::Unknown), |keyword| Literal::of_argument(&keyword.value))
    }

    /// Whether the keyword argument is one of these strings; none where it is not given or not known.
    fn keyword_is(&self, name: &str, values: &[&str]) -> Result<Option<bool>, Raised> {
        Ok(match self.keyword_value(name)? {
            Literal::Unknown => None,
            value => Some(value.as_str().is_some_and(|text| values.contains(&text))),
        })
    }

    /// The value of the argument at a position; unknown also where there is none.
    fn argument(&self, position: usize) -> Result<Literal<'a>, Raised> {
        self.args().get(position).map_or(Ok(Literal::Unknown), Literal::of_argument)
    }

    /// The line of the first keyword argument of that name.
    fn line_of_keyword(&self, name: &str) -> Option<u32> {
        self.keywords()
            .iter()
            .find(|keyword| keyword.arg.as_ref().is_some_and(|arg| arg.as_str() == name))
            .and_then(|keyword| self.context.line_of(&keyword.value))
    }

    /// The line of the call itself.
    fn line(&self) -> u32 {
        self.context.source.line(self.node.range_start)
    }

    /// Whether `part` is one of the parts of the full name.
    fn has_part(&self, part: &str) -> bool {
        self.qualname.split('.').any(|own| own == part)
    }

    /// The first part of the full name.
    fn first_part(&self) -> &str {
        self.qualname.split('.').next().unwrap_or(self.qualname)
    }
}

/// What the keyword arguments of a call can lead to.
#[derive(Clone, Copy, Default)]
struct KeywordHints {
    shell: bool,
    protocol: bool,
    string: bool,
    raises: bool,
}

impl KeywordHints {
    fn of(keywords: &[Keyword]) -> Self {
        let mut hints = Self::default();
        for keyword in keywords {
            match &keyword.value {
                Expr::StringLiteral(_) => hints.string = true,
                value => hints.raises |= check_argument(value).is_err(),
            }
            match keyword.arg.as_ref().map(|arg| arg.as_str()) {
                Some("shell") => hints.shell = true,
                Some("method" | "ssl_version") => hints.protocol = true,
                _ => {}
            }
        }
        hints
    }
}

/// Runs a test if it is selected and has a chance.
macro_rules! run {
    ($tests:expr, $outcomes:expr, $id:ident, $chance:expr, $verdict:expr) => {
        if $chance && $tests.runs(TestId::$id) {
            match $verdict {
                Ok(None) => {}
                Ok(Some(draft)) => $outcomes.push(Outcome { test: TestId::$id, verdict: Ok(draft) }),
                Err(raised) => $outcomes.push(Outcome { test: TestId::$id, verdict: Err(raised) }),
            }
        }
    };
}
use run;

/// Runs the tests that look at calls, in their order. `buffer` is scratch space for the call's name.
pub(crate) fn run_on_call<'a>(
    context: Context<'a, '_>,
    node: &'a ExprCall,
    buffer: &mut String,
    outcomes: &mut Vec<Outcome>,
) {
    let (tests, imports) = (context.tests, context.imports);
    let name = imports.call_last_name(node);
    let hints = tests.hints(name);
    let keywords = KeywordHints::of(&node.arguments.keywords);
    let args_raise = node.arguments.args.iter().any(|arg| check_argument(arg).is_err());
    let chmod = name.contains("chmod");
    let extract = name.contains("extractall") && imports.has("tarfile");
    let protocol = keywords.protocol || keywords.raises || tests.settings.bad_protocol_versions.is_err();
    if hints == 0 && !(keywords.shell || keywords.string || protocol || args_raise || chmod || extract) {
        return;
    }
    buffer.clear();
    imports.call_name(node, buffer);
    let call = Call { context, node, qualname: buffer, name };
    let call = &call;
    let has = |bit: u32| hints & bit != 0;
    let qualified = has(hint::QUALIFIED);
    let shell = qualified || args_raise || keywords.raises;

    run!(tests, outcomes, B604, keywords.shell || shell, shell::other_function(call));
    run!(tests, outcomes, B610, has(hint::DJANGO_EXTRA), django::extra(call));
    run!(tests, outcomes, B703, has(hint::DJANGO_SAFE) && imports.like.django_safestring, django::mark_safe(call));
    run!(tests, outcomes, B611, has(hint::DJANGO_RAW) && imports.like.django_models, django::raw_sql(call));
    run!(tests, outcomes, B102, has(hint::EXEC), files::exec(call));
    run!(tests, outcomes, B201, has(hint::RUN) && imports.like.flask, files::flask_debug(call));
    run!(tests, outcomes, B106, keywords.string, passwords::argument(call));
    run!(tests, outcomes, B324, has(hint::HASH), crypto::hash(call));
    run!(tests, outcomes, B615, has(hint::MODEL) && imports.like.huggingface, models::huggingface(call));
    run!(tests, outcomes, B701, has(hint::JINJA), markup::jinja(call));
    run!(tests, outcomes, B609, shell, shell::wildcard(call));
    run!(tests, outcomes, B612, has(hint::LISTEN), files::logging_listen(call));
    run!(tests, outcomes, B704, qualified, markup::markupsafe(call));
    run!(tests, outcomes, B601, has(hint::PARAMIKO) && imports.like.paramiko, shell::paramiko(call));
    run!(tests, outcomes, B614, has(hint::LOAD), models::pytorch(call));
    run!(tests, outcomes, B501, has(hint::HTTP), tls::no_verification(call));
    run!(tests, outcomes, B113, has(hint::HTTP), tls::no_timeout(call));
    run!(tests, outcomes, B103, chmod, files::permissions(call));
    run!(tests, outcomes, B508, has(hint::SNMP), crypto::snmp_version(call));
    run!(tests, outcomes, B509, has(hint::SNMP), crypto::snmp_encryption(call));
    run!(tests, outcomes, B507, has(hint::HOST_KEY) && imports.like.paramiko, tls::host_key(call));
    run!(tests, outcomes, B502, protocol, tls::bad_version(call));
    run!(tests, outcomes, B504, has(hint::TLS), tls::no_version(call));
    run!(tests, outcomes, B605, shell, shell::with_shell(call));
    run!(tests, outcomes, B606, shell, shell::without_shell(call));
    run!(tests, outcomes, B607, shell, shell::partial_path(call));
    run!(tests, outcomes, B602, shell, shell::subprocess_with_shell(call));
    run!(tests, outcomes, B603, shell, shell::subprocess_without_shell(call));
    run!(tests, outcomes, B202, extract, files::tar_extraction(call));
    run!(tests, outcomes, B702, has(hint::MAKO), markup::mako(call));
    run!(tests, outcomes, B505, has(hint::KEY), crypto::key_size(call));
    let raises = args_raise || keywords.raises;
    run!(tests, outcomes, B506, has(hint::LOAD) || raises, models::yaml(call));
    let blacklisted = tests.checks_calls() && (qualified || has(hint::IMPORT));
    run!(tests, outcomes, B001, blacklisted, blacklist::call(call));
}

/// Runs the tests that look at definitions of functions.
pub(crate) fn run_on_function<'a>(
    context: Context<'a, '_>,
    function: &'a StmtFunctionDef,
    outcomes: &mut Vec<Outcome>,
) {
    let tests = context.tests;
    run!(tests, outcomes, B107, true, passwords::default(function));
    run!(tests, outcomes, B503, true, tls::bad_default(context, function));
}

/// The text of a string where only plain strings count.
fn plain_text(literal: &ExprStringLiteral) -> &str {
    literal.value.to_str()
}

#[cfg(test)]
mod tests;
