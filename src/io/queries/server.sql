-- server 13 and later
select
  current_setting('server_version_num')::int8 as version,
  current_database()::text as database,
  pg_is_in_recovery() as standby,
  pg_encoding_to_char(d.encoding)::text as encoding,
  d.datcollate::text as collation,
  current_setting('block_size')::int8 as block,
  current_user::text as role,
  r.rolsuper as superuser,
  to_char(s.stats_reset at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')::text
    as counters_since,
  to_char(pg_postmaster_start_time() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')::text
    as started_at,
  (extract(epoch from now() - greatest(s.stats_reset, pg_postmaster_start_time())) / 86400)::float8
    as counter_days,
  (to_jsonb(s) ->> 'active_time')::float8 as active_time_ms,
  to_char(now() at time zone 'UTC', 'YYYY-MM-DD"T"HH24:MI:SS"Z"')::text as captured_at,
  current_setting('pg_stat_statements.max', true)::int8 as entries_max
from pg_database d
join pg_stat_database s on s.datid = d.oid
cross join pg_roles r
where d.datname = current_database()
  and r.rolname = current_user
