"""CREATE ENDPOINT, CREATE MONITOR, CREATE EXPERIMENT, CREATE TRIGGER and ALTER ENDPOINT."""

from __future__ import annotations

from dataclasses import replace

from sqlglot.tokenizer_core import TokenType

from penstock.core.names import Kind
from penstock.sql.call import read_version
from penstock.sql.clause import Reading, read_options_clause, rest_as_predicate
from penstock.sql.cursor import Cursor
from penstock.sql.statement import (
    AlterEndpoint,
    CreateEndpoint,
    CreateExperiment,
    CreateMonitor,
    CreateTrigger,
    OnArrival,
    OnBreach,
    OnLabels,
    OnSchedule,
    TriggerAction,
    TriggerEvent,
)
from penstock.sql.value import read_options_list, read_value

_EVENTS = ("SCHEDULE", "ARRIVAL", "BREACH", "LABELS")
_ACTIONS = ("RETRAIN", "REFRESH", "RUN", "ROLLBACK", "NOTIFY")


def read_create_endpoint(reading: Reading, *, replace: bool) -> CreateEndpoint:
    """Return the endpoint: `e ON MODEL m [OPTIONS (…)]`."""
    cursor = reading.cursor
    name = cursor.name("an endpoint")
    cursor.expect_words("ON", "MODEL")
    model = cursor.name("a model")
    options = read_options_clause(reading)
    if not options and not cursor.at_end:
        raise cursor.expected(["OPTIONS"], "OPTIONS or the end")
    cursor.expect_end()
    return CreateEndpoint(reading.text, reading.span, name, model, options, replace)


def read_create_monitor(reading: Reading, *, replace: bool) -> CreateMonitor:
    """Return the monitor: `w ON ENDPOINT e | ON TABLE t [OPTIONS (…)] BREACH WHEN predicate`."""
    cursor = reading.cursor
    name = cursor.name("a monitor")
    cursor.expect_words("ON")
    if cursor.take_words("ENDPOINT"):
        kind, watched = Kind.ENDPOINT, cursor.name("an endpoint")
    elif cursor.take_words("TABLE"):
        kind, watched = Kind.TABLE, cursor.name("a table")
    else:
        raise cursor.expected(["ENDPOINT", "TABLE"])
    options = read_options_clause(reading)
    if not cursor.take_words("BREACH"):
        raise cursor.expected(["BREACH"] if options else ["OPTIONS", "BREACH"], "BREACH WHEN and a condition")
    cursor.expect_words("WHEN")
    predicate = rest_as_predicate(reading)
    return CreateMonitor(reading.text, reading.span, name, kind, watched, predicate, options, replace)


def read_create_experiment(reading: Reading, *, replace: bool) -> CreateExperiment:
    """Return the experiment: `x ON ENDPOINT e [OPTIONS (…)]`."""
    cursor = reading.cursor
    name = cursor.name("an experiment")
    cursor.expect_words("ON", "ENDPOINT")
    endpoint = cursor.name("an endpoint")
    options = read_options_clause(reading)
    if not options and not cursor.at_end:
        raise cursor.expected(["OPTIONS"], "OPTIONS or the end")
    cursor.expect_end()
    return CreateExperiment(reading.text, reading.span, name, endpoint, reading.dialect, options, replace)


def read_create_trigger(reading: Reading, *, replace: bool) -> CreateTrigger:
    """Return the trigger: `r ON event DO action [, action …] [OPTIONS (…)]`."""
    cursor = reading.cursor
    name = cursor.name("a trigger")
    cursor.expect_words("ON")
    event = _event(cursor)
    cursor.expect_words("DO")
    actions = [_action(cursor)]
    while cursor.take(TokenType.COMMA):
        actions.append(_action(cursor))
    options = read_options_clause(reading)
    if not options and not cursor.at_end:
        raise cursor.expected(["OPTIONS"], "a comma, OPTIONS or the end")
    cursor.expect_end()
    return CreateTrigger(reading.text, reading.span, name, event, tuple(actions), options, replace)


