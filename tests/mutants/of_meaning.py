"""Ways to change what workflows mean: the comparison with the model must notice each."""

from __future__ import annotations

from mutant import Mutant

AGAINST_MODEL = ("tests/simulation/test_against_model.py",)


def _mutant(name: str, file: str, old: str, new: str) -> Mutant:
    return Mutant(name, ((file, old, new),), AGAINST_MODEL)


OF_MEANING = (
    _mutant("an exit before the start counts", "runtime/runs.py", "if run.workflow.exit_on and (exit_", "if run.seq > 9 and (exit_"),
    _mutant("an event older than the last one applied is stale", "runtime/starting.py", "to_micros(start.stored.event.time) < newest", "newest < 0"),
    _mutant("a declined run gives its tokens back", "runtime/runs.py", "if finish.declined or (", "if ("),
    _mutant("an emitted event is found before it is decided", "runtime/performing.py", "            self._events.keys(stored)\n", ""),
    _mutant("of one event a run takes one wait", "core/buffer.py", "                leaf.accept(event)\n                return\n        if any(", "                leaf.accept(event)\n        if any("),
    _mutant("a lower priority is outranked", "runtime/starting.py", "if start.workflow.priority <= row[5]:", "if start.workflow.priority < row[5]:"),
    _mutant("no attempt follows in a run that ends", "core/calls.py", "        elif self.strand.ending:\n", "        elif self.strand.ending and self._state != FLYING:\n"),
    _mutant("what fell due in a pause waits for the settle time", "runtime/holding.py", "SETTLE = 2 * MINUTE", "SETTLE = MINUTE"),
)
