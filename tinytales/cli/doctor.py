"""`tinytales doctor`: is everything as it should be?"""

from dataclasses import asdict
from typing import Annotated

import typer

from tinytales.cli import output
from tinytales.errors import MissingError
from tinytales.terminal import note, sanitize


def command(as_json: Annotated[bool, typer.Option("--json", help="Print a JSON document.")] = False) -> None:
    """Check the installation, this machine, and every file of your data; say what is slow, missing or damaged."""
    from tinytales.checkup import checkup

    findings = []
    part = ""
    for finding in checkup():
        findings.append(finding)
        if as_json:
            continue
        if finding.part != part:
            part = finding.part
            print(f"{part}", flush=True)
        mark = "" if finding.status == "ok" else f"{finding.status.upper()}: "
        print(sanitize(f"  {finding.name:<20} {mark}{' '.join(finding.detail.split())}"), flush=True)
    if as_json:
        output.print_json([asdict(finding) for finding in findings])
    bad = [finding.name for finding in findings if finding.status in ("missing", "damaged")]
    if bad:
        raise MissingError(f"not as it should be: {', '.join(bad)}", "do what stands beside each of them")
    slow = sum(finding.status == "slow" for finding in findings)
    note(f"all is well{f', but {slow} things are slower than they could be' if slow else ''}")
