-- server 13 and later; $1 are the oids of the tables, $2 those whose texts would wait for a lock
select
  i.indexrelid::int8 as oid,
  n.nspname::text as schema,
  c.relname::text as name,
  tn.nspname::text as table_schema,
  t.relname::text as table_name,
  am.amname::text as method,
  k.keys::text as keys,
  k.include::text as include,
  case when i.indrelid <> all ($2::oid[]) then pg_get_expr(i.indpred, i.indrelid) end::text
    as predicate,
  i.indpred is not null as partial,
  i.indisunique as unique,
  coalesce((to_jsonb(i) ->> 'indnullsnotdistinct')::bool, false) as nulls_not_distinct,
  o.conname::text as constraint,
  i.indisprimary as primary,
  i.indisexclusion as exclusion,
  i.indisvalid as valid,
  i.indisready as ready,
  i.indisreplident as replica_identity,
  i.indisclustered as clustered,
  exists (
    select
    from pg_constraint f
    where f.contype = 'f' and f.conindid = i.indexrelid) as referenced,
  pn.nspname::text as parent_schema,
  p.relname::text as parent_name,
  c.relpages::int8 as pages,
  c.reltuples::float8 as rows,
  c.relkind::text as kind,
  case when i.indrelid <> all ($2::oid[]) then pg_get_indexdef(i.indexrelid) end::text
    as definition,
  s.idx_scan::int8 as scans,
  s.idx_tup_read::int8 as rows_read,
  (to_jsonb(s) ->> 'last_idx_scan')::text as last_scan,
  exists (
    select
    from pg_depend e
    where e.deptype = 'e'
      and e.classid = 'pg_class'::regclass
      and e.objid in (i.indexrelid, i.indrelid)) as of_extension
from pg_index i
join pg_class c on c.oid = i.indexrelid
join pg_namespace n on n.oid = c.relnamespace
join pg_class t on t.oid = i.indrelid
join pg_namespace tn on tn.oid = t.relnamespace
join pg_am am on am.oid = c.relam
left join pg_constraint o
  on o.conindid = i.indexrelid and o.conrelid = i.indrelid and o.contype in ('p', 'u', 'x')
left join pg_inherits h on h.inhrelid = i.indexrelid
left join pg_class p on p.oid = h.inhparent
left join pg_namespace pn on pn.oid = p.relnamespace
left join pg_stat_user_indexes s on s.indexrelid = i.indexrelid
cross join lateral (
  select
    json_agg(json_build_array(
      a.attname,
      case when e.attnum = 0 and i.indrelid <> all ($2::oid[])
        then pg_get_indexdef(i.indexrelid, e.position::int, false) end,
      case when not oc.opcdefault then oc.opcname end,
      case when co.oid <> coalesce(a.attcollation, co.oid)
        then json_build_array(cn.nspname, co.collname) end,
      e.option & 1 = 1,
      e.option & 2 = 2) order by e.position) filter (where e.position <= i.indnkeyatts) as keys,
    json_agg(a.attname order by e.position) filter (where e.position > i.indnkeyatts) as include
  from unnest(i.indkey::int2[], i.indclass::oid[], i.indcollation::oid[], i.indoption::int2[])
    with ordinality as e (attnum, class, locale, option, position)
  left join pg_attribute a on a.attrelid = i.indrelid and a.attnum = e.attnum
  left join pg_opclass oc on oc.oid = e.class
  left join pg_collation co on co.oid = e.locale
  left join pg_namespace cn on cn.oid = co.collnamespace) k
where i.indrelid = any ($1::oid[])
  and i.indislive
