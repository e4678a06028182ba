//! The words that begin a message and its parts: `LOG:  `, `DETAIL:  `, in any language.
//!
//! The server writes the word, a colon and two blanks (`send_message_to_server_log` in
//! `src/backend/utils/error/elog.c`); some languages put a blank in front of the colon.

use crate::base::start_of;
use crate::log::Severity;

/// A part of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Part {
    /// The message itself.
    Message,
    /// DETAIL.
    Detail,
    /// HINT.
    Hint,
    /// QUERY: a statement of a function.
    Query,
    /// CONTEXT.
    Context,
    /// STATEMENT.
    Statement,
    /// LOCATION, BACKTRACE: where in the server's source.
    Source,
}

/// What a word begins.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Word {
    /// A new message.
    Begin(Severity),
    /// A part of the message before.
    Part(Part),
}

/// Bytes of the longest word with its colon and blanks.
const WORD_BYTES_MAX: usize = 48;

const PARTS: &[(&str, Part)] = &[
    ("DETAIL", Part::Detail),
    ("HINT", Part::Hint),
    ("STATEMENT", Part::Statement),
    ("CONTEXT", Part::Context),
    ("QUERY", Part::Query),
    ("LOCATION", Part::Source),
    ("BACKTRACE", Part::Source),
    ("DÉTAIL", Part::Detail),
    ("DETALLE", Part::Detail),
    ("DETALHE", Part::Detail),
    ("DETTAGLI", Part::Detail),
    ("DETALJ", Part::Detail),
    ("SZCZEGÓŁY", Part::Detail),
    ("ПОДРОБНОСТИ", Part::Detail),
    ("ВІДОМОСТІ", Part::Detail),
    ("詳細", Part::Detail),
    ("详细信息", Part::Detail),
    ("상세정보", Part::Detail),
    ("TIPP", Part::Hint),
    ("TIPS", Part::Hint),
    ("ASTUCE", Part::Hint),
    ("SUGERENCIA", Part::Hint),
    ("SUGGERIMENTO", Part::Hint),
    ("DICA", Part::Hint),
    ("PODPOWIEDŹ", Part::Hint),
    ("ПОДСКАЗКА", Part::Hint),
    ("УКАЗІВКА", Part::Hint),
    ("ヒント", Part::Hint),
    ("提示", Part::Hint),
    ("힌트", Part::Hint),
    ("ANWEISUNG", Part::Statement),
    ("INSTRUCTION", Part::Statement),
    ("SENTENCIA", Part::Statement),
    ("COMANDO", Part::Statement),
    ("ISTRUZIONE", Part::Statement),
    ("SATS", Part::Statement),
    ("WYRAŻENIE", Part::Statement),
    ("ОПЕРАТОР", Part::Statement),
    ("ІНСТРУКЦІЯ", Part::Statement),
    ("文", Part::Statement),
    ("语句", Part::Statement),
    ("명령 구문", Part::Statement),
    ("ZUSAMMENHANG", Part::Context),
    ("CONTEXTE", Part::Context),
    ("CONTEXTO", Part::Context),
    ("CONTESTO", Part::Context),
    ("KONTEXT", Part::Context),
    ("KONTEKST", Part::Context),
    ("КОНТЕКСТ", Part::Context),
    ("文脈", Part::Context),
    ("上下文", Part::Context),
    ("내용", Part::Context),
    ("ANFRAGE", Part::Query),
    ("REQUÊTE", Part::Query),
    ("CONSULTA", Part::Query),
    ("FRÅGA", Part::Query),
    ("ЗАПРОС", Part::Query),
    ("ЗАПИТ", Part::Query),
    ("問い合わせ", Part::Query),
    ("查询", Part::Query),
];

