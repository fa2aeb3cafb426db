"""A picture as text: shapes in the order they are drawn, numbers with one decimal, so that the same
figures are the same bytes. Colours are told apart by their lightness alone."""

from dataclasses import dataclass, field
from html import escape

FONT = "Noto Sans, Noto Sans CJK SC, Noto Sans SC, Source Han Sans SC, sans-serif"
INK, SOFT, LINE, NIGHT, PAPER = "#1b2530", "#5a6875", "#c9d1d8", "#e6eaf2", "#ffffff"
FIRST, SECOND = "#b3bec9", "#0b4f8a"
"""What is in force is light, what is changed dark."""


@dataclass(slots=True)
class Picture:
    """Shapes on white paper, `width` wide; as high as what was drawn."""

    width: float
    height: float = 0.0
    _shapes: list[str] = field(default_factory=list)

    def text(
        self, at: tuple[float, float], text: str, *, size: float = 13, ink: str = INK,
        anchor: str = "start", bold: bool = False,
    ) -> None:  # fmt: skip
        """Words with their baseline at a place."""
        weight = ' font-weight="bold"' if bold else ""
        self._shapes.append(
            f'<text x="{at[0]:.1f}" y="{at[1]:.1f}" font-size="{size:g}" fill="{ink}"'
            f' text-anchor="{anchor}"{weight}>{escape(text)}</text>'
        )
        self.height = max(self.height, at[1])

    def box(self, at: tuple[float, float], size: tuple[float, float], fill: str) -> None:
        """A rectangle."""
        self._shapes.append(
            f'<rect x="{at[0]:.1f}" y="{at[1]:.1f}" width="{size[0]:.1f}" height="{size[1]:.1f}"'
            f' fill="{fill}"/>'
        )
        self.height = max(self.height, at[1] + size[1])

    def line(self, start: tuple[float, float], end: tuple[float, float], ink: str = LINE) -> None:
        """A thin line."""
        self._shapes.append(
            f'<line x1="{start[0]:.1f}" y1="{start[1]:.1f}" x2="{end[0]:.1f}" y2="{end[1]:.1f}"'
            f' stroke="{ink}" stroke-width="1"/>'
        )

    def ring(self, at: tuple[float, float]) -> None:
        """The mark of what is in force: a ring."""
        self._shapes.append(
            f'<circle cx="{at[0]:.1f}" cy="{at[1]:.1f}" r="6" fill="{FIRST}" stroke="{INK}"'
            ' stroke-width="1.5"/>'
        )

    def diamond(self, at: tuple[float, float]) -> None:
        """The mark of what is changed: a diamond, so that form tells as well as colour."""
        x, y = at
        points = f"{x:.1f},{y - 5:.1f} {x + 5:.1f},{y:.1f} {x:.1f},{y + 5:.1f} {x - 5:.1f},{y:.1f}"
        self._shapes.append(f'<polygon points="{points}" fill="{SECOND}"/>')

    def done(self) -> str:
        """The whole picture."""
        width, height = f"{self.width:.0f}", f"{self.height + 24:.0f}"
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}"'
            f' viewBox="0 0 {width} {height}" font-family="{FONT}">'
        )
        paper = f'<rect width="{width}" height="{height}" fill="{PAPER}"/>'
        return "\n".join([head, paper, *self._shapes, "</svg>", ""])
