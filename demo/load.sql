-- Fills the shop. Everything follows from one number, the setting demo.seed,
-- and the same seed gives the same rows in the same places.
-- All times lie in 2025, which begins at epoch second 1735689600 and lasts
-- 31536000 seconds.

set work_mem = '128MB';

-- Declared immutable so that the planner folds it to a constant.
create function pg_temp.seed() returns bigint language sql immutable as
$$ select current_setting('demo.seed')::bigint * 1000 $$;

-- 63 random bits for a row number and a salt.
create function pg_temp.mix(bigint, bigint) returns bigint language sql immutable as
$$ select hashint8extended($1, pg_temp.seed() + $2) & 9223372036854775807 $$;

-- The last six digits of it as a number from 0 to 1.
create function pg_temp.unit(bigint) returns double precision language sql immutable as
$$ select ($1 % 1000000)::double precision / 1000000 $$;

create function pg_temp.at(second_of_year double precision) returns timestamptz language sql immutable as
$$ select to_timestamp(1735689600 + second_of_year) $$;

-- Who is how big. One tenant has 38 % of the business, the rest follows Zipf.
-- Which tenant that is depends on the seed.
create temp table sizes as
with ranked as (
    select g as tenant_id,
           row_number() over (order by pg_temp.mix(g, 1)) as size_rank
      from generate_series(1, 400) g
), weighed as (
    select tenant_id, size_rank,
           case when size_rank = 1 then 0.38
                else 0.62 / size_rank / sum(1.0 / size_rank) filter (where size_rank > 1) over () end as weight
      from ranked
), counted as (
    select tenant_id, size_rank, weight,
           greatest(8, round(120000 * weight))::integer as customers,
           round(20000 * weight + 50)::integer as products
      from weighed
)
select tenant_id, size_rank, weight, customers, products,
       sum(customers) over (order by tenant_id) - customers as customers_before,
       sum(products) over (order by tenant_id) - products as products_before
  from counted
 order by tenant_id;

insert into tenants (id, slug, name, plan, country_code, monthly_orders, created_at)
select tenant_id,
       'shop-' || tenant_id,
       'Shop ' || tenant_id,
       case when size_rank = 1 then 'enterprise' when size_rank <= 30 then 'business' else 'starter' end,
       (array['DE', 'FR', 'NL', 'AT', 'ES', 'IT'])[1 + pg_temp.mix(tenant_id, 2) % 6],
       round(25000 * weight),
       pg_temp.at(-31536000.0 * (1 + pg_temp.mix(tenant_id, 3) % 3))
  from sizes
 order by tenant_id;

insert into users (id, tenant_id, email, full_name, role, last_login_at, created_at)
select row_number() over (order by tenant_id, n),
       tenant_id,
       'staff' || n || '@shop-' || tenant_id || '.example',
       'Staff Member ' || n,
       case when n = 1 then 'owner' when n <= 3 then 'manager' else 'clerk' end,
       pg_temp.at(31536000.0 * (pg_temp.mix(tenant_id * 100 + n, 4) % 1000) / 1000),
       pg_temp.at(-86400.0 * (pg_temp.mix(tenant_id * 100 + n, 5) % 900))
  from sizes, generate_series(1, 8) n;

insert into customers (id, tenant_id, email, first_name, last_name, phone, newsletter, created_at, last_seen_at, deleted_at)
select id, tenant_id,
       lower(first_name || '.' || last_name) || id || '@mail' || h % 40 || '.example',
       first_name, last_name,
       case when h % 5 > 0 then '+49 30 ' || (1000000 + (h >> 12) % 9000000) end,
       h % 3 = 0,
       pg_temp.at(-86400.0 * ((h >> 20) % 1200)),
       pg_temp.at(pg_temp.unit(h >> 8) * 31500000),
       case when (h >> 30) % 25 = 0 then pg_temp.at(31500000) end
  from (
    select s.customers_before + n as id, s.tenant_id, m.h,
           (array['Anna', 'Ben', 'Clara', 'David', 'Elif', 'Farid', 'Greta', 'Hugo', 'Ines', 'Jonas', 'Kim', 'Lena', 'Milan', 'Nora', 'Oskar', 'Paula'])[1 + (m.h >> 3) % 16] as first_name,
           (array['Adler', 'Becker', 'Costa', 'Diaz', 'Ernst', 'Fischer', 'Gruber', 'Haas', 'Ivanov', 'Jansen', 'Keller', 'Lang', 'Moreau', 'Novak', 'Otto', 'Peeters', 'Quast', 'Rossi', 'Schmid', 'Tanaka', 'Ullrich', 'Vogel', 'Weber', 'Yilmaz', 'Zimmer'])[1 + (m.h >> 9) % 25] as last_name
      from sizes s
     cross join lateral generate_series(1, s.customers) n
     cross join lateral (select pg_temp.mix(s.customers_before::bigint + n, 6) as h) m
     order by 1
  ) c;

