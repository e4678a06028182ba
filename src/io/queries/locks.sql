-- server 13 and later; entries of the shared lock table that are taken
select count(*)::int8 as taken
from pg_locks l
where not l.fastpath
