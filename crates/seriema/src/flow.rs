//! `seriema flow`

use std::io::{self, BufWriter, Write};
use std::path::{Path, PathBuf};

use anyhow::{Result, anyhow, bail};
use serde_json::{Value, json};
use seriema_audit::{Answer, Giver, Origin, OriginKind, Place, Question, Sink, TargetKind, Told, Untold, ask};
use seriema_finding::Persona;
use seriema_report::visible_line;
use seriema_workspace::SourceFile;

use crate::cli::{AnswerFormat, FlowArgs, ReportArgs};
use crate::config::Wanted;
use crate::progress::Progress;
use crate::{Exit, config, setup};

/// Expressions of a longer text are cut.
const MAX_SOURCE: usize = 80;

pub(crate) fn run(args: &FlowArgs) -> Result<Exit> {
    let cwd = setup::cwd()?;
    let (file, line, column) = place(&args.place)?;
    let file = existing(&cwd, Path::new(file))?;
    let audit = ReportArgs {
        // Without a project, the one around the file.
        paths: if args.paths.is_empty() && !file.starts_with(&cwd) { project(&cwd, &file) } else { args.paths.clone() },
        exclude: args.exclude.clone(),
        config: args.config.clone(),
        no_config: args.no_config,
        threads: args.threads,
        ..ReportArgs::default()
    };
    setup::on_pool(args.threads, || answer(args, &audit, &cwd, &file, line, column))?
}

/// `FILE:LINE` or `FILE:LINE:COLUMN`.
fn place(text: &str) -> Result<(&str, u32, Option<u32>)> {
    let wrong = || anyhow!("`{text}` is no place: say FILE:LINE or FILE:LINE:COLUMN");
    let (before, last) = text.rsplit_once(':').ok_or_else(wrong)?;
    let last: u32 = last.parse().map_err(|_| wrong())?;
    let (file, line, column) = match before.rsplit_once(':').map(|(file, line)| (file, line.parse::<u32>())) {
        Some((file, Ok(line))) => (file, line, Some(last)),
        _ => (before, last, None),
    };
    if file.is_empty() || line == 0 || column == Some(0) {
        bail!("`{text}` is no place: lines and columns are counted from 1");
    }
    Ok((file, line, column))
}

fn existing(cwd: &Path, file: &Path) -> Result<PathBuf> {
    let shown = visible_line(&file.to_string_lossy()).into_owned();
    let path = cwd.join(file);
    if path.is_dir() {
        bail!("{shown} is a directory; name a file and a line in it");
    }
    let path = path.canonicalize().map_err(|_| anyhow!("there is no file `{shown}`"))?;
    // What has no ending may be a script: its first line says so.
    if path.extension().is_some_and(|end| ["py", "pyi", "pyw", "ipynb"].iter().all(|it| !end.eq_ignore_ascii_case(it)))
    {
        bail!("{shown} is not Python: its name does not end in `.py`");
    }
    Ok(path)
}

/// The directory to analyse for a file that lies elsewhere.
fn project(cwd: &Path, file: &Path) -> Vec<PathBuf> {
    vec![seriema_workspace::choose_root(cwd, &[file.to_path_buf()])]
}

/// The whole program, without what its files say beside it.
const WANTED: Wanted =
    Wanted { include_stubs: false, code: true, flow: true, threat: None, secrets: false, texts: false };

fn answer(
    args: &FlowArgs,
    audit: &ReportArgs,
    cwd: &Path,
    path: &Path,
    line: u32,
    column: Option<u32>,
) -> Result<Exit> {
    let run = config::prepare(audit, WANTED, cwd)?;
    let file = find(&run.discovery.files, path, args)?;
    let progress = Progress::new(run.discovery.files.len(), args.format == AnswerFormat::Text);
    let told = ask(&run.discovery.files, &run.settings, Question { file, line, column }, &|| progress.step());
    progress.finish();
    let name = visible_line(&file.relative).into_owned();
    let told = told.map_err(|untold| match untold {
        Untold::Unreadable => anyhow!("{name} cannot be read or is too large to be analysed"),
        Untold::Notebook => {
            anyhow!("{name} is a notebook: its lines are those of its cells, and cannot be asked about")
        }
        Untold::NoLine(lines) => anyhow!("{name} has {lines} lines; there is no line {line}"),
        Untold::NoColumn(count) => {
            anyhow!("line {line} of {name} has {count} characters; there is no column {}", column.unwrap_or_default())
        }
        Untold::NoExpression => anyhow!("there is no expression on line {line} of {name}"),
        Untold::Model(error) => anyhow!("no data was followed: {error}"),
    })?;
    let persona = args.persona.unwrap_or(run.settings.tree.root().persona.value);
    let mut out = BufWriter::new(io::stdout().lock());
    match args.format {
        AnswerFormat::Text => text(&told, persona, &mut out)?,
        AnswerFormat::Json => {
            serde_json::to_writer_pretty(&mut out, &document(&told, persona))?;
            writeln!(out)?;
        }
    }
    out.flush()?;
    Ok(Exit::Clean)
}

