"""Text from templates."""

import jinja2

_LETTER = jinja2.Template("Dear {{ name }},{% for n in range(count) %} {{ n }}{% endfor %}")


def letter(number):
    """Return a letter."""
    return _LETTER.render(name=f"customer {number}", count=number)