alter table customers add constraint customers_pkey primary key (id);
analyze customers;

-- 200 towns, five to a region, 40 regions in 12 countries, low numbers are big.
insert into addresses (id, customer_id, kind, street, postcode, city, region, country_code)
select g,
       1 + (g - 1) % (select max(id) from customers),
       case when g > (select max(id) from customers) then 'billing' else 'shipping' end,
       (array['Mill', 'High', 'Station', 'Church', 'Park', 'Harbour', 'Garden', 'Market'])[1 + (h >> 4) % 8] || ' Street ' || 1 + (h >> 9) % 180,
       (10000 + town * 400 + (h >> 17) % 400)::text,
       (array['Ash', 'Brook', 'Clay', 'Dun', 'Elm', 'Fern', 'Glen', 'Hart', 'Iron', 'Kings', 'Lime', 'Mar', 'New', 'Oak', 'Pine', 'Red', 'Stone', 'Thorn', 'West', 'Wood'])[1 + town / 10]
           || (array['bury', 'by', 'dale', 'field', 'ford', 'ham', 'ley', 'mouth', 'ton', 'wick'])[1 + town % 10],
       'Region ' || 1 + town / 5,
       (array['AT', 'BE', 'CH', 'CZ', 'DE', 'DK', 'ES', 'FR', 'IT', 'NL', 'PL', 'SE'])[1 + (town / 5) * 12 / 40]
  from (
    select g, h, floor(200 * pg_temp.unit(h >> 24) ^ 1.5)::integer as town
      from (select g, pg_temp.mix(g, 7) as h from generate_series(1, 135000) g) r
  ) a;

insert into categories (id, tenant_id, name, position)
select (t.id - 1) * 2 + n,
       t.id,
       (array['House', 'Garden'])[n],
       n
  from tenants t, generate_series(1, 2) n
 order by t.id, n;

insert into products (id, tenant_id, category_id, sku, slug, title, description, price_cents, stock, created_at, updated_at, deleted_at)
select id, tenant_id,
       (tenant_id - 1) * 2 + 1 + (h >> 5) % 2,
       'SKU-' || lpad(id::text, 6, '0'),
       lower(replace(title, ' ', '-')),
       title,
       'A ' || title || ' made to last. ' || repeat('Ships within two days. ', 1 + (h % 5)::integer),
       199 + (h >> 11) % 24000,
       (h >> 21) % 300,
       pg_temp.at(-86400.0 * ((h >> 30) % 700)),
       pg_temp.at(86400.0 * ((h >> 40) % 360)),
       case when (h >> 25) % 20 = 0 then pg_temp.at(86400.0 * 362) end
  from (
    select s.products_before + n as id, s.tenant_id, m.h,
           (array['Amber', 'Blue', 'Coral', 'Dark', 'Fine', 'Green', 'Light', 'Old', 'Plain', 'Red', 'Slim', 'Tall', 'Warm', 'White', 'Wide'])[1 + (m.h >> 2) % 15]
               || ' ' || (array['Basket', 'Bench', 'Bottle', 'Chair', 'Clock', 'Desk', 'Frame', 'Jar', 'Kettle', 'Lamp', 'Mirror', 'Pan', 'Plate', 'Shelf', 'Stool', 'Table', 'Tray', 'Vase'])[1 + (m.h >> 16) % 18] as title
      from sizes s
     cross join lateral generate_series(1, s.products) n
     cross join lateral (select pg_temp.mix(s.products_before::bigint + n, 8) as h) m
     order by 1
  ) p;

