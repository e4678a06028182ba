//! Where results go, and in which face.

use std::collections::BTreeMap;
use std::io::{IsTerminal, Write};

use anyhow::Context as _;

use crate::cli::args::{Look, When};
use crate::report::{Colour, Document, TextStyle, text};

/// Columns where there is no terminal to ask.
const WIDTH_DEFAULT: usize = 80;

/// How text is to look here.
pub fn style(look: &Look, environment: &BTreeMap<String, String>) -> TextStyle {
    let to_terminal = look.output.is_none() && std::io::stdout().is_terminal();
    let is_set = |name: &str| environment.get(name).is_some_and(|it| !it.is_empty());
    let forced = environment.get("CLICOLOR_FORCE").is_some_and(|it| !it.is_empty() && it != "0");
    let coloured = match look.color {
        When::Always => true,
        When::Never => false,
        When::Auto => forced || (to_terminal && !is_set("NO_COLOR")),
    };
    let terminal_width = || {
        let size = rustix::termios::tcgetwinsize(std::io::stdout()).ok()?;
        (size.ws_col > 0).then_some(usize::from(size.ws_col))
    };
    let width = look
        .width
        .or_else(|| if to_terminal { terminal_width() } else { None })
        .unwrap_or(WIDTH_DEFAULT);
    TextStyle { width, colour: if coloured { Colour::Ansi } else { Colour::Never } }
}

/// Writes a result to the file that was asked for, else to standard output.
pub fn write(look: &Look, result: &str) -> anyhow::Result<()> {
    match &look.output {
        Some(path) => std::fs::write(path, result)
            .with_context(|| format!("could not write {}", path.display())),
        None => write_to_stdout(result),
    }
}

/// A reader that went away (`| head`) is not an error.
fn write_to_stdout(result: &str) -> anyhow::Result<()> {
    let mut out = std::io::stdout().lock();
    match out.write_all(result.as_bytes()).and_then(|()| out.flush()) {
        Err(error) if error.kind() == std::io::ErrorKind::BrokenPipe => Ok(()),
        other => other.context("could not write to standard output"),
    }
}

/// Writes a document as text.
pub fn write_text(
    look: &Look,
    environment: &BTreeMap<String, String>,
    document: &Document,
) -> anyhow::Result<()> {
    write(look, &text(document, style(look, environment)))
}
