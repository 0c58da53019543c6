"""The steps of a workflow in plain words, each kind in its own way."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from ecomflow.cli.describing.said import Said, capital, event
from ecomflow.expressions.wording import joined

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from ecomflow.cli.describing.said import Words
    from ecomflow.registry import Registry

    Step = Mapping[str, Any]
    Inside = tuple[tuple[str, tuple[Said, ...]], ...]

_EFFECTS: Final = {"reads": "only reads", "writes": "writes", "sends": "sends", "charges": "moves money"}


class Steps:
    """Says steps.

    Args:
        words: for values and conditions.
        registry: says what actions do.
    """

    def __init__(self, words: Words, registry: Registry) -> None:
        self._words, self._registry = words, registry
        self._ends = "run"
        self._ways: Mapping[str, Callable[[Step], tuple[str, Inside]]] = {
            "action": self._action, "wait": self._wait, "wait_for": self._wait_for, "choose": self._choose, "for_each": self._for_each,
            "parallel": self._parallel, "repeat": self._repeat, "continue_if": self._continue_if, "set": self._set, "call": self._call,
            "emit": self._emit, "ask_approval": self._ask_approval, "try": self._try, "stop": self._stop, "fail": self._fail,
        }  # fmt: skip

    def all(self, steps: Any) -> tuple[Said, ...]:
        """Return a list of steps, each said."""
        return tuple(map(self._step, steps or ()))

    def _step(self, step: Step) -> Said:
        kind = next((kind for kind in self._ways if kind in step), "if")
        text, inside = self._ways[kind](step) if kind != "if" else self._if(step)
        if "if" in step and kind != "if":
            unknown = ", or where that cannot be decided" if step.get("on_unknown") == "else" else ""
            text = f"only if {self._words.condition(step['if'])}{f' (left out otherwise{unknown})' if unknown else ''}: {text}"
        if step.get("name"):
            text = f"{step['name']}: {text}"
        if step.get("id") and kind in ("action", "wait_for", "for_each", "parallel", "call", "ask_approval"):
            text += f' The result is called "{step["id"]}".'
        return Said(capital(text), inside)

    # --- actions

    def _action(self, step: Step) -> tuple[str, Inside]:
        name, given = step["action"], step.get("with") or {}
        spec = self._registry.action(name).spec
        plan, rest = self._plan(name, given)
        through = f" through `{step['connection']}`" if "connection" in step else ""
        text = f"{plan} (`{name}`, {_EFFECTS[spec.effect]}{through})"
        text += f", with {self._words.value(rest)}." if rest else "."
        on_error = step.get("on_error")
        inside: Inside = (("If it fails for good, instead", self.all(on_error)),) if isinstance(on_error, list) else ()
        return text + self._extras(step, on_error), inside

    def _plan(self, name: str, given: Mapping[str, Any]) -> tuple[str, dict[str, Any]]:
        """Return what the action would do, and the parameters of which that says nothing."""
        quoted = self._words.quoted(dict(given))
        plan = self._registry.action(name).plan(quoted)
        if plan.partition(" ")[0] == name:  # it has no words of its own
            return f"do `{name}`", dict(given)
        return plan, {key: given[key] for key, value in quoted.items() if str(value) not in plan and not isinstance(value, (dict, list))}

    def _extras(self, step: Step, on_error: Any) -> str:
        parts = []
        if "retry" in step:
            parts.append(self._retry(step["retry"]))
        if "timeout" in step:
            parts.append(f"Each attempt may take {self._words.span(step['timeout'])}.")
        if "once" in step:
            per = f" in {self._words.span(step['once']['per'])}" if "per" in step["once"] else ""
            parts.append(f"Done only once{per} for each value of {self._words.phrase(step['once']['key'])}; skipped otherwise.")
        if "caps" in step:
            parts.append(f"Skipped where the limit {joined(_list(step['caps']), 'or')} is reached.")
        if on_error == "continue":
            parts.append("If it fails for good, the run goes on.")
        return "".join(f" {part}" for part in parts)

    def _retry(self, retry: Mapping[str, Any]) -> str:
        parts = [f"tried up to {retry['attempts']} times" if "attempts" in retry else "tried again when it fails"]
        if "delay" in retry:
            parts.append(f"first again after {self._words.span(retry['delay'])}")
        if "max_delay" in retry:
            parts.append(f"at most {self._words.span(retry['max_delay'])} apart")
        if "deadline" in retry:
            parts.append(f"for {self._words.span(retry['deadline'])} altogether")
        return f"{capital(', '.join(parts))}."

    # --- waiting

    def _wait(self, step: Step) -> tuple[str, Inside]:
        wait = step["wait"]
        if not isinstance(wait, dict):
            return f"wait {self._words.span(wait)}.", ()
        if "until_window" in wait:
            return f"wait until it is within the hours of {str(wait['until_window']).replace('_', ' ')}.", ()
        return f"wait until {self._words.value(wait.get('until'))}.", ()

    def _wait_for(self, step: Step) -> tuple[str, Inside]:
        asked = step["wait_for"]
        limit = ""
        if "timeout" in asked:
            limit = f", for at most {self._words.span(asked['timeout'])}"
        elif "until" in asked:
            limit = f", at the latest until {self._words.value(asked['until'])}"
        since = "Only what comes from now on counts." if asked.get("since") == "step" else "What came since the run began counts, too."
        return f"wait until {arrival(self._words, asked)}{limit}. {since}", ()

    def _ask_approval(self, step: Step) -> tuple[str, Inside]:
        asked = step["ask_approval"]
        text = f'ask {joined([str(each) for each in _list(asked["to"])], "or")} to approve: "{self._words.value(asked["title"])}"'
        if "details" in asked:
            text += f" (with {self._words.value(asked['details'])})"
        if "remind_every" in asked:
            text += f", reminding every {self._words.span(asked['remind_every'])}"
        late = asked.get("on_timeout", "reject")
        if "timeout" not in asked:
            return f"{text}, and wait for the answer.", ()
        text += f", and wait at most {self._words.span(asked['timeout'])}"
        if isinstance(late, list):
            return f"{text}.", (("If nobody answers", self.all(late)),)
        return f"{text}; no answer {'approves' if late == 'approve' else 'rejects'} it.", ()

    # --- branches

    def _if(self, step: Step) -> tuple[str, Inside]:
        inside = [("", self.all(step.get("then"))), *([("Otherwise", self.all(step["else"]))] if "else" in step else [])]
        return f"if {self._words.condition(step['if'])}{self._unknown(step)}:", tuple(inside)

    def _choose(self, step: Step) -> tuple[str, Inside]:
        inside = [(f"If {self._words.condition(branch['if'])}", self.all(branch["then"])) for branch in step["choose"]]
        otherwise = [("In no such case", self.all(step["else"]))] if "else" in step else []
        return f"take the first case that fits{self._unknown(step)}:", (*inside, *otherwise)

    @staticmethod
    def _unknown(step: Step) -> str:
        return " (what cannot be decided counts as no)" if step.get("on_unknown") == "else" else ""

    def _for_each(self, step: Step) -> tuple[str, Inside]:
        text = f"for each of {self._words.phrase(step['for_each'])}, called the {str(step.get('as', 'item')).replace('_', ' ')}"
        if "key" in step:
            text += f", once for each value of {self._words.phrase(step['key'])}"
        if step.get("max_parallel", 1) != 1:
            text += f", up to {step['max_parallel']} at a time"
        if step.get("on_error") == "continue":
            text += "; one that fails does not stop the others"
        outer, self._ends = self._ends, "item"
        inside = self.all(step["do"])
        self._ends = outer
        return f"{text}:", (("", inside),)

    def _parallel(self, step: Step) -> tuple[str, Inside]:
        first = step.get("join") == "first"
        text = "do these side by side, until the first has ended, which ends the others:" if first else "do these side by side, and wait for all of them:"
        return text, tuple((f"Branch {number}", self.all(branch)) for number, branch in enumerate(step["parallel"], 1))

    def _repeat(self, step: Step) -> tuple[str, Inside]:
        rule, most = step["repeat"], f", at most {step.get('max', 100)} times"
        if "times" in rule:
            text = f"do this {self._words.value(rule['times'])} times:"
        elif "while" in rule:
            text = f"as long as {self._words.condition(rule['while'])}, do this{most}{self._unknown(step)}:"
        else:
            text = f"do this until {self._words.condition(rule['until'])}{most}{self._unknown(step)}:"
        return text, (("", self.all(step["do"])),)

    def _try(self, step: Step) -> tuple[str, Inside]:
        catch = [("If one of them fails", self.all(step["catch"]))] if "catch" in step else []
        final = [("In any case at the end", self.all(step["finally"]))] if "finally" in step else []
        return "try this:", (("", self.all(step["try"])), *catch, *final)

    # --- the rest

    def _continue_if(self, step: Step) -> tuple[str, Inside]:
        return f"go on only if {self._words.condition(step['continue_if'])}; otherwise the {self._ends} ends here{self._unknown(step)}.", ()

    def _set(self, step: Step) -> tuple[str, Inside]:
        return f"remember {joined([f'{name} as {self._words.value(value)}' for name, value in step['set'].items()], 'and')}.", ()

    def _call(self, step: Step) -> tuple[str, Inside]:
        given = f", with {self._words.value(step['with'])}" if step.get("with") else ""
        return f"run the workflow {step['call']}{given}, and wait for its end.", ()

    def _emit(self, step: Step) -> tuple[str, Inside]:
        given = f", with {self._words.value(step['data'])}" if step.get("data") else ""
        return f"tell the other workflows that {event(step['emit'])}{given}.", ()

    def _stop(self, step: Step) -> tuple[str, Inside]:
        reason = step["stop"]
        return "end the run here." if reason in (None, True) else f"end the run here: {self._words.value(reason)}.", ()

    def _fail(self, step: Step) -> tuple[str, Inside]:
        return f"end the run as failed: {self._words.value(step['fail'])}.", ()


def arrival(words: Words, asked: Mapping[str, Any]) -> str:
    """Return an awaited event in words: its type, what must match, and what else must hold of it.

    Args:
        words: for values and conditions.
        asked: with ``event``, ``match``, ``where``.
    """
    nouns = {str(each).partition(".")[0] for each in _list(asked["event"])}
    pairs = [f"{_its(words.phrase(field), nouns)} is {words.phrase(value)}" for field, value in (asked.get("match") or {}).items()]
    if "match" not in asked:
        pairs = ["it is about the same"]
    if "where" in asked:
        pairs.append(_its(words.condition(asked["where"]), {f"arriving {noun.replace('_', ' ')}" for noun in nouns}))
    return f"{event(asked['event'])} and {joined(pairs, 'and')}" if pairs else event(asked["event"])


def _its(text: str, nouns: Sequence[str] | set[str]) -> str:
    for noun in sorted(nouns):
        text = text.replace(f"the {noun.replace('_', ' ')}'s ", "its ")
    return text


def _list(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


