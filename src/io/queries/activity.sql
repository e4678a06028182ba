-- server 13 and later
select
  s.relid::int8 as relation,
  s.seq_scan::int8 as seq_scans,
  s.seq_tup_read::int8 as seq_rows,
  s.idx_scan::int8 as index_scans,
  s.n_tup_ins::int8 as inserted,
  s.n_tup_upd::int8 as updated,
  s.n_tup_del::int8 as deleted,
  s.n_tup_hot_upd::int8 as hot_updated,
  s.n_dead_tup::int8 as dead_rows,
  s.n_mod_since_analyze::int8 as modified,
  (s.last_analyze is not null or s.last_autoanalyze is not null) as analyzed
from pg_stat_user_tables s
