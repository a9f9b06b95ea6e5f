"""The kinds of charts: bars and lines. Shares begin at 0, and what the unknown leave open is drawn.

Everything is placed by hand, in points: the layout that matplotlib would find takes it several drawings.
"""

from matplotlib import font_manager, textpath

from . import figure, palette

INK, QUIET, RULE = palette.LIGHT["ink"], palette.LIGHT["quiet"], palette.LIGHT["rule"]
SMALL, SMALLER = 8.5, 7.5  # font sizes
ROW, TALL_ROW = 17, 26.5  # points of height that a bar takes, with its name beside or above it
HALF = 5.3  # points of half the height of a bar
HEADING, SCALE = 20, 22  # points of height above and below the bars of a group
NAME = 215  # points of width that a name has, at most
LONGEST = 80  # characters
TICKS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)
MOST = {figure.WIDE: 5, figure.NARROW: 4}  # steps of a scale
WRITTEN = 2  # dates that have room below a chart on a telephone


def _width(text, size):
    """Points of width that a text takes."""
    return textpath.text_to_path.get_text_width_height_descent(text, font_manager.FontProperties(size=size), False)[0]


def label(text, size, room=NAME):
    """Text of strangers as a label: printable, and no wider than so many points."""
    clean = "".join(c if c.isprintable() else "\ufffd" for c in str(text)[:LONGEST])
    if len(str(text)) <= LONGEST and _width(clean, size) <= room:
        return clean
    while _width(clean + "…", size) > room:
        clean = clean[:-1]
    return clean + "…"


def _scale(axis, top, most):
    """Round places from 0 to a share of at least top, at most so many steps of them. The last."""
    top = min(max(top, TICKS[0]), 1)
    step = next((t for t in TICKS if top / t <= most), TICKS[-1])
    places = [i * step for i in range(int(top / step + 0.999) + 1)]
    behind = max(0, len(f"{100 * step:.4f}".rstrip("0").rpartition(".")[2]))
    axis.set_ticks(places, ["0%"] + [f"{100 * place:.{behind}f}%" for place in places[1:]])
    return places[-1]


def _end(share):
    """Where the drawing of a share ends."""
    return share.high if share.open() else share.value


def _room(bars):
    """Points of width that the longest number behind a bar takes."""
    return 12 + max(_width(str(share), SMALL) for _, share, _ in bars)


def _draw_shares(axes, places, bars):
    """The bars and what the unknown leave open; all at once, which is quicker than one by one."""
    known = [(y, share, palette.LIGHT[colour]) for y, (_, share, colour) in zip(places, bars) if share.value is not None]
    axes.barh([y for y, _, _ in known], [share.value for _, share, _ in known], height=2 * HALF,
              color=[colour for _, _, colour in known])
    open_ = [(y, share) for y, share, _ in known if share.open()]
    if open_:
        reach = ([max(0, share.value - share.low) for _, share in open_], [max(0, share.high - share.value) for _, share in open_])
        axes.errorbar([share.value for _, share in open_], [y for y, _ in open_], xerr=reach, color=INK, elinewidth=1,
                      linestyle="none")


def _draw_bars(axes, bars, row, above, point):
    """From top to bottom; the height of the axes is in points, and a point of its width is that much of a share."""
    places = [(i + 1) * row - HALF - 2 for i in range(len(bars))]
    _draw_shares(axes, places, bars)
    for y, (text, share, _) in zip(places, bars):
        if above:
            axes.text(0, y - HALF - 2, text, fontsize=SMALL, va="baseline")
        else:
            axes.text(-5 * point, y, text, ha="right", va="center")
        if share.value is None:
            axes.text(4 * point, y, "nothing to count", va="center", fontsize=SMALL, color=QUIET)
        else:
            axes.text(_end(share) + (6 if share.open() else 4) * point, y, str(share), va="center", fontsize=SMALL)


def _draw_group(drawn, place, bars, row, above):
    """The bars of a group; place: of its axes in points, from the left and the bottom."""
    axes = figure.axes(drawn, *place)
    axes.set_ylim(place[3], 0)
    axes.set_yticks([])
    axes.spines["left"].set_visible(False)
    last = _scale(axes.xaxis, max((_end(share) for _, share, _ in bars if share.value is not None), default=0),
                  MOST[drawn.get_figwidth()])
    point = last / (place[2] - _room(bars))
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    _draw_bars(axes, bars, row, above, point)
    axes.set_xlim(0, place[2] * point)


