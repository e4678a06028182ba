-- server 13 and later; what each view reads directly
select distinct
  vn.nspname::text as schema,
  v.relname::text as name,
  rn.nspname::text as read_schema,
  r.relname::text as read_name
from pg_rewrite w
join pg_class v on v.oid = w.ev_class and v.relkind = 'v'
join pg_namespace vn on vn.oid = v.relnamespace
join pg_depend d
  on d.classid = 'pg_rewrite'::regclass
    and d.objid = w.oid
    and d.refclassid = 'pg_class'::regclass
    and d.refobjid <> v.oid
join pg_class r on r.oid = d.refobjid
join pg_namespace rn on rn.oid = r.relnamespace
where vn.nspname not in ('pg_catalog', 'information_schema')
