-- All SQL of ecomflow, by name. `:shop` and other names are bound by the callers.

-- name: meta
select value from meta where key = ?
-- name: set_meta
insert or replace into meta (key, value) values (?, ?)
-- name: drop_meta
delete from meta where key = ?
-- name: add_shop
insert or ignore into shop (name) values (?)
-- name: shop_id
select id from shop where name = ?
-- name: shops
select name from shop order by id

-- name: lease
select fence, holder, seen from lease where shop = ?
-- name: take_lease
insert into lease (shop, fence, holder, seen) values (?, 1, ?, ?)
  on conflict (shop) do update set fence = fence + 1, holder = excluded.holder, seen = excluded.seen
-- A page whose bytes stay the same is not written, and its commit syncs nothing: the value is always another one.
-- name: renew_lease
update lease set seen = ?1 + (seen = ?1) where shop = ?2 and fence = ?3
-- name: free_lease
update lease set holder = '' where shop = ? and fence = ?
-- name: check_lease
select 1 from lease where shop = ? and fence = ?

-- name: add_definition
insert or ignore into definition (shop, version, workflow, bundle) values (?, ?, ?, ?)
-- name: definition
select bundle from definition where shop = ? and version = ?
-- name: deployments
select workflow, version from deployment where shop = ?
-- name: deploy
insert or replace into deployment (shop, workflow, version, at) values (?, ?, ?, ?)
-- name: undeploy
delete from deployment where shop = ? and workflow = ?

-- name: add_event
insert or ignore into event (shop, source, id, type, subject, time, arrived, data, hop, cause, cause_event, state)
  select ?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12
  where not exists (select 1 from remembered where shop = ?1 and source = ?2 and id = ?3 and arrived > ?13)
-- name: event
select seq, source, id, type, subject, time, arrived, data, hop, cause, cause_event from event where seq = ?
-- name: event_name
select id from event where seq = ?
-- name: event_by_id
select seq, source, id, type, subject, time, arrived, data, hop, cause, cause_event from event where shop = ? and source = ? and id = ?
-- name: forget_id
update event set id = id || char(31) || seq where shop = ? and source = ? and id = ? and arrived <= ?
-- name: events_of_id
with recursive known (source) as (select min(source) from event where shop = ?1 union all
    select (select min(source) from event where shop = ?1 and source > known.source) from known where known.source is not null)
  select seq, e.source, id, type, subject, time, arrived, data, hop, cause, cause_event
  from known cross join event e on e.shop = ?1 and e.source = known.source and e.id = ?2 order by seq
-- name: last_event
select coalesce(max(seq), 0) from event
-- name: decided
update event set state = 1, mark = null where seq = ?
-- name: deliver_on
update event set state = 2, mark = ? where seq = ?
-- name: open_events
select seq, state, mark from event where state <> 1 and +shop = ? order by seq
-- name: events
select seq, source, id, type, subject, time, arrived, data, hop, cause, cause_event from event
  where +shop = :shop and (:type is null or type = :type) and (:since is null or arrived >= :since) order by seq desc limit :limit
-- name: add_event_key
insert or ignore into event_key (shop, key, event, arrived) values (?, ?, ?, ?)
-- name: look_back
select k.event from event_key k join event e on e.seq = k.event
  where k.shop = :shop and k.key = :key and k.arrived >= :since and k.event <> :trigger and (k.event > :trigger or e.time >= :time)
  order by k.event
-- name: prune_event_keys
delete from event_key where (shop, key, event) in (select shop, key, event from event_key where arrived < ? limit ?)

-- name: last_decision
select coalesce(max(n), 0) from decision where shop = ?
-- name: add_decision
insert into decision (shop, event, n, at, workflow, outcome, run, reason) values (?, ?, ?, ?, ?, ?, ?, ?)
-- name: decisions_of
select d.n, d.at, d.workflow, d.outcome, d.run, r.suffix, d.reason from decision d left join run r on r.n = d.run
  where d.shop = ? and d.event = ? order by d.n
-- name: decisions
select d.n, d.at, e.id, e.type, d.workflow, d.outcome, d.run, r.suffix, d.reason from decision d join event e on e.seq = d.event
  left join run r on r.n = d.run where d.shop = ? order by d.n

-- name: last_run
select coalesce(max(n), 0) from run
-- name: add_run
insert into run (n, shop, suffix, workflow, version, kind, subject, status, live, event, trigger, started, mode_key, group_key, priority)
  values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
