"""What an import found, as text for the terminal."""

from collections.abc import Iterable, Iterator, Sequence

from layers.importing.checking import Refused, Repaired, Suspicion
from layers.importing.diff import Diff, Renamed

MOST = 50
"""Lines of one kind; what is left out is counted."""


def diff_lines(diff: Diff) -> Iterator[str]:
    """The difference, most important first."""
    counts = {
        "added": len(diff.added),
        "removed": len(diff.removed),
        "moved": len(diff.moved),
        "handed over": len(diff.handed_over),
        "renamed": len(diff.renamed),
        "unchanged": len(diff.unchanged),
    }
    yield "Difference to what is in force: " + ", ".join(f"{count:,} {what}" for what, count in counts.items())
    yield from _some(f"  removed      {area.code}  {_name(area.names)}" for area in diff.removed)
    yield from _some(f"  handed over  {handed.code}  {handed.before} → {handed.after}" for handed in diff.handed_over)
    yield from _some(
        f"  moved        {moved.code}  {moved.moved_m2:,.0f} m² (+{moved.gained_m2:,.0f} −{moved.lost_m2:,.0f})"
        for moved in sorted(diff.moved, key=lambda moved: -moved.moved_m2)
    )
    yield from _some(f"  renamed      {renamed.code}  {_renaming(renamed)}" for renamed in diff.renamed)
    yield from _some(f"  added        {area.code}  {_name(area.names)}  ({area.body})" for area in diff.added)


def refused_lines(refused: Sequence[Refused], rows: int) -> Iterator[str]:
    """Every refused feature with row, reason and what a repair would do."""
    if refused:
        yield f"Refused: {len(refused):,} of {rows:,} features"
        for found in refused:
            yield f"  row {found.row}  {found.label or '(no code)'}: {found.reason}{_offer(found)}"


def repaired_lines(repaired: Sequence[Repaired]) -> Iterator[str]:
    """Every repaired feature with the change of its area."""
    if repaired:
        yield f"Repaired: {len(repaired):,} features"
        for found in repaired:
            change = f"area {found.after_m2 - found.before_m2:+,.0f} m², now {found.after_m2:,.0f} m²"
            yield f"  row {found.row}  {found.label}: {found.reason}; {change}"


def suspicion_lines(suspicions: Iterable[Suspicion]) -> Iterator[str]:
    """Each suspicion in one line."""
    for suspicion in suspicions:
        yield f"Suspicious: {suspicion.text}"


def _offer(found: Refused) -> str:
    """What --repair would do, "" where nothing can be done here."""
    if found.repaired_m2 is None:
        return ""
    before, after = found.repaired_m2
    if not after:
        return "; nothing would be left of it"
    return f"; --repair would change its area by {after - before:+,.0f} m² to {after:,.0f} m²"


def _some(lines: Iterable[str]) -> Iterator[str]:
    left_out = 0
    for number, line in enumerate(lines):
        if number < MOST:
            yield line
        else:
            left_out += 1
    if left_out:
        yield f"  … and {left_out:,} more"


def _name(names: dict[str, str]) -> str:
    return names.get("en") or next(iter(names.values()), "")


def _renaming(renamed: Renamed) -> str:
    changed = [language for language, name in renamed.after.items() if renamed.before.get(language) != name]
    return ", ".join(
        f"{renamed.before.get(language, '(none)')} → {renamed.after[language]} ({language})" for language in changed
    )
