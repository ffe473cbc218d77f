"""Training examples as scenes: a word, perhaps its neighbour, in noise, and what was heard just before.

A scene is the window that the network sees behind C frames of context. Live, PCEN's smoother carries the level of what
came before a word into its window; a recognised clip begins with its own. Training shows both.
"""

from __future__ import annotations

import numpy as np

from sayso.arrays import F32, I64, Rng
from sayso.config import AugmentConfig, FeatureConfig
from sayso.features.log_mel import compress, pcen, smooth, smooth_to_end, start_state
from sayso.training.augment import (
    TINY,
    add_bursts,
    draw_noise,
    draw_tempo,
    draw_uniform,
    from_db,
    make_silence,
    mask_frames,
    place_frames,
    warp_bands,
)

NEIGHBOUR_S = (0.7, 1.3)  # seconds between the middles of a word and of its neighbour, at least and at most


def count_context_frames(features: FeatureConfig, config: AugmentConfig) -> int:
    """C, the frames before the window; 0 where features do not depend on what was heard before."""
    if features.pcen is None:
        return 0
    return round(config.context_ms * features.sample_rate_hz / (1000 * features.hop_samples))


def word_scenes(
    mel: F32, floor: F32, others: F32, noise: F32, *, features: FeatureConfig, config: AugmentConfig, rng: Rng
) -> F32:
    """Words in their surroundings.

    Parameters
    ----------
    mel : (B, T, M) mel power of the words
    floor : (B, M) what each clip sounds like between words
    others : (B, T, M) mel power of words that may come before or after
    noise : (N, M) mel power of noise, N >= C + T

    Returns
    -------
    (B, C + T, M) float32
    """
    n, n_frames, _ = mel.shape
    n_context = count_context_frames(features, config)
    n_scene = n_context + n_frames
    frame_rate_hz = features.sample_rate_hz / features.hop_samples
    mel = warp_bands(mel, features=features, limit=config.warp, rng=rng)
    levels = mel.mean(axis=(1, 2))
    max_shift = round(config.shift_ms * frame_rate_hz / 1000)
    shifts = n_context + rng.integers(-max_shift, max_shift + 1, size=(n,))
    scenes = place_frames(mel, shifts, draw_tempo(config.tempo, n, rng), n_frames=n_scene, fill=floor)
    accompanied = np.flatnonzero(rng.random(n) < config.neighbour_share)
    if len(accompanied):
        scenes[accompanied] += _neighbours(
            others[accompanied], levels[accompanied], shifts[accompanied], n_scene, features=features, rng=rng
        )
    snr_db = draw_uniform(config.snr_min_db, config.snr_max_db, n, rng)
    noisy = rng.random(n) < config.noise_share
    background = draw_noise(noise, n, n_scene, rng)
    ratio = levels / np.maximum(background[:, n_context:].mean(axis=(1, 2)), TINY)
    background *= (noisy * ratio / from_db(snr_db, features.spectrum))[:, None, None]
    before_db = draw_uniform(-config.context_db, config.context_db, n, rng)
    background[:, :n_context] *= from_db(before_db, features.spectrum)[:, None, None]
    scenes += background
    gain_db = draw_uniform(config.gain_min_db, config.gain_max_db, n, rng)
    scenes *= from_db(gain_db, features.spectrum)[:, None, None]
    return scenes


def _neighbours(others: F32, levels: F32, shifts: I64, n_scene: int, *, features: FeatureConfig, rng: Rng) -> F32:
    """Words before or after those at `shifts`, -10 to 6 dB relative to them, (B, n_scene, M)."""
    n = len(others)
    distances = rng.choice([-1, 1], n) * rng.uniform(*NEIGHBOUR_S, n) * features.sample_rate_hz / features.hop_samples
    placed = place_frames(others, shifts + distances, np.ones(n), n_frames=n_scene)
    relative = from_db(draw_uniform(-10, 6, n, rng), features.spectrum)
    gains = levels / np.maximum(others.mean(axis=(1, 2)), TINY) * relative
    return placed * gains[:, None, None]  # type: ignore[no-any-return]  # NumPy's stub: Any


def silence_scenes(n: int, noise: F32, *, features: FeatureConfig, config: AugmentConfig, rng: Rng) -> F32:
    """Surroundings without a word, (n, C + T, M) float32; noise is (N, M) mel power of unit RMS."""
    n_scene = count_context_frames(features, config) + features.n_frames
    scenes = make_silence(n, noise, n_frames=n_scene, config=config, rng=rng, spectrum=features.spectrum)
    loudest = from_db(np.array(config.silence_max_dbfs, np.float32), features.spectrum)
    add_bursts(scenes, float(loudest * noise.mean()), config.burst_share, rng)
    return scenes


def images(scenes: F32, *, features: FeatureConfig, config: AugmentConfig, rng: Rng) -> F32:
    """Scenes, (B, C + T, M), as the network sees their windows: (B, ceil(T / frame_step), M), masked.

    For `fresh_share` of the scenes PCEN starts with the window, for the rest with the context.
    """
    window = scenes[:, scenes.shape[1] - features.n_frames :]
    context = scenes[:, : scenes.shape[1] - features.n_frames]
    if features.pcen is None or not context.shape[1]:
        frames = compress(window, config=features, step=features.frame_step)
    else:
        smoothing, step = features.pcen.smoothing, features.frame_step
        state = smooth_to_end(context, start_state(context, config=features.pcen), smoothing=smoothing)
        fresh = rng.random((len(scenes), 1)) < config.fresh_share
        state = np.where(fresh, start_state(window, config=features.pcen), state)
        level = smooth(window, state, smoothing=smoothing, step=step)
        frames = pcen(window[:, ::step], level, config=features.pcen)
    mask_frames(frames, features=features, config=config, rng=rng)
    return frames
