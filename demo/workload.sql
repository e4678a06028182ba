-- What the shop asks its database on an ordinary day. A block is a few header
-- lines and one statement. The header lines are
--   name       tag of the statement, repeated in a comment within its text
--   calls      how often it runs
--   params     a query, each row of which fills $1, $2 ... of one run, and which
--              starts again at its first row when it has fewer rows than calls
--   each       instead of calls, once for every row that the named block returned
--   with       the columns of that row that fill $1, $2 ...
--   rollback   the block is undone, so that the day can be repeated
-- All other comments are for people. Blocks marked PLANTED hold a fault.


-- ---------------------------------------------------------------- logging in

-- name: tenant_by_slug
-- calls: 230
-- params: select 'shop-' || 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint)) % 400 from generate_series(1, 230) g order by g
select /* shop:tenant_by_slug */ id, name, plan, country_code
  from tenants
 where slug = $1;

-- name: staff_login
-- calls: 85
-- params: select u.tenant_id, u.email from generate_series(1, 85) g join users u on u.id = 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 1)) % 3200 order by g
select /* shop:staff_login */ id, full_name, role
  from users
 where tenant_id = $1 and email = $2 and deleted_at is null;

-- name: customer_login
-- calls: 190
-- params: select c.tenant_id, c.email from generate_series(1, 190) g join customers c on c.id = 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 3)) % 119000 order by g
select /* shop:customer_login */ id, first_name, last_name, last_seen_at
  from customers
 where tenant_id = $1 and email = $2 and deleted_at is null;

-- name: customer_get
-- calls: 170
-- params: select 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 4)) % 119000 from generate_series(1, 170) g order by g
select /* shop:customer_get */ id, tenant_id, email, first_name, last_name, phone, newsletter
  from customers
 where id = $1;

-- name: customer_addresses
-- calls: 110
-- params: select 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 5)) % 119000 from generate_series(1, 110) g order by g
select /* shop:customer_addresses */ id, kind, street, postcode, city, country_code
  from addresses
 where customer_id = $1
 order by kind;


-- ------------------------------------------------------------------ shopping

-- name: product_get
-- calls: 310
-- params: select 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 7)) % 40000 from generate_series(1, 310) g order by g
select /* shop:product_get */ id, title, description, price_cents, stock
  from products
 where id = $1 and deleted_at is null;

-- name: product_by_sku
-- calls: 100
-- params: select p.tenant_id, p.sku from generate_series(1, 100) g join products p on p.id = 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 8)) % 40000 order by g
select /* shop:product_by_sku */ id, title, price_cents, stock
  from products
 where tenant_id = $1 and sku = $2;

-- PLANTED. The rating is computed for each product by reading all reviews.
-- name: catalog_page
-- calls: 7
-- params: select c.id from categories c join (select id, row_number() over (order by monthly_orders desc, id) as size_rank from tenants) t on t.id = c.tenant_id where t.size_rank <= 2 order by t.size_rank, hashint8extended(c.id, current_setting('demo.seed')::bigint + 9) limit 12
select /* shop:catalog_page */ p.id, p.title, p.price_cents,
       (select avg(r.rating) from reviews r where r.product_id = p.id and r.deleted_at is null) as stars
  from products p
 where p.category_id = $1 and p.deleted_at is null
 order by p.title, p.id
 limit 48;

-- PLANTED. This table was never analyzed.
-- name: wishlist
-- calls: 90
-- params: select 3 * (1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 10)) % 39000) from generate_series(1, 90) g order by g
select /* shop:wishlist */ w.product_id, p.title, p.price_cents, w.added_at
  from wishlist_items w
  join products p on p.id = w.product_id
 where w.customer_id = $1
 order by w.added_at desc;

-- name: cart_of_customer
-- calls: 140
-- params: select 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 11)) % 119000 from generate_series(1, 140) g order by g
select /* shop:cart_of_customer */ id, status, subtotal_cents, discount_cents, updated_at
  from carts
 where customer_id = $1;

-- name: cart_lines
-- calls: 155
-- params: select 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 12)) % 220000 from generate_series(1, 155) g order by g
select /* shop:cart_lines */ i.product_id, i.quantity, p.title, p.price_cents
  from cart_items i
  join products p on p.id = i.product_id
 where i.cart_id = $1;

