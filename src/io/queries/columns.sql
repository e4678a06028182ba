-- server 13 and later; $1 are the oids of the relations
select
  a.attrelid::int8 as relation,
  a.attnum::int8 as number,
  a.attname::text as name,
  format_type(a.atttypid, a.atttypmod)::text as type_name,
  t.typlen::int8 as type_length,
  t.typalign::text as type_alignment,
  a.attnotnull as not_null,
  (b.typtype in ('e', 'r', 'm')
    or exists (
      select
      from pg_opclass o
      where o.opcmethod = (select m.oid from pg_am m where m.amname = 'btree')
        and o.opcdefault
        and (o.opcintype = coalesce(nullif(el.oid, 0), b.oid)
          or exists (
            select
            from pg_cast k
            where k.castsource = coalesce(nullif(el.oid, 0), b.oid)
              and k.casttarget = o.opcintype
              and k.castmethod = 'b'
              and k.castcontext = 'i')))
    or el.typtype in ('e', 'r', 'm')) as sortable
from pg_attribute a
join pg_type t on t.oid = a.atttypid
join pg_type b on b.oid = coalesce(nullif(t.typbasetype, 0), t.oid)
left join pg_type el on el.oid = b.typelem and b.typcategory = 'A'
where a.attrelid = any ($1::oid[])
  and a.attnum > 0
  and not a.attisdropped
order by a.attrelid, a.attnum
