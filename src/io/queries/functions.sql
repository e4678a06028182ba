-- server 13 and later; $1 are the names that statements call
select
  n.nspname::text as schema,
  p.proname::text as name,
  pg_get_function_identity_arguments(p.oid)::text as arguments,
  p.prokind::text as kind,
  p.provolatile::text as volatility,
  l.lanname::text as language,
  p.oid < 16384 as built_in,
  p.proleakproof as leakproof
from pg_proc p
join pg_namespace n on n.oid = p.pronamespace
join pg_language l on l.oid = p.prolang
where p.proname::text = any ($1::text[])