-- Orders come in the order of time. Old ones are settled, young ones are not.
insert into orders (id, tenant_id, customer_id, order_number, status, paid, total_cents, currency, note, created_at, updated_at, deleted_at)
select id, tenant_id, customer_id,
       'R' || lpad(id::text, 8, '0'),
       status,
       status in ('paid', 'packed', 'shipped', 'delivered'),
       500 + (h >> 30) % 30000,
       case when tenant_id % 11 = 0 then 'CHF' else 'EUR' end,
       case when h % 9 = 0 then 'Please leave the parcel with a neighbour' end,
       created_at,
       created_at + interval '2 days',
       case when (h >> 7) % 60 = 0 then created_at + interval '1 day' end
  from (
    select r.id, c.tenant_id, r.customer_id, r.h,
           pg_temp.at(105.0 * r.id + r.h % 105) as created_at,
           case
               when r.id > 294000 then (array['pending', 'paid', 'paid', 'packed', 'shipped', 'shipped', 'cancelled', 'delivered'])[1 + (r.h >> 17) % 8]
               when (r.h >> 17) % 1000 < 900 then 'delivered'
               when (r.h >> 17) % 1000 < 960 then 'cancelled'
               when (r.h >> 17) % 1000 < 990 then 'refunded'
               when (r.h >> 17) % 1000 < 995 then 'on_hold'
               else 'pending'
           end as status
      from (select g as id, h, 1 + (h >> 10) % (select max(id) from customers) as customer_id
              from (select g, pg_temp.mix(g, 9) as h from generate_series(1, 300000) g) m) r
      join customers c on c.id = r.customer_id
  ) o;

insert into order_items (id, order_id, product_id, quantity, price_cents)
select row_number() over (), o.id,
       s.products_before + 1 + m.h % s.products,
       1 + (m.h >> 20) % 4,
       199 + (m.h >> 24) % 20000
  from orders o
  join sizes s on s.tenant_id = o.tenant_id
 cross join lateral generate_series(1, 1 + pg_temp.mix(o.id, 10) % 4) n
 cross join lateral (select pg_temp.mix(o.id * 8 + n, 11) as h) m;

insert into payments (id, tenant_id, order_id, method, status, amount_cents, reference, created_at)
select o.id, o.tenant_id, o.id,
       case when m.h % 10 < 5 then 'card' when m.h % 10 < 8 then 'paypal' else 'invoice' end,
       case when o.status = 'refunded' then 'refunded' when m.h % 50 = 0 then 'failed' else 'captured' end,
       o.total_cents,
       'PAY-' || lpad(to_hex(m.h % 4294967296), 8, '0'),
       o.created_at + make_interval(secs => m.h % 3600)
  from orders o
 cross join lateral (select pg_temp.mix(o.id, 12) as h) m
 where o.paid or o.status = 'refunded';

insert into shipments (id, order_id, carrier, status, tracking, created_at)
select row_number() over (), o.id,
       (array['dhl', 'dpd', 'gls', 'post'])[1 + o.id % 4],
       (array['handed_over', 'delivered'])[n],
       'T' || o.id || 'X',
       o.created_at + n * interval '20 hours'
  from orders o
 cross join lateral generate_series(1, case when o.status = 'delivered' then 2 else 1 end) n
 where o.id > 190000 and o.status in ('shipped', 'delivered');

insert into carts (id, tenant_id, customer_id, status, subtotal_cents, discount_cents, attributes, created_at, updated_at)
select id, tenant_id, customer_id,
       case when h % 10 < 6 then 'abandoned' when h % 10 < 9 then 'ordered' else 'open' end,
       2000 + (h >> 8) % 40000,
       case when second < 50000 and id % 30 = 0 then 60000 when h % 4 = 0 then 500 else 0 end,
       ('{"device":"' || (array['phone', 'laptop', 'tablet'])[1 + (h >> 30) % 3]
           || '","campaign":"c' || (h >> 33) % 300 || '","referrer":"partner-' || (h >> 41) % 60 || '"}')::jsonb,
       pg_temp.at(second), pg_temp.at(second + h % 5000)
  from (
    select r.id, c.tenant_id, r.customer_id, r.h,
           31500000 * pg_temp.unit(r.h >> 12) as second
      from (select g as id, pg_temp.mix(g, 13) as h,
                   1 + (g - 1) * (select max(id) from customers) / 220000 as customer_id
              from generate_series(1, 220000) g) r
      join customers c on c.id = r.customer_id
  ) c;

insert into cart_items (cart_id, product_id, quantity, added_at)
select c.id,
       s.products_before + 1 + (m.h + n * 7) % s.products,
       1 + (m.h >> 20) % 3,
       c.created_at
  from carts c
  join sizes s on s.tenant_id = c.tenant_id
 cross join lateral (select pg_temp.mix(c.id, 14) as h) m
 cross join lateral generate_series(1, 1 + m.h % 2) n
 where c.status <> 'ordered';

