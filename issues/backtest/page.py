"""The backtest as one page that a city can read, print and send: no script, nothing from elsewhere."""

from collections.abc import Iterable, Sequence
from html import escape
from typing import Any

from issues.backtest.plots import coverage_plot, learning_plot, worst_places_plot
from issues.backtest.replay import Replay

CONFUSIONS = 20

STYLE = """
:root { color-scheme: light; }
body { font: 1rem/1.55 system-ui, "Noto Sans", "Noto Sans SC", sans-serif; color: #1f2933; background: #fff;
  max-width: 60rem; margin: 0 auto; padding: 1.5rem 1rem 4rem; }
h1 { font-size: 1.7rem; line-height: 1.2; } h2 { font-size: 1.25rem; margin-top: 2.4rem; }
.figures { display: grid; grid-template-columns: repeat(auto-fit, minmax(11rem, 1fr)); gap: .8rem; padding: 0; }
.figures li { list-style: none; border: 1px solid #cbd3db; border-radius: .5rem; padding: .7rem .9rem; }
.figures strong { display: block; font-size: 1.6rem; color: #0f5c63; }
.wide { overflow-x: auto; } table { border-collapse: collapse; width: 100%; }
caption { text-align: left; padding: .3rem 0; color: #48535e; }
th, td { text-align: left; padding: .3rem .6rem; border-bottom: 1px solid #d8dde3; vertical-align: top; }
td.n, th.n { text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap; }
svg { max-width: 100%; height: auto; } .quiet { color: #48535e; }
"""


def render_page(result: dict[str, Any], replay: Replay, file_name: str) -> str:
    """The page for `result` (see `issues.backtest.metrics.measure`); every label of the file is escaped."""
    target = float(result["options"]["target"])
    parts = [
        f"<h1>What CityPin would have decided in {escape(file_name)}</h1>",
        _lead(result),
        _figures(result, target),
        "<h2>How many can be decided automatically?</h2>",
        "<p>The surest reports are taken first. The curve shows how many of them were right, "
        "by the confidence that was given before the true answer was known.</p>",
        coverage_plot(replay, target),
        _table(
            "Largest share of reports that can be decided with a given precision",
            ("right at least", "share of reports"),
            ((_percent(wanted), _percent(found)) for wanted, found in result["coverage_at_precision"].items()),
        ),
        "<h2>Is the confidence true?</h2>",
        _calibration(result),
        "<h2>How fast does it learn?</h2>",
        learning_plot(result["by_tenth"]),
        _months(result),
        "<h2>Where is it wrong?</h2>",
        worst_places_plot(replay, result["worst_places"]),
        _worst(result),
        _confusions(result),
        _how(result),
    ]
    body = "\n".join(parts)
    title = f"Backtest of {escape(file_name)}"
    return (
        f'<!doctype html>\n<html lang="en">\n<head><meta charset="utf-8">\n'
        f'<meta name="viewport" content="width=device-width, initial-scale=1">\n<title>{title}</title>\n'
        f"<style>{STYLE}</style></head>\n<body><main>\n{body}\n</main></body>\n</html>\n"
    )


def _lead(result: dict[str, Any]) -> str:
    learned = result["reports_learned_before"]
    first = f"{learned:,} earlier reports were only learned from. " if learned else ""
    return (
        f"<p>{first}{result['reports']:,} reports were then decided one after the other, each only with what was known "
        f"before it. CityPin named the body that really answered in <strong>{_percent(result['accuracy'])}</strong> of "
        f"them; always naming the body that usually answers for the kind would have been right in "
        f"{_percent(result['baseline_accuracy'])}.</p>"
    )


def _figures(result: dict[str, Any], target: float) -> str:
    shown = (
        (_percent(result["accuracy"]), "named the right body"),
        (_percent(result["baseline_accuracy"]), "the usual body of the kind"),
        (_percent(result["automatic_share"]), "decided automatically"),
        (_percent(result["automatic_precision"]), f"of these right ({_percent(target)} wanted)"),
    )
    items = "".join(f"<li><strong>{value}</strong>{label}</li>" for value, label in shown)
    return f'<ul class="figures">{items}</ul>'


