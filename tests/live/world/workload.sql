-- A short day of the small shop.

-- PLANTED. No index begins with the tenant.
-- name: order_list
-- calls: 200
-- params: select 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint)) % 40, (array['open', 'paid', 'sent'])[1 + g % 3] from generate_series(1, 60) g order by g
select /* small:order_list */ id, total_cents, created_at
  from orders
 where tenant_id = $1 and status = $2
 order by created_at desc
 limit 25;

-- name: order_get
-- calls: 60
-- params: select g * 7 from generate_series(1, 50) g order by g
select /* small:order_get */ id, status, total_cents
  from orders
 where id = $1;

-- name: order_page
-- calls: 3
-- params: select 9000
select /* small:order_page */ id, status, total_cents
  from orders
 where id < $1
 order by id desc
 limit 8;

-- name: page_lines
-- each: order_page
-- with: id
select /* small:page_lines */ product, quantity
  from order_lines
 where order_id = $1;

-- name: order_add
-- calls: 20
-- params: select 100000 + g, 'open' from generate_series(1, 20) g order by g
-- rollback: yes
insert /* small:order_add */ into orders (id, tenant_id, status, total_cents, created_at, note)
values ($1, 1, $2, 100, '2025-12-31 12:00:00+00', 'new');

-- Somebody divides by nothing, day by day.
-- name: ratio
-- calls: 2
-- expect-error
select /* small:ratio */ 1 / (count(*) - count(*))
  from order_lines
 where id < 10;
