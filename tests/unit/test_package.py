"""What the package shows to those who import it."""

from importlib.resources import files

import pytest
import sayso


@pytest.mark.parametrize("name", sorted(set(sayso.__all__) - {"__version__"}))
def test_every_name_that_the_package_offers_is_documented(name):
    assert len(getattr(sayso, name).__doc__) > 40


def test_the_package_tells_type_checkers_that_it_is_typed():
    assert files("sayso").joinpath("py.typed").is_file()