def _calibration(result: dict[str, Any]) -> str:
    return _table(
        "What was promised, and what was kept",
        ("confidence", "reports", "promised", "right"),
        (
            (
                f"{_percent(row['from'])} to {_percent(row['to'])}",
                f"{row['reports']:,}",
                _percent(row["promised"]),
                _percent(row["kept"]),
            )
            for row in result["calibration"]
        ),
    )


def _months(result: dict[str, Any]) -> str:
    if not result["by_month"]:
        return '<p class="quiet">The file has no times, so there are no months.</p>'
    return _table(
        "By month",
        ("month", "reports", "right", "usual body", "automatic", "of these right"),
        (
            (
                month,
                f"{row['reports']:,}",
                _percent(row["accuracy"]),
                _percent(row["baseline_accuracy"]),
                _percent(row["automatic_share"]),
                _percent(row["automatic_precision"]) if row["automatic_share"] else "–",
            )
            for month, row in result["by_month"].items()
        ),
    )


def _worst(result: dict[str, Any]) -> str:
    return _table(
        "The places with most wrong answers (numbers as on the map)",
        ("place", "lat, lon", "wrong", "of reports", "most often belonged to", "but was given to"),
        (
            (
                str(number),
                f"{place['lat']}, {place['lon']}",
                f"{place['wrong']:,}",
                f"{place['reports']:,}",
                place["most_often_belongs_to"],
                place["but_was_given_to"] or "nobody",
            )
            for number, place in enumerate(result["worst_places"], start=1)
        ),
        texts=(1, 4, 5),
    )


def _confusions(result: dict[str, Any]) -> str:
    wrong = [
        (count, truth, foretold)
        for truth, row in result["confusion"].items()
        for foretold, count in row.items()
        if truth != foretold
    ]
    wrong.sort(key=lambda item: (-item[0], item[1], item[2]))
    return _table(
        f"The most frequent confusions (at most {CONFUSIONS}; all are in backtest.json)",
        ("belonged to", "was given to", "reports"),
        ((truth, foretold or "nobody", f"{count:,}") for count, truth, foretold in wrong[:CONFUSIONS]),
        texts=(1,),
    )


def _how(result: dict[str, Any]) -> str:
    excluded = [(reason, count) for reason, count in result["excluded"].items() if count]
    left_out = "; ".join(f"{count:,} with {reason.replace('_', ' ')}" for reason, count in excluded) or "none"
    columns = "; ".join(f"{role}: {name}" for role, name in result["columns"].items() if name) or "none"
    notes = "".join(f"<li>{escape(note)}</li>" for note in result["notes"])
    return (
        "<h2>How this was made</h2><ul>"
        f"<li>Columns: {escape(columns)}.</li>"
        f"<li>Rows in the file: {result['rows_in_file']:,}. Left out: {left_out}.</li>"
        f"<li>Metres are those of {escape(result['metre_system'])}.</li>"
        "<li>Reports of one moment do not know each other's answers.</li>"
        f"{notes}"
        f"<li>{result['seconds']:.1f} seconds, at most {result['peak_mb']:,.0f} MB of memory.</li></ul>"
    )


def _table(caption: str, heads: Sequence[str], rows: Iterable[Sequence[str]], texts: Sequence[int] = ()) -> str:
    """A table whose first column heads the rows; columns other than `texts` are figures."""

    def kind(place: int) -> str:
        return "" if place == 0 or place in texts else ' class="n"'

    head = "".join(f'<th scope="col"{kind(place)}>{escape(text)}</th>' for place, text in enumerate(heads))
    lines = []
    for row in rows:
        cells = "".join(f"<td{kind(place)}>{escape(cell)}</td>" for place, cell in enumerate(row) if place)
        lines.append(f'<tr><th scope="row">{escape(row[0])}</th>{cells}</tr>')
    body = "".join(lines) or f'<tr><td colspan="{len(heads)}">None.</td></tr>'
    return (
        f'<div class="wide" role="region" tabindex="0" aria-label="{escape(caption)}"><table><caption>{escape(caption)}'
        f"</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _percent(value: float | str) -> str:
    return f"{100 * float(value):.1f} %".replace(".0 %", " %")