-- name: run
select n, suffix, workflow, version, kind, subject, status, event, trigger, started, ended, reason, error, output, mode_key, group_key,
  priority from run where n = ? and shop = ?
-- Of several runs at once, given as a list of JSON: each with the event that it began with.
-- name: runs_to_load
select r.n, r.suffix, r.version, r.kind, r.subject, r.status, r.event, r.trigger, r.started, r.mode_key, r.group_key, r.priority,
  e.seq, e.source, e.id, e.type, e.subject, e.time, e.arrived, e.data, e.hop, e.cause, e.cause_event
  from json_each(?) a cross join run r on r.n = a.value left join event e on e.seq = r.event where r.shop = ?
-- name: set_status
update run set status = ?, live = ? where n = ?
-- name: block_run
update run set status = 'blocked' where n = ?
-- name: end_run
update run set status = ?, live = 0, ended = ?, reason = ?, error = ?, output = ?, declined = ? where n = ?
-- name: reopen_run
update run set status = ?, live = 1, ended = null, reason = '', error = null, output = null, declined = 0 where n = ?
-- name: live_runs
select n from run where live = 1 and shop = ? order by n
-- name: open_of_mode
select n, status from run where shop = ? and workflow = ? and mode_key = ? and ended is null order by n
-- name: open_of_group
select n, status, workflow, kind, subject, priority from run where shop = ? and group_key = ? and ended is null order by n
-- name: recent_starts
select count(*) from (select 1 from run where shop = ? and workflow = ? and subject = ? and kind is ? and started > ? limit ?)
-- name: open_runs
select n, workflow, version from run where shop = ? and ended is null order by n
-- name: older_runs
select r.n, r.version, d.version from run r left join deployment d on d.shop = r.shop and d.workflow = r.workflow
  where r.shop = ? and r.ended is null and r.version is not d.version and r.n > ? order by r.n limit ?
-- name: move_run
update run set version = ? where n = ?
-- name: move_tokens
update token set path = ? || path where run = ? and path <> ''
-- name: move_timers
update timer set path = ? where shop = ? and run = ?
-- name: move_approvals
update approval set path = ? where shop = ? and run = ?
-- name: subscriptions_of
select key, min(asked) from subscription where run = ? group by key
-- name: subscribed_since
update subscription set asked = ? where run = ? and key = ?
-- name: is_held_run
select 1 from held where shop = ? and run = ? limit 1
-- name: runs
select n, suffix, workflow, version, kind, subject, status, event, trigger, started, ended, reason, error, output, mode_key, group_key,
  priority from run where shop = :shop and (:workflow is null or workflow = :workflow) and (:subject is null or subject = :subject)
  and (:status is null or instr(:status, ',' || status || ',') > 0) and (:since is null or started >= :since)
  and (:error is null or json_extract(error, '$.type') = :error) and n > :after order by n limit :limit
-- name: newest_runs
select n, suffix, workflow, version, kind, subject, status, event, trigger, started, ended, reason, error, output, mode_key, group_key,
  priority from run where shop = :shop and (:workflow is null or workflow = :workflow) and (:subject is null or subject = :subject)
  and (:status is null or instr(:status, ',' || status || ',') > 0) and (:since is null or started >= :since) order by n desc limit :limit

-- name: newest_runs_about
with recursive known (name) as (select min(workflow) from run where shop = :shop and subject is not null union all
    select (select min(workflow) from run where shop = :shop and subject is not null and workflow > known.name)
    from known where known.name is not null)
  select n, suffix, workflow, version, kind, subject, status, event, trigger, started, ended, reason, error, output, mode_key, group_key,
  priority from known cross join run r on r.shop = :shop and r.workflow = known.name and r.subject = :subject
  where (:workflow is null or workflow = :workflow) and (:status is null or instr(:status, ',' || status || ',') > 0)
  and (:since is null or started >= :since) order by n desc limit :limit
-- name: newest_failed_runs
select n, suffix, workflow, version, kind, subject, status, event, trigger, started, ended, reason, error, output, mode_key, group_key,
  priority from run where +shop = :shop and status = 'failed' and (:workflow is null or workflow = :workflow)
  and (:subject is null or subject = :subject) and (:since is null or started >= :since) order by n desc limit :limit

