//! Words in plans that are the server's own, not the user's.
//!
//! Short on purpose: a word that is missing here is replaced by a stand-in, which loses a little
//! clarity and no secret. Sources: `kwlist.h` for reserved words, `pg_type.dat` and
//! `format_type.c` for types, `pg_proc.dat` and `ruleutils.c` for functions.

/// Keys whose texts are words of EXPLAIN.
pub(super) const KEPT_TEXTS: &[&str] = &[
    "Node Type",
    "Parent Relationship",
    "Join Type",
    "Strategy",
    "Partial Mode",
    "Operation",
    "Scan Direction",
    "Sort Method",
    "Sort Methods Used",
    "Sort Space Type",
    "Storage",
    "Cache Mode",
    "Conflict Resolution",
    "Command",
    "Format",
    "Custom Plan Provider",
    "Sampling Method",
    "Async Capable",
];

/// Values of settings that say nothing of anybody.
const KEPT_SETTINGS: &str = "\
    on off auto force_generic_plan force_custom_plan partition true false regress";

/// Words in lower case that the server writes into expressions by itself.
const SPECIAL: &str = "\
    true false hashed returns alternatives year month day hour minute second epoch dow doy \
    isodow isoyear quarter week decade century millennium milliseconds microseconds null \
    excluded";

/// Reserved words of SQL in Postgres: bare, they are never names.
const RESERVED: &str = "\
    all analyse analyze and any array as asc asymmetric both case cast check collate column \
    constraint create cross current_date current_role current_time current_timestamp \
    current_user default deferrable desc distinct do else end except fetch for foreign from \
    full grant group having ilike in initially inner intersect into is isnull join lateral \
    leading left like limit localtime localtimestamp natural not notnull null offset on only \
    or order outer placing primary references returning right select session_user similar some \
    symmetric table tablesample then to trailing union unique user using variadic when where \
    window with";

/// Words of SQL that may be names as well.
const CONTEXT: &str = "\
    between by conflict delete exists explain filter first insert interval locked matched \
    materialized merge nothing nowait nulls over overlaps partition recursive row rows set \
    share skip update values";

/// Types that Postgres brings along, by the first word of their names.
const TYPES: &str = "\
    bigint bit boolean box bpchar bytea character cidr circle cstring date daterange double \
    float4 float8 inet int2 int4 int4range int8 int8range integer interval json jsonb jsonpath \
    line lseg macaddr money name numeric numrange oid path pg_lsn point polygon real record \
    regclass regconfig regproc regtype smallint text tid time timestamp timestamptz timetz \
    tsquery tsrange tstzrange tsvector uuid varchar xid xid8 xml";

/// Pairs of words in the names of types.
const TYPE_PAIRS: &[(&str, &str)] = &[
    ("double", "precision"),
    ("character", "varying"),
    ("bit", "varying"),
    ("timestamp", "without"),
    ("timestamp", "with"),
    ("time", "without"),
    ("time", "with"),
    ("without", "time"),
    ("with", "time"),
    ("time", "zone"),
];

/// Functions of Postgres that plans often show.
const FUNCTIONS: &str = "\
    abs age array_agg array_append array_length array_position array_remove array_to_string \
    avg bit_and bit_or bool_and bool_or btrim cardinality ceil ceiling char_length chr \
    clock_timestamp coalesce concat concat_ws convert_from convert_to corr count cume_dist \
    current_setting date_bin date_part date_trunc decode dense_rank div encode every exp \
    extract first_value floor format gen_random_uuid generate_series generate_subscripts \
    greatest hashtext initcap json_agg json_array_elements json_build_array json_build_object \
    json_each json_object_agg jsonb_agg jsonb_array_elements jsonb_array_elements_text \
    jsonb_array_length jsonb_build_array jsonb_build_object jsonb_each jsonb_each_text \
    jsonb_extract_path jsonb_extract_path_text jsonb_object_agg jsonb_object_keys \
    jsonb_path_exists jsonb_path_query jsonb_set jsonb_to_record jsonb_to_recordset lag \
    last_value lead least left length ln log lower lpad ltrim make_date make_interval \
    make_timestamp max md5 min mod mode nextval now nth_value ntile nullif octet_length \
    overlay percent_rank percentile_cont percentile_disc pg_sleep position power quote_ident \
    quote_literal random rank regexp_match regexp_matches regexp_replace regexp_split_to_table \
    repeat replace reverse right round row_number row_to_json rpad rtrim setweight sha256 sign \
    similarity split_part sqrt statement_timestamp stddev stddev_pop stddev_samp string_agg \
    string_to_array strpos substr substring sum timezone to_char to_date to_json to_jsonb \
    to_number to_timestamp to_tsquery to_tsvector transaction_timestamp translate trim trunc \
    ts_rank unnest upper var_pop var_samp variance width_bucket websearch_to_tsquery \
    plainto_tsquery xmlagg partial";

fn has(words: &str, word: &str) -> bool {
    words.split_ascii_whitespace().any(|it| it == word)
}

/// Whether the value of a setting says nothing of anybody.
pub(super) fn is_kept_setting(value: &str) -> bool {
    has(KEPT_SETTINGS, value)
}

/// Whether a word in lower case is written by the server itself.
pub(super) fn is_special_word(word: &str) -> bool {
    has(SPECIAL, word)
}

/// Whether a word is one of SQL's.
pub(super) fn is_reserved(word: &str) -> bool {
    has(RESERVED, word)
}

/// Whether a word is one of SQL's, unless something has that name.
pub(super) fn is_of_sql(word: &str) -> bool {
    has(CONTEXT, word)
}

/// Whether a name begins that of a type that Postgres brings along.
pub(super) fn is_type(word: &str) -> bool {
    has(TYPES, word)
}

/// Whether a word goes on with the name of a type.
pub(super) fn goes_on(first: &str, word: &str) -> bool {
    TYPE_PAIRS.contains(&(first, word))
}

/// Whether a function is one of Postgres.
pub(super) fn is_built_in(name: &str) -> bool {
    has(FUNCTIONS, name) || name.starts_with("pg_")
}

/// Whether a schema is one of Postgres.
pub(super) fn is_kept_schema(name: &str) -> bool {
    name.starts_with("pg_") || matches!(name, "information_schema" | "public" | "$user")
}
