"""The figures as a drawing that is read in light and in dark."""

from html import escape
from typing import Any

WIDTH = 800
LABEL = 90
PANEL = (WIDTH - LABEL) // 2
BAR = 13
ROW = 44
TOP = 58
ROOM = 78
"""What a bar leaves for its figure, in pixels."""

STYLE = """
  text { font: 13px system-ui, sans-serif; fill: #1f2328 }
  .title { font-weight: 600 }
  .small { font-size: 12px; fill: #59636e }
  .first { fill: #b6c2cf }
  .later { fill: #0969da }
  @media (prefers-color-scheme: dark) {
    text { fill: #e6edf3 }
    .small { fill: #9198a1 }
    .first { fill: #4b5560 }
    .later { fill: #4493f8 }
  }
"""


def plot(result: dict[str, Any]) -> str:
    """Bars for the time and the memory of each peer, first run and later runs."""
    peers = result["peers"]
    height = TOP + ROW * len(peers)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" height="{height}"'
        ' role="img" aria-label="Time and memory that the hands-on site takes with Pressform and with its peers">',
        f"<style>{STYLE}</style>",
        f'<rect class="first" x="{LABEL}" y="30" width="12" height="12"/>',
        f'<text class="small" x="{LABEL + 18}" y="40">first run</text>',
        f'<rect class="later" x="{LABEL + 90}" y="30" width="12" height="12"/>',
        f'<text class="small" x="{LABEL + 108}" y="40">later runs</text>',
    ]
    for column, (title, key) in enumerate((("seconds", "seconds"), ("megabytes of memory", "megabytes"))):
        left = LABEL + column * PANEL
        longest = max(figures[state][key] for figures in peers.values() for state in ("cold", "warm"))
        parts.append(f'<text class="title" x="{left}" y="16">{title}</text>')
        for number, figures in enumerate(peers.values()):
            for line, state in enumerate(("cold", "warm")):
                value = figures[state][key]
                y, width = TOP + ROW * number + line * (BAR + 2), max(1, (PANEL - ROOM) * value / longest)
                parts.append(
                    f'<rect class="{("first", "later")[line]}" x="{left}" y="{y}" width="{width:.1f}" height="{BAR}"/>'
                )
                shown = f"{value:,.0f}" if key == "megabytes" else f"{value:.1f}"
                parts.append(f'<text class="small" x="{left + width + 5:.1f}" y="{y + 11}">{shown}</text>')
    for number, peer in enumerate(peers):
        y = TOP + ROW * number + BAR + 5
        parts.append(f'<text class="title" x="{LABEL - 10}" y="{y}" text-anchor="end">{escape(peer)}</text>')
    return "\n".join([*parts, "</svg>", ""])
