"""What the built-in voices say, and how often.

Left out on purpose: words that sound exactly like a command. "know" is "no" to every ear and every microphone, so a
clip of it labelled "other" would only teach that the label of "no" is a matter of chance.
"""

from typing import Final

COMMANDS: Final = ("yes", "no")
CLIPS_PER_COMMAND: Final = 600
CLIPS_OF_OTHER_WORDS: Final = 1500

# One sound away from a command, or opening or ending as it does: these draw the boundary.
NEAR_MISSES: Final = (
    "now nope note nose not new nor gnome known nine north none knock knee nobody number snow "
    "go low so oh show toe though mow hello "
    "yeah yet yep yell yesterday yellow year you young yard use "
    "guess less mess chess dress press bless best desk guest test this us is its ask"
).split()

# What people say to a machine, or next to one; among them the words of the Speech Commands archive.
COMMON: Final = (
    "zero one two three four five six seven eight "
    "up down left right on off stop start forward backward follow learn visual "
    "bed bird cat dog happy house tree wow computer "
    "open close play pause next back more okay please thanks help cancel"
).split()

# The remaining sounds of English, so that no vowel or ending belongs to a command alone.
REST: Final = (
    "marvin sheila water music morning window people church judge zoo father mother boy "
    "time home little very great fish thing garden kitchen table orange"
).split()

# A near miss is heard three times as often as a word of the rest.
WEIGHTS: Final = dict.fromkeys(NEAR_MISSES, 3) | dict.fromkeys(COMMON, 2) | dict.fromkeys(REST, 1)


def clip_counts() -> dict[str, int]:
    """Clips of every word: the commands first, then the other words in alphabetical order.

    Returns
    -------
    word → number of clips; those of the other words add up to `CLIPS_OF_OTHER_WORDS`
    """
    counts = dict.fromkeys(COMMANDS, CLIPS_PER_COMMAND)
    total, given, shared = sum(WEIGHTS.values()), 0, 0
    for word, weight in sorted(WEIGHTS.items()):
        shared += weight
        counts[word] = CLIPS_OF_OTHER_WORDS * shared // total - given
        given += counts[word]
    return counts
