"""Typed, three-valued, explainable expressions and templates in Jinja2's syntax."""

from ecomflow.expressions import calendars, times
from ecomflow.expressions.calendars import Calendar, parse_calendar
from ecomflow.expressions.conditions import Condition, all_of, any_of, compile_condition, not_
from ecomflow.expressions.env import Env
from ecomflow.expressions.expression import CompiledExpression, compile_expression
from ecomflow.expressions.files import file_template, template_names
from ecomflow.expressions.html_text import html_to_text
from ecomflow.expressions.indexing import Question, conjuncts, read_of_data
from ecomflow.expressions.quantifiers import every, none, some
from ecomflow.expressions.templates import CompiledTemplate, Template, compile_template, constant, mapping, sequence
from ecomflow.expressions.times import CompiledDue, add, duration_due, parse_duration, subtract, until_due, window_due
from ecomflow.expressions.values import subject_text, to_text

Expression = CompiledExpression

__all__ = [
    "Calendar",
    "CompiledDue",
    "CompiledExpression",
    "CompiledTemplate",
    "Condition",
    "Env",
    "Expression",
    "Question",
    "Template",
    "add",
    "all_of",
    "any_of",
    "calendars",
    "compile_condition",
    "compile_expression",
    "compile_template",
    "conjuncts",
    "constant",
    "duration_due",
    "every",
    "file_template",
    "html_to_text",
    "mapping",
    "none",
    "not_",
    "parse_calendar",
    "parse_duration",
    "read_of_data",
    "sequence",
    "some",
    "subject_text",
    "subtract",
    "template_names",
    "times",
    "to_text",
    "until_due",
    "window_due",
]
