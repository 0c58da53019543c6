"""Expressions in plain words."""

import pytest

from ecomflow.expressions.wording import clause, phrase, span, template
from ecomflow.model import Duration

INPUTS = {"minimum": 50, "delay": "24h", "carriers": {"DE": "DHL", "FR": "Post"}}


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("checkout.total >= inputs.minimum", "the checkout's total is at least 50"),
        ("not checkout.total >= 50", "the checkout's total is less than 50"),
        ("{{ order.total > 9.50 }}", "the order's total is more than 9.50"),
        ("checkout.email is present", "the checkout's email is there"),
        ("checkout.email is not present", "the checkout's email is missing"),
        ("'vip' in customer.tags", "the customer's tags"),
        ("order.status in ['paid', 'sent']", 'the order\'s status is "paid" or "sent"'),
        ("order.status not in ['paid', 'sent']", 'the order\'s status is neither "paid" nor "sent"'),
        ("now - order.created_at > '4h'", "the time since the order was created is more than 4 hours"),
        ("order.created_at > now - '30d'", "the moment when the order was created is after 30 days ago"),
        ("now in calendars.business_hours", "now is within business hours"),
        ("message.text is mentions('out of office', 'auto reply')", 'the message\'s text mentions "out of office" or "auto reply"'),
        ("message.text is not search('x+')", 'the message\'s text does not fit the pattern "x+"'),
        ("a.b == 1 and c.d < 2", "the a's b is 1 and the c's d is less than 2"),
        ("not (a.b == 1 and c.d < 2)", "either the a's b is not 1 or the c's d is at least 2"),
        ("answer.timed_out", '"answer" timed out'),
        ("not ask.approved", '"ask" was not approved'),
        ("shopper.accepts_marketing", "the shopper accepts marketing"),
        ("not line.requires_shipping", "the line does not require shipping"),
        ("order.test", "the order's test is yes"),
        ("order.cancelled_at is none", "the moment when the order was cancelled is empty"),
        ("order.lines | length > 1", "the number of the order's lines is more than 1"),
        ("customer.email | bucket(100) < 50", "the sample number (below 100) of the customer's email is less than 50"),
        ("event.time | business_day(calendars.office) == 2", "the business day of the month on which the event's time lies, is 2"),
        ("now | business_day(calendars.office, from_end=true) <= 2", "on which now lies, counted from the last, is at most 2"),
        ("order.country in inputs.carriers", 'the order\'s country is among "DE" and "FR"'),
        ("order.note | truncate(5) == 'x'", 'the order\'s note as `truncate(5)` is "x"'),
        ("true", "always"),
        ("this is no expression at all", "`this is no expression at all`"),
    ],
)
def test_conditions(text, said):
    assert said in clause(text, INPUTS)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("order.total * 2 - 1", "(the order's total times 2) minus 1"),
        ("'a' if order.vip == true else order.note", '"a" if the order\'s vip is yes, else the order\'s note'),
        ("[1, 2.5]", "1 and 2.5"),
        ("vars.count", "the count"),
        ("arriving.message.text", "the arriving message's text"),
        ("order.total > 5", "whether the order's total is more than 5"),
        ("order['odd key']", "the order's odd key"),
    ],
)
def test_values(text, said):
    assert phrase(text, INPUTS) == said


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("Hello", "Hello"),
        ("{{ order.total }}", "the order's total"),
        ("{{ inputs.delay }}", '"24h"'),
        ("{{ a.name | default('Hello') }}, welcome", '«the a\'s name, or "Hello" where that is missing», welcome'),
        ("{% if a.b %}x{% endif %}!", "«…»!"),
        ("{{ broken", "`{{ broken`"),
    ],
)
def test_templates(text, said):
    assert template(text, INPUTS) == said


@pytest.mark.parametrize(
    ("duration", "said"),
    [
        (Duration(days=3), "3 days"),
        (Duration(seconds=86_400), "24 hours"),
        (Duration(seconds=5400), "1 hour and 30 minutes"),
        (Duration(months=1, days=2, seconds=1), "1 month, 2 days and 1 second"),
    ],
)
def test_spans(duration, said):
    assert span(duration) == said