-- name: cart_add
-- calls: 60
-- params: select 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 13)) % 220000, 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 14)) % 40000, 1 from generate_series(1, 60) g order by g
-- rollback: yes
insert /* shop:cart_add */ into cart_items (cart_id, product_id, quantity, added_at)
values ($1, $2, $3, '2025-12-31 12:00:00+00')
on conflict (cart_id, product_id) do update set quantity = cart_items.quantity + excluded.quantity;

-- name: cart_drop_line
-- calls: 45
-- params: select cart_id, product_id from cart_items where cart_id % 4999 = abs(current_setting('demo.seed')::bigint) % 4999 order by cart_id, product_id
-- rollback: yes
delete /* shop:cart_drop_line */ from cart_items
 where cart_id = $1 and product_id = $2;

-- PLANTED, the trap. The planner expects that one cart in three has a discount
-- above its subtotal, so an index on created_at looks like an early stop. There
-- are a handful, all from the first of January.
-- name: cart_overdiscount
-- calls: 12
-- params: select 20
select /* shop:cart_overdiscount */ id, tenant_id, customer_id, subtotal_cents, discount_cents, created_at
  from carts
 where discount_cents > subtotal_cents
 order by created_at desc
 limit $1;


-- -------------------------------------------------------------------- orders

-- name: order_create
-- calls: 50
-- params: select c.tenant_id, c.id, 'N' || g, 1000 + g from generate_series(1, 50) g join customers c on c.id = 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 16)) % 119000 order by g
-- rollback: yes
insert /* shop:order_create */ into orders (tenant_id, customer_id, order_number, status, paid, total_cents, currency, created_at, updated_at)
values ($1, $2, $3, 'pending', false, $4, 'EUR', '2025-12-31 12:00:00+00', '2025-12-31 12:00:00+00')
returning id;

-- name: order_add_line
-- calls: 80
-- params: select 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 17)) % 300000, 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 18)) % 40000, 1 + g % 3, 100 + g from generate_series(1, 80) g order by g
-- rollback: yes
insert /* shop:order_add_line */ into order_items (order_id, product_id, quantity, price_cents)
values ($1, $2, $3, $4);

-- name: order_set_status
-- calls: 65
-- params: select (array['paid', 'packed', 'shipped', 'delivered'])[1 + g % 4], 294000 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 19)) % 6000 from generate_series(1, 65) g order by g
-- rollback: yes
update /* shop:order_set_status */ orders
   set status = $1, paid = true, updated_at = '2025-12-31 12:00:00+00'
 where id = $2;

-- name: order_get
-- calls: 210
-- params: select 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 20)) % 300000 from generate_series(1, 210) g order by g
select /* shop:order_get */ id, tenant_id, customer_id, status, paid, total_cents, currency, created_at
  from orders
 where id = $1;

-- name: order_by_number
-- calls: 95
-- params: select 'R' || lpad((1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 21)) % 300000)::text, 8, '0') from generate_series(1, 95) g order by g
select /* shop:order_by_number */ id, status, total_cents, created_at
  from orders
 where order_number = $1;

-- name: orders_of_customer
-- calls: 135
-- params: select 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 22)) % 119000 from generate_series(1, 135) g order by g
select /* shop:orders_of_customer */ id, order_number, status, total_cents, created_at
  from orders
 where customer_id = $1 and deleted_at is null
 order by created_at desc
 limit 10;

-- name: order_line_of_product
-- calls: 75
-- params: select i.order_id, i.product_id from generate_series(1, 75) g join order_items i on i.id = 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 23)) % 740000 order by g
select /* shop:order_line_of_product */ product_id, order_id
  from order_items
 where order_id = $1 and product_id = $2;

-- name: payments_of_order
-- calls: 125
-- params: select 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 24)) % 300000 from generate_series(1, 125) g order by g
select /* shop:payments_of_order */ id, method, status, amount_cents, reference
  from payments
 where order_id = $1;

-- PLANTED. The start page of a merchant, newest orders of one status. No index
-- begins with the tenant.
-- name: order_list
-- calls: 120
-- params: select t.id, (array['pending', 'on_hold', 'delivered', 'shipped', 'refunded'])[1 + g % 5], 25 from generate_series(1, 120) g join (select id, row_number() over (order by monthly_orders desc, id) as size_rank from tenants) t on t.size_rank = case when g % 3 = 0 then 1 else 2 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 26)) % 80 end order by g
select /* shop:order_list */ id, order_number, customer_id, total_cents, created_at
  from orders
 where tenant_id = $1 and status = $2
 order by created_at desc
 limit $3;

