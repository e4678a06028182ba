//! Without a command: what can be done, and what can be seen from here.

use crate::cli::exit::Outcome;
use crate::cli::input;
use crate::cli::run::Run;
use crate::io::{CollectOptions, Silent, collect};
use crate::report::{Document, Part, Run as Words, Tone, coverage};

/// Five commands to begin with.
const COMMANDS: [(&str, &str); 5] = [
    ("pgsextant demo", "all of it on a throwaway server, in about a minute"),
    ("pgsextant advise DSN", "the indexes to build, ranked, with gain, price and undo"),
    ("pgsextant plan FILE", "what is wrong in one EXPLAIN document"),
    ("pgsextant capture DSN --out DIR", "schema, statistics and workload in a folder; no rows"),
    ("pgsextant advise --from DIR", "advice from a capture, without a server"),
];

/// Shows five commands and, where the environment names a server, what can be seen of it.
pub fn hello(run: &Run) -> anyhow::Result<Outcome> {
    let facts = COMMANDS
        .iter()
        .map(|(command, what)| ((*command).to_owned(), vec![Words::plain(*what)]))
        .collect();
    let mut parts = vec![Part::Facts(facts)];
    if names_a_server(run) {
        parts.push(Part::Gap);
        parts.push(Part::Paragraph(seen(run)));
    } else {
        parts.push(Part::Gap);
        parts.push(Part::Paragraph(vec![Words::new(
            "No server is named by PGHOST, PGDATABASE, PGSERVICE or DATABASE_URL.",
            Tone::Dim,
        )]));
    }
    let title = format!("pgsextant {}: which indexes, and why", env!("CARGO_PKG_VERSION"));
    run.write_text(&Document { title, parts })?;
    Ok(Outcome::Fine)
}

fn names_a_server(run: &Run) -> bool {
    ["PGHOST", "PGHOSTADDR", "PGPORT", "PGDATABASE", "PGSERVICE", "PGUSER", "DATABASE_URL"]
        .iter()
        .any(|name| run.environment.get(*name).is_some_and(|it| !it.is_empty()))
}

/// One sentence about the server that the environment names; an error is a sentence too.
fn seen(run: &Run) -> Vec<Words> {
    let looked = run.wait(async {
        let session = input::connect(&input::target(None)?).await?;
        anyhow::Ok(collect(&session, &CollectOptions::default(), &Silent).await?)
    });
    match looked {
        Ok(capture) => {
            let server = &capture.server;
            let place = if server.standby { "standby" } else { "primary" };
            vec![
                Words::plain(format!(
                    "The environment names database {} on a {place} of version {}, seen as role \
                     {}: {}. ",
                    server.database.as_str(),
                    server.version,
                    server.role.as_str(),
                    coverage(&capture),
                )),
                Words::plain("Run "),
                Words::new("pgsextant advise", Tone::Name),
                Words::plain("."),
            ]
        }
        Err(error) => vec![
            Words::plain("The environment names a server, but: "),
            Words::new(format!("{error:#}"), Tone::Warn),
        ],
    }
}