insert into reviews (id, product_id, customer_id, rating, body, created_at, deleted_at)
select g,
       1 + (h >> 12) % (select max(id) from products),
       1 + (h >> 30) % (select max(id) from customers),
       1 + (h >> 5) % 5,
       'It does what it should. ' || repeat('I would buy it again. ', (h % 3)::integer),
       pg_temp.at(315.0 * g),
       case when h % 40 = 0 then pg_temp.at(31500000) end
  from (select g, pg_temp.mix(g, 15) as h from generate_series(1, 100000) g) r;

-- Everything is sent but the last few.
insert into notifications (id, tenant_id, customer_id, kind, subject, created_at, sent_at)
select r.id, c.tenant_id, r.customer_id,
       case when h % 100 < 50 then 'order_confirmed' when h % 100 < 80 then 'shipped'
            when h % 100 < 92 then 'newsletter' when h % 100 < 98 then 'password_reset' else 'price_alert' end,
       'News from your shop about order ' || r.id,
       pg_temp.at(260.0 * r.id),
       case when r.id <= 119500 or h % 4 = 0 then pg_temp.at(260.0 * r.id + h % 900) end
  from (select g as id, pg_temp.mix(g, 16) as h,
               1 + pg_temp.mix(g, 17) % (select max(id) from customers) as customer_id
          from generate_series(1, 120000) g) r
  join customers c on c.id = r.customer_id;

insert into audit_log (id, tenant_id, user_id, action, detail, created_at)
select r.id, u.tenant_id, u.id,
       case when h % 10000 < 9700 then 'login' when h % 10000 < 9800 then 'order_viewed'
            when h % 10000 < 9900 then 'product_changed' when h % 10000 < 9970 then 'export'
            when h % 10000 < 9976 then 'role_changed' when h % 10000 < 9982 then 'login_blocked'
            when h % 10000 < 9988 then 'api_key_created' when h % 10000 < 9994 then 'refund_forced'
            else 'permission_denied' end,
       'from 10.' || h % 200 || '.' || (h >> 9) % 250 || '.' || (h >> 19) % 250,
       pg_temp.at(121.0 * r.id + h % 121)
  from (select g as id, pg_temp.mix(g, 18) as h, 1 + pg_temp.mix(g, 19) % 3200 as user_id
          from generate_series(1, 260000) g) r
  join users u on u.id = r.user_id;

insert into visits (id, tenant_id, path, http_status, duration_ms, seen_at)
select g, 1 + (h >> 8) % 400,
       (array['/', '/cart', '/checkout', '/search', '/product'])[1 + h % 5] || '?v=' || (h >> 20) % 900,
       case when h % 200 = 0 then 500 when h % 40 = 0 then 404 else 200 end,
       5 + (h >> 30) % 400,
       pg_temp.at(210.0 * g + h % 210)
  from (select g, pg_temp.mix(g, 20) as h from generate_series(1, 150000) g) r;

-- Twelve of 300 wait for their review.
insert into incidents (id, service, title, starts_at, ends_at, reviewed_at, root_cause, lesson)
select id, 'service-' || 1 + h % 12, 'Slow answers ' || id,
       pg_temp.at(second), pg_temp.at(second + 900 + (h >> 21) % 20000),
       case when reviewed then pg_temp.at(31500000) end,
       case when reviewed then 'Cause ' || h % 40 end,
       case when reviewed then 'Watch service ' || 1 + h % 12 end
  from (
    select g as id, h, 31000000 * pg_temp.unit(h) as second,
           (g + pg_temp.seed() / 1000) % 25 <> 0 as reviewed
      from (select g, pg_temp.mix(g, 21) as h from generate_series(1, 300) g) m
  ) r;

insert into wishlist_items (customer_id, product_id, added_at)
select c.id, s.products_before + 1 + (m.h + n * 11) % s.products, pg_temp.at(m.h % 31500000)
  from customers c
  join sizes s on s.tenant_id = c.tenant_id
 cross join lateral (select pg_temp.mix(c.id, 22) as h) m
 cross join lateral generate_series(1, m.h % 4) n
 where c.id % 3 = 0;

insert into events (id, tenant_id, customer_id, kind, payload, created_at)
select r.id, c.tenant_id, case when h % 3 > 0 then r.customer_id end,
       case when h % 100 < 70 then 'page' when h % 100 < 90 then 'search' when h % 100 < 98 then 'cart' else 'order' end,
       ('{"campaign":"c' || (h >> 40) % 300 || '","ms":' || (h >> 20) % 900 || ',"page":"/p/' || (h >> 30) % 5000 || '"}')::jsonb,
       pg_temp.at(90.0 * r.id + h % 90)
  from (select g as id, pg_temp.mix(g, 23) as h,
               1 + pg_temp.mix(g, 24) % (select max(id) from customers) as customer_id
          from generate_series(1, 350000) g) r
  join customers c on c.id = r.customer_id;

