//! Logs from files and standard input, packed or not, through the reader in bounded memory.
//!
//! Refuses to judge: what is read becomes entries, and entries become groups of statements.

use std::fs::File;
use std::io::{self, Read};
use std::path::PathBuf;

use crate::base::Note;
use crate::io::Progress;
use crate::log::{Entry, FORM_BYTES, LogForm, LogReader};
use crate::workload::{LogGroups, Logged};

/// Bytes read at once.
const CHUNK_BYTES: usize = 256 << 10;
/// Bytes of one step of progress.
const STEP_BYTES: u64 = 1 << 20;
/// zstd's mark at the head of a frame.
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];
/// gzip's mark at the head of a member.
const GZIP: &[u8] = &[0x1f, 0x8b];

/// Where a log comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum LogSource {
    /// Standard input.
    Input,
    /// A file; packed by zstd or gzip or not, as its first bytes say.
    File(PathBuf),
    /// Standard input of which these bytes have been read already.
    Begun(Vec<u8>),
}

/// How to read logs.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct LogOptions {
    /// `log_line_prefix` as the server has it; inferred where absent.
    pub prefix: Option<String>,
    /// The form; detected where absent.
    pub form: Option<LogForm>,
}

/// Why a log could not be read.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// The file could not be opened or read.
    #[error("could not read {place}: {source}")]
    Read {
        /// The file, or standard input.
        place: String,
        /// Why.
        source: io::Error,
    },
    /// It is no log.
    #[error("could not read {place}: it is no log of a Postgres server")]
    Unknown {
        /// The file, or standard input.
        place: String,
    },
}

/// Reads logs and groups their entries by statement. Several sources are one log, in this order.
///
/// Parses statements: call it where the stack is deep enough for the grammar (64 MB).
pub fn read_log(
    sources: &[LogSource],
    options: &LogOptions,
    progress: &dyn Progress,
) -> Result<Logged, LogError> {
    let mut groups = LogGroups::new();
    let mut notes = Vec::new();
    for source in sources {
        groups.begin(&source.place());
        let source = std::slice::from_ref(source);
        notes.extend(read_entries(source, options, progress, &mut |entry| groups.add(&entry))?);
    }
    Ok(groups.finish(notes))
}

/// Reads logs and hands each entry over, in the order of sources and lines.
pub fn read_entries(
    sources: &[LogSource],
    options: &LogOptions,
    progress: &dyn Progress,
    take: &mut dyn FnMut(Entry),
) -> Result<Vec<Note>, LogError> {
    let mut notes = Vec::new();
    for source in sources {
        let place = source.place();
        let fail = |source| LogError::Read { place: place.clone(), source };
        let (input, bytes) = source.open().map_err(fail)?;
        let mut input = Counted { input, read: 0, told: 0, progress };
        progress.begin(&format!("reading {place} (MB)"), bytes / STEP_BYTES);
        let mut input = unpacked(&mut input).map_err(fail)?;
        let first = begin(&mut input, FORM_BYTES).map_err(fail)?;
        let form = options.form.or_else(|| LogForm::detect(&first));
        // Only stderr has a prefix, and who knows it knows that this is a log.
        let form = form.or(options.prefix.as_ref().map(|_| LogForm::Stderr));
        let form = form.ok_or_else(|| LogError::Unknown { place: place.clone() })?;
        let mut reader = LogReader::new(form, options.prefix.as_deref());
        let mut found = Vec::new();
        reader.feed(&first, &mut found);
        let mut chunk = vec![0; CHUNK_BYTES];
        loop {
            found.drain(..).for_each(&mut *take);
            match input.read(&mut chunk) {
                Ok(0) => break,
                Ok(length) => reader.feed(&chunk[..length], &mut found),
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(fail(error)),
            }
        }
        let said = reader.finish(&mut found);
        found.drain(..).for_each(&mut *take);
        notes.extend(said.into_iter().map(|it| Note { subject: place.clone(), ..it }));
    }
    Ok(notes)
}

impl LogSource {
    /// A file, or standard input for `-`.
    pub fn of(path: PathBuf) -> Self {
        if path.as_os_str() == "-" { Self::Input } else { Self::File(path) }
    }

    /// Its first bytes without packing, at most so many as tell a form, and a source that still
    /// begins with them.
    pub fn begun(self) -> io::Result<(Vec<u8>, Self)> {
        if self == Self::Input {
            let raw = begin(&mut io::stdin(), FORM_BYTES)?;
            // What the first bytes of a packed input hold may end anywhere.
            let first = sound_start(&mut unpacked(&mut raw.as_slice())?);
            return Ok((first, Self::Begun(raw)));
        }
        let (mut input, _) = self.open()?;
        let first = begin(&mut unpacked(&mut input)?, FORM_BYTES)?;
        Ok((first, self))
    }

