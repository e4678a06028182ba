-- 13 to 18: the number that all rows and values of the demo follow from
select pg_catalog.set_config('demo.seed', $1::text, false)::text as seed
