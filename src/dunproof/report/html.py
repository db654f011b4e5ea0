"""One self-contained page: no script, no font or picture from elsewhere, and a policy that forbids them."""

from __future__ import annotations

import base64
import hashlib
import re
from functools import cache
from importlib.resources import files
from typing import Final

from jinja2 import BaseLoader, Environment, StrictUndefined, TemplateNotFound
from markupsafe import Markup, escape

from dunproof.facts.casefile import CaseFile
from dunproof.report.catalogue import catalogue
from dunproof.report.masking import masked
from dunproof.report.page import CONTENTS_OPEN, Builder
from dunproof.report.sentences import language_of, size_text

_MARK: Final = re.compile(r"\[U\+[0-9A-F]{4,6}\]")
_OPTION: Final = re.compile(r"--[a-z]+(?:-[a-z]+)*")
_STYLE: Final = "report.css"


def _source(name: str) -> str:
    return files("dunproof.report").joinpath("templates", name).read_text("utf-8")


class _PackageLoader(BaseLoader):
    """Templates of this package, read as resources so that they also work from a zip."""

    def get_source(self, environment: Environment, template: str) -> tuple[str, str | None, None]:
        del environment
        try:
            return _source(template), None, None
        except FileNotFoundError:
            raise TemplateNotFound(template) from None


def _marks(text: str) -> Markup:
    """Return the escaped text with its written-out control characters set apart."""
    return Markup(_MARK.sub(lambda m: f'<span class="ctl">{m[0]}</span>', str(escape(text))))  # noqa: S704 - escaped


def _step(text: str) -> Markup:
    """Return what somebody can do, with the options of a command kept on one line."""
    return Markup(_OPTION.sub(lambda m: f'<span class="option">{m[0]}</span>', str(_marks(text))))  # noqa: S704 - escaped


def _breaks(text: str) -> Markup:
    """Return a name made with underscores, so that a line may end behind each."""
    return Markup(str(_marks(text)).replace("_", "_<wbr>"))  # noqa: S704 - escaped


def _css_string(text: str) -> str:
    """Return a text as a CSS string that can end neither the string nor the style element."""
    return '"' + "".join(c if c.isalnum() or c == " " else f"\\{ord(c):x} " for c in text) + '"'


@cache
def _environment() -> Environment:
    env = Environment(
        loader=_PackageLoader(),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    env.filters["marks"] = _marks
    env.filters["breaks"] = _breaks
    env.filters["step"] = _step
    env.filters["size"] = size_text
    return env


def style(footer: str) -> str:
    """Return the style sheet with the words of the printed footer put in."""
    return _source(_STYLE).replace('"{footer}"', _css_string(footer))


def policy(sheet: str) -> str:
    """Return the content security policy that allows this style sheet and nothing else."""
    digest = base64.b64encode(hashlib.sha256(sheet.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; base-uri 'none'; form-action 'none'"


def render(case: CaseFile, lang: str, *, show_numbers: bool = False) -> str:
    """Return the report of a case as one HTML page in zh-Hans, zh-Hant or en.

    Numbers of people and names of bystanders are masked unless ``show_numbers``; characters that steer the direction or
    a terminal are always written out. The same case gives the same bytes. UseError for another language.
    """
    words = catalogue(lang)
    shown = masked(case, show_numbers=show_numbers)
    builder = Builder(shown, words)
    sheet = style(words("doc.footer", version=shown.dunproof))

    def language(text_lang: str) -> Markup:
        """Return a lang attribute where the text's language differs from the page's."""
        if text_lang == lang or (text_lang == "zh" and lang.startswith("zh")):
            return Markup("")
        return Markup(' lang="{}"').format(text_lang)

    return (
        _environment()
        .get_template("report.html.j2")
        .render(
            case=shown,
            page=builder.page(),
            t=words,
            word=words.word,
            lang=lang,
            language=language,
            language_of=language_of,
            style=Markup(sheet),  # noqa: S704 - our own file; the footer is written as CSS escapes
            policy=policy(sheet),
            masked=not show_numbers,
            contents_open=CONTENTS_OPEN,
        )
    )
