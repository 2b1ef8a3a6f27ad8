"""The parent's side of lanes: start one, tell it what to do, measure what it uses, and end it with all it started."""
