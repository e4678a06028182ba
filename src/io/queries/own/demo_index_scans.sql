-- 13 to 18: how often each index was read on the demo's own server
select
  i.schemaname::text as schema,
  i.indexrelname::text as name,
  coalesce(i.idx_scan, 0)::int8 as scans
from pg_catalog.pg_stat_user_indexes i