def bars(groups):
    """Horizontal bars: groups of (heading, bars), each group with a scale of its own; a bar is (text, Share, colour)."""
    def draw(width):
        above = width == figure.NARROW
        row = TALL_ROW if above else ROW
        named = [(label(heading, figure.SIZE, 60 * width), [(label(text, figure.SIZE, 60 * width if above else NAME), *bar)
                                                            for text, *bar in rows]) for heading, rows in groups]
        left = 9 if above else 8 + max(_width(text, figure.SIZE) for _, rows in named for text, *_ in rows)
        heights = [len(rows) * row for _, rows in named]
        top = sum(heights) + len(named) * (HEADING + SCALE)
        drawn = figure.new(width, top)
        for (heading, rows), height in zip(named, heights):
            top -= HEADING + height
            drawn.text(*figure.place(drawn, 2, top + height + 6), heading, weight="bold")
            _draw_group(drawn, (left, top, 72 * width - left - 4, height), rows, row, above)
            top -= SCALE
        return figure.Drawing(drawn)
    return draw


def _draw_line(axes, points, colour, marker):
    """The line of [(place, Share)]; its end, or None where there is none."""
    points = [(x, share) for x, share in points if share.value is not None]
    xs, values = [x for x, _ in points], [share.value for _, share in points]
    below = [max(0, share.value - share.low) if share.open() else 0 for _, share in points]
    above = [max(0, share.high - share.value) if share.open() else 0 for _, share in points]
    axes.errorbar(xs, values, yerr=[below, above], color=colour, marker=marker, markersize=4.5, linewidth=1.6,
                  elinewidth=1)
    return (xs[-1], values[-1]) if points else None


def _apart(places, least, top):
    """The places, moved as little as it takes to stand `least` apart: up, and down again from what would be above the top."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for before, i in zip(order, order[1:]):
        moved[i] = max(moved[i], moved[before] + least)
    for i in reversed(order):
        moved[i] = min(moved[i], top)
        top = moved[i] - least
    return moved


def _name_lines(axes, ends, top, height, size):
    """The name of each line beside its end, (text, x, y)."""
    for place, (text, x, y) in zip(_apart([y for _, _, y in ends], top * 1.35 * size / height, top), ends):
        axes.annotate(text, (x, y), xytext=(1.03, place), textcoords=("axes fraction", "data"), va="center",
                      fontsize=size, annotation_clip=False,
                      arrowprops={"arrowstyle": "-", "color": RULE, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3})


def sparse(ticks):
    """The names of places, without those for which there is no room below a chart."""
    step = -(-len(ticks) // WRITTEN)
    return [tick if i % step == 0 else "" for i, tick in enumerate(ticks)]


def lines(ticks, series, axis_name):
    """Lines over named places: series of (text, [(place, Share)]), each with its name at its end."""
    def draw(width):
        size = SMALLER if width == figure.NARROW else SMALL
        left, below, height = 34, 36, 190
        named = [(label(text, size, 32 * width), points) for text, points in series]
        room = 14 + max((_width(text, size) for text, _ in named), default=0)
        drawn = figure.new(width, below + height + 12)
        axes = figure.axes(drawn, left, below, 72 * width - left - room, height)
        ends = []
        for i, (text, points) in enumerate(named):
            end = _draw_line(axes, points, palette.LIGHT[palette.SERIES[i % len(palette.SERIES)]],
                             palette.MARKERS[i % len(palette.MARKERS)])
            ends += [(text, *end)] if end else []
        shares = [share for _, points in series for _, share in points if share.value is not None]
        top = _scale(axes.yaxis, max(map(_end, shares), default=0), 5)
        axes.set_ylim(0, top * 1.03)
        axes.set_xticks(range(len(ticks)), ticks)
        axes.set_xlim(-0.15, len(ticks) - 0.85)
        axes.set_xlabel(axis_name)
        axes.grid(axis="y")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        _name_lines(axes, ends, top, height, size)
        return figure.Drawing(drawn)
    return draw
