"""Long lists in pages."""

from collections.abc import Sequence
from typing import TypeVar

from django.core.paginator import Page, Paginator
from django.http import HttpRequest

Row = TypeVar("Row")


def page(request: HttpRequest, rows: Sequence[Row], *, size: int = 25) -> Page[Row]:
    """Return the page that `?page=` asks for; a page that is not there becomes the nearest (parts/_pager.html)."""
    return Paginator(rows, size).get_page(request.GET.get("page"))
