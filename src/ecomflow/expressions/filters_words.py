"""Filters that write for people: money, numbers, dates, parcels; and those that need more than a value."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal
from typing import Any, Final
from urllib.parse import quote

from ecomflow.expressions.calendars import Calendar
from ecomflow.expressions.durations import iso, moment_of
from ecomflow.expressions.env import Env
from ecomflow.expressions.locales import SIGNS, WITHOUT_CENTS, Locale, locale_of
from ecomflow.expressions.numbers import bounded, is_number, round_number
from ecomflow.expressions.values import to_text
from ecomflow.model import MISSING

Filter = Callable[..., Any]

_CARRIERS: Final = {
    "dhl": "https://www.dhl.com/global-en/home/tracking/tracking-express.html?submit=1&tracking-id={}",
    "dhlde": "https://www.dhl.de/de/privatkunden/dhl-sendungsverfolgung.html?piececode={}",
    "dpd": "https://tracking.dpd.de/status/en_US/parcel/{}",
    "fedex": "https://www.fedex.com/fedextrack/?trknbr={}",
    "gls": "https://gls-group.com/track/{}",
    "hermes": "https://www.myhermes.de/empfangen/sendungsverfolgung/sendungsinformation/#{}",
    "inpost": "https://inpost.pl/sledzenie-przesylek?number={}",
    "laposte": "https://www.laposte.fr/outils/suivre-vos-envois?code={}",
    "postnl": "https://postnl.nl/tracktrace/?B={}",
    "royalmail": "https://www.royalmail.com/track-your-item#/tracking-results/{}",
    "ups": "https://www.ups.com/track?tracknum={}",
    "usps": "https://tools.usps.com/go/TrackConfirmAction?tLabels={}",
}


def _grouped(number: Decimal, locale: Locale) -> str:
    whole, _, part = format(abs(number), "f").partition(".")
    shown = f"{int(whole):,}".replace(",", locale.group)
    return shown + (locale.point + part if part else "")


def _number(env: Env, value: Any, digits: Any = None) -> Any:
    if value is None:
        return None
    if not is_number(value) or (digits is not None and type(digits) is not int) or bounded(value) is MISSING:
        return MISSING
    rounded = Decimal(value) if digits is None else round_number(value, digits)
    return MISSING if rounded is MISSING else ("-" if rounded < 0 else "") + _grouped(rounded, locale_of(env.locale))


def _money(env: Env, value: Any, currency: Any = "EUR") -> Any:
    if value is None:
        return None
    if not is_number(value) or not isinstance(currency, str):
        return MISSING
    code = currency.upper()
    rounded = round_number(value, 0 if code in WITHOUT_CENTS else 2)
    if rounded is MISSING:
        return MISSING
    locale = locale_of(env.locale)
    sign = SIGNS.get(code, code)
    pattern = locale.money if sign != code or not locale.money.startswith("{sign}{") else "{sign}\u00a0{number}"
    return ("-" if rounded < 0 else "") + pattern.format(number=_grouped(rounded, locale), sign=sign)


def _local(env: Env, value: Any) -> date | None:
    found = iso(value) if isinstance(value, str) else value
    if isinstance(found, datetime):
        moment = moment_of(found, env.tz)
        try:
            return None if moment is None else moment.astimezone(env.tz)
        except OverflowError:
            return None
    return found if isinstance(found, date) else None


def _date(env: Env, value: Any, form: Any = "long") -> Any:
    if value is None:
        return None
    day, locale = _local(env, value), locale_of(env.locale)
    if day is None or form not in ("long", "short", "iso", "weekday"):
        return MISSING
    if form == "iso":
        return f"{day.year:04}-{day.month:02}-{day.day:02}"
    name = locale.days.split()[day.weekday()]
    pattern = locale.short if form == "short" else locale.date
    words = {"d": day.day, "dd": f"{day.day:02}", "m": locale.months.split()[day.month - 1], "mm": f"{day.month:02}", "y": day.year}
    return name if form == "weekday" else pattern.format(**words)


def _time(env: Env, value: Any) -> Any:
    if value is None:
        return None
    moment = _local(env, value)
    return f"{moment.hour:02}:{moment.minute:02}" if isinstance(moment, datetime) else MISSING


def _datetime(env: Env, value: Any, form: Any = "long") -> Any:
    day, clock = _date(env, value, form), _time(env, value)
    return None if value is None else MISSING if day is MISSING or clock is MISSING else f"{day} {clock}"


def _moment(env: Env, value: Any) -> Any:
    found = moment_of(value, env.tz)
    return MISSING if found is None else found


def _business_day(env: Env, value: Any, calendar: Any, from_end: Any = False) -> Any:
    moment = moment_of(value, env.tz)
    if moment is None or not isinstance(calendar, Calendar):
        return MISSING
    try:
        return calendar.open_day(moment, from_end=from_end is True)
    except OverflowError:  # the first or last day of all
        return MISSING


def _tracking_url(env: Env, value: Any, carrier: Any = None) -> Any:  # noqa: ARG001 one shape for all filters
    if isinstance(value, dict):
        value, carrier = value.get("tracking_number", MISSING), carrier or value.get("carrier", MISSING)
    if not isinstance(carrier, str) or not isinstance(value, (str, int)) or isinstance(value, bool) or not value:
        return MISSING
    address = _CARRIERS.get("".join(letter for letter in carrier.lower() if letter.isalpha()))
    return MISSING if address is None else address.format(quote(to_text(value), safe=""))


FILTERS: Final[dict[str, Filter]] = {
    "business_day": _business_day,
    "date": _date,
    "datetime": _datetime,
    "moment": _moment,
    "money": _money,
    "number": _number,
    "time": _time,
    "tracking_url": _tracking_url,
}