const SEVERITIES: &[(&str, Severity)] = &[
    ("FEHLER", Severity::Error),
    ("ERREUR", Severity::Error),
    ("ERRORE", Severity::Error),
    ("ERRO", Severity::Error),
    ("BŁĄD", Severity::Error),
    ("FEL", Severity::Error),
    ("ОШИБКА", Severity::Error),
    ("ПОМИЛКА", Severity::Error),
    ("错误", Severity::Error),
    ("오류", Severity::Error),
    ("WARNUNG", Severity::Warning),
    ("ATTENTION", Severity::Warning),
    ("ATTENZIONE", Severity::Warning),
    ("VARNING", Severity::Warning),
    ("ПРЕДУПРЕЖДЕНИЕ", Severity::Warning),
    ("ПОПЕРЕДЖЕННЯ", Severity::Warning),
    ("警告", Severity::Warning),
    ("경고", Severity::Warning),
    ("FATALE", Severity::Fatal),
    ("FATALT", Severity::Fatal),
    ("ВАЖНО", Severity::Fatal),
    ("ФАТАЛЬНО", Severity::Fatal),
    ("致命错误", Severity::Fatal),
    ("치명적오류", Severity::Fatal),
    ("LOGG", Severity::Log),
    ("СООБЩЕНИЕ", Severity::Log),
    ("ЗАПИСУВАННЯ", Severity::Log),
    ("日志", Severity::Log),
    ("로그", Severity::Log),
];

/// The word at the head of a text as it stands there, and what follows it.
pub(super) fn split(text: &str) -> Option<(&str, &str)> {
    let head = start_of(text, WORD_BYTES_MAX);
    let colon = head.find(':')?;
    let word = head[..colon].strip_suffix(' ').unwrap_or(&head[..colon]);
    let body = text[colon + 1..].strip_prefix("  ").or_else(|| {
        // What is empty may have lost its trailing blanks.
        text[colon + 1..].trim().is_empty().then_some("")
    })?;
    let fits = |it: char| it.is_alphanumeric() && !it.is_lowercase() || it == ' ';
    let begins = word.starts_with(|it: char| it.is_alphabetic());
    (begins && word.chars().all(fits)).then_some((word, body))
}

/// What a word means; none when it is of no language known here.
pub(super) fn known(word: &str) -> Option<Word> {
    let plain = Severity::of(word);
    if !matches!(plain, Severity::Localised(_)) {
        return Some(Word::Begin(plain));
    }
    if let Some((_, part)) = PARTS.iter().find(|it| it.0 == word) {
        return Some(Word::Part(*part));
    }
    SEVERITIES.iter().find(|it| it.0 == word).map(|it| Word::Begin(it.1.clone()))
}

/// Whether the word is the server's own language's.
pub(super) fn is_localised(word: &str) -> bool {
    let is_part = PARTS.iter().take(7).any(|it| it.0 == word);
    !is_part && matches!(Severity::of(word), Severity::Localised(_))
}

/// The first place in a line where a known word stands with its colon and blanks.
pub(super) fn find(line: &str) -> Option<usize> {
    line.match_indices(':').take_while(|it| it.0 < 1024).find_map(|(colon, _)| {
        line[colon + 1..].strip_prefix("  ")?;
        let before = line[..colon].trim_end_matches(' ');
        let begin = before
            .char_indices()
            .rev()
            .take_while(|(_, it)| it.is_alphanumeric() && !it.is_lowercase())
            .last()?
            .0;
        known(&before[begin..]).map(|_| begin)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn knows_words_of_many_languages() {
        assert_eq!(split("LOG:  duration"), Some(("LOG", "duration")));
        assert_eq!(split("INSTRUCTION :  select"), Some(("INSTRUCTION", "select")));
        assert_eq!(split("명령 구문:  select"), Some(("명령 구문", "select")));
        assert_eq!(split("LOG: duration"), None);
        assert_eq!(split("Log:  duration"), None);
        assert_eq!(known("ОШИБКА"), Some(Word::Begin(Severity::Error)));
        assert_eq!(known("DETAIL"), Some(Word::Part(Part::Detail)));
        assert_eq!(known("HUH"), None);
        assert!(is_localised("ANWEISUNG") && !is_localised("STATEMENT") && !is_localised("LOG"));
        assert_eq!(find("2026 [1] user@db LOG:  x ERROR:  y"), Some(17));
        assert_eq!(find("a|STATEMENT :  b"), Some(2));
        assert_eq!(find("nothing: here"), None);
    }
}