-- name: newest_open_runs
select n, suffix, workflow, version, kind, subject, status, event, trigger, started, ended, reason, error, output, mode_key, group_key,
  priority from run where +shop = :shop and (ended is null or status = 'blocked') and status <> 'running'
  and instr(:status, ',' || status || ',') > 0 and (:since is null or started >= :since) order by n desc limit :limit
-- name: newest_runs_of
select n, suffix, workflow, version, kind, subject, status, event, trigger, started, ended, reason, error, output, mode_key, group_key,
  priority from run where +shop = :shop and workflow = :workflow and (:status is null or instr(:status, ',' || status || ',') > 0)
  and (:since is null or started >= :since) order by n desc limit :limit

-- name: add_entry
insert into journal (shop, run, seq, at, kind, path, data, trail, closed) values (?, ?, ?, ?, ?, ?, ?, ?, ?)
-- name: journal
select seq, at, kind, path, data, trail, closed from journal where shop = ? and run = ? order by seq
-- name: journals
select j.run, j.seq, j.at, j.kind, j.path, j.data, j.trail, j.closed from json_each(?) a
  cross join journal j on j.shop = ? and j.run = a.value and j.seq <= ?
-- name: declined
select reason from run where n = ? and shop = ? and declined = 1
-- name: runs_to_pack
select n, ended from run where shop = ? and n > ? order by n limit ?
-- name: add_story
insert or replace into story (shop, run, data) values (?, ?, ?)
-- name: story
select data from story where shop = ? and run = ?
-- name: drop_journal
delete from journal where shop = ? and run = ?

-- name: start_timer
insert or replace into timer (shop, run, path, due, fire) values (?, ?, ?, ?, ?)
-- name: cancel_timer
delete from timer where shop = ? and run = ? and path = ?
-- name: drop_timers
delete from timer where shop = ? and run = ?
-- In the order of the index to its last column, and each with its own limit: so as many are read as are given, not all that wait.
-- name: due_timers
select run, path, due, fire from timer where fire <= ? and +shop = ? order by fire, due, shop, run limit ?
-- name: next_fire
select min(fire) from (select fire from (select fire from timer where fire is not null and +shop = ?1 order by fire limit 1)
  union all select fire from (select fire from watch where fire is not null and +shop = ?1 order by fire limit 1))
-- name: settle_timers
update timer set fire = x.fire from (select shop as s, run as r, path as p,
    ?1 + ((row_number() over (order by due, run)) - 1) / 500 * 1000000 as fire from timer where fire > ?4 and fire <= ?2 and +shop = ?3) x
  where timer.shop = x.s and timer.run = x.r and timer.path = x.p
-- name: keep_timeouts
update timer set fire = a.due from approval a
  where a.shop = timer.shop and a.run = timer.run and a.path = timer.path and a.due > ?1 and a.due < timer.fire and timer.shop = ?2
-- name: pause_timers
update timer set fire = null where shop = :shop and (:workflow = '*'
  or exists (select 1 from run r where r.n = timer.run and r.workflow = :workflow))
-- name: resume_timers
update timer set fire = case when due <= :now then :settled else due end where fire is null and +shop = :shop
  and not exists (select 1 from paused p where p.shop = :shop and p.workflow = '*')
  and exists (select 1 from run r where r.n = timer.run and not exists
    (select 1 from paused p where p.shop = :shop and p.workflow = r.workflow))
-- name: timers_of
select path, due, fire from timer where shop = ? and run = ? order by path

-- name: shapes
select type, fields from shape where shop = ?
-- name: add_shape
insert or ignore into shape (shop, type, fields) values (?, ?, ?)
-- name: subscribe
insert or replace into subscription (shop, key, run, sub, workflow, asked) values (?, ?, ?, ?, ?, ?)
-- name: unsubscribe
delete from subscription where run = ? and sub = ?
-- name: drop_subscriptions
delete from subscription where run = ?
-- name: subscribers
select run, sub, workflow from subscription where shop = ? and key = ? and asked < ? and run > ? order by run

-- name: ask_approval
insert or replace into approval (shop, run, path, title, details, people, due, asked) values (?, ?, ?, ?, ?, ?, ?, ?)
-- name: withdraw_approval
delete from approval where shop = ? and run = ? and path = ?
-- name: drop_approvals
delete from approval where shop = ? and run = ?
-- name: approvals_of
select path, title, details, people, due, asked from approval where shop = ? and run = ? order by asked, path

