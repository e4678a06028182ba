//! A day of the shop: the workload, played through one session as an application would.
//!
//! Values are bound as text by the extended protocol. Refuses to change anything for good but
//! what its blocks say.

use std::collections::{BTreeMap, BTreeSet};
use std::error::Error;
use std::time::{Duration, Instant};

use tokio_postgres::types::{FromSql, ToSql, Type};
use tokio_postgres::{Client, Row, SimpleQueryMessage, Statement};

use crate::io::{Progress, TextValue};

use super::measure::{exists, processor_time};
use super::server::{connect, send};
use super::{APPLICATION, Block, DemoError, DemoServer, Occasion, Reading};

/// Values for the parameters of one execution.
type Values = Vec<TextValue>;

/// A workload with the values of its parameters.
#[derive(Debug)]
pub struct Day<'a> {
    server: &'a DemoServer,
    blocks: &'a [Block],
    /// For each block the rows of its params, none where it takes no parameters.
    values: Vec<Vec<Values>>,
}

/// How much of a day to play.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DayOptions<'a> {
    /// What it is called.
    pub doing: &'a str,
    /// At most so many executions of one block.
    pub calls_max: u32,
    /// Only these blocks and those that they follow; all when there are none.
    pub only: BTreeSet<String>,
}

impl<'a> DayOptions<'a> {
    /// All of it.
    pub fn whole(doing: &'a str) -> Self {
        Self { doing, calls_max: u32::MAX, only: BTreeSet::new() }
    }
}

/// What a day did.
#[derive(Debug, Clone, PartialEq)]
pub struct Played {
    /// Executions.
    pub executions: u64,
    /// By the clock, connecting included.
    pub elapsed: Duration,
    /// Processor time of the whole server; `None` where the system does not tell.
    pub processor: Option<Duration>,
    /// What each statement did.
    pub statements: Reading,
}

/// How long a server may take to end a session.
const ENDING_PATIENCE: Duration = Duration::from_secs(5);

impl<'a> Day<'a> {
    /// Asks for the values of all parameters; nothing of this counts as workload.
    pub async fn plan(server: &'a DemoServer, blocks: &'a [Block]) -> Result<Self, DemoError> {
        let mut values = Vec::with_capacity(blocks.len());
        for block in blocks {
            values.push(match &block.occasion {
                Occasion::Calls { params: Some(query), .. } => {
                    rows_of(server.owner(), block, query).await?
                }
                Occasion::Calls { .. } | Occasion::Each { .. } => Vec::new(),
            });
        }
        Ok(Self { server, blocks, values })
    }

    /// Plays it.
    pub async fn play(
        &self,
        options: &DayOptions<'_>,
        progress: &dyn Progress,
    ) -> Result<Played, DemoError> {
        let wanted = self.wanted(&options.only);
        let calls = wanted.iter().filter_map(|it| self.blocks[*it].calls());
        let steps = calls.map(|it| u64::from(it.min(options.calls_max))).sum();
        progress.begin(options.doing, steps);
        let earlier = self.server.reading().await?;
        let processor_before = self.server.process().and_then(processor_time);
        let begun = Instant::now();
        let client = connect(&self.server.application()).await?;
        let stage = Stage::set(self.blocks, wanted, &client).await?;
        let mut executions = 0;
        for position in stage.firsts() {
            let calls = self.blocks[position].calls().unwrap_or(0).min(options.calls_max);
            for turn in 0..calls as usize {
                let rows = &self.values[position];
                let values = rows.get(turn % rows.len().max(1)).cloned().unwrap_or_default();
                executions += stage.execute(position, values).await?;
                progress.step();
            }
        }
        drop(stage);
        self.part(client).await?;
        let elapsed = begun.elapsed();
        let processor = self.server.process().and_then(processor_time);
        Ok(Played {
            executions,
            elapsed,
            processor: processor.zip(processor_before).map(|(now, then)| now.saturating_sub(then)),
            statements: self.server.reading().await?.since(&earlier),
        })
    }

    /// Positions of the blocks to play.
    fn wanted(&self, only: &BTreeSet<String>) -> BTreeSet<usize> {
        if only.is_empty() {
            return (0..self.blocks.len()).collect();
        }
        let position = |name: &str| self.blocks.iter().position(|it| it.name == name);
        let mut open: Vec<usize> = only.iter().filter_map(|it| position(it)).collect();
        let mut wanted = BTreeSet::new();
        while let Some(next) = open.pop() {
            if wanted.insert(next) {
                open.extend(self.blocks[next].parent().and_then(position));
            }
        }
        wanted
    }

    /// Ends the session and waits until the server has accounted for its process.
    async fn part(&self, client: Client) -> Result<(), DemoError> {
        let query = include_str!("../queries/own/demo_sessions.sql");
        let doing = "end the session";
        let superuser = self.server.superuser();
        let rows = superuser.query(query, &[&APPLICATION]).await;
        let rows = rows.map_err(|error| DemoError::server(doing, &error))?;
        let processes: Vec<u32> =
            rows.iter().filter_map(|it| u32::try_from(it.get::<_, i64>("pid")).ok()).collect();
        drop(client);
        let ended = async {
            while processes.iter().any(|it| exists(*it)) {
                tokio::time::sleep(Duration::from_millis(2)).await;
            }
        };
        let waited = tokio::time::timeout(ENDING_PATIENCE, ended).await;
        waited.map_err(|_| DemoError::Server {
            doing: doing.to_owned(),
            why: format!("it is still there after {} s", ENDING_PATIENCE.as_secs()),
        })
    }
}

