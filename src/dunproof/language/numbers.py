"""Numbers as Chinese messages write them: digits, numerals, amounts of money, spans and points of time.

All functions take folded text (``fold(text).text``) and give half-open spans in it.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Final

_DIGIT: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {
                 "〇": 0, "两": 2, "俩": 2, "壹": 1, "贰": 2, "叁": 3, "肆": 4,
                 "伍": 5, "陆": 6, "柒": 7, "捌": 8, "玖": 9}  # fmt: skip
_UNIT: Final = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
_GROUP: Final = {"万": 10_000, "亿": 100_000_000}
_NUMERAL: Final = "零〇一二两三四五六七八九十百千万亿壹贰叁肆伍陆柒捌玖拾佰仟"
_LONGEST: Final = 18
_LARGEST_FEN: Final = 10**15
"""An amount above ten thousand billion yuan is a number of another kind."""


def numeral(text: str) -> int | None:
    """Return the value of a Chinese numeral (三十五, 两万五, 一千零八), or None if it is none. 两万五 is 25,000."""
    if not text or len(text) > _LONGEST or any(c not in _NUMERAL for c in text):
        return None
    if all(c in _DIGIT for c in text):
        return int("".join(str(_DIGIT[c]) for c in text))
    total = group = 0
    digit: int | None = None
    last = 0
    for c in text:
        if c in _DIGIT:
            if digit:
                return None
            digit = _DIGIT[c]
            last = 0 if c in "零〇" else last
        elif c in _UNIT:
            group += (digit if digit is not None else 1) * _UNIT[c]
            digit, last = None, _UNIT[c]
        else:
            total = (total + group + (digit or 0)) * _GROUP[c]
            group, digit, last = 0, None, _GROUP[c]
    if digit is not None:
        group += digit * (last // 10 if last > 10 else 1)  # 两万五: the digit behind a unit is of the next smaller one
    return total + group


def integer(text: str) -> int | None:
    """Return the value of digits or of a Chinese numeral; 半 is not whole and gives None."""
    return int(text) if text.isascii() and text.isdigit() and len(text) <= _LONGEST else numeral(text)


_SCALE: Final = {"亿": 10**10, "万": 10**6, "w": 10**6, "千": 10**5, "k": 10**5, "百": 10**4, None: 100, "": 100}
_MONEY: Final = re.compile(
    rf"""(?P<sign>[¥￥$]|rmb|cny|人民币)?[ ]?
    (?<![0-9a-z.,*])(?:(?P<digits>[0-9]{{1,3}}(?:,[0-9]{{3}}){{1,4}}|[0-9]{{1,12}})(?:\.(?P<cents>[0-9]{{1,4}}))?|(?P<han>[{_NUMERAL}]{{1,12}}))
    (?P<scale>[万亿千百]|[wk](?![a-z0-9]))?[ ]?(?P<unit>元|块钱|块|圆|rmb|yuan)?
    (?P<more>[0-9一二三四五六七八九](?![0-9天日期月年个]))?""",
    re.VERBOSE,
)
_LEFT: Final = re.compile(
    r"(?:欠款|本金|应还|未还|金额|罚息|利息|违约金|滞纳金|合计|总额|总计|减免|结清|还款|欠|款项|费用|本息|待还|剩余|还)"
    r"(?:款|金额|总额|额|约|为|是|共|了|人民币|[::]|\s|着|我们|你|您){0,4}$"
)
_NOT_RIGHT: Final = re.compile(r"\s?(?:天|日|期|个|月|年|号|小时|分钟|点|%|次|位|岁|人|家|条|倍|折|级|万?人|-[0-9])")
_TAIL: Final = re.compile(r"(?:尾号|尾数|末四位|末4位|编号|案号|电话|热线|拨打|致电|工号|验证码)(?:为|是|[::]|\s)?$")


def amounts(text: str) -> Iterator[tuple[int, int, int]]:
    """Yield (start, stop, fen) of the amounts of money: with a currency word or sign, or behind a word of money."""
    for m in _MONEY.finditer(text):
        left = text[max(0, m.start() - 14) : m.start()]
        large = bool(m["han"]) and len(m["han"]) > 1 and any(c in "千万百" for c in m["han"])
        if _TAIL.search(left) or (
            m["han"] and not (m["unit"] or m["scale"] or (large and re.search(r"[欠借贷还付缴凑转]\S{0,2}$", left)))
        ):
            continue
        marked = bool(m["sign"] or m["unit"])
        number = m["digits"] or ""
        bare = not marked and not (m["scale"] and m["scale"] in "万wk亿")
        if not marked and _NOT_RIGHT.match(text, m.end()):
            continue
        if bare and not large and not (len(number) >= 2 and _LEFT.search(left)):
            continue
        if (
            not marked
            and not bare
            and not large
            and not _LEFT.search(left)
            and not re.search(r"[给还借欠贷付凑]\S{0,4}$", left)
        ):
            continue
        last = ("more",) if m["scale"] or m["unit"] == "块" else ()  # 两万五, 三块五
        stop = next(m.end(g) for g in (*last, "unit", "scale", "cents", "digits", "han") if m[g])
        fen = _fen(m)
        if fen is not None and 0 < fen <= _LARGEST_FEN:
            yield m.start(), stop, fen


def _fen(m: re.Match[str]) -> int | None:
    scale = _SCALE[m["scale"]]
    if m["han"]:
        value = numeral(m["han"])
        if value is None:
            return None
        fen = value * scale
    else:
        fen = int(m["digits"].replace(",", "")) * scale
        if m["cents"]:
            fen += int(m["cents"]) * scale // 10 ** len(m["cents"])
    if m["more"] and m["scale"]:
        fen += (integer(m["more"]) or 0) * scale // 10
    elif m["more"] and m["unit"] == "块":
        fen += (integer(m["more"]) or 0) * 10
    return fen


_COUNT: Final = r"[0-9]{1,4}|[一二两三四五六七八九十百半]{1,4}"
_OVERDUE: Final = re.compile(
    rf"(?:逾期|拖欠|超期|过期)(?:已经|已|了|达|超过|长达|近|第|时间|天数|为|[::]|\s){{0,3}}(?P<n>{_COUNT})\s?(?P<u>天|日|个?月|期)(?!起)"
    r"|(?<![a-z0-9])(?P<m>m[1-9])(?![a-z0-9])|overdue (?:by|for) (?P<e>[0-9]{1,4}) days?"
    r"|(?P<e2>[0-9]{1,4}) days? (?:overdue|past due)"
)


def overdue(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, stop, value) of how long a debt is overdue: P67D, P2M, or a stage M1-M9."""
    for m in _OVERDUE.finditer(text):
        if m["m"]:
            yield m.start(), m.end(), m["m"].upper()
            continue
        n = integer(m["n"] or m["e"] or m["e2"])
        if n is not None:
            yield m.start(), m.end(), f"P{n}{'M' if m['u'] and m['u'] in {'月', '个月', '期'} else 'D'}"


