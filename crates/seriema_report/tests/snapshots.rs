//! What each format looks like, on a report with one of everything. `cargo insta review` shows what changed.

mod common;

use seriema_report::{Detail, Format, TextOptions, render};

fn write(format: Format, sample: &common::Sample, options: &TextOptions) -> String {
    let mut out = Vec::new();
    render(format, &sample.report(), options, &mut out).expect("a vector takes everything");
    String::from_utf8(out).expect("UTF-8")
}

fn plain(format: Format) -> String {
    write(format, &common::sample(), &TextOptions::default())
}

fn text(options: TextOptions) -> String {
    write(Format::Text, &common::sample(), &options)
}

#[test]
fn text_at_80_columns() {
    insta::assert_snapshot!(text(TextOptions { statistics: true, ..TextOptions::default() }));
}

#[test]
fn text_at_120_columns_verbose() {
    insta::assert_snapshot!(text(TextOptions { width: 120, detail: Detail::Verbose, ..TextOptions::default() }));
}

#[test]
fn text_in_ascii_at_40_columns() {
    insta::assert_snapshot!(text(TextOptions { width: 40, unicode: false, ..TextOptions::default() }));
}

#[test]
fn text_quiet() {
    insta::assert_snapshot!(text(TextOptions { detail: Detail::Quiet, ..TextOptions::default() }));
}

#[test]
fn text_in_color() {
    let colored = text(TextOptions { color: true, width: 100, ..TextOptions::default() });
    insta::assert_snapshot!(colored.replace('\u{1b}', "␛"));
}

#[test]
fn text_of_a_clean_project() {
    insta::assert_snapshot!(write(Format::Text, &common::clean(), &TextOptions::default()));
}

#[test]
fn text_without_findings_of_a_project_that_could_not_be_read_wholly() {
    let mut sample = common::clean();
    sample.diagnostics = common::sample().diagnostics;
    insta::assert_snapshot!(write(Format::Text, &sample, &TextOptions::default()));
}

#[test]
fn json() {
    insta::assert_snapshot!(plain(Format::Json));
}

#[test]
fn sarif() {
    insta::assert_snapshot!(plain(Format::Sarif));
}

#[test]
fn markdown() {
    insta::assert_snapshot!(plain(Format::Markdown));
}

#[test]
fn markdown_of_a_clean_project() {
    insta::assert_snapshot!(write(Format::Markdown, &common::clean(), &TextOptions::default()));
}

#[test]
fn github() {
    insta::assert_snapshot!(plain(Format::Github));
}

#[test]
fn gitlab() {
    insta::assert_snapshot!(plain(Format::Gitlab));
}

#[test]
fn gitlab_sast() {
    insta::assert_snapshot!(plain(Format::GitlabSast));
}

#[test]
fn junit() {
    insta::assert_snapshot!(plain(Format::Junit));
}

#[test]
fn junit_of_a_clean_project() {
    insta::assert_snapshot!(write(Format::Junit, &common::clean(), &TextOptions::default()));
}

#[test]
fn csv() {
    insta::assert_snapshot!(plain(Format::Csv).replace("\r\n", "\n"));
}

fn of_packages(format: Format, options: &TextOptions) -> String {
    write(format, &common::packages(), options)
}

#[test]
fn packages_as_text_at_100_columns() {
    insta::assert_snapshot!(of_packages(Format::Text, &TextOptions { width: 100, ..TextOptions::default() }));
}

#[test]
fn packages_as_text_at_60_columns() {
    insta::assert_snapshot!(of_packages(Format::Text, &TextOptions { width: 60, ..TextOptions::default() }));
}

#[test]
fn packages_as_markdown() {
    insta::assert_snapshot!(of_packages(Format::Markdown, &TextOptions::default()));
}

#[test]
fn packages_as_json() {
    insta::assert_snapshot!(of_packages(Format::Json, &TextOptions::default()));
}

#[test]
fn packages_as_cyclonedx() {
    insta::assert_snapshot!(of_packages(Format::CycloneDx, &TextOptions::default()));
}

#[test]
fn packages_as_spdx() {
    insta::assert_snapshot!(of_packages(Format::Spdx, &TextOptions::default()));
}

#[test]
fn packages_as_openvex() {
    insta::assert_snapshot!(of_packages(Format::OpenVex, &TextOptions::default()));
}
