"""What the built-in voices say, and how often.

Left out on purpose: words that sound exactly like a command. "know" is "no" to every ear and every microphone, so a
clip of it labelled "other" would only teach that the label of "no" is a matter of chance.

Words that people may want as commands have labels of their own. For the rest variety counts: many words, each heard
once or twice, all under the label "other".
"""

from collections.abc import Sequence
from typing import Final

from sayso.labels import OTHER

COMMANDS: Final = ("yes", "no")
CLIPS_PER_COMMAND: Final = 600
CLIPS_OF_NAMED_WORDS: Final = 1000
CLIPS_OF_UNNAMED_WORDS: Final = 700  # the page takes up to 1000 clips of a label
READ_AS_COMMAND: Final = ("now",)  # a voice that reads it as Spanish or Italian says "no"

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

# More words that begin, sound or end like a command.
UNNAMED_NEAR_MISSES: Final = (
    "nod noon nuts net neck nest name night nice nail near need noise novel notice nowhere nothing never nurse nap "
    "nut bow row sew woe bone bowl boat coat cold cone don't dose drove road roll rose rope hold hole hope phone "
    "phony loan load loud long lost law mode mole moan most mouse mouth moon move toad told tone total won't woke "
    "zone own old over only ocean onto stone slow grow throw flow blow crow glow clone cloud brown town crown gown "
    "noun pound round sound found ground dough doe foe joe pro bro ago solo logo photo piano potato tomato banana "
    "arrow narrow borrow moo boo do who too through shoe blue true glue gnat nan nah na nay knit knot numb nun ma mom "
    "mum mop ye yay ya yeast yikes yoga yogurt yolk yum york youth yawn yank yacht yarn let led leg lest lens lets "
    "let's length west vest rest zest pest chest ness gas glass pass kiss miss hiss list fist twist his if it in as "
    "bus plus thus dust just must fuss guessed dressed pressed bets beds bend bell bear bench jet jets get gets set "
    "said says send sent self shelf men many pen pets pet red read head dead bread fed wed beg egg edge elbow else "
    "ever every any end energy exit express success face space case place pace ace ice rice mice twice piece peace "
    "niece east wish dish hers yours years ears eyes ease these geese"
).split()

# What else is said near a machine: numbers, days, names, the commonest words.
UNNAMED: Final = (
    "a about after again alexa all and animal anna another answer apple april around at ate athena august baby "
    "backwards bad bag bake ball bank bat bean beat beautiful because before begin bet betty bicycle big birthday bit "
    "black body book breakfast brian bridge brother bud buddy bug burn business but butter by bye cab calf call "
    "camera can't cap car card cart cash catch chair cheese chicken child children city clock coffee con cool cough "
    "could cow cup cut dad dance dark date david dawn day delete different dig dinner dock doctor doll done donna "
    "door dot duck dug early easy eat elephant eleven emily english enough enter eric evening everything excuse fall "
    "family faster favorite find fine finger finish flower for forest forget forwards friday friend from funny game "
    "gate george girl gold gone good google grass gray green habit had half hamper hand happen happily harvey has hat "
    "hate have he healthy hear heavy helen her here hey hi him holiday honest hop horse hospital hot how hundred "
    "hurry important interesting island jacket james january jason jessica john july karen kevin knife lake lamp "
    "language late laugh laura leaf leave lemon letter life lift light like linda line lisa listen live loft look "
    "louder love lunch machine mail man map mark market martha mary mat maybe me measure medicine message michael "
    "milk minute mirror monday money monkey mountain movie mute nancy nature october of offer office often pack page "
    "paint papa paper pappy paul pencil peter picture pink plane plate pleasure pocket police pop pot power problem "
    "pup puppy purple question quick quiet rabbit rachel radio rain really repeat ride river robert robot run ryan "
    "sad sandra sarah sat saturday save say school sea search second see shadow she sheep shirt shoes shop should "
    "shoulder silver simple siri sister skip sky sleep slower small sofa soft song sorry soup south speak special "
    "square star state station step storm story street strong sugar summer sun sunday sure susan sweet swim switch "
    "talk tall tap teacher television tell ten text than thank that the them then there they thirty thomas thousand "
    "thunder thursday ticket tiger to today together tomorrow tonight top touch traffic train travel treasure truck "
    "tuesday turn twelve twenty uncle under upper usual vacation valley vegetable video village vision voice volume "
    "wait wake walk wall warm watch we wednesday week weight welcome what when where which white why wide wife wild "
    "william wind winter with woman wonderful wood word work world would write wrong"
).split()


def clip_counts() -> dict[str, dict[str, int]]:
    """Clips of every word under every label: the commands first, then the other words in alphabetical order.

    Returns
    -------
    label → word → number of clips
    """
    counts = {command: {command: CLIPS_PER_COMMAND} for command in COMMANDS}
    named = shared_out(CLIPS_OF_NAMED_WORDS, [*NEAR_MISSES, *COMMON, *REST])
    counts |= {word: {word: n_clips} for word, n_clips in named.items()}
    return counts | {OTHER: shared_out(CLIPS_OF_UNNAMED_WORDS, [*UNNAMED_NEAR_MISSES, *UNNAMED])}


def shared_out(n_clips: int, words: Sequence[str]) -> dict[str, int]:
    """The clips shared among the words as evenly as whole numbers allow, in alphabetical order."""
    return {word: n_clips * (i + 1) // len(words) - n_clips * i // len(words) for i, word in enumerate(sorted(words))}