-- PLANTED. Served by the same index that order_list lacks.
-- name: order_status_counts
-- calls: 9
-- params: select t.id from generate_series(1, 9) g join (select id, row_number() over (order by monthly_orders desc, id) as size_rank from tenants) t on t.size_rank = 2 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 27)) % 60 order by g
select /* shop:order_status_counts */ status, count(*)
  from orders
 where tenant_id = $1
 group by status;

-- PLANTED. A page of orders, and then one statement for each order on it.
-- name: backoffice_page
-- calls: 30
-- params: select 300000 - abs(hashint8extended(g, current_setting('demo.seed')::bigint + 28)) % 200000 from generate_series(1, 30) g order by g
select /* shop:backoffice_page */ id, order_number, tenant_id, status, total_cents, created_at
  from orders
 where id < $1
 order by id desc
 limit 25;

-- name: backoffice_lines
-- each: backoffice_page
-- with: id
select /* shop:backoffice_lines */ id, product_id, quantity, price_cents
  from order_items
 where order_id = $1;

-- PLANTED. The newest shipping step of each order, found by reading them all.
-- name: order_tracking
-- calls: 11
-- params: select 200000 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 29)) % 90000 from generate_series(1, 11) g order by g
select /* shop:order_tracking */ o.id, o.order_number, s.carrier, s.status, s.created_at
  from orders o
  left join lateral (
           select sh.carrier, sh.status, sh.created_at
             from shipments sh
            where sh.order_id = o.id
            order by sh.created_at desc
            limit 1) s on true
 where o.id > $1
 order by o.id
 limit 20;


-- --------------------------------------------------------------- back office

-- PLANTED. Payments of one tenant in a few days.
-- name: payment_report
-- calls: 92
-- params: select t.id, timestamptz '2025-01-10 00:00:00+00' + d.n * interval '1 day', timestamptz '2025-01-13 00:00:00+00' + d.n * interval '1 day' from generate_series(1, 92) g cross join lateral (select abs(hashint8extended(g, current_setting('demo.seed')::bigint + 30)) % 340 as n) d join (select id, row_number() over (order by monthly_orders desc, id) as size_rank from tenants) t on t.size_rank = 1 + g % 40 order by g
select /* shop:payment_report */ method, status, count(*), sum(amount_cents)
  from payments
 where tenant_id = $1 and created_at >= $2 and created_at < $3
 group by method, status;

-- PLANTED. The customers seen last. All those of a tenant are sorted to show 25.
-- name: customer_recent
-- calls: 82
-- params: select t.id, 25 from generate_series(1, 82) g join (select id, row_number() over (order by monthly_orders desc, id) as size_rank from tenants) t on t.size_rank = case when g % 10 < 8 then 1 else 1 + g % 10 end order by g
select /* shop:customer_recent */ id, email, first_name, last_name, last_seen_at
  from customers
 where tenant_id = $1 and deleted_at is null
 order by last_seen_at desc
 limit $2;

-- PLANTED. The poller asks for what is not sent, which is next to nothing.
-- name: notifications_due
-- calls: 155
-- params: select (array['order_confirmed', 'shipped', 'newsletter', 'password_reset'])[1 + g % 4], 50 from generate_series(1, 155) g order by g
select /* shop:notifications_due */ id, tenant_id, customer_id, subject
  from notifications
 where kind = $1 and sent_at is null
 order by created_at
 limit $2;

-- name: notification_sent
-- calls: 70
-- params: select '2025-12-31 12:00:00+00', 119500 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 31)) % 500 from generate_series(1, 70) g order by g
-- rollback: yes
update /* shop:notification_sent */ notifications
   set sent_at = $1
 where id = $2;

-- name: audit_recent
-- calls: 40
-- params: select timestamptz '2025-12-01 00:00:00+00' - g * interval '3 days', 40 from generate_series(1, 40) g order by g
select /* shop:audit_recent */ id, tenant_id, user_id, action, created_at
  from audit_log
 where created_at < $1
 order by created_at desc
 limit $2;

