"""Dalvik executables as numpy views: names, classes, code items and every instruction start, nothing decoded unasked.

A table that runs past the file is clipped, a wrong checksum is a flaw and no reason to stop. Offsets are absolute in
the dex file as its bytes stand in the archive. Format: "Dalvik executable format" of the Android platform, versions
035 to 041 (a 041 container holds several headers; offsets count from the container's start).
"""

from __future__ import annotations

import bisect
import contextlib
import struct
import zlib
from functools import cached_property
from typing import TYPE_CHECKING, Final

import msgspec

from dunproof.errors import ExhibitError
from dunproof.read.formats import dalvik, dexorder
from dunproof.read.formats.arrays import counted, distinct, view
from dunproof.read.formats.dexcode import Items
from dunproof.read.formats.dexlayout import MAGIC
from dunproof.read.formats.zip import Flaw

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt

    Ints = npt.NDArray[np.int64]
    Units = npt.NDArray[np.uint16]

NO_INDEX: Final = 0xFFFFFFFF
_CODE_HEADER: Final = 16
_STRING_CAP: Final = 65_535
_NAME_CAP: Final = 1024
_PROTO_CAP: Final = 4096
"""Bytes of a string, of a name and characters of a prototype that are read. Strings of a made-up file overlap, so that
all of them together are bounded too: by the file."""
_ROWS_CAP: Final = 1 << 16
"""Rows of every table but that of strings: instructions and other tables cannot name more."""
_STRING_ROWS_CAP: Final = 1 << 20
"""Strings of one dex: large ones have 200 000 (ours)."""
_LISTS_CAP: Final = 1 << 20
_MARKS_CAP: Final = 1 << 19
"""Annotations of all methods of one dex that are read: sets of them overlap in a made-up file."""
_LIST_CAP: Final = 256
"""Types of one list that are read: a call has at most 255 arguments, and no real class as many interfaces."""


class Method(msgspec.Struct, frozen=True):
    """A row of method_ids: class descriptor, name, prototype."""

    cls: str
    name: str
    proto: str

    @property
    def key(self) -> str:
        """``Lpkg/Cls;->name(args)ret``."""
        return f"{self.cls}->{self.name}{self.proto}"


