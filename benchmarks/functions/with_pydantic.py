"""A model that checks what it is made from."""

from pydantic import BaseModel


class Order(BaseModel):
    """An order."""

    id: int
    item: str
    prices: list[float]
    paid: bool