_SPAN: Final = re.compile(
    rf"(?P<n>{_COUNT})\s?个?(?P<u>小时|钟头|分钟|工作日|天|日)(?:之内|以内|内|候|后)|限\S{{0,3}}?于?(?P<n2>{_COUNT})\s?个?(?P<u2>小时|分钟|天|日)"
    r"|(?:within|in) (?P<e>[0-9]{1,3}) ?(?P<eu>hours?|hrs?|minutes?|mins?|days?)"
)
_POINT: Final = re.compile(
    r"(?:(?P<y>20[0-9]{2})年)?(?P<mo>[0-9]{1,2})月(?P<d>[0-9]{1,2})[日号](?P<t1>(?:上午|中午|下午|晚上)?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})(?:[::][0-5][0-9]|点半?))?(?:整)?(?:之前|以前|前|截止)"
    r"|(?:截止|截至)\S{0,4}?(?:(?P<y2>20[0-9]{2})年)?(?P<mo2>[0-9]{1,2})月(?P<d2>[0-9]{1,2})[日号](?P<t2>(?:上午|中午|下午|晚上)?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})(?:[::][0-5][0-9]|点半?))"
    r"|(?P<day>今天|今日|今晚|明天|明日|明早|后天)(?P<t3>(?:上午|中午|下午|晚上)?(?:[0-9]{1,2}|[一二三四五六七八九十]{1,3})(?:[::][0-5][0-9]|点半?))?(?:整)?(?:之前|以前|前|之内|内|必须|截止)"
)
_DAYS: Final = {
    "今天": "today",
    "今日": "today",
    "今晚": "today",
    "明天": "tomorrow",
    "明日": "tomorrow",
    "明早": "tomorrow",
    "后天": "P2D",
}
_CLOCK: Final = re.compile(
    r"(上午|中午|下午|晚上)?([0-9]{1,2}|[一二三四五六七八九十]{1,3})(?:[::]([0-5][0-9])|点(半)?)"
)


def clock(text: str) -> str:
    """Return HH:MM of a time of day as words say it (下午6点 → 18:00), '' if it is none."""
    m = _CLOCK.search(text)
    if not m:
        return ""
    hour, minute = integer(m[2]) or 0, 30 if m[4] else int(m[3] or 0)
    if m[1] in {"下午", "晚上"} and hour < 12:
        hour += 12
    return f"{hour:02d}:{minute:02d}" if hour <= 24 else ""


def deadlines(text: str) -> Iterator[tuple[int, int, str]]:
    """Yield (start, stop, value) of deadlines: PT24H, P3D, workdays:3, today T18:00, 2023-10-21T10:00, --10-21.

    Counted from the message where no day is named. A span behind 逾期 or before 到账 is none; the caller reads context.
    """
    for m in _SPAN.finditer(text):
        n = m["n"] or m["n2"] or m["e"]
        unit = m["u"] or m["u2"] or m["eu"]
        if n == "半":
            if unit in {"小时", "钟头"}:
                yield m.start(), m.end(), "PT30M"
            continue
        count = integer(n)
        if count is None:
            continue
        value = (
            f"PT{count}H" if unit in {"小时", "钟头"} or unit.startswith("h")
            else f"PT{count}M" if unit == "分钟" or unit.startswith("m")
            else f"workdays:{count}" if unit == "工作日" else f"P{count}D"
        )  # fmt: skip
        yield m.start(), m.end(), value
    for m in _POINT.finditer(text):
        time = clock(m["t1"] or m["t2"] or m["t3"] or "")
        if m["day"]:
            value = _DAYS[m["day"]]
            if m["day"] == "今晚" and time and time < "12:00":
                time = f"{int(time[:2]) + 12}{time[2:]}"
        else:
            year, month, day = m["y"] or m["y2"], int(m["mo"] or m["mo2"]), int(m["d"] or m["d2"])
            if not (1 <= month <= 12 and 1 <= day <= 31):
                continue
            value = f"{year or '-'}-{month:02d}-{day:02d}"
        yield m.start(), m.end(), f"{value}T{time}" if time else value
