-- server 13 and later; $1 is the largest number of relations, the largest come first
select
  c.oid::int8 as oid,
  n.nspname::text as schema,
  c.relname::text as name,
  c.relkind::text as kind,
  c.reltuples::float8 as rows,
  c.relpages::int8 as pages,
  c.relallvisible::int8 as all_visible,
  c.relrowsecurity as row_security,
  pg_get_userbyid(c.relowner)::text as owner,
  (select json_agg(json_build_array(pn.nspname, p.relname) order by i.inhseqno)
     from pg_inherits i
     join pg_class p on p.oid = i.inhparent
     join pg_namespace pn on pn.oid = p.relnamespace
     where i.inhrelid = c.oid)::text as parents,
  count(*) over ()::int8 as total
from pg_class c
join pg_namespace n on n.oid = c.relnamespace
where c.relkind in ('r', 'p', 'v', 'm', 'f')
  and c.relpersistence <> 't'
  and n.nspname not in ('pg_catalog', 'information_schema', 'pg_toast')
order by c.relpages desc, n.nspname, c.relname
limit $1::int8
