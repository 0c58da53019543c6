"""Branches of rules switched off: each is named after its rule, and the case of the contract that shows it goes red."""

from __future__ import annotations

from mutant import Mutant

STARTING = "runtime/starting.py"


def _mutant(name: str, file: str, old: str, new: str, case: str, *more: tuple[str, str, str]) -> Mutant:
    test = f"tests/contract/test_contract.py::test_case[{case}-simulated]"
    return Mutant(name, ((file, old, new), *more), (test,))


OF_RULES = (
    _mutant(
        "E4: staleness of a trigger's value", "triggers/values.py",
        "return last is not None and event.time < last", "return last is not None and event.time is last",
        "E4-stale: threshold ignores a stale value",
    ),
    _mutant(
        "E5: exit_on comes before the waits of a run", "runtime/ingest.py",
        "if self._runs.exits(run, stored, subs):", "if self._runs is run and self._runs.exits(run, stored, subs):",
        "E5-order: exit_on comes before a wait of the same run",
    ),
    _mutant(
        "E5: starts go by priority", "matching/index.py",
        "key=lambda w: (-w.priority, w.name))", "key=lambda w: w.name)",
        "E5-order: among starts the higher priority comes first, whatever the name",
    ),
    _mutant(
        "E6: tokens are taken with the start, not when they are asked", STARTING,
        "            start.tokens.append((token, key))", "            self._tokens.take(token.kind, token.name, key, 0)",
        "S6-throttle-once-caps: a start refused by mode is no start for throttle",
    ),
    _mutant(
        "E6: once is asked before throttle", STARTING,
        'self._ask_tokens(start, "once", "throttle")', 'self._ask_tokens(start, "throttle")\n            self._ask_tokens(start, "once")',
        "branches: an event that once and throttle would refuse is refused by once",
    ),
    _mutant(
        "E6: the group is asked before caps", STARTING,
        '            self._ask_group(start)\n            self._ask_tokens(start, "cap")\n', '            self._ask_tokens(start, "cap")\n            self._ask_group(start)\n',
        "branches: an event that its group and a cap would refuse is outranked",
    ),
    _mutant(
        "E8: own events are known by their ancestry", "runtime/events.py",
        "            ahead.extend(found_ for seq in sorted(before) if (found_ := self.find(seq)) is not None)\n", "",
        "endings: own_events by ancestry through a wait of another workflow",
    ),
    _mutant(
        "E8: a chain of events ends", "runtime/ingest.py",
        "if stored.hop > MAX_HOPS:", "if stored.hop > 10 * MAX_HOPS:",
        "branches: a chain of events that cause each other ends after sixteen hops, and the step that emitted the next does not fail",
    ),
    _mutant(
        "E8: at most sixty starts an hour", STARTING,
        ">= limit:\n            raise _Ruled(Outcome.CAPPED", "< 0:\n            raise _Ruled(Outcome.CAPPED",
        "E8-loops: one workflow and subject start at most 60 times an hour",
    ),
    _mutant(
        "S3: false conditions end the older run", STARTING,
        "if start.mode is Mode.RESTART and not start.told_only and self._supersede(start, reason):", "if start.mode is self._supersede:",
        "S3-restart: conditions false end the older run and start none",
    ),
    _mutant(
        "S3: the newer run waits for finally", "runtime/runs.py",
        "if any(status != RunStatus.QUEUED for _, status in rows):", "if any(status not in (RunStatus.QUEUED, RunStatus.ENDING) for _, status in rows):",
        "branches: the newer run begins only when what the older one tidies up has ended",
    ),
    _mutant(
        "S4: max_queued", STARTING,
        "queued >= workflow.max_queued", "queued > workflow.max_queued",
        "branches: no more than max_queued wait, and the one beyond is refused",
    ),
    _mutant(
        "S5: a higher priority supersedes", STARTING,
        "numbers = list(start.outranks)", "numbers: list[int] = []",
        "S5-group: a higher priority supersedes",
    ),
    _mutant(
        "S6: at exactly per the token is back", "store/queries.sql",
        "and name = ? and key = ? and at > ?\n-- name: tokens_of", "and name = ? and key = ? and at >= ?\n-- name: tokens_of",
        "branches: at exactly per the token of throttle is back",
    ),
    _mutant(
        "S6: once", STARTING,
        'self._ask_tokens(start, "once", "throttle")', 'self._ask_tokens(start, "throttle")',
        "language-throttle-once: once drops a second start of the same key",
    ),
    _mutant(
        "S6: throttle", STARTING,
        'self._ask_tokens(start, "once", "throttle")', 'self._ask_tokens(start, "once")',
        "S6-throttle-once-caps: throttle slides, and what was throttled does not count",
    ),
    _mutant(
        "S6: a doubt keeps the token of a step", "core/calls.py",
        "if self.request.tokens and not self._doubted:", "if self.request.tokens:",
        "S6-throttle-once-caps: an action whose outcome is in doubt keeps the once token",
    ),
    _mutant(
        "T2: a crossing counts again only after rearm_at", "triggers/threshold.py",
        "(armed or back) and not crossed", "not crossed",
        "branches: a value that fired fires again only after it has been back at rearm_at",
    ),
    _mutant(
        "T3: a previous value that the event carries", "triggers/changed.py",
        "return carried if carried is not MISSING else state", "return state",
        "branches: the first sight fires where the event carries the previous value, which wins over the remembered one",
    ),
    _mutant(
        "T3: missing changes nothing", "triggers/changed.py",
        "        if value is MISSING:\n            return Reaction(state, outcome=", "        if value is MISSING:\n            value = None\n        if value is MISSING:\n            return Reaction(state, outcome=",
        "branches: null is a value, and a missing field changes nothing",
    ),
    _mutant(
        "T4: a second event ends the wait", "triggers/absence.py",
        'self._remember({"seen": seen, "until": self._until(happening)}, happening, reason="absence: this is what was waited for")', "Reaction(state, wake=happening.now, holds=happening.held)",
        "T4-absence: the second event in time prevents it",
    ),
    _mutant(
        "T4: a repeat begins the wait anew, with its data", "triggers/absence.py",
        'reason="absence", holds=(happening.number,))', 'reason="absence", holds=happening.held[:1] or (happening.number,))',
        "branches: a repeat of the first event begins the wait anew, with its data as scope",
    ),
    _mutant(
        "T5: an event exactly within old has left", "triggers/count.py",
        "if mark[0] > begins]", "if mark[0] >= begins]",
        "branches: an event exactly within old has left the window",
    ),
    _mutant(
        "T5: a full window fires once", "triggers/count.py",
        "if before < self._enough <= after:", "if self._enough <= after:",
        "T5-count-batch: count fires again only after it has been below",
    ),
    _mutant(
        "T5: a batch is over its time after its first event", "triggers/batch.py",
        "due = state or add_duration(", "due = add_duration(",
        "branches: a batch is over its time after its first event, whatever comes between",
    ),
    _mutant(
        "T6: a newer event moves the date", "triggers/date.py",
        'state["date"] == text:', 'state["date"]:',
        "T6-date: a newer event moves the date",
    ),
    _mutant(
        "T6: null drops the date", "triggers/date.py",
        "if happening.passed is False or value is None:", "if happening.passed is False:",
        "branches: null drops the date, a missing one and the same one change nothing",
    ),
    _mutant(
        "T7: the clock runs on through events that leave the conditions true", "policies/holding.py",
        'if state is None else state["due"]\n', 'if state is not happening else state["due"]\n',
        "branches: true through more events does not restart the clock",
    ),
    _mutant(
        "T7: one firing a stretch", "policies/holding.py",
        'state={"fired": True, "adds": state["adds"]}', "state=None",
        "branches: a stretch fires once, however long it goes on and whatever comes in it",
    ),
    _mutant(
        "T8: a burst has a longest time", "policies/holding.py",
        "wake = min(add(now, self._quiet, zone), end)", "wake = add(now, self._quiet, zone)",
        "T8-debounce: a stream that never gets quiet still acts, 12 times the quiet time after the first",
    ),
    _mutant(
        "T9: not for its own end", "triggers/workflow.py",
        'ended["workflow"] != happening.workflow and ', "",
        "branches: a workflow never fires at its own end, though it would take its own events",
    ),
    _mutant(
        "V4: a run is pinned to its version", "runtime/definitions.py",
        "        found = self._versions.get(version)\n", "        found = self._versions.get(version)\n        found = found and self.current.get(found.name, found)\n",
        "V4-versions: a waiting run finishes on its version and a new run starts on the new one",
    ),
    _mutant(
        "V5: a migrated run has other keys than before", "core/migrating.py",
        "walk.generation + len(walk.generations) + 1", "walk.generation + len(walk.generations)",
        "migrate: a migrated run survives a restart, and what it does is under other keys than what it did at the same place before",
    ),
    _mutant(
        "V5: names used after the wait must exist", "core/migrating.py",
        '    _check_names(workflow, path, new, names, kept["steps"])\n', "",
        "V5-deploy: migrate leaves a run on its version where a name used after the wait would not exist",
    ),
    _mutant(
        "V5: what came early is kept for later waits", "core/entering.py",
        "    walk.buffer.keep(arrival.came)\n", "",
        "migrate: a migrated wait keeps its match and its timeout, `where` is the new version's, and what came early counts later",
    ),
    _mutant(
        "V5: tokens of the old version are none of a step of the new one", "runtime/migrating.py",
        "        store.run(\"move_tokens\", f\"{entry.data['generation']}:\", run.n)\n", "",
        "migrate: a cap that a step took before does not pass for one that the new version's step takes at the same place",
    ),
    _mutant(
        "V5: a migrated timer keeps the time at which it goes off", "runtime/migrating.py",
        '        store.run("move_timers", entry.path, store.shop, run.n)\n', "",
        "migrate: a migrated run goes on after its wait in the new version, at the moment that was fixed when it was asked for",
    ),
    _mutant(
        "V5: what a trigger remembers survives edits elsewhere", "runtime/watches.py",
        "identity_of(workflow, found) != identity)", "identity_of(workflow, found) is not identity)",
        "V5-deploy: a threshold's mark survives an edit of the actions of its own workflow",
    ),
    _mutant(
        "W1: a day is a step of the calendar", "expressions/times.py",
        'return add(scope["now"], duration_or_over(value), tz)', 'return scope["now"] + timedelta(duration_or_over(value).days, duration_or_over(value).seconds)',
        "W1-waits: Berlin spring, a day is 23 hours",
    ),
    _mutant(
        "W2: the earliest event first", "core/buffer.py",
        "for number, (seq, event, subs) in enumerate(self._came):", "for number, (seq, event, subs) in reversed(list(enumerate(self._came))):",
        "W2-one-event-one-wait: of two events that came early the earliest is taken first, each once",
    ),
    _mutant(
        "W2: parallel waits in the order in which they were asked", "core/buffer.py",
        "        for leaf in self.waits.values():\n            if leaf.sub in subs and", "        for leaf in reversed(self.waits.values()):\n            if leaf.sub in subs and",
        "W2-one-event-one-wait: parallel waits take events in the order in which they were asked for",
    ),
    _mutant(
        "W3: what came since the start counts", "core/leaves.py",
        "        event = self.walk.buffer.earliest(self)\n        if event", "        event = None\n        if event",
        "W3-W4-since: an event that came before the wait was reached counts",
    ),
    _mutant(
        "W4: since step counts only what comes after", "language/waiting.py",
        'since_start = inner.value.get("since", "start") == "start"', 'since_start = inner.value.get("since", "start") != ""',
        "W3-W4-since: since step does not count an event that came before the wait was asked for",
    ),
    _mutant(
        "W6: a late wake-up asks its window again", "core/interpreter.py",
        "if not step.due.reasked or (woken - due).total_seconds() <= _LATE:", "if woken:",
        "W6-late: a wake-up more than five minutes late asks the window again",
    ),
    _mutant(
        "P4: the winner of first cancels the others", "core/scheduler.py",
        "self._won, stops = strand.number, True", "self._won, stops = strand.number, False",
        "P4-parallel: first branch without error wins",
    ),
    _mutant(
        "P4: a branch that fails does not win", "core/scheduler.py",
        "elif isinstance(signal, StepFailed) and self._first:", "elif isinstance(signal, StepFailed) and self._first and self._over is None:",
        "P4-parallel: under first a branch that fails does not win",
    ),
    _mutant(
        "P5: a key drops doubles", "core/questions.py",
        "kept.setdefault(key, item)", 'kept[f"{len(kept)}"] = item',
        "P5-for-each: key drops an item seen before",
    ),
    _mutant(
        "P5: a key drops doubles on other pages", "core/items.py",
        "if key not in seen:", "if key not in seen or number:",
        "pages: several at once go on past the border of a page, and a key drops doubles on all of them",
    ),
    _mutant(
        "P5: a page is asked for when there is room", "core/items.py",
        "            if self._mark is None:\n                return", "            return",
        "pages: pages are asked for one after the other as their items are walked",
    ),
    _mutant(
        "P6: conditions of what is called are not asked", STARTING,
        "            self._ask_subject(start)\n            self._ask_limits(start)\n            self._ask_callers", "            self._ask(start)\n            self._ask_limits(start)\n            self._ask_callers",
        "P6-call: a called workflow is not asked its conditions",
    ),
    _mutant(
        "P9: a charge in doubt is not repeated", "core/calls.py",
        "if doubt and self._step.effect is Effect.CHARGES", "if doubt and self._step.effect is Effect",
        "P9-in-doubt: a charge in doubt blocks the run and is not repeated, not even after a restart",
    ),
    _mutant(
        "P10: no attempt after the deadline", "policies/retry.py",
        "if retry.deadline is not None and due >", "if retry.deadline is due and due >",
        "P10-retries: no attempt is made past the deadline for all of them",
    ),
    _mutant(
        "P11: silence is a rejection", "core/asking.py",
        '"approved": self._step.on_timeout == "approve"', '"approved": self._step.on_timeout != "approve"',
        "reminders: reminders come while nobody decides, then the timeout is a rejection",
    ),
    _mutant(
        "P12: who is not known has not agreed", "policies/consent.py",
        "agrees = unknown if customer is None", "agrees = True if customer is None",
        "consent: where a connection knows customers, one that it does not know has not agreed",
    ),
    _mutant(
        "P12: what is skipped for consent gives its tokens back", "core/calls.py",
        'if data["skipped"] == CONSENT:', 'if data["skipped"] == "once":',
        "consent: a message that is not sent takes no token of a cap or of once",
    ),
)  # fmt: skip
