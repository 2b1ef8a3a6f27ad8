"""Pages of the web."""

import lxml.html


def links(page):
    """Return where the links of a page lead, with their texts."""
    return [(link.get("href"), link.text) for link in lxml.html.document_fromstring(page).iter("a")]
