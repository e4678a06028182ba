-- server 13 and later; $1 are roles whose code is trusted, $2 extensions whose code is trusted,
-- $3 are functions that run other code than their own, and $4 finds built-in ones among them in
-- a stored expression, since dependency records leave out what is built in.
-- The transitive closure of everything through which planning could run code of an owner
-- nobody vouched for. "edges" says where taint goes: from what runs code to what leads to it.
with recursive roots as materialized (
  select p.oid
  from pg_proc p
  join pg_language l on l.oid = p.prolang
  left join pg_roles r on r.oid = p.proowner
  where not coalesce(
    r.rolname::text = any ($1::text[])
    or r.rolsuper and (
      p.oid < 16384
      or l.lanname in ('c', 'internal')
      -- Without a search path of its own, code in text form calls whatever stands first in the
      -- path of whoever runs it.
      or exists (
        select
        from unnest(p.proconfig) as pinned
        where pinned like 'search\_path=%' and strpos(pinned, '$user') = 0)
      or exists (
        select
        from pg_depend d
        join pg_extension x on x.oid = d.refobjid
        where d.classid = 'pg_proc'::regclass
          and d.objid = p.oid
          and d.deptype = 'e'
          and d.refclassid = 'pg_extension'::regclass
          and x.extname::text = any ($2::text[]))), false)
    or p.oid >= 16384 and p.oid = any ($3::oid[])
),
callers (class, oid) as materialized (
  select 'pg_rewrite'::regclass::oid, r.oid
  from pg_rewrite r
  where r.ev_class >= 16384 and r.ev_action::text ~ $4::text
  union all
  select 'pg_policy'::regclass, p.oid
  from pg_policy p
  where concat(p.polqual::text, ' ', p.polwithcheck::text) ~ $4::text
  union all
  select 'pg_attrdef'::regclass, a.oid
  from pg_attrdef a
  where a.adbin::text ~ $4::text
  union all
  select 'pg_constraint'::regclass, c.oid
  from pg_constraint c
  where c.oid >= 16384 and c.conbin::text ~ $4::text
  union all
  select 'pg_class'::regclass, i.indexrelid
  from pg_index i
  where concat(i.indexprs::text, ' ', i.indpred::text) ~ $4::text
  union all
  select 'pg_statistic_ext'::regclass, s.oid
  from pg_statistic_ext s
  where to_jsonb(s) ->> 'stxexprs' ~ $4::text
),
edges as materialized (
  -- What depends on something reaches it, except: a default that calls a volatile function not
  -- written in SQL (such a function is neither folded nor inlined), and sequences.
  select d.refclassid as from_class, d.refobjid as from_oid,
    d.classid as to_class, d.objid as to_oid
  from pg_depend d
  left join pg_proc p
    on d.classid = 'pg_attrdef'::regclass
      and d.refclassid = 'pg_proc'::regclass
      and p.oid = d.refobjid
      and p.provolatile = 'v'
      and p.prolang <> (select l.oid from pg_language l where l.lanname = 'sql')
  left join pg_class s
    on d.classid = 'pg_class'::regclass and s.oid = d.objid and s.relkind = 'S'
  where d.deptype not in ('e', 'x', 'p')
    and p.oid is null
    and s.oid is null
  -- Parts lead to the whole that uses them while planning. Triggers do not, and neither do
  -- foreign keys; the rule of a materialized view is not expanded.
  union all
  select 'pg_rewrite'::regclass, r.oid, 'pg_class'::regclass, r.ev_class
  from pg_rewrite r
  join pg_class c on c.oid = r.ev_class
  where c.relkind <> 'm'
  union all
  select 'pg_policy'::regclass, p.oid, 'pg_class'::regclass, p.polrelid
  from pg_policy p
  union all
  select 'pg_attrdef'::regclass, a.oid, 'pg_class'::regclass, a.adrelid
  from pg_attrdef a
  union all
  select 'pg_constraint'::regclass, c.oid, 'pg_class'::regclass, c.conrelid
  from pg_constraint c
  where c.conrelid <> 0 and c.contype not in ('f', 't')
  union all
  select 'pg_constraint'::regclass, c.oid, 'pg_type'::regclass, c.contypid
  from pg_constraint c
  where c.contypid <> 0
  union all
  select 'pg_class'::regclass, i.indexrelid, 'pg_class'::regclass, i.indrelid
  from pg_index i
  union all
  select 'pg_statistic_ext'::regclass, s.oid, 'pg_class'::regclass, s.stxrelid
  from pg_statistic_ext s
  union all
  select 'pg_class'::regclass, i.inhrelid, 'pg_class'::regclass, i.inhparent
  from pg_inherits i
  -- Types: a relation and its row type, an array and its element.
  union all
  select 'pg_class'::regclass, c.oid, 'pg_type'::regclass, c.reltype
  from pg_class c
  where c.reltype <> 0
  union all
  select 'pg_type'::regclass, t.oid, 'pg_class'::regclass, t.typrelid
  from pg_type t
  where t.typrelid <> 0
  union all
  select 'pg_type'::regclass, t.typelem, 'pg_type'::regclass, t.oid
  from pg_type t
  where t.typelem <> 0
  -- A cast is used without being named: it taints the users' types that it joins, and when
  -- there are none the built-in ones.
  union all
  select 'pg_cast'::regclass, k.oid, 'pg_type'::regclass, side.oid
  from pg_cast k
  cross join unnest(array[k.castsource, k.casttarget]) as side (oid)
  where side.oid >= 16384 or greatest(k.castsource::int8, k.casttarget::int8) < 16384
  union all
  select 'pg_transform'::regclass, f.oid, 'pg_type'::regclass, f.trftype
  from pg_transform f
  -- Families and classes of operators: the planner picks their members by itself.
  union all
  select 'pg_amop'::regclass, o.oid, 'pg_opfamily'::regclass, o.amopfamily
  from pg_amop o
  union all
  select 'pg_amop'::regclass, o.oid, 'pg_type'::regclass, side.oid
  from pg_amop o
  cross join unnest(array[o.amoplefttype, o.amoprighttype]) as side (oid)
  where side.oid >= 16384
  union all
  select 'pg_amproc'::regclass, o.oid, 'pg_opfamily'::regclass, o.amprocfamily
  from pg_amproc o
  union all
  select 'pg_amproc'::regclass, o.oid, 'pg_type'::regclass, side.oid
  from pg_amproc o
  cross join unnest(array[o.amproclefttype, o.amprocrighttype]) as side (oid)
  where side.oid >= 16384
  union all
  select 'pg_opfamily'::regclass, o.opcfamily, 'pg_opclass'::regclass, o.oid
  from pg_opclass o
  union all
  select 'pg_opclass'::regclass, o.oid, 'pg_type'::regclass, o.opcintype
  from pg_opclass o
  where o.opcintype >= 16384 or o.opcdefault
  -- An operator may be replaced by its commutator or negator.
  union all
  select 'pg_operator'::regclass, other.oid, 'pg_operator'::regclass, o.oid
  from pg_operator o
  cross join unnest(array[o.oprcom, o.oprnegate]) as other (oid)
  where other.oid <> 0
  union all
  select 'pg_operator'::regclass, o.oid, 'pg_operator'::regclass, other.oid
  from pg_operator o
  cross join unnest(array[o.oprcom, o.oprnegate]) as other (oid)
  where other.oid <> 0
),
tainted (class, oid) as (
  select 'pg_proc'::regclass::oid, r.oid
  from roots r
  union
  -- Planning a foreign table runs its wrapper, which may ask another server.
  select 'pg_class'::regclass::oid, c.oid
  from pg_class c
  where c.relkind = 'f'
  union
  select k.class, k.oid
  from callers k
  union
  select e.to_class, e.to_oid
  from tainted t
  join edges e on e.from_class = t.class and e.from_oid = t.oid
),
incoming as (
  select e.to_class as class, e.to_oid as oid,
    json_agg(json_build_array(e.from_class::int8, e.from_oid::int8)) as sources
  from edges e
  join tainted f on f.class = e.from_class and f.oid = e.from_oid
  group by e.to_class, e.to_oid
)
select
  t.class::int8 as class,
  t.oid::int8 as oid,
  case
    when t.oid < 16384
      or t.class in ('pg_ts_parser'::regclass, 'pg_ts_template'::regclass,
        'pg_ts_dict'::regclass, 'pg_ts_config'::regclass, 'pg_conversion'::regclass,
        'pg_am'::regclass)
      then 'everything'
    when p.oid is not null then 'function'
    when o.oid is not null then 'operator'
    when y.oid is not null then 'type'
    when c.relkind in ('r', 'p', 'v', 'm', 'f') then 'relation'
  end::text as kind,
  n.nspname::text as schema,
  coalesce(p.proname, o.oprname, y.typname, c.relname)::text as name,
  case
    when p.oid in (select r.oid from roots r)
      then 'function ' || n.nspname || '.' || p.proname || ' of '
        || pg_get_userbyid(p.proowner)
    when c.relkind = 'f'
      then 'foreign table ' || n.nspname || '.' || c.relname
    when (t.class, t.oid) in (select k.class, k.oid from callers k)
      then 'a built-in function that runs other code'
  end::text as root,
  i.sources::text as sources
from tainted t
left join incoming i on i.class = t.class and i.oid = t.oid
left join pg_proc p on t.class = 'pg_proc'::regclass and p.oid = t.oid
left join pg_operator o on t.class = 'pg_operator'::regclass and o.oid = t.oid
left join pg_type y on t.class = 'pg_type'::regclass and y.oid = t.oid
left join pg_class c on t.class = 'pg_class'::regclass and c.oid = t.oid
left join pg_namespace n
  on n.oid = coalesce(p.pronamespace, o.oprnamespace, y.typnamespace, c.relnamespace)