fn find<'f>(files: &'f [SourceFile], path: &Path, args: &FlowArgs) -> Result<&'f SourceFile> {
    let is =
        |file: &&SourceFile| file.absolute == path || file.absolute.canonicalize().is_ok_and(|other| other == path);
    let shown = visible_line(&path.to_string_lossy()).into_owned();
    if let Some(file) = files.iter().find(|file| file.absolute == path).or_else(|| files.iter().find(is)) {
        return Ok(file);
    }
    let around = if args.paths.is_empty() { "the project" } else { "what was named beside it" };
    bail!("{shown} is not among the {} files of {around}; `seriema audit --explain-files` says why", files.len())
}

/// Whether somebody is shown what is meant for others too, and if not, for whom it is.
fn hidden(persona: Persona, of: Persona) -> String {
    if of <= persona { String::new() } else { format!(" (only shown to the persona {of})") }
}

fn text(told: &Told, persona: Persona, out: &mut dyn Write) -> io::Result<()> {
    for (number, answer) in told.answers.iter().enumerate() {
        if number > 0 {
            writeln!(out)?;
        }
        one(told, answer, persona, out)?;
    }
    if !told.patterns.is_empty() {
        writeln!(out, "\nBy the look of the code alone:")?;
    }
    for finding in &told.patterns {
        let (path, line) = (visible_line(&finding.location.path), finding.location.start.line);
        let suppressed = if finding.suppression.is_some() { " (suppressed)" } else { "" };
        let whom = hidden(persona, finding.persona);
        writeln!(
            out,
            "  {} at {path}:{line}{suppressed}{whom}: {}",
            finding.rule.slug,
            visible_line(&finding.message)
        )?;
    }
    Ok(())
}

fn one(told: &Told, answer: &Answer, persona: Persona, out: &mut dyn Write) -> io::Result<()> {
    let around = answer.function.as_ref().map(|name| format!("  in `{name}`")).unwrap_or_default();
    let (path, line) = (visible_line(&answer.place.path), answer.place.line);
    writeln!(out, "{path}:{line}:{}  {}{around}", told.column(answer), visible_line(&cut(&told.source(answer))))?;
    if !answer.reached {
        return if answer.bounded {
            writeln!(out, "  the analysis does not get here: the code is dead, or a bound was hit before")
        } else {
            writeln!(out, "  the analysis never gets here: the code is dead")
        };
    }
    if let Some(value) = &answer.value {
        writeln!(out, "  is       {}", visible_line(value))?;
    }
    for target in &answer.callees {
        match target.kind {
            TargetKind::Project => writeln!(out, "  calls    `{}`", target.name)?,
            TargetKind::Library => writeln!(out, "  calls    `{}`, of a library", target.name)?,
            TargetKind::Given => writeln!(out, "  calls    `{}`, which callers decide", target.name)?,
            TargetKind::Unknown if target.name.is_empty() => writeln!(out, "  calls    nobody knows what")?,
            TargetKind::Unknown => writeln!(out, "  calls    `{}`, which nobody knows", target.name)?,
        }
    }
    if answer.origins.is_empty() {
        writeln!(out, "  data     nothing of others")?;
    }
    for origin in &answer.origins {
        let part = if origin.part.is_empty() { String::new() } else { format!("{}: ", origin.part) };
        write_origin(origin, &format!("  data     {part}"), 4, out)?;
    }
    for sink in &answer.sinks {
        write_sink(sink, "sink", persona, out)?;
    }
    for sink in &answer.onward {
        write_sink(sink, "reaches", persona, out)?;
    }
    if answer.bounded {
        writeln!(out, "  bound    the function was cut short: what is said here may lack something")?;
    }
    verdict(answer, persona, out)
}

