"""RELEASE ENDPOINT and ROLLBACK ENDPOINT: a version that takes over by hand, and one that is taken back."""

from __future__ import annotations

from penstock.sql.call import read_version
from penstock.sql.clause import Reading
from penstock.sql.cursor import suggestion
from penstock.sql.statement import ReleaseEndpoint, RollbackEndpoint


def read_release_or_rollback(reading: Reading) -> ReleaseEndpoint | RollbackEndpoint | None:
    """Return `RELEASE ENDPOINT e [VERSION version]`, by default the candidate, or `ROLLBACK ENDPOINT e`; None for
    the ROLLBACK of a transaction.
    """
    cursor = reading.cursor
    releases = cursor.at_words("RELEASE")
    if not (releases or cursor.at_words("ROLLBACK", "ENDPOINT") or suggestion(cursor.peek(1).text, ["ENDPOINT"])):
        return None
    cursor.advance()
    cursor.expect_words("ENDPOINT")
    name = cursor.name("an endpoint")
    if not releases:
        cursor.expect_end()
        return RollbackEndpoint(reading.text, reading.span, name)
    version = "candidate"
    if cursor.take_words("VERSION"):
        version = read_version(cursor)
    elif not cursor.at_end:
        raise cursor.expected(["VERSION"], "VERSION or the end")
    cursor.expect_end()
    return ReleaseEndpoint(reading.text, reading.span, name, version)
