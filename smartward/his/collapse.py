"""When an answer that lacks much of what is known is not believed: a search or a server is more
likely broken than a ward emptied at once."""

COLLAPSE_LEAST = 4
COLLAPSE_SHARE = 0.3
"""More than this share, and at least so many, missing from one look is no usual morning."""


def collapsed(known: int, missing: int) -> bool:
    """Whether a look that lacks `missing` of `known` things is to be believed no more."""
    return missing >= COLLAPSE_LEAST and missing > COLLAPSE_SHARE * known
