-- 13 to 18: how many rows the demo's tables hold
select coalesce(sum(t.n_live_tup), 0)::int8 as rows
from pg_catalog.pg_stat_user_tables t
