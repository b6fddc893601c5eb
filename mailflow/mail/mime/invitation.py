"""A calendar object (RFC 5545, RFC 5546) as text: what an invitation, its answer or its end says to a person.

Only for mail that says it in no other words. Times stand as they were written, with their zone: whose clock is meant
is the sender's to say.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

MAX_EVENTS = 20
MAX_LINES = 20_000
MAX_PARAMETERS = 20  # of one line; it has eleven at most (RFC 5545 3.2)

_FOLD = re.compile(r"\n[ \t]")
_PARAMETER = re.compile(r';([A-Za-z-]{1,40})=("[^"\n]*+"|[^;:",\n]*+)')
_NAME = re.compile(r"[A-Za-z-]{1,60}")
_ESCAPED = re.compile(r"\\([nN,;\\])")
_TIME = re.compile(r"(\d{4})(\d\d)(\d\d)(?:T(\d\d)(\d\d)(?:\d\d)?(Z)?)?")
_METHODS = {
    "REQUEST": "Invitation", "CANCEL": "Cancelled", "COUNTER": "Another time is proposed", "ADD": "Added",
    "REFRESH": "The details are asked for", "DECLINECOUNTER": "The other time is declined", "PUBLISH": "Event",
}  # fmt: skip
_ANSWERS = {"ACCEPTED": "Accepted", "DECLINED": "Declined", "TENTATIVE": "Accepted tentatively",
            "DELEGATED": "Passed on", "COMPLETED": "Done"}  # fmt: skip
_KINDS = ("VEVENT", "VTODO", "VJOURNAL")


@dataclass(frozen=True, slots=True)
class _Property:
    value: str
    parameters: Mapping[str, str]

    @property
    def words(self) -> str:
        return _ESCAPED.sub(lambda escaped: "\n" if escaped[1] in "nN" else escaped[1], self.value).strip()

    @property
    def person(self) -> str:
        """`Anna Nowak <anna@kunde.example>`"""
        scheme, _, address = self.value.partition(":")
        address = address if scheme.lower() == "mailto" else self.value
        name = self.parameters.get("CN", "")
        return f"{name} <{address}>" if name and name != address else address


@dataclass(slots=True)
class _Event:
    """The first of each property counts; an answer has one attendee, the one who gives it."""

    properties: dict[str, _Property] = field(default_factory=dict)

    def words(self, name: str) -> str:
        return self.properties[name].words if name in self.properties else ""


def text_of(calendar: str) -> str:
    """Each event with what, when, where and by whom; '' when nothing of that is found."""
    method, events = _read(calendar)
    return "\n\n".join(filter(None, (_said(method, event) for event in events)))


def _read(calendar: str) -> tuple[str, list[_Event]]:
    method = ""
    events: list[_Event] = []
    inside: list[str] = []  # the components that are open
    for name, read in _properties(calendar):
        if name == "BEGIN":
            inside.append(read.value.upper())
            if inside[-1] in _KINDS and len(events) < MAX_EVENTS:
                events.append(_Event())
        elif name == "END":
            del inside[-1:]
        elif name == "METHOD":
            method = read.value.strip().upper()
        elif events and inside and inside[-1] in _KINDS:  # not of the alarm inside it
            events[-1].properties.setdefault(name, read)
    return method, events


def _properties(calendar: str) -> Iterator[tuple[str, _Property]]:
    for line in _FOLD.sub("", calendar).split("\n", MAX_LINES)[:MAX_LINES]:
        name = _NAME.match(line)
        if name is None:
            continue
        at, parameters = name.end(), {}
        for _ in range(MAX_PARAMETERS):
            if (parameter := _PARAMETER.match(line, at)) is None:
                break
            parameters[parameter[1].upper()] = parameter[2].strip('"')
            at = parameter.end()
        if line[at : at + 1] == ":":
            yield name[0].upper(), _Property(line[at + 1 :], parameters)


def _said(method: str, event: _Event) -> str:
    lines = [
        (_heading(method, event), event.words("SUMMARY")),
        ("When", _when(event)),
        ("Repeats", event.words("RRULE").partition("FREQ=")[2].partition(";")[0].lower()),
        ("Where", event.words("LOCATION")),
        ("Organizer", event.properties["ORGANIZER"].person if "ORGANIZER" in event.properties else ""),
    ]
    facts = "\n".join(f"{name}: {value}" for name, value in lines if value)
    return "\n\n".join(filter(None, (facts, event.words("COMMENT"), event.words("DESCRIPTION"))))


def _heading(method: str, event: _Event) -> str:
    if method == "REPLY" and (attendee := event.properties.get("ATTENDEE")):
        answer = _ANSWERS.get(attendee.parameters.get("PARTSTAT", "").upper(), "Answered")
        return f"{answer} by {attendee.person}"
    if event.words("STATUS").upper() == "CANCELLED":
        return _METHODS["CANCEL"]
    return _METHODS.get(method, "Event")


def _when(event: _Event) -> str:
    """`2026-05-04 10:00 – 11:00 Europe/Warsaw`; the day is not said twice."""
    start = event.properties.get("DTSTART") or event.properties.get("DUE")
    if start is None:
        return ""
    end = event.properties.get("DTEND")
    begins, zone = _instant(start)
    ends, _ = _instant(end) if end else ("", "")
    if ends.partition(" ")[0] == begins.partition(" ")[0]:
        ends = ends.partition(" ")[2]
    lasts = event.words("DURATION") if not end else ""
    return " ".join(filter(None, (begins, ends and f"– {ends}", lasts and f"({lasts})", zone)))


def _instant(when: _Property) -> tuple[str, str]:
    """Date and time, and the zone: UTC, a named one, or '' for the clock where the reader is (RFC 5545 3.3.5)."""
    written = _TIME.fullmatch(when.value.strip())
    if written is None:
        return when.words, ""
    year, month, day, hour, minute, utc = written.groups()
    time = f" {hour}:{minute}" if hour else ""
    return f"{year}-{month}-{day}{time}", "UTC" if utc else when.parameters.get("TZID", "")
