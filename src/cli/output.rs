//! Where results go, and in which face.

use std::collections::BTreeMap;
use std::io::Write;

use anyhow::Context as _;

use crate::cli::args::{Look, When};
use crate::io::{ColourWish, Screen, ScreenWish, Sink};
use crate::report::{Colour, Document, Glyphs, TextStyle, text};

/// How text is to look here, as `io::Screen` decides.
pub fn style(look: &Look, environment: &BTreeMap<String, String>) -> TextStyle {
    let colour = match look.color {
        When::Auto => ColourWish::Auto,
        When::Always => ColourWish::Always,
        When::Never => ColourWish::Never,
    };
    let sink = if look.output.is_some() { Sink::File } else { Sink::Output };
    let screen = Screen::of(sink, ScreenWish { colour, width: look.width }, environment);
    TextStyle {
        width: screen.width,
        colour: if screen.is_coloured { Colour::Ansi } else { Colour::Never },
        glyphs: if screen.is_unicode { Glyphs::Unicode } else { Glyphs::Ascii },
    }
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
