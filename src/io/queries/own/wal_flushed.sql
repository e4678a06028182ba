-- 13 and later: how far a primary has written its log
select pg_catalog.pg_current_wal_flush_lsn()::text
