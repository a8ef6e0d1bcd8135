"""A story as one HTML page, laid out as a small book: a title page, the story, a last page that says who told it."""

from collections.abc import Sequence
from datetime import date
from html import escape

# A5: two pages lie on one printed A4 sheet. Page numbers come from the @page rule, in browsers that know it.
_STYLE = """
@page { size: A5; margin: 17mm 16mm 20mm; @bottom-center { content: counter(page); font: 9pt Georgia, serif; } }
@page :first { @bottom-center { content: none; } }
:root { color-scheme: light; --ink: #2b2622; --paper: #fffdf8; --accent: #8a4b2a; --faint: #8d8378; }
* { box-sizing: border-box; }
body { margin: 0; background: #e9e3d8; color: var(--ink);
  font: 13pt/1.62 "Iowan Old Style", Palatino, "Palatino Linotype", "Book Antiqua", Georgia, serif; }
section { width: 148mm; min-height: 210mm; margin: 8mm auto; padding: 18mm 17mm; background: var(--paper);
  box-shadow: 0 1mm 5mm #0002; }
.cover, .colophon { display: flex; flex-direction: column; justify-content: center; text-align: center; }
.cover { position: relative; }
.cover::before { content: ""; position: absolute; inset: 9mm; border: 1px solid var(--accent); opacity: .55;
  outline: 1px solid var(--accent); outline-offset: 1.4mm; pointer-events: none; }
h1 { margin: 0; font-size: 27pt; font-weight: normal; line-height: 1.22; text-wrap: balance; overflow-wrap: anywhere; }
.ornament { margin: 8mm 0; color: var(--accent); font-size: 16pt; letter-spacing: .5em; text-indent: .5em; }
.teller { margin: 0; color: var(--faint); font-style: italic; }
.story p { margin: 0; text-align: justify; text-indent: 1.4em; hyphens: auto; orphans: 2; widows: 2;
  overflow-wrap: break-word; }
.story p:first-child { text-indent: 0; }
.story p:first-child::first-letter { float: left; padding: .06em .1em 0 0; color: var(--accent);
  font-size: 3.5em; line-height: .8; }
.end { color: var(--accent); text-align: center; margin-top: 9mm; letter-spacing: .5em; }
.colophon { color: var(--faint); font-size: 10.5pt; font-style: italic; min-height: 0; }
@media (max-width: 160mm) { section { width: auto; margin: 0 0 2mm; padding: 12mm 8mm; min-height: 0; } }
@media print {
  body, section { background: none; box-shadow: none; }
  section { width: auto; margin: 0; padding: 0; min-height: 0; }
  .cover { height: 172mm; break-after: page; }
  .cover::before { inset: 1.6mm; }
  .colophon { break-before: avoid; margin-top: 12mm; }
}
"""

_PAGE = """<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<meta name="generator" content="tinytales">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
<section class="cover"><h1>{title}</h1><div class="ornament">❦</div><p class="teller">{teller}</p></section>
<section class="story">{paragraphs}<div class="end">❦</div></section>
<section class="colophon"><p>{colophon}</p></section>
</body>
</html>
"""


def booklet(title: str, paragraphs: Sequence[str], tellers: Sequence[str], day: date | None = None) -> str:
    """The page. Every text is taken as text: nothing in it is read as HTML."""
    told = f"told with {' and '.join(tellers)}" if tellers else "written by hand"
    when = day or date.today()
    return _PAGE.format(
        title=escape(title),
        style=_STYLE,
        teller=escape(told),
        paragraphs="".join(f"\n<p>{escape(paragraph)}</p>" for paragraph in paragraphs),
        colophon=escape(f"“{title}”, {told}, was bound on {when.day} {when:%B %Y} by tinytales."),
    )
