"""Ways to break the engine that tests must notice: each takes one promise away."""

from __future__ import annotations

from mutant import Mutant

KERNEL = "tests/unit/runtime/test_kernel.py"
RECOVERY = "tests/unit/runtime/test_recovery.py"
DISK = "tests/processes/test_disk.py"
SCHEDULE = "tests/unit/triggers/test_schedule.py"
LEASE = "tests/unit/runtime/test_lease.py"
CLAIMS = "tests/unit/runtime/test_claims.py"
FAULTY_DISK = "tests/simulation/test_disk.py"
GAP = "tests/processes/test_no_gap.py::test_what_arrives_at_any_commit_before_a_run_waits_is_not_lost"
SEEDS = "tests/simulation/test_simulation.py::test_shops_of_twenty_seeds_keep_every_promise"
"""Two hundred seeds of the simulation."""

MUTANTS = (
    Mutant(
        "a commit is on the disk when it returns",
        (("store/wal.py", '"pragma synchronous = full"', '"pragma synchronous = off"'),),
        (f"{FAULTY_DISK}::test_commit_that_returned_survives_a_power_cut_at_any_write",),
    ),
    Mutant(
        "a commit is on the disk when it returns, told by the simulation",
        (("store/wal.py", '"pragma synchronous = full"', '"pragma synchronous = off"'),),
        (SEEDS,),
    ),
    Mutant(
        "a commit is on the disk when it returns, and not only at the next checkpoint",
        (("store/wal.py", '"pragma synchronous = full"', '"pragma synchronous = normal"'),),
        (SEEDS,),
    ),
    Mutant(
        "timers hold while the clock is wrong",
        (("runtime/kernel.py", " or self.draining or self.time.holds else", " or self.draining else"),),
        ("tests/unit/runtime/test_clock_jumps.py::test_a_jump_of_more_than_an_hour_holds_what_is_due_and_raises_an_alarm",),
    ),
    Mutant(
        "timers hold while the clock is wrong, told by the simulation",
        (("runtime/kernel.py", " or self.draining or self.time.holds else", " or self.draining else"),),
        (SEEDS,),
    ),
    Mutant(
        "nothing is dated by a clock that has jumped",
        (("runtime/timekeeping.py", "return wall if abs(wall - believed) <= HOUR else believed", "return wall"),),
        ("tests/unit/runtime/test_clock_jumps.py::test_events_go_on_and_are_dated_by_the_time_that_was_expected",),
    ),
    Mutant(
        "a machine that slept has had a stop",
        (("runtime/timekeeping.py", "self._clock.steady() - self._clock.awake() - self._slept > MINUTE", "self._slept < 0"),),
        ("tests/unit/runtime/test_clock_jumps.py::test_a_machine_that_slept_for_two_weeks_has_had_a_stop_and_no_jump",),
    ),
    Mutant(
        "a replay follows the trail and evaluates nothing",
        (("core/trail.py", "        if self.records is not None:\n            return self.recorded(path)\n        try:\n", "        try:\n"),),
        (SEEDS,),
    ),
    Mutant(
        "a start looks back",
        (("runtime/events.py", '        return [row[0] for row in self._store.select("look_back", values)]\n', "        return []\n"),),
        ("tests/contract/test_contract.py::test_case[W5-look-back: an exit that was delivered just before its trigger, but happened after it, ends the run-simulated]",),
    ),
    Mutant(
        "a declined run gives its tokens back",
        (("runtime/runs.py", '            self._store.run("give_back", run.n, "")\n', "            ...\n"),),
        ("tests/contract/test_contract.py::test_case[E7-tokens-given-back: a run that require ends before any effect gives back its throttle-simulated]",),
    ),
    Mutant(
        "an engine that was held up acts no more once another has taken over",
        (
            ("store/lease.py", '        if not self._store.update("renew_lease", (now, self._store.shop, self.fence)):\n', '        if self._store.update("renew_lease", (now, self._store.shop, self.fence)) < 0:\n'),
            ("store/lease.py", '        if self._store.row("check_lease", self._store.shop, self.fence) is None:\n', '        if self._store.row("check_lease", self._store.shop, self.fence) == ():\n'),
        ),
        (SEEDS,),
    ),
    Mutant(
        "what is in memory is dropped where a commit fails, told by the simulation",
        (("runtime/kernel.py", "            self.store.reopen()\n            self._drop()\n", "            self.store.reopen()\n            self.store.rollback()\n"),),
        (SEEDS,),
    ),
    Mutant(
        "calls leave after the commit, told by the simulation",
        (
            ("runtime/kernel.py", "        self._commit()\n        self._after_commit()\n", "        self._calls.extend(state.calls)\n        self._commit()\n        self._after_commit()\n"),
            ("runtime/kernel.py", "        state = self.turn_state\n        self._calls.extend(state.calls)\n", "        state = self.turn_state\n"),
            ("runtime/kernel.py", "        self._broken = None\n        self._calls.clear()\n", "        self._broken = None\n"),
        ),
        (SEEDS,),
    ),
    Mutant(
        "a letter is dropped after its effect is durable",
        (("runtime/host.py", "            self._looking = True\n", "            self._looking = True\n            self._inbox.done([letter.n for letter in letters])\n"),),
        (SEEDS,),
    ),
    Mutant(
        "calls in flight are in doubt after a stop, told by the simulation",
        (("runtime/kernel.py", "        after = [*doubts, *self._released()]\n", "        after = self._released()\n"),),
        (SEEDS,),
    ),
    Mutant(
        "the lease is renewed where the clock was put back",
        (("runtime/kernel.py", "abs(now - self._renewed)", "(now - self._renewed)"),),
        (f"{LEASE}::test_lease_is_renewed_where_the_clock_was_put_back", SEEDS),
    ),
    Mutant(
        "the lease is written first after a fault of the disk",
        (("runtime/kernel.py", "        self._renewed = 0  # the lease is written again first: what was read may be on no disk yet\n", ""),),
        (f"{LEASE}::test_lease_is_written_first_after_a_fault_of_the_disk",),
    ),
    Mutant(
        "what tells a secret is kept nowhere",
        (("core/trail.py", "            if self.tells is not None and self.tells(value):\n", "            if self.tells is self:\n"),),
        (SEEDS,),
    ),
    Mutant(
        "the request of a wait is stored with what caused it",
        ((
            "runtime/performing.py",
            '        self._store.run("start_timer", self._store.shop, run.n, command.path, due, due)\n',
            "",
        ),),
        (f"{KERNEL}::test_wait_survives_the_process",),
    ),
    Mutant(
        "every attempt has the same idempotency key",
        (("runtime/outgoing.py", "connection, key, attempt, effect", 'connection, f"{key}/{attempt}", attempt, effect'),),
        (f"{KERNEL}::test_attempts_of_a_step_share_one_key", f"{RECOVERY}::test_read_in_flight_is_repeated_after_a_kill"),
    ),
    Mutant(
        "the good units of a failed batch are done again",
        (("runtime/kernel.py", "            if len(units) == 1:\n", "            if units:\n"),),
        (f"{KERNEL}::test_poisoned_unit_is_undone_alone",),
    ),
    Mutant(
        "a unit that failed is undone",
        (("runtime/kernel.py", "    def _drop(self) -> None:\n        self.store.rollback()\n", "    def _drop(self) -> None:\n        self.store.commit()\n"),),
        (f"{KERNEL}::test_what_a_poisoned_unit_wrote_is_undone",),
    ),
    Mutant(
        "a transaction takes the writers' lock at its beginning",
        (("store/store.py", '"begin immediate"', '"begin deferred"'),),
        ("tests/unit/store/test_store.py::test_transaction_holds_the_writers_lock_from_its_beginning",),
    ),
    Mutant(
        "an event of one source and id is taken once",
        (("store/queries.sql", "insert or ignore into event (", "insert or replace into event ("),),
        (f"{KERNEL}::test_second_arrival_of_an_event_changes_nothing",),
    ),
    Mutant(
        "calls leave after the commit",
        (
            ("runtime/kernel.py", "        self._commit()\n        self._after_commit()\n", "        self._calls.extend(state.calls)\n        self._commit()\n        self._after_commit()\n"),
            ("runtime/kernel.py", "        state = self.turn_state\n        self._calls.extend(state.calls)\n", "        state = self.turn_state\n"),
        ),
        (f"{KERNEL}::test_call_leaves_only_after_its_commit",),
    ),
    Mutant(
        "what is in memory is dropped where a commit fails",
        (("runtime/kernel.py", "            self.store.reopen()\n            self._drop()\n", "            self.store.reopen()\n"),),
        (f"{KERNEL}::test_commit_that_fails_is_believed_from_the_file",),
    ),
    Mutant(
        "what waits for its turn is found once after a fault",
        (("runtime/kernel.py", "        self._backlog = deque([*after", "        self._backlog += deque([*after"), ("runtime/kernel.py", "        self._backlog.clear()\n", "")),
        (f"{KERNEL}::test_events_that_runs_emitted_are_decided_once_though_a_commit_failed",),
    ),
    Mutant(
        "an engine that lost its lease writes nothing",
        (("runtime/kernel.py", "        self._hold_lease()", "        ..."),),
        (f"{KERNEL}::test_engine_that_lost_its_lease_writes_and_calls_nothing",),
    ),
    Mutant(
        "calls in flight are in doubt after a stop",
        (("runtime/kernel.py", "        after = [*doubts, *self._released()]\n", "        after = self._released()\n"),),
        (f"{RECOVERY}::test_read_in_flight_is_repeated_after_a_kill",),
    ),
    Mutant(
        "late timers settle after a stop",
        (("runtime/kernel.py", "long=seen is not None and self.turn_state.now - seen > MINUTE", "long=False"),),
        (f"{RECOVERY}::test_what_came_during_a_long_stop_is_heard_before_late_timers",),
    ),
    Mutant(
        "what comes finds its runs told of the timers that had gone off",
        (("runtime/kernel.py", "return [] if self._gone_off else self._together(units)", "return self._together(units)"),),
        (f"{CLAIMS}::test_an_event_of_that_instant_does_not_come_before_a_timeout_whose_portion_has_not_come",),
    ),
    Mutant(
        "timers that had gone off come before what those before them have caused",
        (("runtime/kernel.py", "        if self.behind and not self._gone_off:\n", "        if self.behind and self._backlog:\n"),),
        (f"{CLAIMS}::test_what_timers_cause_comes_after_all_of_that_instant",),
    ),
    Mutant(
        "that timers have gone off survives a rollback",
        (("runtime/timers.py", "        self._until = gone_off_by(self._store)\n", "        self._until = None\n"),),
        (f"{CLAIMS}::test_they_stay_gone_off_though_a_unit_fails",),
    ),
    Mutant(
        "timers that had gone off before a stop are not late",
        (("runtime/timers.py", "            keep_gone_off(self._store, self._turn.now)\n", ""),),
        (f"{CLAIMS}::test_what_had_gone_off_before_a_long_stop_does_not_wait_for_what_came_meanwhile",),
    ),
    Mutant(
        "triggers that had gone off before a stop are not late",
        (("runtime/holding.py", '("settle_watches", (now + SETTLE, now, self._store.shop, self._gone_off()))', '("settle_watches", (now + SETTLE, now, self._store.shop, 0))'),),
        (f"{CLAIMS}::test_triggers_that_had_gone_off_before_a_long_stop_are_not_late",),
    ),
    Mutant(
        "what falls due between portions waits for units",
        (("runtime/timers.py", " or (until is not None and due[-1].fire > until)", ""),),
        (f"{CLAIMS}::test_what_falls_due_between_portions_waits_until_units_had_their_turn",),
    ),
    Mutant(
        "that timers have gone off is forgotten once all are served",
        (("runtime/timers.py", "                drop_gone_off(self._store)\n", "                pass\n"),),
        (f"{CLAIMS}::test_that_they_have_gone_off_is_forgotten_once_all_are_served",),
    ),
    Mutant(
        "timers that went off by a wrong clock have not by the right one",
        (("runtime/timekeeping.py", "        drop_gone_off(self._store)  # a moment of another time\n", ""),),
        ("tests/unit/runtime/test_clock_jumps.py::test_timers_that_went_off_by_a_wrong_clock_have_not_by_the_right_one",),
    ),
    Mutant(
        "an engine that stops begins nothing of what is left",
        (("runtime/kernel.py", "        return self.owes and not self.draining and (", "        return self.owes and ("),),
        ("tests/library/test_resuming.py::test_an_engine_that_stops_in_the_middle_of_a_resume_waits_for_the_charges_it_has_begun",),
    ),
    Mutant(
        "what would overtake what is left is turned away by an engine that stops",
        (("runtime/host.py", "            self._turn_away()\n", "            pass\n"),),
        ("tests/library/test_resuming.py::test_an_engine_that_stops_in_the_middle_of_a_resume_waits_for_the_charges_it_has_begun",),
    ),
    Mutant(
        "a trigger's state is kept with the moment that it fires",
        (("runtime/watches.py", "        self._keep(workflow, stage, key, reaction, before)\n        number", "        number"),),
        (f"{SCHEDULE}::test_moment_is_never_planned_twice",),
    ),
    Mutant(
        "a moment that fires is decided after a kill",
        (("runtime/firings.py", "cause=cause, run=run, decided=line is not None", "cause=cause, run=run, decided=True"),),
        (f"{SCHEDULE}::test_kill_between_the_firing_and_its_decision_loses_nothing",),
    ),
    Mutant(
        "caught-up moments start one after the other",
        (("runtime/firings.py", "waits=first is not None)", "waits=False)"), ("runtime/firings.py", "decided=line is not None)", "decided=False)")),
        (f"{SCHEDULE}::test_caught_up_moments_start_each_when_the_run_before_has_ended",),
    ),
    Mutant(
        "missed moments settle after a stop",
        (("runtime/holding.py", '            self._store.update("settle_watches", (now + SETTLE, now, self._store.shop, self._gone_off()))\n', ""),),
        (f"{SCHEDULE}::test_moment_missed_in_a_long_stop_waits_for_the_settle_time",),
    ),
    Mutant(
        "a delivery in portions is marked on the event",
        (("runtime/ingest.py", '            self._store.run("deliver_on", portion[-1], stored.seq)\n', ""),),
        (f"{RECOVERY}::test_delivery_goes_on_after_a_kill_between_portions",),
    ),
    Mutant(
        "a letter is carried out once",
        (("runtime/letters.py", '        if store.row("answer", store.shop, letter.request) is not None:\n            return\n', ""),),
        (f"{RECOVERY}::test_letter_read_again_after_a_kill_is_carried_out_once",),
    ),
    Mutant(
        "what was held comes before what a resume has caused, after a kill too",
        (("runtime/kernel.py", " if self.holding.released() else [*events, *after])", " if self.draining else [*events, *after])"),),
        ("tests/unit/runtime/test_pause.py::test_what_a_resume_has_caused_comes_after_what_was_held_though_the_process_died",),
    ),
    Mutant(
        "what was held comes before what follows the resume in later turns",
        (("runtime/kernel.py", "outcomes = [] if self.behind and not self._gone_off else self._begin(units)", "outcomes = self._begin(units)"),),
        ("tests/unit/runtime/test_pause.py::test_what_was_held_is_let_go_in_portions_and_what_comes_meanwhile_waits",),
    ),
    Mutant(
        "the loop goes on during a resume",
        (("runtime/host.py", "outcomes = self.kernel.some([unit for unit, _ in batch])", "outcomes = self.kernel.turn([unit for unit, _ in batch])"),),
        ("tests/library/test_resuming.py::test_the_loop_of_the_program_goes_on_during_a_resume_and_what_is_emitted_meanwhile_comes_after",),
    ),
    Mutant(
        "what is held survives a kill",
        (("runtime/kernel.py", "after = [*doubts, *self._released()]", "after = [*doubts, *self.children.due()]"),),
        ("tests/unit/runtime/test_pause.py::test_kill_right_after_the_resume_loses_nothing_held",),
    ),
    Mutant(
        "a closed step is walked past at its time",
        ((
            "core/interpreter.py",
            "result, change = yield Reopened(walk, path)",
            "result, change = walk.trail.ends[path].result, walk.trail.ends[path].change\n    yield from ()",
        ),),
        ("tests/unit/runtime/test_replay.py",),
    ),
    Mutant(
        "nothing is acknowledged into a store that was deleted",
        (("store/store.py", "        if not self.is_kept:\n            raise", "        if self.readonly:\n            raise"),),
        (f"{DISK}::test_store_that_was_deleted_takes_nothing_and_the_next_engine_begins_anew",),
    ),
    Mutant(
        "no empty store is put in the place of one that is moved away",
        (("store/store.py", "        if self._place.is_empty:\n", "        if self.readonly:\n"),),
        (f"{DISK}::test_store_that_is_moved_away_takes_nothing_until_it_is_back",),
    ),
    Mutant(
        "a letter is not left in an inbox that was deleted",
        (("store/inbox.py", "        if not self._place.is_kept:\n            self._open_anew()\n            self.put(*row[1:])\n", ""),),
        (f"{DISK}::test_inbox_that_was_deleted_is_made_anew_by_whoever_needs_it",),
    ),
    Mutant(
        "an inbox that could not be read is looked at again",
        (("runtime/host.py", "            return inbox.letters()\n        except (StoreError, *FAULTS)", "            return inbox.letters()\n        except (ArithmeticError)"),),
        (f"{DISK}::test_inbox_that_cannot_be_opened_for_a_while_is_looked_at_again",),
    ),
    Mutant(
        "an engine ends well though the disk takes nothing",
        (("runtime/seat.py", "except (StoreError, *FAULTS) as error:", "except ArithmeticError as error:"),),
        (f"{DISK}::test_engine_that_is_told_to_end_while_the_disk_is_full_ends_well",),
    ),
    Mutant(
        "a wait for an event is stored with the step that asked for it",
        ((
            "runtime/performing.py",
            '            self._store.run("subscribe", self._store.shop, key, run.n, command.sub, run.workflow.name, since)\n',
            '            row = (self._store.shop, key, run.n, command.sub, run.workflow.name, since)\n            self._turn.later.append(lambda row=row: self._store.run("subscribe", *row))\n',
        ),),
        (f"{GAP}[since-step]", f"{GAP}[exits]"),
    ),
    Mutant(
        "what came on the way to a wait is kept for it",
        (("core/leaves.py", "        event = self.walk.buffer.earliest(self)\n        if event", "        event = None\n        if event"),),
        (f"{GAP}[since-start]",),
    ),
)
