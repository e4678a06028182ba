-- 13 to 18: what the statements of one role did on the demo's own server
select
  s.query::text as text,
  sum(s.calls)::int8 as calls,
  sum(s.total_exec_time)::float8 as total_ms,
  sum(s.shared_blks_hit + s.shared_blks_read)::int8 as blocks,
  sum(s.rows)::int8 as rows
from public.pg_stat_statements s
join pg_catalog.pg_roles r on r.oid = s.userid
where r.rolname = $1::text
group by s.query