-- name: count_tokens
select count(*) from token where shop = ? and kind = ? and name = ? and key = ? and at > ?
-- name: tokens_of
select 1 from token where run = ? and path = ? limit 1
-- name: take_token
insert into token (shop, kind, name, key, at, run, path) values (?, ?, ?, ?, ?, ?, ?)
-- name: give_back
delete from token where run = ? and path = ?

-- name: applied
select time from applied where shop = ? and workflow = ? and trigger = ? and subject = ?
-- name: apply
insert or replace into applied (shop, workflow, trigger, subject, time) values (?, ?, ?, ?, ?)

-- name: paused
select workflow from paused where shop = ?
-- name: pause
insert or ignore into paused (shop, workflow, at) values (?, ?, ?)
-- name: unpause
delete from paused where shop = ? and workflow = ?
-- name: unpause_all
delete from paused where shop = ?
-- name: hold
insert into held (shop, workflow, event, run, kind, path, data) values (?, ?, ?, ?, ?, ?, ?)
-- name: held
select n, workflow, event, run, kind, path, data from held where shop = ? order by n
-- name: release
delete from held where n = ?

-- name: answer
select answer from answer where shop = ? and request = ?
-- name: add_answer
insert or replace into answer (shop, request, at, answer) values (?, ?, ?, ?)
-- name: prune_answers
delete from answer where (shop, request) in (select shop, request from answer where at < ? limit ?)
-- name: add_audit
insert into audit (shop, at, who, what, run, detail) values (?, ?, ?, ?, ?, ?)
-- name: audit
select a.at, a.who, a.what, a.run, r.suffix, a.detail from audit a left join run r on r.n = a.run where a.shop = :shop
  and (:since is null or a.at >= :since) and (:who is null or a.who = :who) and (:what is null or a.what = :what)
  and (:run is null or a.run = :run) order by a.n desc limit :limit
-- name: is_held
select 1 from held where shop = ? and workflow = ? and event = ?
-- name: is_answered
select 1 from held where shop = ? and run = ? and path = ? and kind = 'attempt'
-- name: event_state
select state, mark from event where seq = ?
-- name: park_timer
update timer set fire = null where shop = ? and run = ? and path = ?
-- name: is_held_entry
select 1 from held where shop = ? and run = ? and kind = ? and path = ?

-- name: watch
select state, identity from watch where shop = ? and workflow = ? and trigger = ? and key = ?
-- name: keep_watch
-- A moment that is asked for again stays where it settles after a stop or a pause.
insert into watch (shop, workflow, trigger, key, identity, state, due, fire) values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do update
  set identity = excluded.identity, state = excluded.state, due = excluded.due,
  fire = case when due = excluded.due then coalesce(fire, excluded.fire) else excluded.fire end
-- name: kept_events
select event from kept_event where shop = ? and workflow = ? and trigger = ? and key = ? order by event
-- name: keep_event
insert or ignore into kept_event (shop, workflow, trigger, key, event) values (?, ?, ?, ?, ?)
-- name: let_event_go
delete from kept_event where shop = ? and workflow = ? and trigger = ? and key = ? and event = ?
-- name: let_events_go
delete from kept_event where shop = ? and workflow = ? and trigger = ?
-- name: drop_watch
delete from watch where shop = ? and workflow = ? and trigger = ? and key = ?
-- name: drop_watches
delete from watch where shop = ? and workflow = ? and trigger = ?
-- name: watched
select distinct workflow, trigger, identity from watch where shop = ?
-- name: due_watches
-- Of one moment, what waits on the event that arrived first is first.
select workflow, trigger, key, due, fire from watch w where fire <= ? and +shop = ? order by fire, due,
  (select max(event) from kept_event k where k.shop = w.shop and k.workflow = w.workflow and k.trigger = w.trigger and k.key = w.key), workflow, trigger limit ?
-- name: watch_wakes
select 1 from watch where shop = ? and workflow = ? and trigger = ? and key = ? and fire <= ?
-- name: park_watch
update watch set fire = null where shop = ? and workflow = ? and trigger = ? and key = ?
-- name: settle_watches
update watch set fire = ?1 where fire > ?4 and fire <= ?2 and +shop = ?3
-- name: pause_watches
update watch set fire = null where shop = :shop and (:workflow = '*' or workflow = :workflow)
-- name: resume_watches
update watch set fire = case when due <= :now then :settled else due end where due is not null and fire is null and +shop = :shop
  and not exists (select 1 from paused p where p.shop = :shop and p.workflow in ('*', watch.workflow))
