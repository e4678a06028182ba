-- A shop small enough for a test: 50000 orders of 40 tenants and some of their lines.

create schema if not exists shop;

create table orders (
    id          bigint not null,
    tenant_id   integer not null,
    status      text not null,
    total_cents integer not null,
    created_at  timestamptz not null,
    note        text not null
);

create table order_lines (
    id       bigint not null,
    order_id bigint not null,
    product  text not null,
    quantity integer not null
);