def _event(cursor: Cursor) -> TriggerEvent:
    if cursor.take_words("SCHEDULE"):
        return OnSchedule(cursor.string("a schedule"))
    if cursor.take_words("ARRIVAL"):
        return OnArrival(cursor.string("a file pattern"))
    if cursor.take_words("BREACH"):
        cursor.expect_words("OF")
        return OnBreach(cursor.name("a monitor"))
    if cursor.take_words("LABELS"):
        cursor.expect_words("OF")
        endpoint = cursor.name("an endpoint")
        cursor.expect(TokenType.L_PAREN, "the number of labels in parentheses")
        token = cursor.expect(TokenType.NUMBER, "the number of labels")
        if not token.text.isdigit() or int(token.text) == 0:
            raise cursor.problem("The number of labels is a whole number of at least 1.", token=token)
        cursor.expect(TokenType.R_PAREN, "a closing parenthesis")
        return OnLabels(endpoint, int(token.text))
    raise cursor.expected(_EVENTS)


def _action(cursor: Cursor) -> TriggerAction:
    if cursor.take_words("RETRAIN"):
        cursor.expect_words("MODEL")
        return TriggerAction("retrain", cursor.name("a model"))
    if cursor.take_words("REFRESH"):
        cursor.expect_words("TABLE")
        return TriggerAction("refresh", cursor.name("a table"))
    if cursor.take_words("RUN"):
        cursor.expect_words("PROJECT")
        return TriggerAction("run_project")
    if cursor.take_words("ROLLBACK"):
        cursor.expect_words("ENDPOINT")
        return TriggerAction("rollback", cursor.name("an endpoint"))
    if cursor.take_words("NOTIFY"):
        return TriggerAction("notify", cursor.string("an address"))
    raise cursor.expected(_ACTIONS)


def read_alter_endpoint(reading: Reading) -> AlterEndpoint:
    """Return the changes, each once, in any order:
    `e SET TRAFFIC (alias = share, …), SHADOW (alias [= share]), OPTIONS (…) [BECAUSE 'why']`.
    """
    cursor = reading.cursor
    change = AlterEndpoint(reading.text, reading.span, cursor.name("an endpoint"))
    cursor.expect_words("SET")
    while True:
        token = cursor.peek()
        before = change
        if cursor.take_words("TRAFFIC"):
            change = replace(change, traffic=_traffic(cursor))
            again = before.traffic is not None
        elif cursor.take_words("SHADOW"):
            shadow, share = _shadow(cursor)
            change = replace(change, shadow=shadow, shadow_share=share)
            again = before.shadow is not None
        elif cursor.take_words("OPTIONS"):
            change = replace(change, options=read_options_list(cursor))
            again = before.options is not None
        else:
            raise cursor.expected(["TRAFFIC", "SHADOW", "OPTIONS"])
        if again:
            raise cursor.problem(f"{token.text.upper()} is given twice.", token=token)
        if not cursor.take(TokenType.COMMA):
            break
    if cursor.take_words("BECAUSE"):
        change = replace(change, because=cursor.string("the reason"))
    cursor.expect_end()
    return change


def _shadow(cursor: Cursor) -> tuple[str, float | None]:
    """Return the version in the shadow, empty for none, and its share of the requests in percent, where one is told."""
    cursor.expect(TokenType.L_PAREN, "an opening parenthesis")
    shadow, share = "", None
    if cursor.peek().token_type != TokenType.R_PAREN:
        shadow = read_version(cursor)
        if cursor.take(TokenType.EQ):
            place = cursor.peek()
            given = read_value(cursor)
            if isinstance(given, bool) or not isinstance(given, int | float) or not 0 < given <= 100:
                raise cursor.problem("A shadow's share is a number above 0 and up to 100.", token=place)
            share = float(given)
    cursor.expect(TokenType.R_PAREN, "= and a share, or a closing parenthesis" if shadow else "a version")
    return shadow, share


def _traffic(cursor: Cursor) -> dict[str, float]:
    cursor.expect(TokenType.L_PAREN, "an opening parenthesis")
    shares: dict[str, float] = {}
    while True:
        token = cursor.peek()
        version = read_version(cursor)
        if version in shares:
            raise cursor.problem(f"{version} is given twice.", token=token)
        cursor.expect(TokenType.EQ, "= and a share")
        place = cursor.peek()
        share = read_value(cursor)
        if isinstance(share, bool) or not isinstance(share, int | float) or share < 0:
            raise cursor.problem("A share of traffic is a number of at least 0.", token=place)
        shares[version] = float(share)
        if not cursor.take(TokenType.COMMA):
            break
    cursor.expect(TokenType.R_PAREN, "a comma or a closing parenthesis")
    return shares
