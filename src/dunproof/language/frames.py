"""Speech-act frames: data that say which words, in which order and how far apart, make an act.

A frame file (YAML) names word classes and frames. A frame's ``match`` lists sequences of elements: a class name, words
(``家人|同事``), either with ``?`` for optional; between two elements the largest gap in characters, ``<8`` inside a
clause,
``<<8`` inside a sentence (commas may lie between), ``<<<24`` across sentences; nothing = they touch. No gap is wider
than 24. ``^`` and
``$`` tie a sequence to the start and end of a sentence. Guards (``not_left``, ``not_right``, ``not_near``,
``not_in``, ``not_text``,
``needs``, ``needs_left``) are classes or words. Each frame carries examples that must and must not match.

Who says "we will not" of an act does not do it: an act in the list ``deniable`` is left out where a word of ``DENIAL``
stands before or in it in the same clause, with none of ``AFFIRM`` behind that word (不会停止), none of ``IDIOM``
around it (不得安宁), none of ``DOUBT`` before it (不能保证不会) and none of ``TURN`` between (不再找你而是…). With a
condition in the sentence (只要你还钱) it stays, at low certainty.

Found words come from one automaton; sequences are joined over their places, never by backtracking, so that the time
grows with the length of the text alone.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from typing import Any, Final

import msgspec
import yaml

from dunproof.errors import PackError
from dunproof.language.clauses import borders
from dunproof.language.fold import fold
from dunproof.language.match import Matcher

WIDEST: Final = 24
_LEFT: Final = 12
"""How far the guards ``not_left``, ``not_right`` and ``needs_left`` look, in characters of one sentence."""
_DOUBT: Final = 10
"""How far before a denial a word may stand that takes it back, in characters of one clause."""
_CLAUSE: Final = 60
"""Characters of one clause before an act that are looked at."""
_GUARD_CLASSES: Final = ("MENTION", "DENIAL", "AFFIRM", "IDIOM", "DOUBT", "TURN", "CONDITION")
"""Classes that guards look for by themselves; a language may leave them empty."""
_GAP: Final = re.compile(r"(<{1,3})(\d+)\Z")
_NAME: Final = re.compile(r"[A-Z][A-Z0-9_]*\Z")
_LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_KEYS: Final = frozenset(
    ["id", "act", "says", "certainty", "match", "yes", "no", "not_left", "not_right", "not_near", "not_in", "not_text",
     "needs", "needs_left", "mention"]
)  # fmt: skip

SHAPES: Final = {
    "VAR": re.compile(r"\{\{[^{}\n]{0,40}\}\}|\$?\{[^{}\n]{0,40}\}|(?<![a-z0-9])x{2,4}(?![a-z0-9])|[×*]{2,4}"),
    "MASKED": re.compile(r"[一-鿿](?:[*×○]{1,2}(?:[一-鿿](?=的|在|有|欠|您|先生|女士))?|某某?)"),
    "NUM": re.compile(r"[0-9][0-9,.]{0,15}|[一二三四五六七八九十百千万两半]{1,8}"),
    "HOURS": re.compile(
        r"(?:[0-9]{1,3}|[一二三四五六七八九十两半]{1,4})个?(?:小时|钟头|分钟|工作日)"
        r"|(?:[0-9]{1,3}) ?(?:h|hours?|hrs|minutes?|mins?)(?![a-z])"
    ),
    "CLOCK": re.compile(
        r"(?:上午|下午|中午|晚上|今晚|早上)?(?:[01]?[0-9]|2[0-4])(?:[::][0-5][0-9]|点(?:半|整|[0-9]{1,2}分)?)"
    ),
    "DATE": re.compile(r"(?:20[0-9]{2}年)?[0-9x]{1,2}月[0-9x]{1,2}[日号]"),
}  # fmt: skip
"""Classes that are shapes, not words."""


class Element(msgspec.Struct, frozen=True):
    """One element of a sequence: its class, the gap before it (kind 0-3, width), whether it may be left out."""

    cls: str
    gap_kind: int
    gap: int
    optional: bool


class Chain(msgspec.Struct, frozen=True):
    """Elements in order, tied or not to the start and end of a sentence.

    ``at_end`` is how many characters may follow there; None = not tied.
    """

    elements: tuple[Element, ...]
    at_start: bool
    at_end: int | None


class Frame(msgspec.Struct, frozen=True, kw_only=True):
    """One frame: the act it shows, its sequences and guards, and its own examples."""

    id: str
    act: str
    says: str
    certainty: str
    sequences: tuple[Chain, ...]
    not_left: str = ""
    not_right: str = ""
    not_near: str = ""
    not_in: str = ""
    not_text: str = ""
    needs: str = ""
    needs_left: str = ""
    mention: bool = False
    deniable: bool = False
    yes: tuple[str, ...] = ()
    no: tuple[str, ...] = ()
    line: int = 0


class Words(msgspec.Struct, frozen=True):
    """Places of the words of one folded text: class → starts and (start, stop) pairs in order, and the borders."""

    text: str
    places: dict[str, list[tuple[int, int]]]
    hard: list[int]
    soft: list[int]

    def between(self, start: int, stop: int, *, soft: bool) -> bool:
        """Tell whether a border lies in ``text[start:stop]``: a sentence's, or with ``soft`` a clause's too."""
        if stop <= start:
            return False
        i = bisect_left(self.hard, start)
        if i < len(self.hard) and self.hard[i] < stop:
            return True
        if not soft:
            return False
        i = bisect_left(self.soft, start)
        return i < len(self.soft) and self.soft[i] < stop

    def sentence(self, place: int) -> tuple[int, int]:
        """Return the sentence around a place."""
        i = bisect_left(self.hard, place)
        start = self.hard[i - 1] + 1 if i else 0
        return start, self.hard[i] if i < len(self.hard) else len(self.text)

    def clause(self, place: int) -> int:
        """Return where the clause around a place starts, at most ``_CLAUSE`` characters before; 、 parts no clause."""
        first = max(self.sentence(place)[0], place - _CLAUSE)
        for i in range(bisect_left(self.soft, place) - 1, -1, -1):
            if self.soft[i] < first:
                break
            if self.text[self.soft[i]] != "、":
                return self.soft[i] + 1
        return first

    def begins(self, cls: str, first: int, last: int) -> bool:
        """Tell whether a word of a class begins at one of some places, the last among them."""
        places = self.places.get(cls, [])
        i = bisect_left(places, (first, -1))
        return i < len(places) and places[i][0] <= last

    def covered(self, cls: str, start: int, stop: int) -> bool:
        """Tell whether a span lies within a longer word of a class that begins where the span does."""
        places = self.places.get(cls, [])
        i = bisect_left(places, (start, stop + 1))
        return i < len(places) and places[i][0] == start

    def any_in(self, cls: str, start: int, stop: int) -> bool:
        """Tell whether a word of a class lies wholly in a span."""
        places = self.places.get(cls)
        if not places:
            return False
        for i in range(bisect_left(places, (start, -1)), len(places)):
            if places[i][0] >= stop:
                return False
            if places[i][1] <= stop:
                return True
        return False


class FrameSet:
    """The frames of one language, ready to read texts."""

    def __init__(
        self,
        file: str,
        classes: dict[str, tuple[str, ...]],
        frames: tuple[Frame, ...],
        implies: dict[str, tuple[str, ...]],
        shapes: dict[str, list[str]],
    ) -> None:
        self.file = file
        self.classes = classes
        self.frames = frames
        self.implies = implies
        self._shapes = shapes
        forms = sorted({w for words in classes.values() for w in words})
        self._matcher = Matcher(forms)
        by_form: dict[str, list[str]] = {}
        for cls, words in classes.items():
            for word in words:
                by_form.setdefault(word, []).append(cls)
        self._classes_of = [by_form[f] for f in forms]
        self._starting: dict[str, list[tuple[int, Chain, frozenset[str]]]] = {}
        for n, frame in enumerate(frames):
            for chain in frame.sequences:
                needed = frozenset(e.cls for e in chain.elements[1:] if not e.optional)
                self._starting.setdefault(chain.elements[0].cls, []).append((n, chain, needed))

    def words(self, folded: str) -> Words:
        """Return the places of all words of all classes in a folded text."""
        places: dict[str, list[tuple[int, int]]] = {}
        for start, stop, form in self._matcher.raw(folded):
            for index in self._matcher.indexes(form):
                for cls in self._classes_of[index]:
                    places.setdefault(cls, []).append((start, stop))
        if places:
            for name, shape in SHAPES.items():
                found = [m.span() for m in shape.finditer(folded)]
                if found:
                    places.setdefault(name, []).extend(found)
            for cls, names in self._shapes.items():
                for name in names:
                    if name in places:
                        places.setdefault(cls, []).extend(places[name])
        for spans in places.values():
            spans.sort()
        hard, soft = borders(folded)
        soft = sorted([*soft, *(m.start() for m in re.finditer("、", folded))])
        return Words(folded, places, hard, soft)

    def read(self, folded: str) -> Iterator[tuple[Frame, int, int, str]]:
        """Yield (frame, start, stop, certainty) in the folded text; of one frame's overlapping the leftmost longest."""
        words = self.words(folded)
        if not words.places:
            return
        present = words.places.keys()
        by_frame: dict[int, set[tuple[int, int]]] = {}
        for cls in present:
            for n, chain, needed in self._starting.get(cls, ()):
                if needed <= present and (spans := _join(chain, words)):
                    by_frame.setdefault(n, set()).update(spans)
        for n in sorted(by_frame):
            frame, end = self.frames[n], -1
            for start, stop in sorted(by_frame[n], key=lambda s: (s[0], -s[1])):
                if start >= end and _allowed(frame, words, start, stop):
                    denied = frame.deniable and _denied(words, start, stop)
                    if denied and not words.any_in("CONDITION", *words.sentence(start)):
                        continue
                    end = stop
                    yield frame, start, stop, "low" if denied else frame.certainty


