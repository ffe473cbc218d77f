"""What counts as audio: said in one place for Python and in one for the page, and the two agree."""

import ast
import json
import re
import subprocess

from engine.npm import WEB, node
from engine.steps import ROOT, files_under
from sayso.data.audio_kinds import AUDIO_SUFFIXES, WAV_SUFFIXES
from sayso.data.sprites import read_index

PYTHON, PAGE = "sayso/data/audio_kinds.py", "util/file-kinds.js"
KINDS = "wav|flac|ogg|oga|opus|mp3|m4a|aac|webm"
COMMENTS = re.compile(r"/\*.*?\*/|(?<=\s)//[^\n]*", re.DOTALL)


def page_kinds():
    """What file-kinds.js exports that is no function."""
    code = "import(process.argv[1]).then((kinds) => console.log(JSON.stringify(kinds)))"
    done = subprocess.run(
        [node(), "-e", code, (WEB / PAGE).as_uri()], check=True, capture_output=True, text=True, cwd=WEB
    )
    return json.loads(done.stdout)


def test_python_names_suffixes_of_audio_in_one_module():
    naming = set()
    for file in files_under(ROOT / "py"):
        if file.suffix == ".py":
            texts = [part.value for part in ast.walk(ast.parse(file.read_text())) if isinstance(part, ast.Constant)]
            if any(isinstance(text, str) and re.fullmatch(rf"\*?\.({KINDS})", text, re.IGNORECASE) for text in texts):
                naming.add(file.relative_to(ROOT / "py").as_posix())
    assert naming == {PYTHON}


def test_the_page_names_suffixes_of_audio_in_one_module():
    naming = set()
    for file in files_under(WEB):
        if file.suffix in {".js", ".html"}:
            code = COMMENTS.sub("", file.read_text())
            # `me_nohash_${n}.wav` is passed over, since it names a file that the page makes
            if re.search(rf"(?<!\}})\.({KINDS})\b", code, re.IGNORECASE):
                naming.add(file.relative_to(WEB).as_posix())
    assert naming == {PAGE}


def test_no_picker_offers_anything_of_its_own():
    assert not re.search(r"\baccept=", (WEB / "index.html").read_text())


def test_the_page_takes_the_recordings_that_python_reads_there():
    assert page_kinds()["RECORDING_SUFFIXES"] == list(WAV_SUFFIXES)


def test_the_page_takes_the_sprites_that_the_built_in_voices_are(dist):
    files = [sprite.file for sprite in read_index((dist / "voices" / "sprites.json").read_text()).sprites]
    assert files
    assert all(file.endswith(tuple(page_kinds()["SPRITE_SUFFIXES"])) for file in files)
    assert set(page_kinds()["SPRITE_SUFFIXES"]) <= set(AUDIO_SUFFIXES)  # the desk reads sprites, too


def test_a_picker_offers_what_is_taken_and_nothing_else():
    kinds = page_kinds()
    taken = [kinds[name] for name in ("ARCHIVE_SUFFIXES", "RECORDING_SUFFIXES", "JSON_SUFFIXES", "SPRITE_SUFFIXES")]
    assert kinds["ACCEPTED_AUDIO"].split(",") == [suffix for suffixes in taken for suffix in suffixes]
    assert kinds["ACCEPTED_MODELS"].split(",") == kinds["MODEL_SUFFIXES"] + kinds["JSON_SUFFIXES"]