    /// All of it, without packing. For what is no log, and so fits in memory.
    pub fn whole(&self) -> io::Result<Vec<u8>> {
        let (mut input, _) = self.open()?;
        let mut bytes = Vec::new();
        unpacked(&mut input)?.read_to_end(&mut bytes)?;
        Ok(bytes)
    }

    /// What reports call it.
    pub fn place(&self) -> String {
        match self {
            Self::Input | Self::Begun(_) => "standard input".to_owned(),
            Self::File(path) => path.display().to_string(),
        }
    }

    /// The input, and how long it is where that is known.
    fn open(&self) -> io::Result<(Box<dyn Read>, u64)> {
        Ok(match self {
            Self::Input => (Box::new(io::stdin()), 0),
            Self::Begun(first) => (Box::new(io::Cursor::new(first.clone()).chain(io::stdin())), 0),
            Self::File(path) => {
                let file = File::open(path)?;
                let bytes = file.metadata()?.len();
                (Box::new(file), bytes)
            }
        })
    }
}

/// The input without its packing.
fn unpacked<'a>(input: &'a mut dyn Read) -> io::Result<Box<dyn Read + 'a>> {
    let first = begin(input, ZSTD.len())?;
    let (is_zstd, is_gzip) = (first.starts_with(ZSTD), first.starts_with(GZIP));
    let whole = io::Cursor::new(first).chain(input);
    if is_zstd {
        return Ok(Box::new(zstd::Decoder::new(whole)?));
    }
    if is_gzip {
        return Ok(Box::new(flate2::read::MultiGzDecoder::new(whole)));
    }
    Ok(Box::new(whole))
}

/// The first bytes, so many or all there are.
fn begin(input: &mut dyn Read, bytes: usize) -> io::Result<Vec<u8>> {
    let mut first = Vec::with_capacity(bytes);
    input.take(bytes as u64).read_to_end(&mut first)?;
    Ok(first)
}

/// The first bytes of an input that may break off.
fn sound_start(input: &mut dyn Read) -> Vec<u8> {
    let mut first = Vec::with_capacity(FORM_BYTES);
    // What was read before an error stays; the error comes again when all of it is read.
    let _ = input.take(FORM_BYTES as u64).read_to_end(&mut first);
    first
}

/// Tells progress as bytes are read.
struct Counted<'a> {
    input: Box<dyn Read>,
    read: u64,
    told: u64,
    progress: &'a dyn Progress,
}

impl Read for Counted<'_> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let length = self.input.read(out)?;
        self.read += length as u64;
        while self.told < self.read / STEP_BYTES {
            self.told += 1;
            self.progress.step();
        }
        Ok(length)
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write as _;

    use super::*;
    use crate::io::Silent;

    fn fixture(name: &str) -> PathBuf {
        PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/fixtures/logs")).join(name)
    }

    fn entries(source: LogSource) -> Result<Vec<Entry>, LogError> {
        let mut found = Vec::new();
        let options = LogOptions::default();
        read_entries(&[source], &options, &Silent, &mut |entry| found.push(entry))?;
        Ok(found)
    }

    #[test]
    fn packed_logs_are_read() {
        let folder = std::env::temp_dir().join(format!("pgsextant-log-{}", std::process::id()));
        std::fs::create_dir_all(&folder).unwrap();
        let plain = std::fs::read(fixture("18-text.csv")).unwrap();
        let wanted = entries(LogSource::of(fixture("18-text.csv"))).unwrap();
        assert!(wanted.len() > 50);
        let zstd = folder.join("a.zst");
        std::fs::write(&zstd, zstd::encode_all(plain.as_slice(), 1).unwrap()).unwrap();
        let gzip = folder.join("a.gz");
        let mut packer = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::fast());
        packer.write_all(&plain).unwrap();
        std::fs::write(&gzip, packer.finish().unwrap()).unwrap();
        for path in [zstd, gzip] {
            assert_eq!(entries(LogSource::of(path)).unwrap(), wanted);
        }
        std::fs::remove_dir_all(&folder).unwrap();
    }

    #[test]
    fn what_is_no_log_is_refused() {
        let error = entries(LogSource::of(fixture("setup.sql"))).unwrap_err();
        assert!(error.to_string().ends_with("it is no log of a Postgres server"), "{error}");
        assert!(entries(LogSource::of(fixture("nothing"))).is_err());
    }

    #[test]
    fn several_files_are_one_log() {
        let sources = ["18-text.csv", "15-text.stderr"].map(|it| LogSource::of(fixture(it)));
        let logged = std::thread::Builder::new()
            .stack_size(64 << 20)
            .spawn(move || read_log(&sources, &LogOptions::default(), &Silent).unwrap())
            .unwrap()
            .join()
            .unwrap();
        assert_eq!(logged.entries, 75 + 73);
        assert!(logged.statements.iter().any(|it| it.plans.len() == 3));
    }
}
