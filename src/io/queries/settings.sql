-- server 13 and later; what we set ourselves is shown as it was before; values that may hold
-- secrets (commands, connection strings, settings of applications) or say where files lie on the
-- machine are left out
select
  s.name::text as name,
  case
    when s.source = 'session' and s.setting is distinct from s.reset_val
      then s.reset_val || case when s.reset_val ~ '^-?[1-9]' then coalesce(s.unit, '') else '' end
    else current_setting(s.name, true)
  end::text as value,
  s.boot_val::text as initial
from pg_settings s
where s.name not in ('primary_conninfo', 'archive_command', 'restore_command',
    'archive_cleanup_command', 'recovery_end_command', 'ssl_passphrase_command',
    'krb_server_keyfile', 'application_name', 'unix_socket_directories')
  and s.category <> 'File Locations'
  and (strpos(s.name, '.') = 0
    or s.name like 'pg\_stat\_statements.%'
    or s.name like 'auto\_explain.%'
    or s.name like 'hypopg.%')
  and (s.source not in ('default', 'client', 'session')
    or s.reset_val is distinct from s.boot_val
    or s.category like 'Query Tuning%'
    or s.category like 'Resource Usage%'
    or s.category like 'Autovacuum%'
    or s.category = 'Vacuuming'
    or s.category like 'Statistics%'
    or s.category like 'Lock Management%'
    or s.name = 'pg_stat_statements.max'
    or s.name in ('search_path', 'max_connections', 'max_prepared_transactions', 'block_size',
      'server_version_num', 'standard_conforming_strings', 'row_security', 'jit',
      'constraint_exclusion', 'default_statistics_target', 'track_io_timing',
      'track_activity_query_size', 'hot_standby_feedback', 'max_standby_streaming_delay',
      'data_checksums', 'wal_level', 'full_page_writes', 'checkpoint_timeout', 'max_wal_size'))
order by s.name
