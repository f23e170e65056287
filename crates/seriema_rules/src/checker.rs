//! What a rule works with.

use std::borrow::Cow;
use std::ops::Deref;

use seriema_finding::{Applicability, Confidence, Cwe, Persona, Rule, Severity};
use seriema_program::ast::{self, Expr};
use seriema_program::text_size::{Ranged, TextRange, TextSize};
use seriema_program::{QualifiedName, Semantic};

/// A call with what its callee resolves to.
pub struct Call<'a> {
    /// The node.
    pub node: &'a ast::ExprCall,
    pub(crate) path: Option<QualifiedName>,
}

impl<'a> Call<'a> {
    /// The API path of the callee (`subprocess.run`, `flask.Flask().run`, `builtins.eval`); empty when unknown.
    #[must_use]
    pub fn path(&self) -> &str {
        self.path.as_deref().unwrap_or_default()
    }

    /// The callee's last component as written.
    #[must_use]
    pub fn name(&self) -> &'a str {
        match &*self.node.func {
            Expr::Attribute(attribute) => &attribute.attr,
            Expr::Name(name) => &name.id,
            _ => "",
        }
    }

    /// The value of a keyword argument.
    #[must_use]
    pub fn keyword(&self, name: &str) -> Option<&'a Expr> {
        self.node.arguments.find_keyword(name).map(|keyword| &keyword.value)
    }

    /// A positional argument; none from the first starred one on.
    #[must_use]
    pub fn positional(&self, index: usize) -> Option<&'a Expr> {
        let before = self.node.arguments.args.get(..=index)?;
        if before.iter().any(Expr::is_starred_expr) { None } else { before.last() }
    }

    /// An argument given by position or by name.
    #[must_use]
    pub fn argument(&self, name: &str, index: usize) -> Option<&'a Expr> {
        self.keyword(name).or_else(|| self.positional(index))
    }

    /// Whether arguments come from `*args` or `**kwargs`, so that an absent one may be there after all.
    #[must_use]
    pub fn has_unpacked_arguments(&self) -> bool {
        self.node.arguments.args.iter().any(Expr::is_starred_expr)
            || self.node.arguments.keywords.iter().any(|keyword| keyword.arg.is_none())
    }
}

impl Deref for Call<'_> {
    type Target = ast::ExprCall;

    fn deref(&self) -> &Self::Target {
        self.node
    }
}

/// An edit by range.
#[derive(Clone, Debug)]
pub struct RawEdit {
    /// What to replace; empty to insert.
    pub range: TextRange,
    /// What to write.
    pub content: String,
}

/// A fix by ranges.
#[derive(Clone, Debug)]
pub struct RawFix {
    /// One imperative sentence.
    pub title: String,
    /// Not overlapping.
    pub edits: Vec<RawEdit>,
    /// Whether a machine may make it unasked.
    pub applicability: Applicability,
}

impl RawFix {
    /// A fix that replaces one range.
    #[must_use]
    pub fn replace(
        title: impl Into<String>,
        range: impl Ranged,
        content: impl Into<String>,
        applicability: Applicability,
    ) -> Self {
        let edits = vec![RawEdit { range: range.range(), content: content.into() }];
        Self { title: title.into(), edits, applicability }
    }

    /// A fix that adds a keyword argument to a call, or replaces its value when it is there.
    #[must_use]
    pub fn set_keyword(
        title: impl Into<String>,
        call: &ast::ExprCall,
        name: &str,
        value: &str,
        applicability: Applicability,
    ) -> Self {
        if let Some(keyword) = call.arguments.find_keyword(name) {
            return Self::replace(title, &keyword.value, value, applicability);
        }
        let last =
            call.arguments.args.iter().map(Ranged::end).chain(call.arguments.keywords.iter().map(Ranged::end)).max();
        let (at, comma) = match last {
            Some(end) => (end, ", "),
            None => (call.arguments.range().start() + TextSize::from(1), ""),
        };
        Self::replace(title, TextRange::empty(at), format!("{comma}{name}={value}"), applicability)
    }
}

/// A finding before it knows lines and fingerprint.
#[derive(Clone, Debug)]
pub struct RawFinding {
    /// The rule.
    pub rule: &'static Rule,
    /// The codes of other tools that this finding answers to.
    pub codes: &'static [&'static str],
    /// What is reported.
    pub range: TextRange,
    /// The statement around it: a suppression anywhere in it counts.
    pub statement: TextRange,
    /// Enclosing functions and classes.
    pub function: Option<String>,
    /// See [`seriema_finding::Finding`].
    pub severity: Severity,
    /// See [`seriema_finding::Finding`].
    pub confidence: Confidence,
    /// See [`seriema_finding::Finding`].
    pub persona: Persona,
    /// See [`seriema_finding::Finding`].
    pub cwe: Option<Cwe>,
    /// See [`seriema_finding::Finding`].
    pub message: String,
    /// Instead of the page's.
    pub description: Option<Cow<'static, str>>,
    /// Instead of the page's.
    pub impact: Option<Cow<'static, str>>,
    /// Instead of the page's.
    pub proof_of_concept: Option<Cow<'static, str>>,
    /// Instead of the page's.
    pub remedy: Option<Cow<'static, str>>,
    /// The edit.
    pub fix: Option<RawFix>,
    /// What must not be shown.
    pub secret: Option<seriema_finding::Secret>,
}

