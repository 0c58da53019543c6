"""How people of a language write numbers, dates and money."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Locale:
    """Habits of one language.

    Attributes:
        point: between whole and part; ``group`` stands between thousands.
        money: where the sign of the currency stands.
        date: the pattern of a long date: ``{d}`` day, ``{m}`` month's name, ``{y}`` year; ``short`` in digits, ``{mm}`` and ``{dd}`` padded.
        months: names of the months.
        days: names of the weekdays, Monday first.
    """

    point: str
    group: str
    money: str
    date: str
    short: str
    months: str
    days: str


_AFTER: Final = "{number}\u00a0{sign}"
LOCALES: Final = {
    "en": Locale(
        ".", ",", "{sign}{number}", "{m} {d}, {y}", "{mm}/{dd}/{y}",
        "January February March April May June July August September October November December",
        "Monday Tuesday Wednesday Thursday Friday Saturday Sunday",
    ),
    "de": Locale(
        ",", ".", _AFTER, "{d}. {m} {y}", "{dd}.{mm}.{y}",
        "Januar Februar März April Mai Juni Juli August September Oktober November Dezember",
        "Montag Dienstag Mittwoch Donnerstag Freitag Samstag Sonntag",
    ),
    "fr": Locale(
        ",", "\u202f", _AFTER, "{d} {m} {y}", "{dd}/{mm}/{y}",
        "janvier février mars avril mai juin juillet août septembre octobre novembre décembre",
        "lundi mardi mercredi jeudi vendredi samedi dimanche",
    ),
    "es": Locale(
        ",", ".", _AFTER, "{d} de {m} de {y}", "{dd}/{mm}/{y}",
        "enero febrero marzo abril mayo junio julio agosto septiembre octubre noviembre diciembre",
        "lunes martes miércoles jueves viernes sábado domingo",
    ),
    "it": Locale(
        ",", ".", _AFTER, "{d} {m} {y}", "{dd}/{mm}/{y}",
        "gennaio febbraio marzo aprile maggio giugno luglio agosto settembre ottobre novembre dicembre",
        "lunedì martedì mercoledì giovedì venerdì sabato domenica",
    ),
    "nl": Locale(
        ",", ".", "{sign}\u00a0{number}", "{d} {m} {y}", "{dd}-{mm}-{y}",
        "januari februari maart april mei juni juli augustus september oktober november december",
        "maandag dinsdag woensdag donderdag vrijdag zaterdag zondag",
    ),
    "pt": Locale(
        ",", ".", _AFTER, "{d} de {m} de {y}", "{dd}/{mm}/{y}",
        "janeiro fevereiro março abril maio junho julho agosto setembro outubro novembro dezembro",
        "segunda-feira terça-feira quarta-feira quinta-feira sexta-feira sábado domingo",
    ),
    "pl": Locale(
        ",", "\u00a0", _AFTER, "{d} {m} {y}", "{dd}.{mm}.{y}",
        "stycznia lutego marca kwietnia maja czerwca lipca sierpnia września października listopada grudnia",
        "poniedziałek wtorek środa czwartek piątek sobota niedziela",
    ),
}  # fmt: skip
_VARIANTS: Final = {
    "en_GB": Locale(".", ",", "{sign}{number}", "{d} {m} {y}", "{dd}/{mm}/{y}", LOCALES["en"].months, LOCALES["en"].days),
    "de_CH": Locale(".", "\u2019", "{sign}\u00a0{number}", "{d}. {m} {y}", "{dd}.{mm}.{y}", LOCALES["de"].months, LOCALES["de"].days),
}
SIGNS: Final = {"EUR": "€", "USD": "$", "GBP": "£", "PLN": "zł", "JPY": "¥"}
WITHOUT_CENTS: Final = frozenset({"JPY", "KRW", "CLP", "ISK", "VND", "HUF"})


def locale_of(name: str) -> Locale:
    """Return the habits of a locale such as ``de`` or ``en_GB``; English ones where it is not known."""
    plain = name.replace("-", "_")
    return _VARIANTS.get(plain) or LOCALES.get(plain.partition("_")[0].lower(), LOCALES["en"])