-- name: add_firing
insert into firing (event, shop, workflow, trigger, adds, force, line, waits) values (?, ?, ?, ?, ?, ?, ?, ?)
-- name: firing
select workflow, trigger, adds, force, line from firing where event = ?
-- name: next_in_line
-- Behind the last comes the first that still waits: where two lines became one, it may stand before.
select event from firing where line = :line and waits = 1 and not exists (select 1 from firing f join decision d on d.shop = f.shop and d.event = f.event
    join run r on r.n = d.run where f.line = :line and r.ended is null) order by event < :event, event limit 1
-- name: take_turn
update firing set waits = 0 where event = ?
-- name: join_line
update firing set line = ? where event = ?
-- name: merge_lines
update firing set line = ? where line = ?
-- name: give_way
update firing set waits = 1 where event = ?
-- name: undecide
update event set state = 0 where seq = ?
-- name: ask_child
insert into child (shop, run, path, key, workflow, inputs, state) values (?, ?, ?, ?, ?, ?, 'asked')
  on conflict (shop, run, key) do update set inputs = excluded.inputs, state = 'asked'
-- name: child_number
select n from child where shop = ? and run = ? and key = ?
-- name: child
select n, run, path, workflow, inputs, state, child, refusal from child where n = ?
-- name: due_children
select n from child where shop = :shop and state in ('asked', 'unwanted', 'ended')
  and n || ' ' || state not in (select path from held where shop = :shop and kind = 'call') order by n
-- name: child_started
update child set child = ?, state = case when state = 'asked' then 'open' else state end where n = ?
-- name: move_child
update child set state = ?, refusal = ? where n = ?
-- name: child_ended
update child set child = ?, state = 'ended', refusal = null where n = ? and state in ('asked', 'open', 'unwanted')
-- name: children_of
select c.path, r.n, r.suffix from child c join run r on r.n = c.child where c.shop = ? and c.run = ? order by c.n

-- name: gates
select connection, paused, failures, trips, until, asked, probe, said, wake from gate where shop = ?
-- name: keep_gate
insert or replace into gate (shop, connection, paused, failures, trips, until, asked, probe, said, wake) values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
-- name: drop_gate
delete from gate where shop = ? and connection = ?
-- name: hold_call
insert or replace into held_call (shop, run, path, connection, workflow, place) values (:shop, :run, :path, :connection, :workflow,
  max(coalesce((select max(place) + 1 from held_call where shop = :shop and connection = :connection and workflow = :workflow), 0),
    coalesce((select min(place) from held_call where shop = :shop and connection = :connection and place is not null), 0)))
-- name: let_call
delete from held_call where shop = ? and run = ? and path = ? returning connection
-- name: park_call
update held_call set place = null where shop = ? and run = ? and path = ?
-- name: unpark_calls
update held_call set place = 0 where shop = ? and place is null
-- name: held_counts
select connection, count(*) from held_call where shop = ? group by connection
-- name: held_paths
select h.run, h.path from json_each(?) a cross join held_call h on h.shop = ? and h.run = a.value
-- name: next_held
select run, path from held_call h where shop = :shop and connection = :connection and place is not null
  and not exists (select 1 from paused p where p.shop = :shop and p.workflow in ('*', h.workflow)) order by place, run limit :limit
-- name: held_calls_of
select h.path, h.connection, g.paused, g.failures, g.trips, g.asked, g.said, g.wake from held_call h
  left join gate g on g.shop = h.shop and g.connection = h.connection where h.shop = ? and h.run = ?
-- name: pass_call
insert or replace into passed (shop, connection, at, run, path) values (?, ?, ?, ?, ?)
-- name: forget_passed
delete from passed where shop = ? and connection = ? and at <= ?
-- name: nth_passed
select at from passed where shop = ? and connection = ? order by at desc limit 1 offset ?
-- name: outcomes_of
select workflow, outcome from decision where shop = ? and event = ? order by n

-- name: count_dues
select sum(due <= :now), sum(due > :now) from (select due from timer where shop = :shop
  union all select due from watch where shop = :shop and due is not null)
-- name: count_open
select (select count(*) from run where live = 1 and shop = :shop and ended is null),
  (select count(*) from held_call where shop = :shop),
  (select count(*) from event where state <> 1 and shop = :shop) + (select count(distinct event) from held where shop = :shop)
