"""docs/configuration.md says what config/ says, docs/filters.md what rules may ask and do, docs/templates.md
what templates may say."""

from importlib.util import module_from_spec, spec_from_file_location
from pathlib import Path

DOCS = Path(__file__).parent.parent / "docs"


def test_the_reference_of_the_settings_is_up_to_date() -> None:
    spec = spec_from_file_location("reference", DOCS / "reference.py")
    assert spec is not None
    assert spec.loader is not None
    reference = module_from_spec(spec)
    spec.loader.exec_module(reference)
    assert reference.filters_page() == (DOCS / "filters.md").read_text(encoding="utf-8"), (
        "run: python docs/reference.py"
    )
    assert reference.templates_page() == (DOCS / "templates.md").read_text(encoding="utf-8"), (
        "run: python docs/reference.py"
    )
    assert reference.page() == (DOCS / "configuration.md").read_text(encoding="utf-8"), "run: python docs/reference.py"
