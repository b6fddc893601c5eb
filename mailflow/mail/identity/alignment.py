"""Domains that answer for one another (RFC 7489 section 3): the one importer of the Public Suffix List."""

from functools import cache, lru_cache

from publicsuffixlist import PublicSuffixList


def aligned(domain: str, author_domain: str, *, strict: bool) -> bool:
    """Whether `domain`, which was proved, is that of the author: the same one, or unless `strict` one of the same
    organisation. Both canonical."""
    if not domain or not author_domain:
        return False
    return domain == author_domain or (not strict and organisation_of(domain) == organisation_of(author_domain))


@lru_cache(4096)
def organisation_of(domain: str) -> str:
    """The domain below the public suffix: 'kunde.co.uk' of 'mail.kunde.co.uk'. A public suffix is its own."""
    return _list().privatesuffix(domain) or domain


def is_public_suffix(domain: str) -> bool:
    """Whether what stands below it belongs to many: 'com', 'co.uk', 'github.io'. Canonical."""
    return bool(_list().is_public(domain))


@cache
def _list() -> PublicSuffixList:
    """The list that comes with the package: nothing is fetched."""
    return PublicSuffixList()
