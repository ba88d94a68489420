"""The label as a PDF: one page of A6 with the address, a barcode (Code 128) and a QR code.

The same parcel gives the same bytes, so that a second attempt cannot make another label.
"""

from __future__ import annotations

import io
import threading

from reportlab.graphics import renderPDF
from reportlab.graphics.barcode.code128 import Code128
from reportlab.graphics.barcode.qr import QrCodeWidget
from reportlab.graphics.shapes import Drawing
from reportlab.lib.pagesizes import A6
from reportlab.lib.units import mm
from reportlab.lib.utils import simpleSplit
from reportlab.pdfgen.canvas import Canvas

from rulesflow_shipping.parcel import Parcel
from rulesflow_shipping.typeface import Typeface

_MARGIN = 7 * mm
_WIDTH, _HEIGHT = A6
_INNER = _WIDTH - 2 * _MARGIN
_QR = 27 * mm
_QUIET = 2.5 * mm  # white around a code, without which no scanner finds it
_LOCK = threading.Lock()  # fonts are shared by all documents, and drawing keeps the processor busy anyway


def draw(parcel: Parcel, tracking: str, code: str, sender: tuple[str, ...], typeface: Typeface) -> bytes:
    """The PDF. ``code``: what the QR code says. Raises `Unprintable`."""
    with _LOCK:
        return _Label(typeface, tracking).drawn(parcel, code, sender)


class _Label:
    """A page that is filled from its top."""

    def __init__(self, typeface: Typeface, tracking: str) -> None:
        self._typeface = typeface
        self._tracking = tracking
        self._file = io.BytesIO()
        self._canvas = Canvas(self._file, pagesize=A6, invariant=1)
        self._canvas.setTitle(f"Label {tracking}")
        self._y = _HEIGHT - _MARGIN

    def drawn(self, parcel: Parcel, code: str, sender: tuple[str, ...]) -> bytes:
        self._line(parcel.carrier, 15, lines=1)
        self._rule()
        for text in sender:
            self._line(text, 7, lines=1)
        self._rule()
        for text in parcel.address or ("(no address)",):
            self._line(text, 11, lines=2 if len(parcel.address) < 5 else 1)
        self._rule()
        for heading, words in parcel.notes:
            self._line(f"{heading}: {words}", 8, lines=1, width=_INNER - _QR)
        self._codes(code)
        self._canvas.showPage()
        self._canvas.save()
        return self._file.getvalue()

    def _line(self, text: str, size: float, *, lines: int, width: float = _INNER) -> None:
        """A text in at most so many lines; what does not fit is cut, and three dots say so."""
        printable = self._typeface.printable(text)
        parts = simpleSplit(printable, self._typeface.name, size, width)
        for part in parts[: lines - 1]:
            self._put(part, size, width)
        self._put(" ".join(parts[lines - 1 :]), size, width)

    def _put(self, text: str, size: float, width: float) -> None:
        if not text:
            return
        canvas = self._canvas
        cut = text
        while canvas.stringWidth(cut, self._typeface.name, size) > width:
            text = text[:-1]
            cut = f"{text}..."
        self._y -= size * 1.3
        canvas.setFont(self._typeface.name, size)
        canvas.drawString(_MARGIN, self._y, cut)

    def _rule(self) -> None:
        self._y -= 2 * mm
        self._canvas.line(_MARGIN, self._y, _WIDTH - _MARGIN, self._y)

    def _codes(self, code: str) -> None:
        """At the foot, whatever stands above: the barcode over the whole width, the QR code above it."""
        barcode = Code128(self._tracking, barWidth=1, barHeight=17 * mm, quiet=False)
        bar_width = (_INNER - 2 * _QUIET) / barcode.width
        barcode = Code128(self._tracking, barWidth=bar_width, barHeight=17 * mm, quiet=False)
        barcode.drawOn(self._canvas, _MARGIN + _QUIET, _MARGIN + 5 * mm)
        self._canvas.setFont(self._typeface.name, 9)
        self._canvas.drawCentredString(_WIDTH / 2, _MARGIN, self._tracking)
        widget = QrCodeWidget(code, barLevel="M", barWidth=_QR, barHeight=_QR, barBorder=2)
        square = Drawing(_QR, _QR)
        square.add(widget)
        renderPDF.draw(square, self._canvas, _WIDTH - _MARGIN - _QR, _MARGIN + 24 * mm)
