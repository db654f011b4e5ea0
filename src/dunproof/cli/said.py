"""What is said about the files of a run before there is a report: in the language that was asked for.

Errors about the command line itself (an unknown option, a wrong folder) are in English; see docs/errors.md.
"""

from __future__ import annotations

from collections.abc import Sized
from typing import Final

from dunproof.cli.choices import LANGUAGES

_SAID: Final[dict[str, tuple[str, str, str]]] = {
    "no-file": ("没有这个文件或文件夹：{path}", "沒有這個檔案或資料夾：{path}", "no such file or folder: {path}"),
    "did-you-mean": ("是不是 {names}？", "是不是 {names}？", "did you mean {names}?"),
    "check-path": (
        "请检查路径；路径里有空格时请加引号",
        "請檢查路徑；路徑裡有空格時請加引號",
        "check the path; quote it if it holds spaces",
    ),
    "nothing-read": ("没有读到任何内容", "沒有讀到任何內容", "nothing could be read"),
    "no-files": ("所给的文件夹里没有文件", "所給的資料夾裡沒有檔案", "there is no file in what was named"),
    "put-files": (
        "请把要查看的文件放进去，或直接写出文件名",
        "請把要查看的檔案放進去，或直接寫出檔案名稱",
        "put the files to look at into the folder, or name them one by one",
    ),
    "why": (
        "原因逐个文件写在摘要里；dunproof problems 代码 可查看说明",
        "原因逐個檔案寫在摘要裡；dunproof problems 代碼 可查看說明",
        "the summary says why, file by file; 'dunproof problems CODE' explains a code",
    ),
}


def nothing_read(exhibits: Sized, lang: str) -> tuple[str, str]:
    """Return what is said where nothing could be read, and the next step: there was no file, or none was readable."""
    if exhibits:
        return said("nothing-read", lang), said("why", lang)
    return said("no-files", lang), said("put-files", lang)


def said(key: str, lang: str, **values: str) -> str:
    """Return a sentence in a language of reports."""
    return _SAID[key][LANGUAGES.index(lang)].format(**values)
