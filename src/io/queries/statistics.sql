-- server 13 and later; $1 says whether values from rows are wanted
select distinct on (s.schemaname, s.tablename, s.attname)
  s.schemaname::text as schema,
  s.tablename::text as name,
  s.attname::text as column,
  s.null_frac::text::float8 as null_share,
  s.avg_width::int8 as width,
  s.n_distinct::text::float8 as distinct,
  case when $1::bool then s.most_common_vals::text end as common,
  case when $1::bool then s.most_common_freqs::text end as shares,
  case when $1::bool then s.histogram_bounds::text end as histogram,
  s.correlation::text::float8 as correlation
from pg_stats s
where s.schemaname not in ('pg_catalog', 'information_schema')
order by s.schemaname, s.tablename, s.attname, s.inherited
