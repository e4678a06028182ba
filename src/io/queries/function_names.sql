-- server 13 and later; functions that are not written in a language of users
select p.oid::int8 as oid, p.proname::text as name
from pg_proc p
join pg_language l on l.oid = p.prolang
where l.lanname in ('internal', 'c')
   or p.oid < 16384
