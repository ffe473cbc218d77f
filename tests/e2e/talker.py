"""A person at the microphone, who says a word when the page, or the test, asks for it."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping, Sequence

from playwright.sync_api import Page
from sayso.arrays import F32

from .speech import wav

# In place of the microphone: quiet noise, and over it the words. A take is answered with the next clip of its word.
TALKER = """
const CLIPS = %s;
const REACTION_S = 0.35;
const NOISE = 10 ** (-55 / 20);
const decoded = new Map();
let talking = null;

async function clipOf(context, word, i) {
  const key = `${word} ${i}`;
  if (!decoded.has(key)) {
    const bytes = Uint8Array.from(atob(CLIPS[word][i]), (character) => character.charCodeAt(0));
    decoded.set(key, await context.decodeAudioData(bytes.buffer));
  }
  return decoded.get(key);
}

globalThis.tracks = [];
globalThis.say = async (word, i) => {
  const { context, destination } = talking;
  const source = new AudioBufferSourceNode(context, { buffer: await clipOf(context, word, i) });
  source.connect(destination);
  source.start(context.currentTime + REACTION_S);
};
navigator.mediaDevices.getUserMedia = async () => {
  const context = new AudioContext({ sampleRate: 48000 });
  const destination = context.createMediaStreamDestination();
  const hiss = context.createBuffer(1, 48000, 48000);
  hiss.copyToChannel(Float32Array.from({ length: 48000 }, () => NOISE * (2 * Math.random() - 1)), 0);
  const source = new AudioBufferSourceNode(context, { buffer: hiss, loop: true });
  source.connect(destination);
  source.start();
  talking = { context, destination };
  tracks.push(...destination.stream.getAudioTracks());
  return destination.stream;
};

const said = {};
globalThis.isMute = false;
new MutationObserver((changes) => {
  for (const { target, oldValue } of changes) {
    if (target.dataset.state !== 'speak' || oldValue === 'speak' || globalThis.isMute) continue;
    const word = target.closest('.record-row').querySelector('.record-word').textContent;
    if (!CLIPS[word]) continue;
    said[word] = (said[word] ?? -1) + 1;
    say(word, said[word] %% CLIPS[word].length);
  }
}).observe(document, { subtree: true, attributeFilter: ['data-state'], attributeOldValue: true });
"""


class Talker:
    """Takes the microphone's place in a page that is yet to be opened.

    Parameters
    ----------
    page : Page
    clips : for each word its clips, (n,) float32 at RATE_HZ, said in turn when the page asks for a take
    """

    def __init__(self, page: Page, clips: Mapping[str, Sequence[F32]]) -> None:
        self._page = page
        encoded = {word: [base64.b64encode(wav(clip)).decode() for clip in of] for word, of in clips.items()}
        page.add_init_script(TALKER % json.dumps(encoded))

    def say(self, word: str, i: int) -> None:
        """Say a word now: its clip number i."""
        self._page.evaluate("([word, i]) => say(word, i)", [word, i])

    def be_silent(self, silent: bool = True) -> None:
        """Answer the page's next takes with nothing, or with words again."""
        self._page.evaluate("(silent) => { globalThis.isMute = silent; }", silent)

    def is_heard(self) -> bool:
        """Whether the page holds the microphone."""
        live: bool = self._page.evaluate("() => tracks.some(({ readyState }) => readyState === 'live')")
        return live
