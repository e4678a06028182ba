-- server 13 and later; $1 are the oids of relations with a file, none of them known as locked
select
  c.oid::int8 as relation,
  (pg_relation_size(c.oid) / current_setting('block_size')::int8)::int8 as pages
from pg_class c
where c.oid = any ($1::oid[])
  and c.relkind in ('r', 'm', 'i')
