-- 13 to 18: the processes that serve one role on the demo's own server
select a.pid::int8 as pid
from pg_catalog.pg_stat_activity a
where a.usename = $1::text
order by a.pid
