//! `--report FORMAT=FILE`: reports beside the page, or in its place.
//!
//! A file gets its name when it is whole; one of that name is replaced, as a job that runs again wants it. Must not do:
//! write over what was read, or leave half a report.

use std::io::{BufWriter, Write};
use std::path::{Path, PathBuf};

use mlx5_schemas::model::report::CheckReport;

use super::CheckArgs;
use super::import::{folder, pending_in};
use crate::report::{Format, Judgement, render};

/// The name that means standard output.
pub(super) const STDOUT: &str = "-";

/// One report to write.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ReportTo {
    /// In which format.
    pub format: Format,
    /// Where to; `-` is standard output.
    pub file: PathBuf,
}

impl ReportTo {
    /// Reads `FORMAT=FILE`.
    ///
    /// # Errors
    /// When it is something else.
    pub fn parse(text: &str) -> Result<Self, String> {
        let words: Vec<&str> = Format::ALL.map(Format::word).to_vec();
        let formats = words.join(", ");
        let (word, file) = text
            .split_once('=')
            .ok_or_else(|| format!("it is FORMAT=FILE, with one of the formats {formats}"))?;
        let format = Format::ALL
            .into_iter()
            .find(|format| format.word() == word)
            .ok_or_else(|| format!("{word} is no format; the formats are {formats}"))?;
        if file.is_empty() {
            return Err(format!("no file is named for {word}; - is standard output"));
        }
        Ok(Self { format, file: file.into() })
    }

    fn is_stdout(&self) -> bool {
        self.file == Path::new(STDOUT)
    }
}

/// The format of standard output in place of the page, where one is asked for.
///
/// # Errors
/// When the arguments contradict each other, or a report would take the place of what is read.
pub(super) fn on_stdout(args: &CheckArgs) -> Result<Option<Format>, String> {
    let mut chosen: Vec<(String, Format)> = args
        .reports
        .iter()
        .filter(|report| report.is_stdout())
        .map(|report| (format!("--report {}=-", report.format.word()), report.format))
        .collect();
    chosen.extend(args.oneline.then(|| ("--oneline".to_owned(), Format::Oneline)));
    if args.common.format == super::Format::Json {
        chosen.push(("--format json".to_owned(), Format::Json));
    }
    if let [(first, _), (second, _), ..] = chosen.as_slice() {
        return Err(format!("{first} and {second} cannot both go to standard output; name a file for one"));
    }
    let read: Vec<PathBuf> = args
        .bundles
        .iter()
        .chain(&args.judging.baselines)
        .chain(&args.judging.waivers)
        .chain(&args.common.allowed_signers)
        .filter_map(|path| path.canonicalize().ok())
        .collect();
    for (place, report) in args.reports.iter().enumerate().filter(|(_, report)| !report.is_stdout()) {
        let shown = report.file.display();
        if report.file.canonicalize().is_ok_and(|path| read.contains(&path)) {
            return Err(format!("{shown} is read: a report would take its place; name another file"));
        }
        if args.reports.iter().take(place).any(|other| other.file == report.file) {
            return Err(format!("two reports cannot both be written to {shown}"));
        }
    }
    Ok(chosen.first().map(|(_, format)| *format))
}

/// Writes the files; says of each that could not be written why.
pub(super) fn write_files(args: &CheckArgs, judgement: &Judgement<'_>) -> Vec<String> {
    let files = args.reports.iter().filter(|report| !report.is_stdout());
    files.filter_map(|report| write_file(report, judgement).err()).collect()
}

fn write_file(report: &ReportTo, judgement: &Judgement<'_>) -> Result<(), String> {
    let shown = report.file.display();
    let cannot = |error: std::io::Error| {
        format!("{shown}: the {} report cannot be written: {error}", report.format.word())
    };
    if report.file.is_dir() {
        return Err(format!(
            "{shown}: the {} report cannot be written: it is a folder",
            report.format.word()
        ));
    }
    let file = pending_in(folder(&report.file)).map_err(cannot)?;
    let mut out = BufWriter::new(file);
    render(report.format, judgement, &mut out).map_err(cannot)?;
    let file = out.into_inner().map_err(|error| cannot(error.into_error()))?;
    file.as_file().sync_all().map_err(cannot)?;
    file.persist(&report.file).map_err(|error| cannot(error.error))?;
    Ok(())
}

/// What goes to standard output in that format.
pub(super) fn text(format: Format, judgement: &Judgement<'_>) -> Result<String, String> {
    let mut bytes = Vec::new();
    render(format, judgement, &mut bytes)
        .and_then(|()| bytes.flush())
        .map_err(|error| format!("the {} report cannot be made: {error}", format.word()))?;
    String::from_utf8(bytes).map_err(|error| format!("the {} report is no text: {error}", format.word()))
}

/// What stderr is told besides, where standard output is a report of another form: the page tells troubles itself.
pub(super) fn troubles(report: &CheckReport, page: bool) -> Vec<String> {
    if page { Vec::new() } else { report.troubles.clone() }
}