def _join(sequence: Chain, words: Words) -> list[tuple[int, int]]:
    """Return the spans of one sequence: for each start the longest of the ends that its shortest steps reach."""
    elements = sequence.elements
    first = elements[0]
    out = []
    for begin, end in words.places.get(first.cls, ()):
        if sequence.at_start and not _starts(words, begin):
            continue
        ends = {end}
        for element in elements[1:]:
            reached = set()
            places = words.places.get(element.cls, [])
            for at in ends:
                if element.optional:
                    reached.add(at)
                i = bisect_left(places, (at, -1))
                while i < len(places) and places[i][0] <= at + element.gap:
                    start, stop = places[i]
                    if element.gap_kind == 3 or not words.between(at, start, soft=element.gap_kind < 2):
                        reached.add(stop)
                    i += 1
            ends = reached
            if not ends:
                break
        if sequence.at_end is not None:
            ends = {e for e in ends if _ends(words, e, sequence.at_end)}
        if ends:
            out.append((begin, max(ends)))
    return out


def _starts(words: Words, place: int) -> bool:
    start = words.sentence(place)[0]
    return not words.text[start:place].strip(" ,、:'\"“”")


def _ends(words: Words, place: int, room: int) -> bool:
    stop = words.sentence(place)[1]
    return len(words.text[place:stop].strip(" ,、:'\"“”~.啊吧呢了的")) <= room