fn verdict(answer: &Answer, persona: Persona, out: &mut dyn Write) -> io::Result<()> {
    if answer.findings.is_empty() {
        let why = if !answer.sinks.is_empty() {
            "see the reasons above"
        } else if answer.origins.is_empty() {
            "nothing of others is here"
        } else if !answer.onward.is_empty() {
            "this is no sink; see what becomes of it above"
        } else {
            "this is no sink, and what is here gets into none in this function"
        };
        return writeln!(out, "  finding  none of a flow: {why}");
    }
    for (rule, of, end) in &answer.findings {
        let at = format!("{}:{}", visible_line(&end.path), end.line);
        writeln!(out, "  finding  {rule} at {at}{}", hidden(persona, *of))?;
    }
    Ok(())
}

fn write_origin(origin: &Origin, lead: &str, indent: usize, out: &mut dyn Write) -> io::Result<()> {
    let mut notes = origin.notes.clone();
    if let OriginKind::Source(kind) = origin.kind {
        notes.insert(0, kind.to_string());
    }
    let notes = if notes.is_empty() { String::new() } else { format!(" ({})", notes.join("; ")) };
    writeln!(out, "{lead}{}{}", visible_line(&origin.name), visible_line(&notes))?;
    let pad = " ".repeat(indent);
    for step in &origin.steps {
        write_place(step, &pad, out)?;
    }
    for place in &origin.cleaned_by {
        writeln!(out, "{pad}{} in line {}", visible_line(&place.message), place.line)?;
    }
    for place in &origin.unresolved {
        writeln!(out, "{pad}went through a call in line {}: {}", place.line, visible_line(&place.message))?;
    }
    if origin.entry {
        writeln!(out, "{pad}the function is called from outside")?;
    }
    for giver in &origin.givers {
        write_giver(giver, indent, out)?;
    }
    if origin.more {
        writeln!(out, "{pad}and more that was not followed")?;
    } else if origin.givers.is_empty() && !origin.entry {
        match origin.kind {
            OriginKind::Parameter => writeln!(out, "{pad}nothing in the project is seen to call the function")?,
            OriginKind::Variable => writeln!(out, "{pad}nothing of others is written to it")?,
            _ => {}
        }
    }
    Ok(())
}

fn write_giver(giver: &Giver, indent: usize, out: &mut dyn Write) -> io::Result<()> {
    let pad = " ".repeat(indent);
    let value = match &giver.value {
        Some(value) if giver.origins.is_empty() => format!(": {}", visible_line(value)),
        None if giver.origins.is_empty() => ": nothing of others".to_owned(),
        _ => String::new(),
    };
    let (path, line) = (visible_line(&giver.place.path), giver.place.line);
    writeln!(out, "{pad}{path}:{line}  {}{value}", visible_line(&giver.place.message))?;
    for origin in &giver.origins {
        write_origin(origin, &" ".repeat(indent + 2), indent + 4, out)?;
    }
    Ok(())
}

fn write_place(place: &Place, pad: &str, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "{pad}{}:{}  {}", visible_line(&place.path), place.line, visible_line(&place.message))
}

fn write_sink(sink: &Sink, word: &str, persona: Persona, out: &mut dyn Write) -> io::Result<()> {
    let through = match &sink.through {
        Some((name, call)) => format!(", by way of `{name}` in line {}", call.line),
        None => String::new(),
    };
    let (path, line) = (visible_line(&sink.place.path), sink.place.line);
    writeln!(out, "  {word:<8} `{}` at {path}:{line} {}{through}", visible_line(&sink.callee), sink.place.message)?;
    for (rule, of) in &sink.reported {
        writeln!(out, "    reported: {rule}{}", hidden(persona, *of))?;
    }
    for reason in &sink.reasons {
        writeln!(out, "    not reported: {}", visible_line(reason))?;
    }
    Ok(())
}

fn cut(text: &str) -> String {
    if text.chars().count() <= MAX_SOURCE {
        return text.to_owned();
    }
    let short: String = text.chars().take(MAX_SOURCE).collect();
    format!("{short}...")
}

