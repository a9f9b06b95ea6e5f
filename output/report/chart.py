"""The kinds of charts: bars, lines, and steps. Shares begin at 0, and what the unknown leave open is drawn."""

from matplotlib import transforms

from . import figure, palette

INK, QUIET, RULE = palette.LIGHT["ink"], palette.LIGHT["quiet"], palette.LIGHT["rule"]
ROW = 0.235  # inches of height a bar takes
TEXT = 44  # points of width that a number behind a bar takes
TICKS = (0.0001, 0.0002, 0.0005, 0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5)


def label(text, limit=34):
    """Text of strangers as a label: printable, and short enough to stand beside a bar."""
    clean = "".join(c if c.isprintable() else "\ufffd" for c in str(text))
    return clean if len(clean) <= limit else clean[: limit - 1] + "…"


def _ticks(top, most):
    """Round places from 0 to a share of at least top, at most so many steps, and how to write them."""
    step = next((t for t in TICKS if top / t <= most), TICKS[-1])
    places = [i * step for i in range(int(top / step + 0.999) + 1)]
    behind = max(0, len(f"{100 * step:.4f}".rstrip("0").rpartition(".")[2]))
    return places, [f"{100 * place:.{behind}f}%" for place in places]


def _share_axis(axis, top, most=5):
    places, texts = _ticks(max(top, TICKS[0]), most)
    axis.set_ticks(places, texts)
    return places[-1]


def _draw_bar(axes, y, share, colour):
    axes.barh(y, share.value, height=0.62, color=colour)
    if share.open():
        axes.errorbar(share.value, y, xerr=[[max(0, share.value - share.low)], [max(0, share.high - share.value)]],
                      color=INK, elinewidth=1)
    _beside(axes, str(share), share.high if share.open() else share.value, y, 6 if share.open() else 4)


def _beside(axes, text, x, y, gap=4, colour=INK):
    """A text behind the end of a bar."""
    axes.annotate(text, (x, y), xytext=(gap, 0), textcoords="offset points", va="center", fontsize=8.5, color=colour)


def _bars_on(axes, bars, most):
    """Bars from top to bottom: (text, Share, colour) each; one without a share says so. Where the axis ends."""
    axes.set_ylim(len(bars) - 0.4, -0.6)
    axes.set_yticks(range(len(bars)), [label(text) for text, _, _ in bars])
    axes.tick_params(axis="y", length=0)
    axes.spines["left"].set_visible(False)
    tops = [share.high if share.open() else share.value for _, share, _ in bars if share.value is not None]
    right = _share_axis(axes.xaxis, max(tops, default=0), most)
    axes.grid(axis="x")
    axes.set_axisbelow(True)
    for y, (_, share, colour) in enumerate(bars):
        if share.value is None:
            _beside(axes, "nothing to count", 0, y, colour=QUIET)
        else:
            _draw_bar(axes, y, share, palette.LIGHT[colour])
    return right


def _heading(drawn, axes, text):
    """Above the axes, from the figure's left edge. An empty title keeps the place."""
    axes.set_title(" ")
    left = transforms.blended_transform_factory(drawn.transFigure, axes.transAxes)
    axes.annotate(text, (0, 1), xycoords=left, xytext=(2, 6), textcoords="offset points", weight="bold",
                  annotation_clip=False).set_in_layout(False)


def _make_room(drawn, ends):
    """Lay the figure out, then let each of its axes, of (axes, end), reach so far beyond its end that a text stands there."""
    drawn.draw_without_rendering()
    drawn.set_layout_engine("none")
    for axes, end in ends:
        width = axes.get_window_extent().width * 72 / drawn.dpi
        axes.set_xlim(0, end * width / max(width - TEXT, width / 2))


def bars(groups):
    """Horizontal bars: groups of (heading, bars), each group with an axis of its own from 0."""
    def draw(width):
        heights = [len(rows) * ROW + 0.5 for _, rows in groups]
        drawn = figure.new(width, sum(heights) + 0.1)
        parts = drawn.subplots(len(groups), 1, squeeze=False, gridspec_kw={"height_ratios": heights})
        ends = []
        for axes, (heading, rows) in zip(parts[:, 0], groups):
            _heading(drawn, axes, heading)
            ends.append((axes, _bars_on(axes, rows, 5 if width > figure.NARROW else 3)))
        _make_room(drawn, ends)
        return figure.Drawing(drawn)
    return draw


def _apart(places, least):
    """The places, moved as little as it takes to stand `least` apart, from below."""
    order = sorted(range(len(places)), key=lambda i: places[i])
    moved = list(places)
    for before, i in zip(order, order[1:]):
        moved[i] = max(moved[i], moved[before] + least)
    return moved


def _draw_line(axes, points, colour, marker):
    xs = [x for x, share in points if share.value is not None]
    shares = [share for _, share in points if share.value is not None]
    values = [share.value for share in shares]
    below = [max(0, share.value - (share.value if share.low is None else share.low)) for share in shares]
    above = [max(0, (share.value if share.high is None else share.high) - share.value) for share in shares]
    axes.errorbar(xs, values, yerr=[below, above], color=colour, marker=marker, markersize=4.5, linewidth=1.6,
                  elinewidth=1)
    return (xs[-1], values[-1]) if xs else None


def lines(ticks, series, axis_name):
    """Lines over named places: series of (text, [(place, Share)]), each with its name at its end."""
    def draw(width):
        drawn = figure.new(width, 3.4)
        axes = drawn.subplots()
        ends = []
        for i, (text, points) in enumerate(series):
            end = _draw_line(axes, points, palette.LIGHT[palette.SERIES[i % len(palette.SERIES)]],
                             palette.MARKERS[i % len(palette.MARKERS)])
            if end is not None:
                ends.append((text, *end))
        tops = [share.high if share.high is not None else share.value
                for _, points in series for _, share in points if share.value is not None]
        top = _share_axis(axes.yaxis, max(tops, default=0))
        axes.set_ylim(0, top * 1.03)
        axes.set_xticks(range(len(ticks)), ticks)
        axes.set_xlim(-0.15, len(ticks) - 0.85)
        axes.set_xlabel(axis_name)
        axes.grid(axis="y")
        axes.spines["left"].set_visible(False)
        axes.tick_params(axis="y", length=0)
        for place, (text, x, y) in zip(_apart([y for _, _, y in ends], 0.055 * top), ends):
            axes.annotate(label(text, 30), (x, y), xytext=(1.03, place), textcoords=("axes fraction", "data"),
                          va="center", fontsize=8.5 if width > figure.NARROW else 7.5, annotation_clip=False,
                          arrowprops={"arrowstyle": "-", "color": RULE, "linewidth": 0.6, "shrinkA": 0, "shrinkB": 3})
        return figure.Drawing(drawn)
    return draw
