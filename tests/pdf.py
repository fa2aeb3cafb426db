"""What a PDF file says, as whoever opens it would read it."""

from pathlib import Path

import pypdfium2


def pages(file: Path) -> list[str]:
    """The text of each page of the file. Some Han letters come back as the radicals that look the
    same. Raises PdfiumError for what is no PDF."""
    with pypdfium2.PdfDocument(file) as document:
        return [page.get_textpage().get_text_bounded() for page in document]
