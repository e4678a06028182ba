-- Everything follows from the setting demo.seed.

insert into orders (id, tenant_id, status, total_cents, created_at, note)
select g, 1 + h % 40, (array['open', 'paid', 'sent', 'done', 'late'])[1 + (h >> 8) % 5],
       100 + (h >> 16) % 90000, timestamptz '2025-01-01 00:00:00+00' + (h >> 4) % 500000 * interval '1 minute',
       repeat('a note; ', 12)
  from (select g, hashint8extended(g, current_setting('demo.seed')::bigint) & 9223372036854775807 as h
          from generate_series(1, 50000) g) r;

insert into order_lines (id, order_id, product, quantity)
select g, 1 + g % 10000, 'product ' || g % 700, 1 + g % 5
  from generate_series(1, 20000) g;

alter table orders add constraint orders_pkey primary key (id);
alter table order_lines add constraint order_lines_pkey primary key (id);
create index order_lines_order_product_idx on order_lines (order_id, product);

-- PLANTED. A strict prefix of the index above.
create index order_lines_order_idx on order_lines (order_id);

-- There is no such table.
-- expect-error
drop table order_wishes;

vacuum (analyze) orders, order_lines;
