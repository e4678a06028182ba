-- server 13 and later; $1 are the oids of the relations; of a key's copies on partitions only
-- those of the referring side are kept
select
  f.conname::text as name,
  cn.nspname::text as child_schema,
  c.relname::text as child_name,
  pn.nspname::text as parent_schema,
  p.relname::text as parent_name,
  k.child_columns::text as child_columns,
  k.parent_columns::text as parent_columns
from pg_constraint f
join pg_class c on c.oid = f.conrelid
join pg_namespace cn on cn.oid = c.relnamespace
join pg_class p on p.oid = f.confrelid
join pg_namespace pn on pn.oid = p.relnamespace
left join pg_constraint origin on origin.oid = f.conparentid
cross join lateral (
  select
    json_agg(ca.attname order by e.position) as child_columns,
    json_agg(pa.attname order by e.position) as parent_columns
  from unnest(f.conkey, f.confkey) with ordinality as e (child, parent, position)
  join pg_attribute ca on ca.attrelid = f.conrelid and ca.attnum = e.child
  join pg_attribute pa on pa.attrelid = f.confrelid and pa.attnum = e.parent) k
where f.contype = 'f'
  and f.conrelid = any ($1::oid[])
  and (origin.oid is null or origin.conrelid <> f.conrelid)
