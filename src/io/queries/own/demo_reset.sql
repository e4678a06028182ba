-- 13 to 18: forgets what the demo's own server did so far
select public.pg_stat_statements_reset() is null as done
