"""Everything the judgement may depend on besides the message and what the store knows: one frozen value.

Built at start and swapped as a whole on reload; a decision never sees half of two.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property

from mailflow.config import Agent, Config, Department, Mailbox, OnCall
from mailflow.desk.intake.catalogue import NO_KINDS, Catalogue
from mailflow.desk.knowledge.article import Article
from mailflow.desk.lists.entrylist import EntryList
from mailflow.desk.rules.rulebook import NO_RULES, Rulebook
from mailflow.desk.timing.schedule import Schedule
from mailflow.mail.address import canonical
from mailflow.mail.subject import Tags
from mailflow.mail.template import Templates
from mailflow.mail.token import Keyring


def registrations_in(config: Config, kinds: Catalogue) -> frozenset[str]:
    """Kinds of request by which people ask to be registered."""
    return frozenset(mailbox.registration for mailbox in config.mailbox) & kinds.kinds.keys()


@dataclass(frozen=True)
class Policy:
    config: Config
    blocked: EntryList
    templates: Templates
    keyring: Keyring
    rules: Rulebook = NO_RULES
    kinds: Catalogue = NO_KINDS  # of request
    articles: tuple[Article, ...] = ()

    @cached_property
    def mailboxes(self) -> Mapping[str, Mailbox]:
        """By their addresses, canonical. A plus part is in it only where that is a mailbox of its own."""
        return {canonical(mailbox.address): mailbox for mailbox in self.config.mailbox}

    @cached_property
    def departments(self) -> Mapping[str, Department]:
        return {department.name: department for department in self.config.department}

    @cached_property
    def on_call(self) -> Mapping[str, OnCall]:
        return {on_call.name: on_call for on_call in self.config.on_call}

    @cached_property
    def agents(self) -> Mapping[str, Agent]:
        """By their addresses, canonical."""
        return {canonical(address): agent for agent in self.config.agent for address in agent.addresses}

    @cached_property
    def registrations(self) -> frozenset[str]:
        """Kinds of request by which people ask to be registered."""
        return registrations_in(self.config, self.kinds)

    @cached_property
    def tags(self) -> Tags:
        return Tags(self.config.mail.subject_tag, self.config.mail.subject_tags_known)

    @cached_property
    def schedule(self) -> Schedule:
        return Schedule(self.config)
