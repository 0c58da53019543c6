-- Tables that a store of schema 1 made by an earlier ecomflow does not have; made where they are missing at each opening.

-- What steps have called (rule P6). state: asked, open, unwanted, ended, told; what stands in the index is to be carried on.
create table if not exists child (n integer primary key, shop integer not null, run integer not null, path text not null,
  key text not null, workflow text not null, inputs text not null, state text not null, child integer, refusal text);
create unique index if not exists child_key on child (shop, run, key);
create index if not exists child_due on child (n) where state in ('asked', 'unwanted', 'ended');

-- The events that what a trigger remembers holds back (R:T4 to T8); they are not pruned.
create table if not exists kept_event (shop integer not null, workflow text not null, trigger text not null, key text not null,
  event integer not null, primary key (shop, workflow, trigger, key, event)) without rowid;
