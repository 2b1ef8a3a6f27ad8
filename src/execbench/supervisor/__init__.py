"""The parent's hold on lanes: start one, tell it what to do, read what it uses, and end it with all that it started."""
