"""What is blocked when an agent blocks the sender of a held mail, and whom that would keep away by mistake.

A From line can be typed by anyone: who is a customer, an agent or ourselves is not blocked because of what others wrote
in that name.
"""

from mailflow.config import Config
from mailflow.desk.lists.blocking import danger_of, ours
from mailflow.desk.lists.listed import key_of
from mailflow.mail.address import canonical, domain_of


def blocked_value(author: str, *, domain: bool) -> str:
    """The entry for the list: the address, or all of its domain. '' when there is no address."""
    if "@" not in author:
        return ""
    return domain_of(canonical(author)) if domain else canonical(author)


def why_not_blocked(value: str, config: Config, *, of_a_contact: bool) -> str:
    """'' when it may be. `of_a_contact`: it is registered, or some address in it is."""
    _, wrong = key_of(value) if value else ("", "")
    questions = (
        (not value, "no address is known of its sender"),
        (bool(wrong), f"{value} {wrong}"),
        (of_a_contact, f"{value} is of a registered contact, whoever wrote this; reject N drops this mail alone"),
        (any(value in (each, domain_of(each)) for each in map(canonical, ours(config))), f"{value} is ours"),
        (bool(danger := danger_of(value, config)), f"{danger}; if it is meant: mailflow block add {value} --yes"),
    )
    return next((why for refused, why in questions if refused), "")
