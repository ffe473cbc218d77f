"""Where measuring takes place: a copy of the page on a server of its own, with what the benchmark adds to it."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path

import playwright.sync_api as pw

from tests.bench.networks import NETWORKS, write_race
from tests.e2e.chromium_flags import QUIET
from tests.e2e.site import SUB_PATH, Site
from tests.e2e.speech import Speech, find_speech

HERE = Path(__file__).parent
PACKAGE = HERE.parents[1] / "py" / "sayso"
IN_TAB = ("contestant.py", "inside.py", "watch.py")
OPPONENT_FILES = (
    "@tensorflow/tfjs/dist/tf.es2017.min.js",
    "@tensorflow/tfjs-backend-wasm/dist/tf-backend-wasm.es2017.min.js",
    "@tensorflow/tfjs-backend-wasm/dist/tfjs-backend-wasm-simd.wasm",
    "@tensorflow/tfjs-backend-webgpu/dist/tf-backend-webgpu.es2017.min.js",
    "onnxruntime-web/dist/ort.wasm.min.mjs",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.mjs",
    "onnxruntime-web/dist/ort-wasm-simd-threaded.wasm",
)


@dataclass(frozen=True)
class Paths:
    """The files that the build made for the benchmark."""

    dist: Path
    chromium: Path
    opponents: Path  # node_modules with TensorFlow.js and onnxruntime-web
    onnx_python: Path  # an interpreter with the package onnx
    stock: Path  # the runtime with Pyodide as it comes


class Stage:
    """A copy of the page on a server, and browsers to open it in."""

    def __init__(self, playwright: pw.Playwright, paths: Paths, folder: Path) -> None:
        self._playwright, self._chromium = playwright, paths.chromium
        self.folder, self.paths = folder, paths
        self.speech: Speech = find_speech(paths.dist / "voices")
        self._site = Site(paths.dist, folder / "site")
        page = folder / "site" / SUB_PATH
        self.added = page / "bench"
        shutil.copytree(HERE / "page", self.added)
        for name in IN_TAB:
            shutil.copy(HERE / name, self.added)
        vendor = self.added / "vendor"
        vendor.mkdir()
        for file in OPPONENT_FILES:
            shutil.copy(paths.opponents / file, vendor)
        self._onnx_python = paths.onnx_python
        self._site.start()

    @cached_property
    def races(self) -> Path:
        """The folder of the page with the networks that are raced; they are written when it is first asked for."""
        folder = self.added / "races"
        folder.mkdir()
        for network in NETWORKS:
            write_race(network, folder)
        subprocess.run([self._onnx_python, HERE / "onnx_files.py", folder, *NETWORKS], check=True)
        return folder

    @property
    def models(self) -> list[str]:
        """Paths of the models that come with the page."""
        return [f"models/{file.name}" for file in sorted((self.added.parent / "models").glob("*.safetensors"))]

    @property
    def url(self) -> str:
        return self._site.url

    def close(self) -> None:
        self._site.stop()

    @contextmanager
    def page(self, *flags: str, without: str = "") -> Iterator[pw.Page]:
        """An empty page in a new browser, which is started with the flags but for the one in `without`."""
        arguments = [flag for flag in (*QUIET, *flags) if flag != without]
        launch = self._playwright.chromium.launch
        with launch(executable_path=self._chromium, chromium_sandbox=False, args=arguments) as browser:
            page = browser.new_context().new_page()
            page.set_default_timeout(0)
            yield page

    @contextmanager
    def profile(self, folder: Path, *flags: str) -> Iterator[pw.BrowserContext]:
        """A new browser with a profile in a folder, as a person's is: what it compiles is kept there."""
        launch = self._playwright.chromium.launch_persistent_context
        arguments = [*QUIET, *flags]
        with launch(folder, executable_path=self._chromium, chromium_sandbox=False, args=arguments) as context:
            yield context

    @contextmanager
    def empty_page(self, *flags: str, without: str = "") -> Iterator[pw.Page]:
        """A page of the site that runs nothing."""
        with self.page(*flags, without=without) as page:
            page.goto(f"{self.url}bench/empty.html")
            yield page

    @contextmanager
    def arena(self, *flags: str, without: str = "") -> Iterator[pw.Page]:
        """An empty page whose site has the networks to race."""
        assert self.races.is_dir()
        with self.empty_page(*flags, without=without) as page:
            yield page
