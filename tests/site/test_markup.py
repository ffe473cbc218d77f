"""The markup of the views is put into index.html, each once and where it is named."""

import pytest
from engine.console import BuildError
from engine.npm import WEB
from page.markup import page_html

PARTS = {"views/help.html": "<p>Help</p>\n", "views/train/train.html": "<ul>\n  <li>1</li>\n\n</ul>\n"}
INDEX = "<main>\n  <!-- views/train/train.html -->\n\n  <!-- views/help.html -->\n</main>\n"


@pytest.fixture
def web(tmp_path):
    for name, text in {"index.html": INDEX, **PARTS}.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    return tmp_path


def test_a_part_takes_the_place_and_the_indentation_of_the_line_that_names_it(web):
    assert page_html(web) == "<main>\n  <ul>\n    <li>1</li>\n\n  </ul>\n\n  <p>Help</p>\n</main>\n"


def test_a_part_that_is_missing_is_named(web):
    (web / "views" / "help.html").unlink()
    with pytest.raises(BuildError, match=r"index\.html names views/help\.html, which is missing"):
        page_html(web)


@pytest.mark.parametrize(("lines", "times"), [("", 0), ("<!-- views/help.html -->\n" * 2, 2)])
def test_a_part_that_is_not_named_once_is_told(web, lines, times):
    (web / "index.html").write_text(f"<!-- views/train/train.html -->\n{lines}")
    with pytest.raises(BuildError, match=rf"index\.html names views/help\.html {times} times, expected once"):
        page_html(web)


def test_the_page_holds_every_view_once_and_no_part_by_itself(dist):
    page = (dist / "index.html").read_text()
    assert page == page_html(WEB)
    assert "<!--" not in page
    assert [page.count(f'<section id="{view}"') for view in ("listen", "train", "models", "help")] == [1, 1, 1, 1]
    names = {file.relative_to(dist).as_posix() for file in dist.rglob("*")}
    assert {"main.js", "models/yes-no.md", "views/train/train.js"} <= names
    assert {name for name in names if name.endswith((".html", "README.md"))} == {"index.html"}
