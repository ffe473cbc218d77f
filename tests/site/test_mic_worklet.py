"""The audio thread's part, in Node with a clock that skips as no browser can be made to."""

import json
import subprocess
from itertools import pairwise
from pathlib import Path

import pytest
from engine.npm import WEB, node

RUN = """
const { readFileSync } = require('node:fs');
const [script, job] = process.argv.slice(1);
const { rate, quantum, gaps, n } = JSON.parse(job);
globalThis.AudioWorkletProcessor = class { port = { postMessage() {} }; };
globalThis.registerProcessor = (_, Processor) => (globalThis.Processor = Processor);
globalThis.sampleRate = rate;
globalThis.currentFrame = 5 * quantum;
(0, eval)(readFileSync(script, 'utf8'));
const sender = new Processor(), blocks = [];
sender.port.onmessage({ data: { port: { postMessage: (block) => blocks.push([block.position, ...block.samples]) } } });
for (let i = 0; i < n; i += 1) {
  if (gaps.includes(i)) currentFrame += quantum;
  sender.process([[Float32Array.from({ length: quantum }, (_, k) => currentFrame + k)]]);
  currentFrame += quantum;
}
sender.port.onmessage({ data: 'stop' });
console.log(JSON.stringify(blocks.map(([position, ...samples]) => [position, samples[0], samples.length])));
"""


def blocks_of(*, rate=48_000, quantum=128, gaps=(), n=200):
    """(position, first sample, number of samples) of each block; samples are numbered by the audio clock."""
    job = json.dumps({"rate": rate, "quantum": quantum, "gaps": list(gaps), "n": n})
    script = Path(WEB, "audio", "mic-worklet.js")
    done = subprocess.run([node(), "-e", RUN, script, job], check=True, capture_output=True, text=True)
    return json.loads(done.stdout)


@pytest.mark.parametrize(("rate", "quantum"), [(48_000, 128), (44_100, 128), (192_000, 128), (48_000, 1000)])
def test_the_first_block_is_settling_long_and_none_is_lost(rate, quantum):
    blocks = blocks_of(rate=rate, quantum=quantum, n=600)
    assert 0.15 <= blocks[0][2] / rate < 0.15 + quantum / rate
    end, first = 0, blocks[0][1]
    for position, sample, n_samples in blocks:
        assert position == end == sample - first
        end += n_samples
    assert end == 600 * quantum


def test_a_gap_while_the_microphone_starts_begins_it_anew():
    blocks = blocks_of(gaps=[3, 20])
    assert blocks[0][0] == 0
    assert blocks[0][1] == (5 + 20 + 2) * 128, "what came before the last gap is not heard"
    assert sum(n for *_, n in blocks) == 180 * 128


def test_a_gap_after_that_shows_in_the_positions():
    blocks = blocks_of(gaps=[100])
    lost = [later[0] - earlier[0] - earlier[2] for earlier, later in pairwise(blocks)]
    assert sorted(lost)[-2:] == [0, 128]
    assert sum(n for *_, n in blocks) == 200 * 128


def test_a_microphone_that_never_settles_is_heard_with_its_gaps():
    blocks = blocks_of(gaps=range(0, 1500, 30), n=1500)
    assert len(blocks) > 10
    assert blocks[0][0] == 0
    assert blocks[-1][0] > 2 * 48_000
    assert all(position == sample - blocks[0][1] for position, sample, _ in blocks)


def test_what_came_before_it_settled_is_posted_when_it_stops():
    assert blocks_of(n=10) == [[0, 5 * 128, 10 * 128]]
