"""The colours of the report: those of Okabe and Ito, which the colour-blind tell apart, on light and on dark paper.

A figure is drawn in the light ones. Inside report.html each becomes a CSS variable of the same name, so that the
browser chooses.
"""

LIGHT = {
    "ink": "#1b1f24",
    "quiet": "#57606a",
    "rule": "#d0d7de",
    "paper": "#fefefe",
    "blue": "#0072b2",
    "orange": "#d98f00",
    "green": "#009e73",
    "red": "#d55e00",
    "pink": "#c06a99",
    "sky": "#56b4e9",
    "grey": "#8c959f",
}

DARK = {
    "ink": "#e6edf3",
    "quiet": "#9aa4af",
    "rule": "#3a424b",
    "paper": "#12161b",
    "blue": "#4fa8e0",
    "orange": "#e9a92b",
    "green": "#2bb58d",
    "red": "#f0803c",
    "pink": "#d990b8",
    "sky": "#8fd0f5",
    "grey": "#7d8792",
}

SERIES = ("blue", "orange", "green", "red", "pink", "sky")
MARKERS = ("o", "s", "^", "D", "v", "P")


def variables(colours):
    """As CSS declarations."""
    return " ".join(f"--{name}: {value};" for name, value in colours.items())
