"""A script's run: statements one after another, with variables, branches, loops and handled errors around them."""

from __future__ import annotations

from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass, field, replace

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import AssertionFailed, BadData, Cancelled, UserError
from penstock.engine.executed_text import executed_statement, quoting, shortened
from penstock.engine.place import pointing_at, pointing_into
from penstock.engine.result import Result, counted, done, of_table
from penstock.engine.script_text import ScriptText, pointing_back, read_within
from penstock.engine.script_transaction import ScriptTransaction
from penstock.engine.script_variable import ScriptVariables
from penstock.engine.session import Session
from penstock.engine.temporary import Variables
from penstock.lake.database import ArrowRows
from penstock.sql.parse import parse_script
from penstock.sql.quoting import quote_identifier
from penstock.sql.script_statement import (
    Assert,
    Assign,
    Block,
    Body,
    Branch,
    Declare,
    ExecuteImmediate,
    ForEach,
    Jump,
    Loop,
    Raise,
    ScriptStatement,
)
from penstock.sql.script_variable import ERROR_MESSAGE
from penstock.sql.statement import AnyStatement, Passthrough, Query, SetDialect
from penstock.sql.substitution import Substituted, stretches_of

Do = Callable[[Session, AnyStatement, Variables], Result]
Steps = Generator[Result, None, Jump | None]


def run_script(session: Session, statements: Body, do: Do, variables: Variables) -> Iterator[Result]:
    """Do the statements one after another and yield what each gives; `do` does one that holds no others.

    Raises UserError for the first that cannot be done and is not handled; those before it stay done.
    """
    text = ScriptText(session, ScriptVariables(session.connection), variables)
    script = _Script(session, do, text, ScriptTransaction(session.connection))
    given = False
    with script.text.values.scope(), script.transaction.undone_at_an_error():
        for result in script.steps(statements):
            given = True
            yield result
    if statements and not given:
        yield done("the script has run")


