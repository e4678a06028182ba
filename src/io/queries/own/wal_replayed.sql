-- 13 and later: whether a standby has replayed the log up to a point
select coalesce(pg_catalog.pg_last_wal_replay_lsn() >= $1::text::pg_lsn, false)
