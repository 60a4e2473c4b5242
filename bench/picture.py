"""Draws bench.json's rows as bars: each one's ratio to its baseline (the line at 1), with a mark where its target lies."""

WIDTH, LEFT, BAR, GAP, FULL = 980, 410, 16, 6, 2.5  # FULL: the ratio at the right edge
COLOURS = {"floor": "#9aa5b1", "hop floor": "#6b7785", "whorl bursts": "#1c5340", "whorl borrowed": "#67b394", "whorl 1 node": "#67b394"}


def colour(system):
    return COLOURS.get(system, "#2b7a5f" if system.startswith("whorl") else COLOURS["floor"])



def bar(row, y):
    scale = (WIDTH - LEFT - 60) / FULL
    length = min(row["ratio"], FULL) * scale
    label = f"{row['work']}: {row['system']} to {row['baseline']}"
    yield f'<text x="{LEFT - 8}" y="{y + 12}" text-anchor="end">{label}</text>'
    yield f'<rect x="{LEFT}" y="{y}" width="{length:.1f}" height="{BAR}" fill="{colour(row["system"])}"/>'
    yield f'<text x="{LEFT + length + 5:.1f}" y="{y + 12}">{row["ratio"]:.2f}  ({row["median"]:.1f} {row["unit"]})</text>'
    if row["target"]:
        x = LEFT + row["target"] * scale
        yield f'<path d="M{x:.1f} {y - 2}v{BAR + 4}" stroke="#c0392b" stroke-width="2"/>'


def draw(rows, path):
    shown = [row for row in rows if row["variant"] == "one CPU"]
    height = 40 + len(shown) * (BAR + GAP)
    scale = (WIDTH - LEFT - 60) / FULL
    lines = [f'<svg xmlns="http://www.w3.org/2000/svg" width="{WIDTH}" height="{height}" font-family="sans-serif" font-size="11">',
             f'<rect width="{WIDTH}" height="{height}" fill="white"/>',
             '<text x="8" y="18" font-size="13">Ratio to the named baseline in the same run, one CPU; shorter is better; red: target</text>',
             f'<path d="M{LEFT + scale:.1f} 28V{height - 8}" stroke="#444" stroke-dasharray="3 3"/>']
    for index, row in enumerate(shown):
        lines += bar(row, 30 + index * (BAR + GAP))
    with open(path, "w") as file:
        file.write("\n".join(lines + ["</svg>", ""]))
