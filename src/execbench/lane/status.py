"""How a trial ends."""

from __future__ import annotations

from typing import Literal

Status = Literal["ok", "wrong_result", "raised", "hung", "died", "not_opened", "not_closed", "cancelled"]
