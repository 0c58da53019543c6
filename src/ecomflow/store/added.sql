-- Tables that a store of schema 1 made by an earlier ecomflow does not have; made where they are missing at each opening.

-- What steps have called (rule P6). state: asked, open, unwanted, ended, told; what stands in the index is to be carried on.
create table if not exists child (n integer primary key, shop integer not null, run integer not null, path text not null,
  key text not null, workflow text not null, inputs text not null, state text not null, child integer, refusal text);
create unique index if not exists child_key on child (shop, run, key);
create index if not exists child_due on child (n) where state in ('asked', 'unwanted', 'ended');

-- The events that what a trigger remembers holds back (R:T4 to T8); they are not pruned.
create table if not exists kept_event (shop integer not null, workflow text not null, trigger text not null, key text not null,
  event integer not null, primary key (shop, workflow, trigger, key, event)) without rowid;

-- Connections of which there is something to remember: paused, failing, asked to wait, or with calls that are held. until, asked:
-- when the cool-down and the wait end; wake: when calls are let through next.
create table if not exists gate (shop integer not null, connection text not null, paused integer not null, failures integer not null,
  trips integer not null, until integer not null, asked integer not null, probe text, said text not null, wake integer,
  primary key (shop, connection)) without rowid;
-- Calls that are asked for and not made yet. place: the order in which they are, taken in turns by workflow; null where the run cannot be read.
create table if not exists held_call (shop integer not null, run integer not null, path text not null, connection text not null,
  workflow text not null, place integer, primary key (shop, run, path)) without rowid;
create index if not exists held_call_place on held_call (shop, connection, place) where place is not null;
create index if not exists held_call_last on held_call (shop, connection, workflow, place);
-- When calls were made through a connection with a rate.
create table if not exists passed (shop integer not null, connection text not null, at integer not null, run integer not null,
  path text not null, primary key (shop, connection, at, run, path)) without rowid;

-- Ids of events that are gone, for as long as a second one is a duplicate (rule E1); print tells whether it says the same.
create table if not exists remembered (shop integer not null, source text not null, id text not null, arrived integer not null,
  print blob not null, primary key (shop, source, id)) without rowid;
create index if not exists remembered_age on remembered (shop, arrived);
-- What still needs a run or an event. Each holds what waits or was called, and no row of a run that just comes and goes.
create index if not exists child_run on child (child) where child is not null;
create index if not exists kept_event_number on kept_event (shop, event);
create index if not exists held_event on held (shop, event) where event is not null;
create index if not exists run_queued on run (shop) where status = 'queued';
create index if not exists run_failed on run (n) where status = 'failed';
-- What people ask for: the runs of a workflow that seldom starts, and those few among millions that have not ended.
create index if not exists run_workflow on run (workflow);
-- Each row that is written is held against this: `in` with three texts, as it was once, has SQLite build a set each time.
drop index if exists run_open;
-- One that had ended is blocked where it is needed again, such as for a retry, and cannot be read.
create index if not exists run_idle on run (n) where (ended is null or status = 'blocked') and status <> 'running';
-- What people asked to be erased. state: events, runs, end, rows, outside, files, done. mark: how far its search is. value and also
-- are emptied before it is done; what stays says that it was asked, and what was erased.
create table if not exists erasure (n integer primary key, shop integer not null, kind text not null, value text not null,
  also text not null, who text not null, at integer not null, state text not null, mark integer not null default 0, told text not null);
-- What was found for an erasure that is not done. what: event, run.
create table if not exists found (erasure integer not null, what text not null, n integer not null, primary key (erasure, what, n)) without rowid;
-- What does not go off as it stands: none but while something is paused. A start looks at these alone, not at all that wait.
create index if not exists timer_still on timer (shop, run) where fire is null;
create index if not exists watch_still on watch (shop, workflow) where fire is null and due is not null;
