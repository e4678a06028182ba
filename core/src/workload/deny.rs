//! Functions that are built in, or come with the server's own extensions, and yet run other
//! code than their own: they take a query, a type or a place as a value, so no look at names can
//! say what they reach.
//!
//! The collector uses the same list on the texts of views and policies, because the server's
//! dependency records leave built-in functions out.

use crate::base::Name;

/// One pattern, with what functions of such a name do.
struct Denied {
    pattern: Pattern,
    why: &'static str,
}

enum Pattern {
    Exactly(&'static str),
    Begins(&'static str),
    Ends(&'static str),
}

use Pattern::{Begins, Ends, Exactly};

const fn deny(pattern: Pattern, why: &'static str) -> Denied {
    Denied { pattern, why }
}

const QUERY: &str = "it runs a text as a query";
const TABLE: &str = "it reads a table or schema that is named by a value, with its views and rules";
const TYPE: &str = "it reads a text as a value of a type that is named by a value, which runs that \
                    type's input function and checks";
const FILE: &str = "it reaches the server's files";
const LARGE: &str = "it reaches large objects";
const REMOTE: &str = "it talks to another server";
const COMPILE: &str = "it compiles the source of a function that is named by a value";
const HANDLER: &str = "it is the entry of a language, and runs any source in it";

const DENIED: &[Denied] = &[
    // xml.c: query_to_xml, query_to_xmlschema, query_to_xml_and_xmlschema.
    deny(Begins("query_to_xml"), QUERY),
    // xml.c: fetches from a cursor of any query.
    deny(Begins("cursor_to_xml"), QUERY),
    // xml.c: these are marked stable, so the planner may evaluate them for an estimate.
    deny(Begins("table_to_xml"), TABLE),
    deny(Begins("schema_to_xml"), TABLE),
    deny(Begins("database_to_xml"), TABLE),
    // tsvector_op.c, tsquery_rewrite.c: the form of ts_rewrite with two arguments.
    deny(Exactly("ts_stat"), QUERY),
    deny(Exactly("ts_rewrite"), QUERY),
    // misc.c (16 and later).
    deny(Exactly("pg_input_is_valid"), TYPE),
    deny(Exactly("pg_input_error_info"), TYPE),
    // The input and receive functions that take the type's oid as an argument.
    deny(Exactly("domain_in"), TYPE),
    deny(Exactly("domain_recv"), TYPE),
    deny(Exactly("array_in"), TYPE),
    deny(Exactly("array_recv"), TYPE),
    deny(Exactly("record_in"), TYPE),
    deny(Exactly("record_recv"), TYPE),
    deny(Exactly("range_in"), TYPE),
    deny(Exactly("range_recv"), TYPE),
    deny(Exactly("multirange_in"), TYPE),
    deny(Exactly("multirange_recv"), TYPE),
    // partbounds.c: calls the hash functions of a table given by its oid.
    deny(Exactly("satisfies_hash_partition"), TABLE),
    // Validators and handlers of languages, those of extensions included.
    deny(Ends("_validator"), COMPILE),
    deny(Ends("_call_handler"), HANDLER),
    deny(Ends("_inline_handler"), HANDLER),
    // tablefunc and xml2.
    deny(Begins("crosstab"), QUERY),
    deny(Exactly("connectby"), QUERY),
    deny(Exactly("xpath_table"), QUERY),
    // xml2 marks it immutable, though a style sheet can load any document.
    deny(Exactly("xslt_process"), FILE),
    deny(Begins("dblink"), REMOTE),
    // postgres_fdw's own functions open and close connections.
    deny(Begins("postgres_fdw_"), REMOTE),
    // genfile.c and adminpack.
    deny(Begins("pg_read_file"), FILE),
    deny(Begins("pg_read_binary_file"), FILE),
    deny(Begins("pg_ls_"), FILE),
    deny(Begins("pg_file_"), FILE),
    deny(Begins("pg_stat_file"), FILE),
    deny(Begins("pg_logdir_"), FILE),
    deny(Exactly("pg_current_logfile"), FILE),
    // be-fsstubs.c, by name, since SSB's columns begin with lo_ too.
    deny(Exactly("lo_close"), LARGE),
    deny(Exactly("lo_creat"), LARGE),
    deny(Exactly("lo_create"), LARGE),
    deny(Exactly("lo_export"), LARGE),
    deny(Exactly("lo_from_bytea"), LARGE),
    deny(Exactly("lo_get"), LARGE),
    deny(Exactly("lo_import"), LARGE),
    deny(Exactly("lo_lseek"), LARGE),
    deny(Exactly("lo_lseek64"), LARGE),
    deny(Exactly("lo_manage"), LARGE),
    deny(Exactly("lo_open"), LARGE),
    deny(Exactly("lo_put"), LARGE),
    deny(Exactly("lo_tell"), LARGE),
    deny(Exactly("lo_tell64"), LARGE),
    deny(Exactly("lo_truncate"), LARGE),
    deny(Exactly("lo_truncate64"), LARGE),
    deny(Exactly("lo_unlink"), LARGE),
    deny(Exactly("loread"), LARGE),
    deny(Exactly("lowrite"), LARGE),
];

/// Why a function of this name may not be reached by planning, in whatever schema it is.
pub fn denied(function: &Name) -> Option<&'static str> {
    let name = function.as_str();
    let found = DENIED.iter().find(|it| match it.pattern {
        Exactly(text) => name == text,
        Begins(text) => name.starts_with(text),
        Ends(text) => name.ends_with(text),
    });
    found.map(|it| it.why)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn denies_by_name_and_leaves_columns_alone() {
        let denied = |name| denied(&Name::from(name));
        assert_eq!(denied("query_to_xml_and_xmlschema"), Some(QUERY));
        assert_eq!(denied("plperl_validator"), Some(COMPILE));
        assert_eq!(denied("lo_unlink"), Some(LARGE));
        assert_eq!(denied("lo_orderdate"), None);
        assert_eq!(denied("lower"), None);
    }
}
