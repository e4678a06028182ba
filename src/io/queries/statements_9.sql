-- pg_stat_statements 1.9 and 1.10 (servers 14 to 16); @schema@ is the schema of the extension
select
  case when s.query = '<insufficient privilege>' then null else s.queryid end::int8 as queryid,
  coalesce(r.rolname, s.userid::text)::text as role,
  s.toplevel::bool as toplevel,
  s.query::text as text,
  s.calls::int8 as calls,
  s.rows::int8 as rows,
  s.total_exec_time::float8 as total,
  s.mean_exec_time::float8 as mean,
  s.min_exec_time::float8 as min,
  s.max_exec_time::float8 as max,
  s.stddev_exec_time::float8 as deviation,
  s.total_plan_time::float8 as planning,
  s.shared_blks_hit::int8 as shared_hit,
  s.shared_blks_read::int8 as shared_read,
  s.temp_blks_written::int8 as temp_written,
  s.blk_read_time::float8 as read_time,
  s.wal_bytes::int8 as wal_bytes
from @schema@.pg_stat_statements s
left join pg_roles r on r.oid = s.userid
where s.dbid = (select d.oid from pg_database d where d.datname = current_database())
  and s.calls > 0
  and position('/* pgsextant */' in s.query) = 0
order by s.total_exec_time desc