@dataclass
class _Script:
    """`handled` are the errors whose handlers are under way, `loops` how many FOR are; `given` is the last result."""

    session: Session
    do: Do
    text: ScriptText
    transaction: ScriptTransaction
    handled: list[UserError] = field(default_factory=list)
    loops: int = 0
    given: Result | None = None

    @property
    def values(self) -> ScriptVariables:
        return self.text.values

    def steps(self, body: Body) -> Steps:
        """Do a body; return the jump that ended it before its end, or None."""
        for statement in body:
            jump = yield from self._step(statement)
            if jump is not None:
                return jump
        return None

    def _step(self, statement: AnyStatement | ScriptStatement) -> Steps:
        match statement:
            case Branch():
                return (yield from self._branch(statement))
            case Block():
                return (yield from self._block(statement))
            case Loop():
                return (yield from self._loop(statement))
            case ForEach():
                return (yield from self._for_each(statement))
            case Jump():
                return statement
            case ExecuteImmediate():
                yield from self._execute(statement)
            case Declare() | Assign() | Raise() | Assert():
                with pointing_at(statement.span):
                    self._simple(statement)
            case _:
                self._read_out()
                self.given = self.transaction.do(statement, self._plain)
                yield self.given
        return None

    def _read_out(self) -> None:
        """Read what is left of the last rows: the next statement takes the connection's one stream."""
        if self.given is not None:
            for _ in self.given.batches():
                pass
            self.given = None

    def _simple(self, statement: Declare | Assign | Raise | Assert) -> None:
        match statement:
            case Declare():
                self._declare(statement)
            case Assign(value=value):
                given = self.text.compute(value)
                with pointing_into(self.session.connection, value):
                    self._assign(statement.names, given, as_struct=statement.as_struct)
            case Raise(message=None):
                if not self.handled:
                    hint = "Say RAISE USING MESSAGE = '…', or RAISE within EXCEPTION WHEN ERROR THEN."
                    raise UserError.of("There is no error here to raise again.", hint=hint)
                raise self.handled[-1]
            case Raise():
                raise UserError(Diagnostic("raised", self._told(statement.message), statement.span))
            case Assert():
                if not self._holds(statement.condition):
                    message = statement.description or f"This does not hold: {shortened(statement.condition.text)}"
                    raise AssertionFailed.of(message, span=statement.span)

    def _declare(self, statement: Declare) -> None:
        default = statement.default
        given = self.values.compute("SELECT NULL") if default is None else self.text.compute(default)
        written = default or Query(statement.text, "bigquery", statement.span)
        with pointing_into(self.session.connection, written):
            for name in statement.names:
                self.values.declare(name, statement.type, given)

    def _assign(self, names: tuple[str, ...], given: str, *, as_struct: bool) -> None:
        if not as_struct:
            self.values.assign(names[0], given)
            return
        count = self.values.fields(given)
        if count != len(names):
            raise BadData.of(f"There are {counted(len(names), 'variable')} and {counted(count, 'value')}.")
        for place, name in enumerate(names, 1):
            self.values.assign(name, given, place)

    def _plain(self, statement: AnyStatement) -> Result:
        text = self._with_values(statement)
        if text is None or not text.edits:
            return self.do(self.session, statement, self.text.variables)
        script = parse_script(text.in_its_place, statement.span.path, text.written.dialect)
        with pointing_back(text):
            if script.diagnostics:
                raise UserError(*script.diagnostics)
            (again,) = (found for found in script.statements if not isinstance(found, ScriptStatement))
            return read_within(self.do(self.session, again, self.text.variables), lambda: pointing_back(text))

    def _with_values(self, statement: AnyStatement) -> Substituted | None:
        """Return a statement's text with the variables in it; None for one that can hold none."""
        if isinstance(statement, SetDialect) or not (self.values.names or self.handled):
            return None
        with pointing_at(statement.span):
            if isinstance(statement, Passthrough):
                return self.text.in_query(statement.query) if statement.query.dialect == "bigquery" else None
            queries = [value for value in vars(statement).values() if isinstance(value, Query)]
            if any(query.dialect == "duckdb" for query in queries):
                return None
            written = Query(statement.text, "bigquery", statement.span)
            return self.text.in_definition(written, stretches_of(statement))

    def _branch(self, branch: Branch) -> Steps:
        for condition, body in branch.arms:
            if self._holds(condition):
                return (yield from self.steps(body))
        return (yield from self.steps(branch.otherwise))

    def _block(self, block: Block) -> Steps:
        with self.values.scope():
            if block.handler is None:
                jump = yield from self.steps(block.body)
            else:
                jump = yield from self._guarded(block.body, block.handler)
        return None if jump and jump.verb == "break" and jump.label and jump.label == block.label else jump

    def _guarded(self, body: Body, handler: Body) -> Steps:
        """Do a body, and the handler at the first error. Rows are read at once, since an error may be among them."""
        steps = self.steps(body)
        while True:
            try:
                result = _read(next(steps))
            except StopIteration as ended:
                jump: Jump | None = ended.value
                return jump
            except Cancelled:
                raise
            except UserError as problem:
                error = problem
                break
            yield result
        self.transaction.recover()
        self.given = None
        self.handled.append(error)
        try:
            with self.values.scope():
                message = "\n".join(found.message for found in error.diagnostics)
                self.values.bind(ERROR_MESSAGE, message)
                return (yield from self.steps(handler))
        finally:
            self.handled.pop()

    def _loop(self, loop: Loop) -> Steps:
        while loop.until or loop.condition is None or self._holds(loop.condition):
            ends, jump = yield from self._turn(loop.body, loop.label)
            if ends:
                return jump
            if loop.until and loop.condition is not None and self._holds(loop.condition):
                return None
        return None

    def _for_each(self, loop: ForEach) -> Steps:
        connection = self.session.connection
        table = f"penstock_rows_{self.loops}"
        place = f"temp.main.{quote_identifier(table)}"
        text = self.text.in_query(loop.query)
        with pointing_back(text), self.text.ready(text.query) as sql:
            connection.execute(f"CREATE OR REPLACE TEMP TABLE {place} AS\n{sql}")
        self.loops += 1
        try:
            ((count,),) = connection.rows(f"SELECT count(*) FROM {place}")
            for row in range(count):
                with self.values.scope():
                    given = self.values.compute(f"SELECT found FROM {place} AS found WHERE rowid = {row:d}")
                    self.values.declare(loop.variable, given, given)
                    ends, jump = yield from self._turn(loop.body, loop.label)
                if ends:
                    return jump
        finally:
            self.loops -= 1
            connection.discard(table)
        return None

    def _turn(self, body: Body, label: str | None) -> Generator[Result, None, tuple[bool, Jump | None]]:
        """Do a loop's body once; return whether the loop ends, and the jump that goes on beyond it."""
        if self.session.cancelled.is_set():
            raise Cancelled.of("The script was stopped.")
        with self.values.scope():
            jump = yield from self.steps(body)
        if jump is None:
            return False, None
        if jump.verb == "return" or (jump.label is not None and jump.label != label):
            return True, jump
        return jump.verb == "break", None

    def _execute(self, statement: ExecuteImmediate) -> Iterator[Result]:
        """Do the one statement that a text holds, with values bound in it; it sees no variable of the script."""
        dynamic = self._told(statement.dynamic)
        given = ScriptVariables(self.session.connection)
        inner = _Script(self.session, self.do, replace(self.text, values=given), self.transaction)
        span = statement.dynamic.span
        with pointing_at(statement.span), given.scope():
            with quoting(dynamic, span):
                result = inner._plain(executed_statement(dynamic, statement, self.text, given))
            result = read_within(result, lambda: quoting(dynamic, span))
            if statement.into:
                self._into(statement.into, result)
        if not statement.into:
            yield result

    def _into(self, names: tuple[str, ...], result: Result) -> None:
        rows = result.table()
        if rows.num_rows > 1:
            raise BadData.of(f"INTO takes one row, and the text gave {rows.num_rows:,}.")
        rows = rows.rename_columns([f"column_{place}" for place in range(rows.num_columns)])
        connection = self.session.connection
        arrow = ArrowRows(rows.schema, lambda: iter(rows.to_batches()))
        connection.register("penstock_into", arrow)
        try:
            given = self.values.compute("SELECT found FROM penstock_into AS found")
        finally:
            connection.unregister("penstock_into", arrow)
        self._assign(names, given, as_struct=True)

    def _told(self, expression: Query | None) -> str:
        """Return the text that an expression gives; raises BadData for NULL and for what is no text."""
        assert expression is not None
        kind = self.text.compute(expression)
        value = self.values.computed()
        if not isinstance(value, str):
            told = "NULL" if value is None else kind
            raise BadData.of(f"A text is needed here, not {told}.", span=expression.span)
        return value

    def _holds(self, condition: Query) -> bool:
        """Return whether a condition is true; NULL is not."""
        kind = self.text.compute(condition)
        if kind not in ("BOOLEAN", '"NULL"'):
            raise BadData.of(f"A condition is true or false; this is {kind}.", span=condition.span)
        return self.values.computed() is True


def _read(result: Result) -> Result:
    return of_table(result.table()) if result.schema.names else result