def _allowed(frame: Frame, words: Words, start: int, stop: int) -> bool:
    first, last = words.sentence(start)
    end = max(words.sentence(max(stop - 1, start))[1], last)
    left = max(first, start - _LEFT)
    if frame.mention and words.any_in("MENTION", first, end):
        return False
    if frame.not_left and words.any_in(frame.not_left, left, start):
        return False
    if frame.not_right and words.any_in(frame.not_right, stop, min(end, stop + _LEFT)):
        return False
    if frame.not_near and words.any_in(frame.not_near, left, min(end, stop + _LEFT)):
        return False
    if frame.not_in and words.any_in(frame.not_in, first, end):
        return False
    if frame.not_text and frame.not_text in words.places:
        return False
    if frame.needs and frame.needs not in words.places:
        return False
    return not frame.needs_left or words.any_in(frame.needs_left, first, start)


def _denied(words: Words, start: int, stop: int) -> bool:
    """Tell whether a clause says of an act in it that it will not be done."""
    places = words.places.get("DENIAL")
    if not places:
        return False
    first = words.clause(start)
    for i in range(bisect_left(places, (first, -1)), len(places)):
        begin, end = places[i]
        if begin >= stop:
            break
        taken_back = (
            words.begins("AFFIRM", end, end + 1)
            or words.covered("IDIOM", begin, end)
            or words.any_in("DOUBT", max(first, begin - _DOUBT), end)
            or words.any_in("TURN", end, max(start, end))
        )
        if not taken_back:
            return True
    return False


