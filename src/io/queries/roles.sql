-- server 13 and later
select
  r.rolname::text as name,
  r.rolsuper as superuser,
  r.rolbypassrls as bypasses_row_security,
  (select json_agg(g.rolname order by g.rolname)
     from pg_auth_members m
     join pg_roles g on g.oid = m.roleid
     where m.member = r.oid)::text as member_of
from pg_roles r
order by r.rolname