-- name: audit_write
-- calls: 55
-- params: select u.tenant_id, u.id, 'login', 'from 10.0.0.' || g from generate_series(1, 55) g join users u on u.id = 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 32)) % 3200 order by g
-- rollback: yes
insert /* shop:audit_write */ into audit_log (tenant_id, user_id, action, detail, created_at)
values ($1, $2, $3, $4, '2025-12-31 12:00:00+00');

-- PLANTED. The index on created_at is walked, and nearly every row thrown away.
-- name: security_feed
-- calls: 74
-- params: select (array['permission_denied', 'role_changed', 'login_blocked', 'api_key_created', 'refund_forced'])[1 + g % 5], timestamptz '2025-03-01 00:00:00+00' + (abs(hashint8extended(g, current_setting('demo.seed')::bigint + 33)) % 120) * interval '1 day', 25 from generate_series(1, 74) g order by g
select /* shop:security_feed */ id, tenant_id, user_id, detail, created_at
  from audit_log
 where action = $1 and created_at >= $2
 order by created_at desc
 limit $3;

-- PLANTED. The index on created_at leads through all the logins, which are nearly
-- all there is, to the few other actions.
-- name: security_review
-- calls: 5
-- params: select 'login', timestamptz '2025-11-20 00:00:00+00' + g * interval '5 days' from generate_series(1, 5) g order by g
select /* shop:security_review */ action, count(*), max(created_at) as latest
  from audit_log
 where action <> $1 and created_at >= $2
 group by action;

-- PLANTED. One incident expected, a dozen found, and for each of them all
-- visits are read.
-- name: incident_impact
-- calls: 12
select /* shop:incident_impact */ i.id, i.title, count(*) as visits, avg(v.duration_ms) as mean_ms
  from incidents i
  join visits v on v.seen_at >= i.starts_at and v.seen_at < i.ends_at
 where i.reviewed_at is null and i.root_cause is null and i.lesson is null
 group by i.id, i.title;

-- name: event_write
-- calls: 88
-- params: select c.tenant_id, c.id, '{"campaign":"c1","ms":12}' from generate_series(1, 88) g join customers c on c.id = 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 34)) % 119000 order by g
-- rollback: yes
insert /* shop:event_write */ into events (tenant_id, customer_id, kind, payload, created_at)
values ($1, $2, 'page', $3, '2025-12-31 12:00:00+00');

-- name: events_of_day
-- calls: 72
-- params: select t.id, timestamptz '2025-01-01 00:00:00+00' + d.n * interval '1 day', timestamptz '2025-01-02 00:00:00+00' + d.n * interval '1 day' from generate_series(1, 72) g cross join lateral (select abs(hashint8extended(g, current_setting('demo.seed')::bigint + 35)) % 360 as n) d join (select id, row_number() over (order by monthly_orders desc, id) as size_rank from tenants) t on t.size_rank = 1 + g % 60 order by g
select /* shop:events_of_day */ id, kind, payload ->> 'page' as page, created_at
  from events
 where tenant_id = $1 and created_at >= $2 and created_at < $3
 order by created_at desc
 limit 100;

-- PLANTED. Town, region and country say the same thing three times, and the
-- planner multiplies.
-- name: town_mailing
-- calls: 8
-- params: select a.country_code, a.region, a.city from generate_series(1, 8) g join addresses a on a.id = 1 + abs(hashint8extended(g, current_setting('demo.seed')::bigint + 36)) % 135000 order by g
select /* shop:town_mailing */ c.id, c.email, c.first_name
  from addresses a
  join customers c on c.id = a.customer_id
 where a.country_code = $1 and a.region = $2 and a.city = $3 and c.newsletter;

-- PLANTED. More rows than fit into work_mem are sorted.
-- name: best_cart_of_day
-- calls: 2
select /* shop:best_cart_of_day */ distinct on (date_trunc('day', created_at))
       date_trunc('day', created_at) as day, id, customer_id, subtotal_cents
  from carts
 where status <> 'ordered'
 order by date_trunc('day', created_at), subtotal_cents desc, id;

-- PLANTED. A hash table that does not fit into work_mem.
-- name: domain_report
-- calls: 2
select /* shop:domain_report */ split_part(c.email, '@', 2) as domain, c.last_name, count(*), sum(o.total_cents)
  from orders o
  join customers c on c.id = o.customer_id
 where o.paid
 group by 1, 2;