class Dex:
    """One dex (one header). Indexes that name nothing give '' or nothing; see ``flaws`` for what was wrong.

    Raises ExhibitError: ``dex-magic`` (no dex), ``dex-header`` (no table can be read).
    """

    def __init__(self, data: bytes, header: int = 0) -> None:
        import numpy as np

        if data[header : header + 4] != MAGIC or len(data) < header + 0x70:
            raise ExhibitError("dex-magic", "the bytes are no dex file", hint="packed code is a shell's own business")
        self.data = data
        self.flaws: list[Flaw] = []
        self.version = data[header + 4 : header + 7].decode("latin-1")
        if struct.unpack_from("<I", data, header + 40)[0] != 0x12345678:
            raise ExhibitError("dex-header", "the dex is not little-endian", hint="no Android system loads it")
        if header == 0 and zlib.adler32(memoryview(data)[12:]) != struct.unpack_from("<I", data, 8)[0]:
            self.flaws.append(Flaw("dex-checksum", "the checksum of the dex header is wrong", 8))
        odd = len(data) & 1
        self.units: Units = np.frombuffer(data, "<u2", len(data) // 2) if odd else np.frombuffer(data, "<u2")
        (self.map_at,) = struct.unpack_from("<I", data, header + 52)
        n = struct.unpack_from("<12I", data, header + 56)
        self.string_ids = self._table("string_ids", n[0], n[1], [("at", "<u4")])["at"]
        self.type_ids = self._table("type_ids", n[2], n[3], [("string", "<u4")])["string"]
        protos = [("shorty", "<u4"), ("result", "<u4"), ("args", "<u4")]
        self.proto_ids = self._table("proto_ids", n[4], n[5], protos)
        self.field_ids = self._table("field_ids", n[6], n[7], [("cls", "<u2"), ("type", "<u2"), ("name", "<u4")])
        self.method_ids = self._table("method_ids", n[8], n[9], [("cls", "<u2"), ("proto", "<u2"), ("name", "<u4")])
        columns = ("cls", "access", "super", "interfaces", "source", "annotations", "data", "static_values")
        self.class_defs = self._table("class_defs", n[10], n[11], [(c, "<u4") for c in columns])
        self.class_defs_at = n[11]
        self.type_ids_at = n[3]
        self._type_names: list[str] | None = None
        self._types: dict[int, str] = {}
        self._strings: dict[int, str] = {}
        self._types_sorted: bool | None = None
        self._methods: dict[int, Method] = {}
        self._fields: dict[int, str] = {}
        self._signatures: dict[int, str] = {}
        self._places: dict[str, int | None] = {}
        self._keys: dict[int, str] = {}
        self._budget = len(data) + (1 << 20)
        self._by_text: dict[bytes, int] | None = None
        self._protos: dict[int, str] = {}
        self._sorted: bool | None = None
        self._items: Items | None = None

    def _table(self, name: str, count: int, at: int, dtype: list[tuple[str, str]]) -> np.ndarray:
        import numpy as np

        kind = np.dtype(dtype)
        room = max(0, len(self.data) - at) // kind.itemsize if count else 0
        room = min(room, _STRING_ROWS_CAP if name == "string_ids" else _ROWS_CAP)
        if count > room:
            self.flaws.append(Flaw("dex-table-clipped", f"{name}: {count} rows are declared, room is for {room}", at))
            count = room
        if not count:
            return np.zeros(0, kind)
        return np.frombuffer(self.data, kind, count, at)

    # --- names --------------------------------------------------------------------------------------------------

    def _raw(self, index: int, limit: int = _NAME_CAP) -> bytes:
        """Return the MUTF-8 bytes of a string, at most ``limit``."""
        if not 0 <= index < len(self.string_ids):
            return b""
        at = int(self.string_ids[index])
        if at < len(self.data) and self.data[at] < 0x80 and limit > 0x80:
            stop = self.data.find(b"\0", at + 1, at + 1 + limit)
            return self.data[at + 1 : stop if stop >= 0 else at + 1 + limit]
        for _ in range(5):
            if at >= len(self.data):
                return b""
            at += 1
            if not self.data[at - 1] & 0x80:
                break
        stop = self.data.find(b"\0", at, at + limit)
        return self.data[at : stop if stop >= 0 else at + limit]

    def string(self, index: int) -> str:
        """Return a string by index; unpaired surrogates and broken bytes are replaced."""
        text = self._strings.get(index)
        if text is None:
            raw = self._raw(index, _STRING_CAP) if self._budget > 0 else b""
            self._budget -= len(raw)
            if raw.isascii():
                text = raw.decode("ascii")
            else:
                wide = raw.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass" if _mutf8(raw) else "replace")
                text = wide.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
            self._strings[index] = text
        return text

    def type(self, index: int) -> str:
        """Return a type descriptor by index."""
        text = self._types.get(index)
        if text is None:
            text = self.string(int(self.type_ids[index])) if 0 <= index < len(self.type_ids) else ""
            text = self._types[index] = text if len(text) <= _NAME_CAP else ""
        return text

    @cached_property
    def types(self) -> list[str]:
        """The descriptors of the types that instructions can name: the first 65 536, decoded together."""
        names = self.texts(self.type_ids[:_ROWS_CAP].astype("<i8"))
        self._types.update(enumerate(names))
        return names

    def texts(self, indexes: Ints) -> list[str]:
        """Return names by their string indexes, decoded together; '' for one that is none or too long."""
        import numpy as np

        found = [""] * len(indexes)
        inside = np.flatnonzero((indexes >= 0) & (indexes < len(self.string_ids)))
        at = self.string_ids[indexes[inside]].astype(np.int64)
        raw = np.frombuffer(self.data, np.uint8)
        size = np.where(at < len(raw), raw[np.minimum(at, len(raw) - 1)], 0x80).astype(np.int64)
        stop = at + 1 + size
        # Nearly every name: short, plain, and as long as it says.
        plain = (size < 0x80) & (stop < len(raw))
        plain[plain] = raw[stop[plain]] == 0
        data, starts, stops = self.data, (at[plain] + 1).tolist(), stop[plain].tolist()
        for n, start, end in zip(inside[plain].tolist(), starts, stops, strict=True):
            part = data[start:end]
            if part.isascii() and b"\0" not in part:
                found[n] = part.decode("ascii")
            else:
                found[n] = self.string(int(indexes[n]))
        for n in inside[~plain].tolist():
            text = self.string(int(indexes[n]))
            found[n] = text if len(text) <= _NAME_CAP else ""
        return found

    def type_list(self, at: int) -> list[int]:
        """Return the types of a type_list, at most 256."""
        if not at or at + 4 > len(self.data):
            return []
        (count,) = struct.unpack_from("<I", self.data, at)
        count = min(count, (len(self.data) - at - 4) // 2, _LIST_CAP)
        return list(struct.unpack_from(f"<{count}H", self.data, at + 4))

    def _type_lists(self, at: Ints) -> tuple[Ints, Ints]:
        """Return how many types each of many type_lists has, and the types of all, one list after the other."""
        import numpy as np

        raw = np.frombuffer(self.data, np.uint8)
        inside = (at > 0) & (at + 4 <= len(raw))
        size = np.zeros(len(at), "<u4")
        size[inside] = raw[at[inside, None] + np.arange(4)].view("<u4")[:, 0]
        count = np.minimum(size.astype(np.int64), np.clip((len(raw) - at - 4) // 2, 0, _LIST_CAP))
        count[np.cumsum(count) > _LISTS_CAP] = 0  # lists of a made-up file overlap
        place = np.repeat(at + 4 - 2 * (np.cumsum(count) - count), count) + 2 * np.arange(int(count.sum()))
        return count, raw[place].astype(np.int64) | raw[place + 1].astype(np.int64) << 8

    def proto(self, index: int) -> str:
        """Return a prototype as ``(args)result``."""
        text = self._protos.get(index)
        if text is None:
            text = ""
            if 0 <= index < len(self.proto_ids):
                _, result, at = self.proto_ids[index].tolist()
                args = "".join([self.type(t) for t in self.type_list(at)])
                text = f"({args}){self.type(result)}"[:_PROTO_CAP]
            self._protos[index] = text
        return text

    def protos(self, indexes: Ints) -> list[str]:
        """Return prototypes by their ascending indexes, made together; '' for one that is none."""
        found = [""] * len(indexes)
        rows = self.proto_ids[indexes[indexes < len(self.proto_ids)]]
        count, listed = self._type_lists(rows["args"].astype("<i8"))
        names = self.types
        parts = [names[t] if t < len(names) else "" for t in listed.tolist()]
        start = 0
        for n, (stop, result) in enumerate(zip(count.cumsum().tolist(), rows["result"].tolist(), strict=True)):
            found[n] = f"({''.join(parts[start:stop])}){self.type(result)}"[:_PROTO_CAP]
            start = stop
        return found

    def find_protos(self, args: list[str], result: str) -> list[int]:
        """Return the indexes of the prototypes with these types."""
        import numpy as np

        types = [self.find_type(t) for t in (*args, result)]
        if None in types:
            return []
        want = struct.pack(f"<I{len(args)}H", len(args), *(t for t in types[:-1] if t is not None and t < _ROWS_CAP))
        rows = np.flatnonzero(self.proto_ids["result"] == types[-1])
        places = zip(rows.tolist(), self.proto_ids["args"][rows].tolist(), strict=True)
        if not args:
            return [n for n, at in places if not at]
        return [n for n, at in places if self.data[at : at + len(want)] == want]

    def method(self, index: int) -> Method:
        """Return a method reference by index, made once."""
        found = self._methods.get(index)
        if found is None:
            if not 0 <= index < len(self.method_ids):
                return Method("", "", "")
            cls, proto, name = self.method_ids[index].tolist()
            found = self._methods[index] = Method(self.type(cls), self.string(name)[:_NAME_CAP], self.proto(proto))
        return found

    def key(self, index: int) -> str:
        """Return the key of a method reference, made once."""
        text = self._keys.get(index)
        if text is None:
            text = self._keys[index] = self.method(index).key
        return text

    def field(self, index: int) -> str:
        """Return a field reference as ``Lpkg/Cls;->name:type``, made once."""
        text = self._fields.get(index)
        if text is None:
            if not 0 <= index < len(self.field_ids):
                return ""
            cls, type_, name = self.field_ids[index].tolist()
            text = self._fields[index] = f"{self.type(cls)}->{self.string(name)}:{self.type(type_)}"
        return text

    def string_place(self, index: int) -> tuple[int, int]:
        """Return (offset, bytes) of the characters of a string in the file."""
        at = int(self.string_ids[index])
        for _ in range(5):
            at += 1
            if at > len(self.data) or not self.data[at - 1] & 0x80:
                break
        return at, len(self._raw(index, _STRING_CAP))

    def strings_at(self, offsets: Ints) -> Ints:
        """Return the indexes of the strings in which some offsets of the file lie, ascending, each once."""
        import numpy as np

        order, places = self._strings_by_place
        n = np.searchsorted(places, offsets, side="right") - 1
        return distinct(order[n[n >= 0]])

    @cached_property
    def _strings_by_place(self) -> tuple[Ints, Ints]:
        """(index, offset) of all strings, by offset."""
        import numpy as np

        places = self.string_ids.astype(np.int64)
        order = np.argsort(places, kind="stable")
        return order, places[order]

    @cached_property
    def text_span(self) -> tuple[int, int]:
        """The bytes of the file in which strings stand: from the first one to behind the last."""
        _, places = self._strings_by_place
        places = places[places < len(self.data)]
        return (int(places[0]), min(len(self.data), int(places[-1]) + _STRING_CAP)) if len(places) else (0, 0)

    def wide_strings(self, least: int) -> list[int]:
        """Return the indexes of the strings that may hold so many CJK characters, by place; some of them hold fewer."""
        import numpy as np

        order, places = self._strings_by_place
        if not len(places):
            return []
        start, stop = self.text_span
        raw = np.frombuffer(self.data, np.uint8, stop - start, start)
        # Their first byte in UTF-8 is 0xE3 to 0xE9.
        before = counted(raw, 0xE3, 0xE9, np.append(places, places[-1] + _STRING_CAP) - start)
        return order[np.diff(before) >= least].tolist()  # type: ignore[no-any-return]

    @cached_property
    def _places_of(self) -> memoryview:
        """Offset of each string, for one question after the other."""
        return view(self.string_ids.astype("=u4"))

    def find_string(self, text: str) -> int | None:
        """Return the index of a string, by binary search where the table is in order, else by a full pass.

        Characters beyond U+FFFF are written as surrogates there and are not found.
        """
        if text not in self._places:
            self._places[text] = self._find_string(text)
        return self._places[text]

    def _find_string(self, text: str) -> int | None:
        want = text.encode("utf-8", "replace")
        if b"\0" not in want:
            low, high, whole = 0, len(self._places_of), want + b"\0"
            data, places, size = self.data, self._places_of, len(want) + 1
            while low < high:
                mid = (low + high) // 2
                at = places[mid]
                while data[at : at + 1] > b"\x7f":
                    at += 1
                here = data[at + 1 : at + 1 + size]
                if b"\xc0" in here:
                    # U+0000 stands before every other character in the order, as two bytes in the file.
                    here = here.replace(b"\xc0\x80", b"\0")
                if here == whole:
                    return mid
                if here < whole:
                    low = mid + 1
                else:
                    high = mid
        if self._in_order():
            return None
        if self._by_text is None:
            self._by_text = {}
            for i in range(len(self.string_ids)):
                self._by_text.setdefault(self._raw(i, _NAME_CAP // 8), i)
        return self._by_text.get(want)

    def _in_order(self) -> bool:
        """Return whether the string table is sorted, each string once."""
        if self._sorted is None:
            self._sorted = dexorder.strings_ascend(self)
        return self._sorted

    def check_tables(self) -> None:
        """Note as flaws what of the tables is not in order or not there: names and calls may not be found."""
        if not self._in_order():
            self.flaws.append(Flaw("dex-strings-unsorted", "the strings are not in order, or one stands twice", 0))
        self.flaws += [Flaw("dex-order", detail, int(at)) for detail, at in dexorder.disorder(self)]
        for table, count in dexorder.absent(self):
            self.flaws.append(Flaw("dex-index", f"{count} rows of {table} name rows that are not there", 0))

    def text_key(self, index: int) -> bytes:
        """Return what the place of a string in the order goes by."""
        return dexorder.utf16_key(self._raw(index, _STRING_CAP))

    def find_fields(self, name: str) -> list[int]:
        """Return the indexes of the field references written ``Lcls;->name:type``."""
        cls, _, rest = name.partition("->")
        type_ = self.find_type(cls)
        return [i for i in self.fields_named(rest) if self.field_classes[i] == type_]

    def fields_named(self, rest: str) -> list[int]:
        """Return the indexes of the field references ``name:type`` of any class."""
        import numpy as np

        name, _, kind = rest.partition(":")
        string, type_ = self.find_string(name), self.find_type(kind)
        if string is None or type_ is None:
            return []
        hits = np.flatnonzero(self._field_names == string)
        return hits[self.field_ids["type"][hits] == type_].tolist()  # type: ignore[no-any-return]

    @cached_property
    def field_classes(self) -> Ints:
        """Type index of the class of each field reference, as one column."""
        return self.field_ids["cls"].astype("=i4")

    @cached_property
    def _field_names(self) -> Ints:
        return self.field_ids["name"].astype("=u4")

    def find_type(self, descriptor: str) -> int | None:
        """Return the first index of a type descriptor, None if the dex does not name it."""
        import numpy as np

        string = self.find_string(descriptor)
        if string is None:
            return None
        if self._types_sorted is None:
            self._types_sorted = bool((np.diff(self.type_ids.astype(np.int64)) > 0).all())
        if self._types_sorted:
            at = int(np.searchsorted(self.type_ids, string))
            return at if at < len(self.type_ids) and self.type_ids[at] == string else None
        hits = np.flatnonzero(self.type_ids == string)
        return int(hits[0]) if len(hits) else None

    def named(self, name: str) -> Ints:
        """Return the indexes of the method references with a name, ascending."""
        import numpy as np

        string = self.find_string(name)
        return np.flatnonzero(self.method_names == string) if string is not None else np.zeros(0, np.int64)

    def strings_between(self, low: str, high: str) -> Ints:
        """Return the indexes of the strings from one plain text on to before another, ascending."""
        import numpy as np

        least, most = low.encode("ascii"), high.encode("ascii")
        rows = range(len(self.string_ids))
        if self._in_order():
            return np.arange(*(bisect.bisect_left(rows, bound, key=self._raw) for bound in (least, most)))
        return np.array([i for i in rows if least <= self._raw(i, len(most)) < most], np.int64)

    @cached_property
    def method_classes(self) -> Ints:
        """Type index of each method reference, as one column."""
        return self.method_ids["cls"].astype("=i4")

    @cached_property
    def method_names(self) -> Ints:
        """String index of the name of each method reference, as one column."""
        return self.method_ids["name"].astype("=u4")

    def signature(self, index: int) -> str:
        """Return ``name(args)ret`` of a method reference, made once."""
        text = self._signatures.get(index)
        if text is None:
            if not 0 <= index < len(self.method_ids):
                return ""
            names, protos = self._method_lists
            text = self.string(names[index])[:_NAME_CAP] + self.proto(protos[index])
            self._signatures[index] = text
        return text

    @cached_property
    def _method_lists(self) -> tuple[list[int], list[int]]:
        """Name and prototype of each method reference, as lists: they are asked for one by one."""
        return self.method_ids["name"].tolist(), self.method_ids["proto"].tolist()

    def type_names(self) -> list[str]:
        """Return the class descriptors that the dex names, sorted; arrays and primitives are left out."""
        if self._type_names is None:
            self._type_names = sorted(t for t in self.types if t.startswith("L"))
        return self._type_names

    def type_offset(self, descriptor: str) -> int:
        """Return the offset of the type_ids row of a descriptor that the dex names."""
        return int(self.type_ids_at) + 4 * self.types.index(descriptor)

    # --- classes and code ---------------------------------------------------------------------------------------

    def classes(self) -> list[str]:
        """Return the descriptors of the classes defined here, in file order; '' for one that no type names."""
        names = self.types
        return [names[n] if n < len(names) else "" for n in self.class_defs["cls"].tolist()]

    def supertypes(self, row: int) -> list[str]:
        """Return superclass (if any) and interfaces of a row of class_defs."""
        super_ = int(self.class_defs["super"][row])
        found = [] if super_ == NO_INDEX else [self.type(super_)]
        return found + [self.type(t) for t in self.type_list(int(self.class_defs["interfaces"][row]))]

    def all_supertypes(self) -> tuple[Ints, Ints]:
        """Return (row of class_defs, type) of the superclass and the interfaces of every class, in that order."""
        import numpy as np

        super_ = self.class_defs["super"].astype(np.int64)
        count, interfaces = self._type_lists(self.class_defs["interfaces"].astype(np.int64))
        above = np.flatnonzero(super_ != NO_INDEX)
        row = np.concatenate((above, np.repeat(np.arange(len(count)), count)))
        order = np.argsort(row, kind="stable")
        return row[order], np.concatenate((super_[above], interfaces))[order]

    def annotated(self, descriptor: str = "") -> set[int]:
        """Return the indexes of the methods that carry an annotation of a type, or of any."""
        import numpy as np

        found: set[int] = set()
        kind = self.find_type(descriptor) if descriptor else None
        if descriptor and kind is None:
            return found
        places = distinct(self.class_defs["annotations"].astype(np.int64))
        places = places[(places > 0) & (places + 16 <= len(self.data))]
        heads = np.frombuffer(self.data, np.uint8)[places[:, None] + np.arange(4, 12)].copy().view("<u4")
        # A method belongs to one class; directories of a made-up file overlap.
        budget = len(self.method_ids)
        told: dict[int, bool] = {}
        left = _MARKS_CAP
        for n in np.flatnonzero(heads[:, 1]).tolist():
            fields, methods = heads[n].tolist()
            first = int(places[n]) + 16 + 8 * fields
            count = max(0, min(methods, (len(self.data) - first) // 8, budget))
            budget -= count
            for method, set_at in struct.iter_unpack("<II", self.data[first : first + 8 * count]):
                if kind is not None and set_at not in told:  # methods may share a set
                    kinds = self._annotations(set_at) if left > 0 else []
                    left -= len(kinds)
                    told[set_at] = kind in kinds
                if kind is None or told[set_at]:
                    found.add(method)
        if left <= 0:
            self.flaws.append(Flaw("dex-index", f"methods have more than {_MARKS_CAP} annotations", 0))
        return found

    def _annotations(self, at: int) -> list[int]:
        """Return the type indexes of an annotation_set_item."""
        if at + 4 > len(self.data):
            return []
        (count,) = struct.unpack_from("<I", self.data, at)
        count = min(count, (len(self.data) - at - 4) // 4, _LIST_CAP)
        kinds = []
        for item in struct.unpack_from(f"<{count}I", self.data, at + 4):
            if item + 2 < len(self.data):
                with contextlib.suppress(IndexError):
                    kinds.append(dalvik.uleb128(self.data, item + 1)[0])
        return kinds

    @property
    def items(self) -> Items:
        """Return the methods that are defined here, with their code."""
        if self._items is None:
            self._items = Items(self)
        return self._items

    def body(self, code: int) -> tuple[int, int, int, int]:
        """Return (first unit, units, registers, incoming registers) of a code item, clipped to the file."""
        registers, ins, _, _, _, size = struct.unpack_from("<4HII", self.data, code)
        first = (code + _CODE_HEADER) // 2
        return first, min(size, max(0, len(self.units) - first)), registers, ins

    def handlers(self, code: int) -> list[tuple[int, int, list[int]]]:
        """Return (first unit, end, handler units) of the try blocks of a code item, relative to its instructions."""
        _, _, _, count, _, size = struct.unpack_from("<4HII", self.data, code)
        at = code + _CODE_HEADER + 2 * size + (2 if size & 1 else 0)
        if not count or at + 8 * count > len(self.data):
            return []
        base = at + 8 * count
        blocks = []
        for n in range(count):
            start, length, handler = struct.unpack_from("<IHH", self.data, at + 8 * n)
            blocks.append((start, start + length, self._catches(base + handler)))
        return blocks

    def _catches(self, at: int) -> list[int]:
        try:
            count, at = dalvik.sleb128(self.data, at)
            found = []
            for _ in range(min(abs(count), 1024)):
                _, at = dalvik.uleb128(self.data, at)
                address, at = dalvik.uleb128(self.data, at)
                found.append(address)
            if count <= 0:
                address, at = dalvik.uleb128(self.data, at)
                found.append(address)
        except IndexError:
            return []
        return found


def _mutf8(raw: bytes) -> bool:
    """Return whether bytes are well-formed once surrogates are let through."""
    try:
        raw.replace(b"\xc0\x80", b"\0").decode("utf-8", "surrogatepass")
    except UnicodeDecodeError:
        return False
    return True
