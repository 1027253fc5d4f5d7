"""Icons of our own drawing, in the colours that AWS's diagrams give to kinds of services.

Each is drawn in white on a tile of 40 by 40, as paths without fill.
"""

COLOURS = {
    "load_balancer": "#7d4cdb",
    "nat": "#7d4cdb",
    "gateway": "#7d4cdb",
    "endpoints": "#7d4cdb",
    "servers": "#d86613",
    "database": "#b7359c",
    "cache": "#b7359c",
    "uploads": "#4d7d14",
    "people": "#5a6b86",
    "dns": "#7d4cdb",
    "cloudfront": "#7d4cdb",
    "waf": "#c7303f",
    "releases": "#4d7d14",
    "backups": "#4d7d14",
    "mail": "#b7359c",
}

GLYPHS = {
    # One way in, three ways on.
    "load_balancer": '<circle cx="11" cy="20" r="4"/><circle cx="29" cy="10" r="3"/><circle cx="29" cy="20" r="3"/>'
    '<circle cx="29" cy="30" r="3"/><path d="M15 20H26M14.5 17.5 26 11M14.5 22.5 26 29"/>',
    # Out through a wall, not in.
    "nat": '<path d="M9 14H18M9 26H18M18 9V31M18 20H31M26 15l5 5-5 5"/>',
    # A door with both directions.
    "gateway": '<path d="M12 31V16a8 8 0 0 1 16 0V31M8 31H32M20 19V27M17 22l3-3 3 3M17 25l3 3 3-3"/>',
    # A plug into something larger.
    "endpoints": '<path d="M9 20H17M17 13v14M17 13h3a7 7 0 0 1 0 14h-3M27 20h5"/>',
    # A chip.
    "servers": '<rect x="12" y="12" width="16" height="16" rx="1.5"/><rect x="17" y="17" width="6" height="6"/>'
    '<path d="M16 12V8M20 12V8M24 12V8M16 32v-4M20 32v-4M24 32v-4"/>'
    '<path d="M12 16H8M12 20H8M12 24H8M32 16h-4M32 20h-4M32 24h-4"/>',
    "database": '<ellipse cx="20" cy="11.5" rx="10" ry="3.5"/><path d="M10 11.5v17c0 2 4.5 3.5 10 3.5s10-1.5 10-3.5'
    'v-17M10 17.2c0 2 4.5 3.5 10 3.5s10-1.5 10-3.5M10 22.9c0 2 4.5 3.5 10 3.5s10-1.5 10-3.5"/>',
    "cache": '<ellipse cx="20" cy="12" rx="10" ry="3.5"/><path d="M10 12v16c0 2 4.5 3.5 10 3.5s10-1.5 10-3.5'
    'V12M22 17l-5 6h6l-5 6"/>',
    # Files, one behind the other.
    "uploads": '<path d="M14 12V8h10l6 6v14h-4"/><path d="M10 12h10l6 6v14H10zM20 12v6h6"/>',
    # A sign with two arms.
    "dns": '<path d="M20 8V33M15 33H25M12 11h15l4 3.5-4 3.5H12zM28 21H14l-4 3.5 4 3.5h14z"/>',
    # The world, near to everybody.
    "cloudfront": '<circle cx="20" cy="20" r="11"/><circle cx="15" cy="15" r="2.5"/><circle cx="26" cy="19" r="2.5"/>'
    '<circle cx="17" cy="26" r="2.5"/><path d="M17.5 15.5 23.5 18M24 20.5 19 25M15.5 17.5 16.5 23.5"/>',
    # A shield.
    "waf": '<path d="M20 7.5 30 11v8c0 7-4.5 11-10 13.5C14.5 30 10 26 10 19v-8zM15.5 19.5l3.5 3.5 6-6.5"/>',
    # A bucket.
    "releases": '<ellipse cx="20" cy="12" rx="10.5" ry="3"/><path d="M9.5 12 12.5 30c2 2.5 13 2.5 15 0l3-18"/>',
    "mail": '<rect x="8.5" y="12" width="23" height="16" rx="1.5"/><path d="M8.5 13.5 20 22 31.5 13.5"/>',
    # A safe.
    "backups": '<rect x="9" y="9" width="22" height="20" rx="1.5"/><circle cx="20" cy="19" r="5"/>'
    '<path d="M20 14v-2M20 26v-2M15 19h-2M27 19h-2M13 29v3M27 29v3"/>',
    "people": '<circle cx="20" cy="14" r="5.5"/><path d="M9 32c0-7 5-10.5 11-10.5S31 25 31 32z"/>',
}


def icon(kind: str, x: float, y: float, size: float) -> str:
    """An icon with its upper left corner at a point.

    Args:
        kind: a key of `GLYPHS`.
        size: of the tile, in the picture's units.
    """
    return (
        f'<g transform="translate({x:g} {y:g}) scale({size / 40:g})">'
        f'<rect width="40" height="40" rx="6" fill="{COLOURS[kind]}"/>'
        f'<g fill="none" stroke="#fff" stroke-width="1.8" stroke-linecap="round" stroke-linejoin="round">'
        f"{GLYPHS[kind]}</g></g>"
    )
