-- pg_stat_statements 1.8 and later; @schema@ is the schema of the extension
select count(*)::int8 as entries
from @schema@.pg_stat_statements(false)
