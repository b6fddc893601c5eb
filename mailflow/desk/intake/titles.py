"""Who must agree to a request, by name, for people to read."""

from collections.abc import Sequence

from mailflow.config.request import Party
from mailflow.desk.intake.catalogue import words_in
from mailflow.desk.intake.progress import Asked, Progress
from mailflow.desk.policy import Policy


def titles(asked: Sequence[Asked], policy: Policy, language: str) -> str:
    """A line each: what a party is, or the department, in words of that language if there are any."""
    return "\n".join(f"- {_title(each, policy, language)}" for each in asked)


def refusal(progress: Progress, policy: Policy, language: str) -> dict[str, str]:
    """`refused`: parties that do not agree; `stopped`: a department does not confirm, which is a matter of our own, and
    an agent says what of it customers should know."""
    parties = [each for each in progress.refused if isinstance(each, Party)]
    stopped = "yes" if progress.refused and not parties else ""
    return {"refused": titles(parties, policy, language), "stopped": stopped}


def _title(asked: Asked, policy: Policy, language: str) -> str:
    if asked.title or isinstance(asked, Party):
        return " ".join(words_in(asked.title, language))
    department = policy.departments.get(asked.department)
    return (department.title if department else "") or asked.department