-- name: soonest_dues
select t.due, r.workflow, r.n, r.suffix, r.subject from timer t join run r on r.n = t.run where t.shop = :shop
  union all select due, workflow, null, null, null from watch where shop = :shop and due is not null order by 1, 3 limit :limit

-- name: places
select key, value from meta where key like 'place:%' or key like 'copy:%'
-- name: place_missing
insert or ignore into meta (key, value) select 'place:' || name, ? from shop
-- name: free_leases
update lease set holder = ''
-- name: count_kept
select (select count(*) from run), (select count(*) from event)

-- What somebody who looks over a store is told. `most`: of how many of the newest.
-- name: last_stored
select max(at) from (select max(seen) as at from lease
  union all select arrived from (select arrived from event where shop = :shop order by seq desc limit 1)
  union all select at from (select at from audit where shop = :shop order by n desc limit 1))
-- name: paused_since
select workflow, at from paused where shop = ? order by at
-- name: held_events
select workflow, count(*) from held where shop = ? group by workflow
-- name: count_runs
select workflow, version, status, count(*), max(n), max(ended) from run where shop = :shop
  and n > (select coalesce(max(n), 0) from run) - :most and (ended is null or (status = 'failed' and ended >= :since))
  group by workflow, version, status
-- name: count_late
select count(*) from (select 1 from timer where fire <= :before and shop = :shop limit :most)
-- name: undecided
select count(*), min(arrived) from event where state <> 1 and shop = ?
-- name: set_aside
select e.id, d.workflow, d.reason from decision d join event e on e.seq = d.event
  where d.shop = :shop and d.event > (select coalesce(max(seq), 0) from event) - :most and d.outcome = 'error'
  and not exists (select 1 from decision l where l.shop = d.shop and l.event = d.event and l.n > d.n
    and (l.workflow is d.workflow or d.workflow is null)) order by d.event desc limit :limit
-- name: unconcerned
select e.type, count(*), max(e.arrived), sum(e.cause is null) from event e
  where e.shop = :shop and e.seq > (select coalesce(max(seq), 0) from event) - :most and e.state = 1
  and not exists (select 1 from decision d where d.shop = e.shop and d.event = e.seq)
  and not exists (select 1 from firing f where f.event = e.seq) group by e.type order by 2 desc

-- What must not be there; each with a limit.
-- name: check_ended
select 'r' || n || '-' || suffix, status from run
  where (ended is not null) <> (status in ('completed', 'stopped', 'failed', 'cancelled', 'superseded')) limit ?
-- name: check_version
select 'r' || r.n || '-' || r.suffix, r.version from run r where r.ended is null
  and not exists (select 1 from definition d where d.shop = r.shop and d.version = r.version) limit ?
-- name: check_event
select 'r' || r.n || '-' || r.suffix, r.event from run r where r.ended is null and r.event is not null
  and not exists (select 1 from event e where e.seq = r.event) limit ?
-- name: check_journal
select 'r' || r.n || '-' || r.suffix, r.status from run r where r.ended is null and r.status <> 'queued'
  and not exists (select 1 from journal j where j.shop = r.shop and j.run = r.n)
  and not exists (select 1 from story s where s.shop = r.shop and s.run = r.n) limit ?
-- name: check_idle
select 'r' || r.n || '-' || r.suffix, r.status from run r where r.status = 'waiting' and r.live = 0
  and not exists (select 1 from timer t where t.shop = r.shop and t.run = r.n)
  and not exists (select 1 from subscription s where s.run = r.n)
  and not exists (select 1 from approval a where a.shop = r.shop and a.run = r.n)
  and not exists (select 1 from held_call h where h.shop = r.shop and h.run = r.n)
  and not exists (select 1 from child c where c.shop = r.shop and c.run = r.n and c.state <> 'told')
  and not exists (select 1 from held h where h.shop = r.shop and h.run = r.n) limit ?
-- name: check_timers
select 'r' || t.run, t.path from timer t where not exists (select 1 from run r where r.n = t.run and r.ended is null) limit ?
-- name: check_subscriptions
select distinct 'r' || s.run, s.sub from subscription s
  where not exists (select 1 from run r where r.n = s.run and r.ended is null) limit ?