impl RawFinding {
    /// What a rule says of a place: as bad and as sure as the rule is, to everybody, and with the page's texts.
    #[must_use]
    pub fn new(rule: &'static Rule, range: TextRange, message: String) -> Self {
        Self {
            rule,
            codes: &[],
            range,
            statement: range,
            function: None,
            severity: rule.severity,
            confidence: rule.confidence,
            persona: Persona::Regular,
            cwe: None,
            message,
            description: None,
            impact: None,
            proof_of_concept: None,
            remedy: None,
            fix: None,
            secret: None,
        }
    }

    /// Sets the severity, where it differs from the rule's.
    pub fn severity(&mut self, severity: Severity) -> &mut Self {
        self.severity = severity;
        self
    }

    /// Sets the confidence, where it differs from the rule's.
    pub fn confidence(&mut self, confidence: Confidence) -> &mut Self {
        self.confidence = confidence;
        self
    }

    /// Sets from which persona on it is shown. In test code nothing is shown to the regular one.
    pub fn persona(&mut self, persona: Persona) -> &mut Self {
        self.persona = self.persona.max(persona);
        self
    }

    /// Sets the weakness, where it is more specific than the rule's first.
    pub fn cwe(&mut self, cwe: u16) -> &mut Self {
        self.cwe = Some(Cwe(cwe));
        self
    }

    /// Sets the proof of concept, where it can be made from the place.
    pub fn proof_of_concept(&mut self, text: impl Into<Cow<'static, str>>) -> &mut Self {
        self.proof_of_concept = Some(text.into());
        self
    }

    /// Sets the remedy, where it can be made from the place.
    pub fn remedy(&mut self, text: impl Into<Cow<'static, str>>) -> &mut Self {
        self.remedy = Some(text.into());
        self
    }

    /// Sets the fix.
    pub fn fix(&mut self, fix: RawFix) -> &mut Self {
        self.fix = Some(fix);
        self
    }
}

/// What a rule works with: the meaning of the current node, and where to report.
pub struct Checker<'c, 'a> {
    /// Names, constants, origins, ancestors.
    pub semantic: &'c Semantic<'a>,
    pub(crate) findings: &'c mut Vec<RawFinding>,
}

impl<'c, 'a> Checker<'c, 'a> {
    /// Reports something at the current node. `codes` are those of the rule's aliases that this finding answers to.
    /// The line of `place`'s start is the line of the finding.
    pub fn report(
        &mut self,
        rule: &'static Rule,
        codes: &'static [&'static str],
        place: impl Ranged,
        message: impl Into<String>,
    ) -> &mut RawFinding {
        let persona = if self.semantic.context.is_test { Persona::Pedantic } else { Persona::Regular };
        let range = place.range();
        let statement = self.statement_header(range);
        self.findings.push(RawFinding {
            codes,
            statement,
            function: self.semantic.qualified_scope(),
            persona,
            ..RawFinding::new(rule, range, message.into())
        });
        let last = self.findings.len() - 1;
        &mut self.findings[last]
    }

    /// What has been reported in this file so far, for a rule that refines or withdraws a finding of its own once it has
    /// seen more.
    pub fn findings(&mut self) -> &mut Vec<RawFinding> {
        self.findings
    }

    /// The statement that a suppression may be written on: of a compound statement its header, not its body.
    fn statement_header(&self, range: TextRange) -> TextRange {
        let Some(statement) = self.semantic.statement() else { return range };
        let body = match statement {
            ast::Stmt::FunctionDef(node) => node.body.first(),
            ast::Stmt::ClassDef(node) => node.body.first(),
            ast::Stmt::For(node) => node.body.first(),
            ast::Stmt::While(node) => node.body.first(),
            ast::Stmt::If(node) => node.body.first(),
            ast::Stmt::With(node) => node.body.first(),
            ast::Stmt::Try(_) | ast::Stmt::Match(_) => return range,
            _ => return statement.range().cover(range),
        };
        let Some(body) = body.filter(|body| range.start() < body.start()) else {
            // What stands below the header (an `elif` test, a `case`) has only itself.
            return range;
        };
        // The header ends with its line, comment included, unless the body follows on the same one.
        let start = statement.start().min(range.start());
        let header = self.semantic.text(TextRange::new(start, body.start()));
        let length = header.rfind('\n').unwrap_or(header.len());
        TextRange::at(start, TextSize::try_from(length).unwrap_or_default()).cover(range)
    }
}
