-- The store, schema 1. Moments are microseconds since 1970 UTC. `shop` is in every key, so that one file can hold several.
create table meta (key text primary key, value) without rowid;

create table shop (id integer primary key, name text not null unique);

-- Who is the engine: one row a shop. Every commit of an engine checks its fencing number.
create table lease (shop integer primary key, fence integer not null, holder text not null, seen integer not null);

-- Every version that was ever deployed, whole (rule V4).
create table definition (shop integer not null, version text not null, workflow text not null, bundle text not null,
  primary key (shop, version)) without rowid;

create table deployment (shop integer not null, workflow text not null, version text not null, at integer not null,
  primary key (shop, workflow)) without rowid;

-- state: 0 arrived, 1 decided, 2 deliveries go on after the run in `mark` (rule E2).
create table event (seq integer primary key, shop integer not null, source text not null, id text not null, type text not null,
  subject text, time integer not null, arrived integer not null, data blob not null, hop integer not null default 0, cause integer,
  cause_event integer,
  state integer not null default 0, mark integer);
create unique index event_id on event (shop, source, id);
create index event_open on event (seq) where state <> 1;

-- What look-back (rule W5) finds events by; only for shapes that somebody waits for.
create table event_key (shop integer not null, key blob not null, event integer not null, arrived integer not null,
  primary key (shop, key, event)) without rowid;
create index event_key_age on event_key (arrived);

-- workflow: one name, or a line for each of those that are unknown because one path is missing (rule X6).
create table decision (shop integer not null, event integer not null, n integer not null, at integer not null, workflow text,
  outcome text not null, run integer, reason text not null default '', primary key (shop, event, n)) without rowid;

-- live: an action is in flight, or it was; a start after a kill reads these alone.
create table run (n integer primary key, shop integer not null, suffix text not null, workflow text not null, version text not null,
  kind text, subject text, status text not null, live integer not null, event integer, trigger text not null, started integer not null,
  ended integer, reason text not null default '', error text, output text, mode_key text, group_key text,
  priority integer not null default 0, declined integer not null default 0);
create index run_live on run (n) where live = 1;
create index run_mode on run (shop, workflow, mode_key) where mode_key is not null and ended is null;
create index run_group on run (shop, group_key) where group_key is not null and ended is null;
create index run_subject on run (shop, workflow, subject, started) where subject is not null;

create table journal (shop integer not null, run integer not null, seq integer not null, at integer not null, kind text not null,
  path text not null, data blob, trail blob, closed blob, primary key (shop, run, seq)) without rowid;

-- The journal of an ended run, packed: its rows as JSON, compressed.
create table story (shop integer not null, run integer not null, data blob not null, primary key (shop, run)) without rowid;

-- fire is when it goes off: its due time, later after a stop (rule W6), null while paused (rule V6).
create table timer (shop integer not null, run integer not null, path text not null, due integer not null, fire integer,
  primary key (shop, run, path)) without rowid;
create index timer_fire on timer (fire, due) where fire is not null;

-- Which (type, fields) anybody has ever waited for.
create table shape (shop integer not null, type text not null, fields text not null, primary key (shop, type, fields)) without rowid;

-- asked: the last event that had arrived when it was asked for.
create table subscription (shop integer not null, key blob not null, run integer not null, sub text not null, workflow text not null,
  asked integer not null, primary key (shop, key, run, sub)) without rowid;
create index subscription_run on subscription (run);

create table approval (shop integer not null, run integer not null, path text not null, title text not null, details text,
  people text not null, due integer, asked integer not null, primary key (shop, run, path)) without rowid;

create table token (shop integer not null, kind text not null, name text not null, key text not null, at integer not null,
  run integer not null, path text not null default '', primary key (shop, kind, name, key, at, run, path)) without rowid;
create index token_run on token (run);

-- The time of the newest event applied to a subject (rule E4).
create table applied (shop integer not null, workflow text not null, trigger text not null, subject text not null, time integer not null,
  primary key (shop, workflow, trigger, subject)) without rowid;

create table paused (shop integer not null, workflow text not null, at integer not null, primary key (shop, workflow)) without rowid;

-- What came while a workflow was paused, in order of arrival: an event, or an entry for a run.
create table held (n integer primary key, shop integer not null, workflow text not null, event integer, run integer, kind text,
  path text, data blob);

-- Requests of other processes that have been carried out, with the answer (see inbox).
create table answer (shop integer not null, request text not null, at integer not null, answer text not null,
  primary key (shop, request)) without rowid;

create table audit (n integer primary key, shop integer not null, at integer not null, who text not null, what text not null,
  run integer, detail text not null default '');

-- What a trigger remembers for a key (rule V5), and when it is told again; fire as that of a timer.
create table watch (shop integer not null, workflow text not null, trigger text not null, key text not null, identity text not null,
  state text, due integer, fire integer, primary key (shop, workflow, trigger, key)) without rowid;
create index watch_fire on watch (fire, due) where fire is not null;

-- For which trigger an event is that the trigger made itself. line: the first of several that start one after the other;
-- waits: its turn has not come yet.
create table firing (event integer primary key, shop integer not null, workflow text not null, trigger text not null, adds text not null,
  force integer not null default 0, line integer, waits integer not null default 0);
create index firing_line on firing (line, event) where line is not null;