-- name: check_approvals
select 'r' || a.run, a.path from approval a where not exists (select 1 from run r where r.n = a.run and r.ended is null) limit ?
-- name: check_held_calls
select 'r' || h.run, h.path from held_call h where not exists (select 1 from run r where r.n = h.run and r.ended is null) limit ?
-- name: check_deployed
select p.workflow, p.version from deployment p
  where not exists (select 1 from definition d where d.shop = p.shop and d.version = p.version) limit ?
-- name: check_kept_events
select k.workflow, k.event from kept_event k where not exists (select 1 from event e where e.seq = k.event) limit ?
-- name: check_held_events
select h.workflow, h.event from held h where h.event is not null and not exists (select 1 from event e where e.seq = h.event) limit ?
-- name: check_firings
select f.workflow, f.event from firing f where not exists (select 1 from event e where e.seq = f.event) limit ?
-- name: runs_after
select n, started, ended from run where shop = ? and n > ? order by n limit ?
-- name: run_needed
select exists (select 1 from child c join run r on r.n = c.run where c.child = :run and (r.ended is null or r.ended >= :gone))
  or exists (select 1 from child where shop = :shop and run = :run and (state <> 'told' or n = (select max(n) from child)))
-- name: drop_story
delete from story where shop = ? and run = ?
-- name: drop_children
delete from child where shop = ? and run = ?
-- name: drop_run
delete from run where shop = ? and n = ?
-- name: events_after
select seq, arrived from event where +shop = ? and seq > ? order by seq limit ?
-- name: event_needed
select exists (select 1 from decision d join run r on r.n = d.run
    where d.shop = :shop and d.event = :event and (r.ended is null or r.ended >= :gone))
  or exists (select 1 from held where shop = :shop and event = :event)
  or exists (select 1 from kept_event where shop = :shop and event = :event)
  or exists (select 1 from firing where event = :event and waits = 1)
  or exists (select 1 from event where seq = :event and state <> 1)
-- name: oldest_waiting
select min(arrived) from event where seq in (
  (select min(event) from held where shop = :shop and event is not null),
  (select min(event) from kept_event where shop = :shop),
  (select event from run where shop = :shop and status = 'queued' order by n limit 1))
-- name: drop_decisions
delete from decision where shop = ?1 and event = ?2 and n in (select n from decision where shop = ?1 and event = ?2 limit ?3)
-- name: drop_firing
delete from firing where event = ?
-- name: drop_event
delete from event where seq = ?
-- name: remembered
select arrived, print from remembered where shop = ? and source = ? and id = ?
-- name: remember
insert or replace into remembered (shop, source, id, arrived, print) values (?, ?, ?, ?, ?)
-- name: drop_remembered
delete from remembered where (shop, source, id) in (select shop, source, id from remembered where shop = ? and arrived <= ? limit ?)
-- name: tokens_after
select kind, name, key, at, run, path, exists (select 1 from run r where r.n = token.run and r.ended is null) from token
  where shop = ? and (kind, name, key, at, run, path) > (?, ?, ?, ?, ?, ?) order by kind, name, key, at, run, path limit ?
-- name: drop_token
delete from token where shop = ? and kind = ? and name = ? and key = ? and at = ? and run = ? and path = ?
-- name: free_pages
select (select freelist_count from pragma_freelist_count), (select page_count from pragma_page_count)
-- name: add_erasure
insert into erasure (shop, kind, value, also, who, at, state, told) values (?, ?, ?, ?, ?, ?, 'events', '{}') returning n
-- name: open_erasure
select n, kind, value, also, who, state, mark, told from erasure where shop = ? and state <> 'done' order by n limit 1
-- name: erasure
select state, told from erasure where n = ? and shop = ?
-- name: move_erasure
update erasure set state = ?, mark = ?, told = ? where n = ?
-- name: forget_sought
update erasure set value = '', also = '[]' where n = ?
-- name: any_erasure
select 1 from erasure where shop = ? limit 1
-- name: find
insert or ignore into found (erasure, what, n) values (?, ?, ?)
-- name: is_found
select 1 from found where erasure = ? and what = ? and n = ?
-- name: drop_found
delete from found where erasure = ?
-- name: found_open_runs
select r.n, r.suffix, r.status from found f join run r on r.n = f.n where f.erasure = ? and f.what = 'run' and r.ended is null order by r.n
-- name: found_undecided
select count(*) from found f join event e on e.seq = f.n where f.erasure = ? and f.what = 'event' and e.state <> 1
-- name: find_runs_about
insert or ignore into found (erasure, what, n) select :erasure, 'run', n from run where shop = :shop and (subject = :value and kind in (:kind, :path)
    or event in (select n from found where erasure = :erasure and what = 'event'))
