-- What clients leave for the engine: events, and requests of people. Any process writes, the engine alone deletes.
create table if not exists inbox (n integer primary key, shop text not null, kind text not null, request text not null unique,
  body text not null, at integer not null);