/// The rows of a params query, as text.
async fn rows_of(owner: &Client, block: &Block, query: &str) -> Result<Vec<Values>, DemoError> {
    let answered = owner.simple_query(query).await.map_err(|error| {
        let why = format!("params of {}: {}", block.name, DemoError::server("ask", &error));
        DemoError::Line { file: "workload.sql", line: block.line, why }
    })?;
    let rows: Vec<Values> = answered
        .iter()
        .filter_map(|it| match it {
            SimpleQueryMessage::Row(row) => Some(row),
            _ => None,
        })
        .map(|row| (0..row.len()).map(|at| TextValue(row.get(at).map(ToOwned::to_owned))).collect())
        .collect();
    if rows.is_empty() {
        let why = format!("params of {} gives no row", block.name);
        return Err(DemoError::Line { file: "workload.sql", line: block.line, why });
    }
    Ok(rows)
}

/// A session with the day's statements prepared.
struct Stage<'a> {
    blocks: &'a [Block],
    client: &'a Client,
    prepared: BTreeMap<usize, Statement>,
    followers: BTreeMap<usize, Vec<usize>>,
}

impl<'a> Stage<'a> {
    async fn set(
        blocks: &'a [Block],
        wanted: BTreeSet<usize>,
        client: &'a Client,
    ) -> Result<Self, DemoError> {
        let mut prepared = BTreeMap::new();
        let mut followers: BTreeMap<usize, Vec<usize>> = BTreeMap::new();
        for position in wanted {
            let block = &blocks[position];
            let made = client.prepare(&block.text).await;
            prepared.insert(position, made.map_err(|error| refused(block, &error))?);
            let parent =
                block.parent().and_then(|name| blocks.iter().position(|it| it.name == name));
            if let Some(parent) = parent {
                followers.entry(parent).or_default().push(position);
            }
        }
        Ok(Self { blocks, client, prepared, followers })
    }

    /// The blocks that follow no other.
    fn firsts(&self) -> impl Iterator<Item = usize> {
        self.prepared.keys().copied().filter(|it| self.blocks[*it].parent().is_none())
    }

    /// Runs a block once, and all that follows from its rows; gives how many ran.
    async fn execute(&self, first: usize, values: Values) -> Result<u64, DemoError> {
        let mut executions = 0;
        let mut open = vec![(first, values)];
        while let Some((position, values)) = open.pop() {
            let rows = self.once(position, &values).await?;
            executions += 1;
            let followers = self.followers.get(&position).map_or(&[][..], Vec::as_slice);
            let next = rows.iter().flat_map(|row| followers.iter().map(move |it| (*it, row)));
            let begun = open.len();
            for (follower, row) in next {
                open.push((follower, values_of(&self.blocks[follower], row)?));
            }
            open[begun..].reverse();
        }
        Ok(executions)
    }

    async fn once(&self, position: usize, values: &Values) -> Result<Vec<Row>, DemoError> {
        let block = &self.blocks[position];
        if block.undone {
            send(self.client, &format!("begin {}", block.name), "begin").await?;
        }
        let bound: Vec<&(dyn ToSql + Sync)> =
            values.iter().map(|it| it as &(dyn ToSql + Sync)).collect();
        let expected = self.prepared[&position].params().len();
        if expected != bound.len() {
            let why =
                format!("{} takes {expected} parameters and gets {}", block.name, bound.len());
            return Err(DemoError::Line { file: "workload.sql", line: block.line, why });
        }
        let answered = self.client.query(&self.prepared[&position], &bound).await;
        if block.undone {
            send(self.client, &format!("undo {}", block.name), "rollback").await?;
        }
        match answered {
            Ok(rows) => Ok(rows),
            Err(error) if block.may_fail && error.as_db_error().is_some() => Ok(Vec::new()),
            Err(error) => Err(refused(block, &error)),
        }
    }
}

fn refused(block: &Block, error: &tokio_postgres::Error) -> DemoError {
    let why = DemoError::server(format!("run {}", block.name), error).to_string();
    DemoError::Line { file: "workload.sql", line: block.line, why }
}

/// The columns of a row that fill the parameters of a block.
fn values_of(block: &Block, row: &Row) -> Result<Values, DemoError> {
    let Occasion::Each { columns, .. } = &block.occasion else { return Ok(Vec::new()) };
    let value = |column: &String| match row.try_get::<_, Option<Written>>(column.as_str()) {
        Ok(value) => Ok(TextValue(value.map(|it| it.0))),
        Err(error) => {
            let why = format!("with: {column}: {error}");
            Err(DemoError::Line { file: "workload.sql", line: block.line, why })
        }
    };
    columns.iter().map(value).collect()
}

/// A value as text, of the types that keys have.
struct Written(String);

impl<'a> FromSql<'a> for Written {
    fn from_sql(kind: &Type, bytes: &'a [u8]) -> Result<Self, Box<dyn Error + Sync + Send>> {
        Ok(Self(match *kind {
            Type::INT2 => i16::from_sql(kind, bytes)?.to_string(),
            Type::INT4 => i32::from_sql(kind, bytes)?.to_string(),
            Type::INT8 => i64::from_sql(kind, bytes)?.to_string(),
            Type::BOOL => bool::from_sql(kind, bytes)?.to_string(),
            _ => str::from_utf8(bytes)?.to_owned(),
        }))
    }

    fn accepts(kind: &Type) -> bool {
        matches!(
            *kind,
            Type::INT2
                | Type::INT4
                | Type::INT8
                | Type::BOOL
                | Type::TEXT
                | Type::VARCHAR
                | Type::BPCHAR
                | Type::NAME
        )
    }
}