# --- loading ------------------------------------------------------------------------------------------------------


class _Loader:
    """Turns the nodes of one frame file into frames; every error names file and line."""

    def __init__(self, file: str) -> None:
        self.file = file
        self.classes: dict[str, tuple[str, ...]] = {}
        self.shapes: dict[str, list[str]] = {}
        self.deniable: frozenset[str] = frozenset()

    def fail(self, node: yaml.Node, message: str, hint: str) -> PackError:
        return PackError(self.file, node.start_mark.line + 1, message, column=node.start_mark.column + 1, hint=hint)

    def pairs(self, node: yaml.Node) -> dict[str, yaml.Node]:
        if not isinstance(node, yaml.MappingNode):
            raise self.fail(node, "a mapping is expected here", "write key: value lines")
        return {str(k.value): v for k, v in node.value}

    def texts(self, node: yaml.Node) -> tuple[str, ...]:
        if isinstance(node, yaml.ScalarNode):
            return tuple(node.value.split())
        if not isinstance(node, yaml.SequenceNode) or not all(isinstance(n, yaml.ScalarNode) for n in node.value):
            raise self.fail(node, "a list of texts is expected here", "write [one, two]")
        return tuple(str(n.value) for n in node.value)

    def cls(self, text: str, node: yaml.Node) -> str:
        """Return the class that a name or a run of words stands for; words make a class of their own."""
        if _NAME.match(text):
            if text not in self.classes and text not in SHAPES:
                raise self.fail(node, f"no class {text}", "classes: " + ", ".join(sorted(self.classes)))
            return text
        parts = text.split("|")
        if len(parts) == 1 and text in self.classes:
            return text
        words: list[str] = []
        for part in parts:
            if part in SHAPES:
                self.shapes.setdefault(text, []).append(part)
            elif _NAME.match(part):
                if part not in self.classes:
                    raise self.fail(node, f"no class {part}", "classes: " + ", ".join(sorted(self.classes)))
                words.extend(self.classes[part])
            elif not part:
                raise self.fail(node, f"an empty word in {text!r}", "separate words by a single |")
            else:
                words.append(fold(part).text.replace("_", " "))
        self.classes[text] = tuple(dict.fromkeys(words))
        return text

    def sequence(self, node: yaml.Node) -> Chain:
        if not isinstance(node, yaml.ScalarNode):
            raise self.fail(node, "a sequence is one line of text", "for instance: TELL <6 KIN|WORK")
        elements: list[Element] = []
        kind = gap = 0
        tokens = node.value.split()
        at_start, at_end = tokens[:1] == ["^"], tokens[-1:] == ["$"]
        for token in tokens[at_start : len(tokens) - at_end]:
            if m := _GAP.match(token):
                kind, gap = len(m[1]), int(m[2])
                if gap > WIDEST:
                    raise self.fail(node, f"gap {token} is wider than {WIDEST}", "split the frame or use 'needs'")
                continue
            optional = token.endswith("?")
            if optional and not elements:
                raise self.fail(
                    node, "the first element cannot be optional", "start with the element that must be there"
                )
            elements.append(Element(self.cls(token.removesuffix("?"), node), kind, gap, optional))
            kind = gap = 0
        if not elements or (kind and not at_end):
            raise self.fail(node, "a sequence needs elements, and a gap stands between two of them", "KIN <6 TELL")
        return Chain(tuple(elements), at_start, gap if at_end else None)

    def frame(self, node: yaml.Node) -> Frame:
        pairs = self.pairs(node)
        unknown = sorted(set(pairs) - _KEYS)
        missing = sorted({"id", "act", "says", "match", "yes", "no"} - set(pairs))
        if unknown or missing:
            what = f"unknown key {unknown[0]}" if unknown else f"no {missing[0]}"
            raise self.fail(node, what, "a frame has " + ", ".join(sorted(_KEYS)))
        match = pairs["match"]
        if not isinstance(match, yaml.SequenceNode) or not match.value:
            raise self.fail(match, "match is a list of sequences", "- TELL <6 KIN")
        certainty = str(pairs["certainty"].value) if "certainty" in pairs else "high"
        if certainty not in {"high", "low"}:
            raise self.fail(pairs["certainty"], f"certainty is high or low, not {certainty}", "say low for bare words")
        guards: dict[str, Any] = {}
        for name in ("not_left", "not_right", "not_near", "not_in", "not_text", "needs", "needs_left"):
            if name in pairs:
                guards[name] = self.cls("|".join(self.texts(pairs[name])), pairs[name])
        return Frame(
            id=str(pairs["id"].value), act=str(pairs["act"].value), says=str(pairs["says"].value), certainty=certainty,
            sequences=tuple(self.sequence(n) for n in match.value), yes=self.texts_as_they_are(pairs["yes"]),
            no=self.texts_as_they_are(pairs["no"]), mention="mention" not in pairs,
            deniable=str(pairs["act"].value) in self.deniable, line=node.start_mark.line + 1, **guards,
        )  # fmt: skip

    def texts_as_they_are(self, node: yaml.Node) -> tuple[str, ...]:
        if not isinstance(node, yaml.SequenceNode):
            raise self.fail(node, "examples are a list", '- "text"')
        return tuple(str(n.value) for n in node.value)


