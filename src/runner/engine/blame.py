"""Whose fault it is when a function of the host fails, for both kinds of them: those of the world and those of WASI."""

from runner.engine.failure import GuestFailed, GuestReason
from runner.engine.image import BadImage
from runner.engine.values import NotOfThisWorld, TooManyValues


def blamed(error: Exception, where: str) -> GuestFailed:
    """The failure of a call whose function `where` raised an error."""
    match error:
        case GuestFailed():
            return GuestFailed(error.reason, f"{where}: {error.log}")
        case TooManyValues():
            return GuestFailed(GuestReason.TRAPPED, f"{where}: more values or bytes in its arguments than allowed")
        case BadImage():
            return GuestFailed(GuestReason.TRAPPED, f"{where}: its arguments are no values of its types: {error}")
        case NotOfThisWorld():
            return GuestFailed(GuestReason.NOT_RUNNABLE, f"{where}: an argument of another type: {error}")
    return GuestFailed(GuestReason.TRAPPED, f"{where}: {type(error).__name__}: {error}")
