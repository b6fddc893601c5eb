"""What rules may name, which stands in other files: departments, lists, languages."""

from collections.abc import Mapping
from dataclasses import dataclass, field

from mailflow.desk.lists.entrylist import EntryList


@dataclass(frozen=True, slots=True, kw_only=True)
class Names:
    departments: frozenset[str] = frozenset()
    mailboxes: frozenset[str] = frozenset()  # canonical
    staff: frozenset[str] = frozenset()  # canonical addresses that work is mailed to
    lists: Mapping[str, EntryList] = field(default_factory=dict)  # filters/NAME.txt
    languages: frozenset[str] = frozenset()
    on_call: frozenset[str] = frozenset()
    answers: frozenset[str] = frozenset()  # templates/<language>/answers/NAME.txt
    agents: frozenset[str] = frozenset()  # of config.toml; none: any name may be one's
