"""The codes of every diagnostic, with what ``ecomflow explain`` says about them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Mapping


@dataclass(frozen=True, slots=True)
class CodeInfo:
    """What a code means.

    Attributes:
        code: such as ``EF112``.
        title: one line.
        text: the cause and the fix, in a few sentences.
    """

    code: str
    title: str
    text: str


_TEXTS: Final[Mapping[str, tuple[str, str]]] = {
    # reading a file
    "EF101": ("not YAML", "The file cannot be read as YAML. Often a value needs quotes: YAML gives a meaning to a leading quote, bracket, `*`, `&`, `!`, `%`, `@` or `?`, to `: ` and to ` #`. Put the whole expression in double quotes."),
    "EF102": ("too large or too deep", "Files may be 1 MiB large, 100 levels deep and hold 100,000 values, repeated ones counted each time. Split the file, or move texts into templates."),
    "EF103": ("not a plain file in the project", "Only ordinary files inside the project's folder are read: no devices, pipes, or links that lead outside."),
    "EF104": ("the same key twice", "A mapping names a key twice, or two keys that only look the same (another Unicode form, an invisible character). Which of the two would count is unclear, so neither does."),
    "EF105": ("YAML that workflows do not use", "Tags (`!x`), merge keys (`<<`), several documents in one file, aliases that contain themselves and keys that are no text are not read. Write the values out, and put keys such as `1` or `true` in quotes."),
    "EF106": ("not UTF-8 text", "Files and their names are UTF-8; a file may begin with a byte order mark, and has no control characters."),
    "EF107": ("text cut at ` #`", "A blank and `#` begin a comment in YAML, so a text such as `Order #{{ order.number }}` ends before it. Put the whole text in double quotes."),
    # shape
    "EF110": ("wrong shape", "A value has another kind than this key takes: a text where a list belongs, a mapping where a number belongs. The message says what is expected."),
    "EF111": ("unknown name", "No such name is in scope. In scope are the fields of the event's data, `event trigger events inputs vars steps run now calendars people`, the ids of steps, and inside loops, `catch` and `where` their own names. The event type has a schema, so its fields are known."),
    "EF112": ("unknown field", "The value has no field of that name: of the event according to its schema, of the action's result, of `inputs` or `vars`. Fields that a schema does not list do not exist for expressions."),
    "EF113": ("unknown key", "This mapping has no key of that name here. Keys of other steps or triggers are unknown too: each kind has its own."),
    "EF114": ("missing key", "A key that this kind of step, trigger or setting needs is not there."),
    "EF115": ("unknown action", "No plugin that is installed brings an action of that name. `ecomflow actions` lists those that are."),
    "EF116": ("wrong parameter", "The value of a parameter under `with` does not fit what the action takes. `ecomflow actions NAME` shows the parameters. Values with `{{ }}` are checked when the step runs."),
    "EF117": ("unknown connection", "The project file has no connection of that name, it is of a kind that cannot carry out this action, or several fit and the step must say which. A note says that none is there yet."),
    "EF118": ("not one kind of step", "A step does one thing: it has exactly one of action, wait, wait_for, if/then, choose, for_each, parallel, repeat, continue_if, set, call, emit, ask_approval, try, stop, fail."),
    "EF119": ("name already taken", "An `id` or `as` may not be equal to a name in scope: it would hide the other."),
    "EF120": ("bad workflow name", "A workflow's name begins with a small letter or digit and goes on with those, dots, dashes and underscores, at most 100. Names that some file systems reserve are refused."),
    "EF121": ("two workflows of one name", "Two files have the same name, apart from capitals. The first one counts; rename the other."),
    "EF122": ("unknown calendar, cap or person", "A name that the project file should define is not there: under `calendars`, `caps` or `people`."),
    "EF123": ("bad duration, time or zone", "Durations are a number and one of s, m, h, d, w, months: `30m`, `24h`, `3d`, `1h30m`. Zones have names such as `Europe/Berlin`."),
    "EF124": ("template file", "A file under `templates/` is missing, is no ordinary file there, or cannot be compiled."),
    "EF125": ("unknown input", "The project file or a call sets an input that the workflow does not declare or, in a call, one that is fixed before any run, or an input has no value: neither a default nor one from the project file."),
    "EF126": ("wrong setting of a trigger", "The kind of trigger refuses a setting: a schedule that is not five fields or never comes, a zone that does not exist, settings that do not go together. The message says which and why; docs/language.md shows the settings of the built-in kinds."),
    "EF127": ("unknown workflow", "A step calls a workflow that this project does not have. A call names a workflow by its `name`, which is fixed: it holds no template."),
    # rules
    "EF130": ("match is needed", "`match` may be left out only where both event types have the same kind of subject: then the same subject is meant. Otherwise write which field of the arriving event pairs with which value of the run. (R:S2)"),
    "EF131": ("not known at the start", "By default a wait counts events since the run started, and `exit_on` is subscribed at the start, so what stands right in `match` must follow from the trigger event. For a value that a step finds, write `since: step`, or for `exit_on` a `wait_for` in a `parallel` with `join: first`. (R:W3)"),
    "EF132": ("not inside finally", "`finally` runs also when a run ends early, so it holds only action, set, if, choose and emit: nothing that waits or loops. (R:P2)"),
    "EF133": ("set in a parallel branch", "`set` changes a variable that other branches see; between branches that run at the same time the order would be chance. Give the step an id and use its result after the join. (R:P4)"),
    "EF134": ("nested too deep", "Steps nest at most 32 levels deep. Move a part into a workflow of its own."),
    "EF135": ("calls without end", "Workflows call each other in a circle, and no step on the way can end it. Let a `continue_if`, an `if` or a `choose` decide whether the call is made. Calls nest at most 8 deep."),
    "EF136": ("a loop of events", "What one workflow emits, or its end, starts another, and so on round to the first. This is a warning, and all of them run: conditions may end the loop, and an event that a run caused starts no workflow a second time for the same subject unless that says `own_events: true`. What still goes round is capped after 16 events within a minute of each other, and at `max_starts` an hour. Let a condition end it, or emit another type. (R:E8)"),
    "EF137": ("the first page alone", "A search gives its first page as a list, and `for_each` walks past it only where it names the search's step and nothing else. A filter or a condition around the name makes a list of the first page. Walk the search itself, and leave out items with `continue_if` at the beginning of `do`, or let the search leave them out. (R:P5)"),
    "EF191": ("no schema", "The event type has no schema, so the fields that expressions name cannot be checked. Add one under `event_types` in the project file."),
    # expressions and templates
    "EF201": ("not an expression", "The text cannot be read as an expression or template. Texts in it stand in quotes; compare with `==`; combine with `and`, `or`, `not`."),
    "EF202": ("not allowed in an expression", "Expressions read data and compute; they call nothing and change nothing."),
    "EF203": ("unknown filter", "No filter of that name exists, built in or from a plugin."),
    "EF204": ("unknown test", "No test of that name exists after `is`."),
    "EF205": ("wrong arguments", "A filter or test takes other arguments."),
    "EF206": ("`in` on a text", "`in` asks for a member of a list. To look for words in a text write `x is mentions('word')`, for a pattern `x is search('…')`."),
    "EF207": ("never comparable", "The two sides are of kinds that never compare, so the condition would always be unknown."),
    "EF208": ("too large", "An expression, a template or its result is larger or deeper than allowed."),
    "EF209": ("missing value", "A template names a value that is not there. Where it may be missing, write `| default(…)`."),
    "EF210": ("value does not fit", "A value is of a kind that cannot stand here."),
    "EF211": ("template file", "A template file, its front matter or a file it includes is wrong."),
    "EF212": ("duration or moment", "A duration, a moment, a calendar or a zone is not written as one."),
    "EF213": ("link", "`link` makes an address of a page that a server shows; it does not run yet."),
    "EF214": ("pattern", "A regular expression is wrong, too long, or not supported by the linear-time engine, which has no look-around and no back-references."),
    "EF216": ("filter of a plugin", "A plugin's filter failed or gave no value of a workflow."),
}

CODES: Final[Mapping[str, CodeInfo]] = {code: CodeInfo(code, title, text) for code, (title, text) in _TEXTS.items()}
"""Every code, for ``ecomflow explain``."""
