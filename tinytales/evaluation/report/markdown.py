"""A report as Markdown. Curves are left out, for their figures stand in tables; all text is escaped."""

import re

from tinytales.evaluation.report.blocks import Block, Curve, Paragraph, Report, Section, Story
from tinytales.evaluation.tables import Table
from tinytales.terminal import sanitize

_SPECIAL = re.compile(r"([\\`*_{}\[\]<>()#+!|~$&])")
_LINE_START = re.compile(r"^(\s*\d*)([-=.])", re.MULTILINE)  # what would begin a list or underline a heading


def to_markdown(report: Report) -> str:
    """The whole file."""
    blocks = [f"# {_inline(report.title)}", _table(Table("", ("", ""), report.summary))]
    for section in report.sections:
        blocks.extend(_section(section))
    return "\n\n".join(block for block in blocks if block) + "\n"


def _section(section: Section) -> list[str]:
    return [f"## {_inline(section.title)}", *map(_block, section.blocks)]


def _block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return _text(text)
        case Curve():
            return ""
        case Story(prompt, text, remark):
            # A line of its own for each paragraph of the story, so that the quotation holds them all.
            begun = f"**{_inline(prompt)}**" if prompt else ""
            lines = (begun + _text(text)).split("\n")
            return "\n>\n".join(f"> {line}" for line in [f"{_text(remark)}:", *lines] if line.strip())
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    columns = len(table.columns)
    rule = " | ".join(["---", *["---:" if any(table.columns) else "---"] * (columns - 1)])
    head, *cells = (
        " | ".join(_inline(cell).replace("\n", " ") for cell in row) for row in (table.columns, *table.rows)
    )
    title = f"### {_inline(table.title)}\n\n" if table.title else ""
    return title + "\n".join(f"| {row} |" for row in (head, rule, *cells))


def _text(text: str) -> str:
    """Text that may stand at the beginning of a line, or go on over several."""
    return _LINE_START.sub(r"\1\\\2", _inline(text))


def _inline(text: str) -> str:
    return _SPECIAL.sub(r"\\\1", sanitize(text))