fn document(told: &Told, persona: Persona) -> Value {
    let answers: Vec<Value> = told
        .answers
        .iter()
        .map(|answer| {
            json!({
                "path": answer.place.path,
                "line": answer.place.line,
                "column": told.column(answer),
                "source": told.source(answer),
                "function": answer.function,
                "reached": answer.reached,
                "bounded": answer.bounded,
                "value": answer.value,
                "calls": answer.callees.iter().map(|target| json!({
                    "name": target.name,
                    "kind": target.kind.as_str(),
                })).collect::<Vec<_>>(),
                "data": answer.origins.iter().map(of_origin).collect::<Vec<_>>(),
                "sinks": answer.sinks.iter().map(|sink| of_sink(sink, persona)).collect::<Vec<_>>(),
                "reaches": answer.onward.iter().map(|sink| of_sink(sink, persona)).collect::<Vec<_>>(),
                "findings": answer.findings.iter().map(|(rule, of, end)| json!({
                    "rule": rule,
                    "persona": of.to_string(),
                    "shown": *of <= persona,
                    "path": end.path,
                    "line": end.line,
                    "message": end.message,
                })).collect::<Vec<_>>(),
            })
        })
        .collect();
    let patterns: Vec<Value> = told
        .patterns
        .iter()
        .map(|finding| {
            json!({
                "rule": finding.rule.slug,
                "persona": finding.persona.to_string(),
                "shown": finding.persona <= persona && finding.suppression.is_none(),
                "suppressed": finding.suppression.is_some(),
                "path": finding.location.path,
                "line": finding.location.start.line,
                "message": finding.message,
            })
        })
        .collect();
    json!({ "schema": 1, "persona": persona.to_string(), "expressions": answers, "patterns": patterns })
}

fn of_place(place: &Place) -> Value {
    json!({ "path": place.path, "line": place.line, "message": place.message })
}

fn of_origin(origin: &Origin) -> Value {
    let (kind, source) = match origin.kind {
        OriginKind::Source(kind) => ("source", Some(kind.as_str())),
        OriginKind::Parameter => ("parameter", None),
        OriginKind::Variable => ("variable", None),
        OriginKind::Result => ("result", None),
    };
    json!({
        "part": origin.part,
        "kind": kind,
        "source": source,
        "name": origin.name,
        "notes": origin.notes,
        "clean_for": origin.cleaned.iter().map(|kind| kind.as_str()).collect::<Vec<_>>(),
        "cleaned_by": origin.cleaned_by.iter().map(of_place).collect::<Vec<_>>(),
        "unresolved": origin.unresolved.iter().map(of_place).collect::<Vec<_>>(),
        "steps": origin.steps.iter().map(of_place).collect::<Vec<_>>(),
        "called_from_outside": origin.entry,
        "given_by": origin.givers.iter().map(|giver| json!({
            "place": of_place(&giver.place),
            "value": giver.value,
            "data": giver.origins.iter().map(of_origin).collect::<Vec<_>>(),
        })).collect::<Vec<_>>(),
        "more": origin.more,
    })
}

fn of_sink(sink: &Sink, persona: Persona) -> Value {
    json!({
        "kind": sink.kind.as_str(),
        "callee": sink.callee,
        "place": of_place(&sink.place),
        "through": sink.through.as_ref().map(|(name, call)| json!({ "function": name, "call": of_place(call) })),
        "reported": sink.reported.iter().map(|(rule, of)| json!({
            "rule": rule,
            "persona": of.to_string(),
            "shown": *of <= persona,
        })).collect::<Vec<_>>(),
        "not_reported": sink.reasons,
    })
}

#[cfg(test)]
mod tests {
    use super::place;

    #[test]
    fn places_are_read_from_the_end() {
        assert_eq!(place("a.py:3").expect("a place"), ("a.py", 3, None));
        assert_eq!(place("a.py:3:7").expect("a place"), ("a.py", 3, Some(7)));
        assert_eq!(place("C:\\a.py:3").expect("a place"), ("C:\\a.py", 3, None));
        for wrong in ["a.py", "a.py:", "a.py:x", ":3", "a.py:0", "a.py:3:0"] {
            assert!(place(wrong).is_err(), "{wrong}");
        }
    }
}
