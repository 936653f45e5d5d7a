"""A place in a list of tokens: what statement and option readers walk with."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from sqlglot.tokenizer_core import Token, TokenType

from penstock.core.diagnostics import Diagnostic
from penstock.core.errors import SyntaxProblem
from penstock.core.names import nearest_name
from penstock.core.spans import Span

TEXT_TOKENS = frozenset({TokenType.STRING, TokenType.RAW_STRING, TokenType.HEREDOC_STRING})
_NOT_WORDS = TEXT_TOKENS | {TokenType.IDENTIFIER, TokenType.NUMBER}
_OPENING = {TokenType.L_PAREN, TokenType.L_BRACKET, TokenType.L_BRACE}
_CLOSING = {TokenType.R_PAREN, TokenType.R_BRACKET, TokenType.R_BRACE}
_END = Token(TokenType.SENTINEL, "")

Locate = Callable[[int, int], Span]


def is_word(token: Token) -> bool:
    """Say whether a token is a bare word: a keyword or an unquoted name."""
    return token.token_type not in _NOT_WORDS and bool(token.text) and (token.text[0].isalpha() or token.text[0] == "_")


class Cursor:
    """Reads `tokens` of `text` from left to right; every problem is a SyntaxProblem with the span of the
    offending token.

    `locate(start, end)` returns the span of a stretch of the text in its file.
    """

    def __init__(self, tokens: Sequence[Token], text: str, locate: Locate, index: int = 0) -> None:
        self.tokens = tokens
        self.text = text
        self.locate = locate
        self.index = index

    def peek(self, ahead: int = 0) -> Token:
        """Return a token without moving; past the end a token without text."""
        place = self.index + ahead
        return self.tokens[place] if place < len(self.tokens) else _END

    @property
    def at_end(self) -> bool:
        return self.index >= len(self.tokens)

    def advance(self) -> Token:
        token = self.peek()
        self.index += 1
        return token

    def at_words(self, *words: str) -> bool:
        """Say whether these bare words come next."""
        return all(is_word(self.peek(n)) and self.peek(n).text.upper() == word for n, word in enumerate(words))

    def take_words(self, *words: str) -> bool:
        """Step over these bare words when all of them come next."""
        found = self.at_words(*words)
        if found:
            self.index += len(words)
        return found

    def take(self, *types: TokenType) -> bool:
        """Step over one token of any of these types when it comes next."""
        found = self.peek().token_type in types
        if found:
            self.index += 1
        return found

    def expect(self, token_type: TokenType, what: str) -> Token:
        """Return the next token; raises SyntaxProblem when it is not of this type."""
        if self.peek().token_type != token_type:
            raise self.problem(f"Expected {what}{self._instead()}.")
        return self.advance()

    def expect_words(self, *words: str) -> None:
        """Step over these words; raises SyntaxProblem, with a hint when the next word is nearly the wanted
        one.
        """
        for word in words:
            if not self.take_words(word):
                raise self.expected([word])

    def expect_end(self) -> None:
        """Raise SyntaxProblem when anything follows."""
        if not self.at_end:
            raise self.problem(f"The statement should end here{self._instead()}.")

    def expected(self, words: Sequence[str], what: str | None = None) -> SyntaxProblem:
        """Return the problem that one of these words should stand here, with the nearest as the hint."""
        token = self.peek()
        wanted = what or " or ".join(words)
        return self.problem(f"Expected {wanted}{self._instead()}.", hint=suggestion(token.text, words))

    def problem(self, message: str, *, token: Token | None = None, hint: str | None = None) -> SyntaxProblem:
        """Return a problem at a token, by default the next one; at the end of the text, at the last one."""
        return SyntaxProblem(Diagnostic(SyntaxProblem.code, message, self.span(token), hint))

    def span(self, token: Token | None = None) -> Span:
        """Return where a token stands, by default the next one, or the last when there is none."""
        token = token or self.peek()
        if token is _END:
            token = self.tokens[-1] if self.tokens else Token(TokenType.SENTINEL, "", end=-1)
        return self.locate(token.start, token.end + 1)

    def string(self, what: str) -> str:
        """Return the text of the quoted string that comes next, in single or double quotes."""
        token = self.peek()
        if token.token_type in TEXT_TOKENS or self.at_double_quoted():
            self.index += 1
            return token.text
        raise self.problem(f"Expected {what} in quotes{self._instead()}.")

    def at_double_quoted(self) -> bool:
        """Say whether a double-quoted name comes next, which stands for a string where no name can."""
        token = self.peek()
        return token.token_type == TokenType.IDENTIFIER and self.text[token.start] == '"'

    def skip_group(self) -> None:
        """Step over the bracket that comes next and everything up to the one that closes it."""
        opening = self.peek()
        depth = 0
        while not self.at_end:
            kind = self.advance().token_type
            depth += (kind in _OPENING) - (kind in _CLOSING)
            if depth == 0:
                return
        raise self.problem("This bracket is never closed.", token=opening)

    def name(self, what: str) -> str:
        """Return the dotted name that comes next, `name` or `schema.name`; a project before them is dropped.

        One back-quoted text may hold the whole dotted name.
        """
        first = self.peek()
        parts = self._name_part(what)
        while self.take(TokenType.DOT):
            parts += self._name_part(what)
        if len(parts) > 3:
            raise self.problem(f"The name of {what} has too many parts.", token=first, hint="Write schema.name.")
        if len(parts) < 3 and is_word(first) and parts[0] != first.text:
            raise self.problem(f"A name with a dash needs quotes: {parts[0]}.", token=first)
        return ".".join(parts[-2:])

    def _name_part(self, what: str) -> list[str]:
        token = self.peek()
        if token.token_type == TokenType.IDENTIFIER:
            self.index += 1
            if self.text[token.start] == "`":
                return token.text.split(".")
            if "." in token.text:
                raise self.problem("A name cannot hold a dot.", token=token)
            return [token.text]
        if not is_word(token):
            raise self.problem(f"Expected the name of {what}{self._instead()}.")
        self.index += 1
        return [token.text + self._dashed_rest(token)]

    def _dashed_rest(self, token: Token) -> str:
        """Return what follows of a BigQuery project's name, `my-project-2`: dashes and words without a space
        between.
        """
        end = token.end
        while self.peek().token_type == TokenType.DASH and self.peek().start == end + 1:
            if self.peek(1).start != self.peek().end + 1:
                break
            self.index += 1
            end = self.advance().end
        return self.text[token.end + 1 : end + 1]

    def _instead(self) -> str:
        token = self.peek()
        return f", not {self.text[token.start : token.end + 1]}" if token is not _END else ", but the text ends"


def suggestion(word: str, known: Iterable[str]) -> str | None:
    """Return the hint for a word that is nearly a known one, or None."""
    nearest = nearest_name(word, known) if word else None
    return f"Did you mean {nearest}?" if nearest and nearest != word.upper() else None