drop table sizes;

-- Keys.
alter table tenants add constraint tenants_pkey primary key (id);
alter table tenants add constraint tenants_slug_key unique (slug);
alter table users add constraint users_pkey primary key (id);
alter table users add constraint users_tenant_email_key unique (tenant_id, email);
alter table customers add constraint customers_tenant_email_key unique (tenant_id, email);
alter table addresses add constraint addresses_pkey primary key (id);
alter table categories add constraint categories_pkey primary key (id);
alter table products add constraint products_pkey primary key (id);
alter table products add constraint products_tenant_sku_key unique (tenant_id, sku);
alter table orders add constraint orders_pkey primary key (id);
alter table orders add constraint orders_number_key unique (order_number);
alter table order_items add constraint order_items_pkey primary key (id);
alter table payments add constraint payments_pkey primary key (id);
alter table shipments add constraint shipments_pkey primary key (id);
alter table carts add constraint carts_pkey primary key (id);
alter table cart_items add constraint cart_items_pkey primary key (cart_id, product_id);
alter table reviews add constraint reviews_pkey primary key (id);
alter table notifications add constraint notifications_pkey primary key (id);
alter table audit_log add constraint audit_log_pkey primary key (id);
alter table visits add constraint visits_pkey primary key (id);
alter table incidents add constraint incidents_pkey primary key (id);
alter table events add constraint events_pkey primary key (id, created_at);

-- The indexes the shop has today.
create index addresses_customer_idx on addresses (customer_id);
create index addresses_country_city_idx on addresses (country_code, city);
create index products_category_idx on products (category_id);
create index orders_customer_idx on orders (customer_id);
create index order_items_order_product_idx on order_items (order_id, product_id);
create index payments_order_idx on payments (order_id);
create index carts_customer_idx on carts (customer_id);
create index audit_log_created_idx on audit_log (created_at);
create index events_tenant_created_idx on events (tenant_id, created_at);

-- PLANTED. Nothing asks for a customer by telephone.
create index customers_phone_idx on customers (phone);

-- PLANTED. A strict prefix of order_items_order_product_idx.
create index order_items_order_idx on order_items (order_id);

-- PLANTED. Titles repeat, so this fails and leaves an invalid index behind.
-- expect-error
create unique index concurrently products_tenant_slug_key on products (tenant_id, slug);

-- Foreign keys.
alter table users add constraint users_tenant_fkey foreign key (tenant_id) references tenants (id);
alter table customers add constraint customers_tenant_fkey foreign key (tenant_id) references tenants (id);
alter table addresses add constraint addresses_customer_fkey foreign key (customer_id) references customers (id);
alter table categories add constraint categories_tenant_fkey foreign key (tenant_id) references tenants (id);
alter table products add constraint products_tenant_fkey foreign key (tenant_id) references tenants (id);
alter table products add constraint products_category_fkey foreign key (category_id) references categories (id);
alter table orders add constraint orders_tenant_fkey foreign key (tenant_id) references tenants (id);
alter table orders add constraint orders_customer_fkey foreign key (customer_id) references customers (id);
alter table order_items add constraint order_items_order_fkey foreign key (order_id) references orders (id);
alter table order_items add constraint order_items_product_fkey foreign key (product_id) references products (id);
alter table payments add constraint payments_order_fkey foreign key (order_id) references orders (id);
alter table shipments add constraint shipments_order_fkey foreign key (order_id) references orders (id);
alter table carts add constraint carts_customer_fkey foreign key (customer_id) references customers (id);
alter table cart_items add constraint cart_items_cart_fkey foreign key (cart_id) references carts (id);
alter table cart_items add constraint cart_items_product_fkey foreign key (product_id) references products (id);
alter table reviews add constraint reviews_product_fkey foreign key (product_id) references products (id);
alter table notifications add constraint notifications_customer_fkey foreign key (customer_id) references customers (id);
alter table audit_log add constraint audit_log_user_fkey foreign key (user_id) references users (id);
alter table wishlist_items add constraint wishlist_items_customer_fkey foreign key (customer_id) references customers (id);

-- PLANTED. Statistics for all tables but wishlist_items.
vacuum (analyze) tenants, users, customers, addresses, categories, products, orders, order_items, payments, shipments, carts, cart_items, reviews, notifications, audit_log, visits, incidents, events;

reset work_mem;
