"""What stops a command of `local`: what is wrong, and what to type next."""


class Trouble(Exception):
    """A message for the person at the terminal; `advice` is what they can do about it."""

    def __init__(self, what: str, advice: str = "") -> None:
        super().__init__(what)
        self.what = what
        self.advice = advice

    def __str__(self) -> str:
        return f"{self.what}\n{self.advice}" if self.advice else self.what
