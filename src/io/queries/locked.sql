-- server 13 and later; granted and waiting requests both block us
select distinct l.relation::int8 as relation
from pg_locks l
where l.locktype = 'relation'
  and l.mode = 'AccessExclusiveLock'
  and l.database = (select d.oid from pg_database d where d.datname = current_database())
