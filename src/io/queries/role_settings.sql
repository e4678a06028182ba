-- server 13 and later; settings of applications may hold secrets and are left out
select
  r.rolname::text as role,
  d.datname::text as database,
  split_part(pair, '=', 1)::text as name,
  substr(pair, strpos(pair, '=') + 1)::text as value
from pg_db_role_setting s
cross join unnest(s.setconfig) as pair
left join pg_roles r on r.oid = s.setrole
left join pg_database d on d.oid = s.setdatabase
where (s.setdatabase = 0 or d.datname = current_database())
  and (s.setrole = 0 or r.rolname is not null)
  and strpos(split_part(pair, '=', 1), '.') = 0
order by 1, 2, 3
