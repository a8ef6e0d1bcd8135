"""A report as one HTML file that needs nothing else: no script, no font, no picture from anywhere."""

from html import escape

from tinytales.evaluation.report.blocks import Block, Curve, Paragraph, Report, Section, Story
from tinytales.evaluation.report.plots import to_svg
from tinytales.evaluation.tables import Table
from tinytales.terminal import sanitize

_STYLE = """
:root { color-scheme: light; }
body { font: 16px/1.55 system-ui, sans-serif; color: #222; background: #fbfaf7; max-width: 62rem; margin: 2rem auto;
  padding: 0 1.2rem; }
h1 { font-size: 1.7rem; margin-bottom: .4rem; }
h2 { font-size: 1.25rem; margin: 2.2rem 0 .6rem; border-bottom: 1px solid #ddd8cc; padding-bottom: .2rem; }
h3, caption { font-size: 1rem; font-weight: 600; text-align: left; margin: 1rem 0 .3rem; }
.wide { overflow-x: auto; }
table { border-collapse: collapse; font-variant-numeric: tabular-nums; margin: .8rem 0 1.2rem; font-size: .92rem; }
th, td { text-align: right; padding: .18rem .8rem; border-bottom: 1px solid #eae6db; white-space: nowrap; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
td.said { text-align: left; white-space: normal; overflow-wrap: anywhere; }
th { font-weight: 600; }
figure { margin: .8rem 0; } figure svg { max-width: 100%; height: auto; }
blockquote { margin: .8rem 0 1.2rem; padding: .1rem 1.1rem; border-left: 3px solid #c9b98f; background: #fff;
  white-space: pre-line; font-family: Georgia, serif; overflow-wrap: anywhere; }
.remark { color: #77705f; font-size: .85rem; margin: .1rem 0 0; }
"""


def to_html(report: Report) -> str:
    """The whole file."""
    summary = Table("", ("", ""), report.summary)
    body = "\n".join([f"<h1>{_text(report.title)}</h1>", _table(summary), *map(_section, report.sections)])
    # The policy forbids every request, whatever a story contains.
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="viewport" content="width=device-width">
<title>{_text(report.title)}</title>
<style>{_STYLE}</style>
</head>
<body>
{body}
</body>
</html>
"""


def _section(section: Section) -> str:
    return "\n".join(["<section>", f"<h2>{_text(section.title)}</h2>", *map(_block, section.blocks), "</section>"])


def _block(block: Block) -> str:
    match block:
        case Paragraph(text):
            return f"<p>{_text(text)}</p>"
        case Curve():
            return f"<figure><h3>{_text(block.title)}</h3>{to_svg(block)}</figure>"
        case Story(prompt, text, remark):
            return f'<p class="remark">{_text(remark)}</p><blockquote><b>{_text(prompt)}</b>{_text(text)}</blockquote>'
        case Table():
            return _table(block)


def _table(table: Table) -> str:
    heads = "".join(f"<th>{_text(column)}</th>" for column in table.columns)
    head = f"<thead><tr>{heads}</tr></thead>" if any(table.columns) else ""
    said = "" if any(table.columns) else ' class="said"'
    rows = "".join(
        f"<tr><td>{_text(row[0])}</td>{''.join(f'<td{said}>{_text(cell)}</td>' for cell in row[1:])}</tr>\n"
        for row in table.rows
    )
    caption = f"<caption>{_text(table.title)}</caption>" if table.title else ""
    return f'<div class="wide"><table>{caption}{head}<tbody>\n{rows}</tbody></table></div>'


def _text(text: str) -> str:
    return escape(sanitize(text))