def parse(file: str, text: str) -> FrameSet:
    """Return the frames of one file; raises PackError (file, line, column) for what is not as the format says."""
    loader = _Loader(file)
    try:
        root = yaml.compose(text, Loader=_LOADER)
    except yaml.YAMLError as error:
        mark = getattr(error, "problem_mark", None)
        last = text.count("\n") + 1  # libyaml gives the end of a text a line of its own
        raise PackError(
            file, min(mark.line + 1, last) if mark else 1, "no YAML", hint=str(getattr(error, "problem", ""))
        ) from None
    if root is None:
        raise PackError(file, 1, "empty", hint="a frame file has classes and frames")
    top = loader.pairs(root)
    if set(top) - {"language", "source", "date", "classes", "deniable", "frames", "implies"} or not {
        "classes",
        "frames",
    } <= set(top):
        raise loader.fail(
            root, "top keys are language, source, date, classes, deniable, implies, frames", "see the shipped file"
        )
    for name, node in loader.pairs(top["classes"]).items():
        words: list[str] = []
        for word in loader.texts(node):
            if _NAME.match(word):
                if word not in loader.classes:
                    raise loader.fail(node, f"no class {word} above", "a class may take in classes named before it")
                words.extend(loader.classes[word])
            else:
                words.append(fold(word).text.replace("_", " "))
        loader.classes[name] = tuple(dict.fromkeys(words))
    for name in _GUARD_CLASSES:
        loader.classes.setdefault(name, ())
    loader.deniable = frozenset(loader.texts(top["deniable"]) if "deniable" in top else ())
    frames_node = top["frames"]
    if not isinstance(frames_node, yaml.SequenceNode):
        raise loader.fail(frames_node, "frames is a list", "- id: …")
    frames = [loader.frame(n) for n in frames_node.value]
    seen: dict[str, int] = {}
    for frame in frames:
        if frame.id in seen:
            raise PackError(
                file, frame.line, f"frame {frame.id} stands in line {seen[frame.id]} already", hint="ids are unique"
            )
        seen[frame.id] = frame.line
    implies = {k: loader.texts(v) for k, v in loader.pairs(top["implies"]).items()} if "implies" in top else {}
    return FrameSet(file, loader.classes, tuple(frames), implies, loader.shapes)


@cache
def load(language: str = "zh") -> FrameSet:
    """Return the shipped frames of a language (zh, en)."""
    name = f"frames.{language}.yaml"
    return parse(f"dunproof/language/data/{name}", files("dunproof.language").joinpath("data", name).read_text("utf-8"))
