-- pg_stat_statements 1.9 and later; @schema@ is the schema of the extension
select
  i.dealloc::int8 as evicted,
  to_char(i.stats_reset at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')::text as since
from @schema@.pg_stat_statements_info i