-- name: temp_found
create temp table found (erasure integer not null, what text not null, n integer not null, primary key (erasure, what, n)) without rowid
-- name: count_found
select count(*) from found where erasure = ? and what = ?
-- name: find_emitted
insert or ignore into found (erasure, what, n) select :erasure, 'event', e.seq from event e join run r on r.n = e.cause
  where e.shop = :shop and json_extract(r.trigger, '$.events') is null and (r.subject = :value and r.kind in (:kind, :path)
    or r.event in (select n from found where erasure = :erasure and what = 'event'))
-- name: events_to_search
select seq, source, id, type, subject, time, arrived, data, hop, cause, cause_event from event where shop = ? and seq > ? order by seq limit ?
-- name: runs_to_search
select n, trigger, reason, error, output from run where shop = ? and n > ? order by n limit ?
-- name: found_after
select n from found where erasure = ? and what = ? and n > ? order by n limit ?
-- name: held_of_found
select n, event from held where event in (select n from found where erasure = :erasure and what = 'event')
  or run in (select n from found where erasure = :erasure and what = 'run')
-- name: leave_line
update firing set line = null, waits = 0, adds = '{}' where event = ?
-- name: empty_event
update event set id = ?, subject = null, data = x'7b7d' where seq = ?
-- name: empty_run
update run set kind = null, subject = null, reason = 'erased', error = null, output = null, mode_key = null, group_key = null,
  trigger = '{"id":null,"kind":"erased"}', status = case when status = 'failed' then 'cancelled' else status end where n = ?
-- name: drop_tokens
delete from token where run = ?
-- name: drop_applied
delete from applied where shop = ? and subject = ?
-- name: empty_children
update child set inputs = '{}', refusal = case when refusal is null then null else '{"status":"refused","run":null,"reason":"erased","output":null}' end
  where shop = ?1 and (run = ?2 or child = ?2)
-- name: drop_found_keys
delete from event_key where event in (select n from found where erasure = ? and what = 'event')
-- name: drop_found_kept
delete from kept_event where event in (select n from found where erasure = ? and what = 'event') returning workflow, trigger, key
-- name: count_kept_of
select count(*) from kept_event where shop = ? and workflow = ? and trigger = ? and key = ?
-- name: watch_rows
select workflow, trigger, key, state from watch where shop = ?
-- name: drop_kept
delete from kept_event where shop = ? and workflow = ? and trigger = ? and key = ?
-- name: empty_decisions
update decision set reason = '' where shop = :shop and reason <> '' and (event in (select n from found where erasure = :erasure and what = 'event')
  or run in (select n from found where erasure = :erasure and what = 'run'))
-- name: empty_audits
update audit set detail = '' where shop = :shop and detail <> '' and run in (select n from found where erasure = :erasure and what = 'run')
-- name: audit_texts
select n, who, detail from audit where shop = ?
-- name: empty_audit
update audit set detail = '' where n = ?
-- name: decision_texts
select event, n, reason from decision where shop = ? and instr(lower(reason), ?)
-- name: empty_decision
update decision set reason = '' where shop = ? and event = ? and n = ?
-- name: answers
select request, answer from answer where shop = ?
-- name: set_answer
update answer set answer = ? where shop = ? and request = ?
-- name: gate_texts
select connection, said from gate where shop = ? and said <> ''
-- name: empty_gate
update gate set said = '' where shop = ? and connection = ?
-- name: definitions
select workflow, bundle from definition where shop = ?
-- name: new_of_found
select count(*) from run where ended is null and event in (select n from found where erasure = ? and what = 'event')
-- name: run_ids
select r.n, r.suffix from found f join run r on r.n = f.n where f.erasure = ? and f.what = 'run'
-- name: remembered_texts
select source, id from remembered where shop = ? and instr(lower(id), ?)
-- name: hide_remembered
update or replace remembered set id = ?, print = x'' where shop = ? and source = ? and id = ?
-- name: last_moments
select (select arrived from event where shop = ? order by seq desc limit 1), (select at from audit where shop = ? order by n desc limit 1)
-- name: move_passed
update or replace passed set at = at + ? where shop = ?
