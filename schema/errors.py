"""Errors that callers are told on purpose: GraphQL `errors` with `extensions.code`.

    ApiError
        bad_input        BAD_USER_INPUT    an argument that no answer can be given to
        unauthenticated  UNAUTHENTICATED   nobody is signed in
        forbidden        FORBIDDEN         the caller's roles do not allow it
        too_large        LIMIT_EXCEEDED    a number that its type cannot hold
        refused          BAD_USER_INPUT, or LIMIT_EXCEEDED of what would take too long

Refusals of a mutation are no errors but `userErrors`; every other exception is a fault, and its text stays inside.
"""

from collections.abc import Iterable
from enum import StrEnum

from domain.refusals import Refusal, RefusalCode


class ErrorCode(StrEnum):
    BAD_REQUEST = "BAD_REQUEST"
    BAD_USER_INPUT = "BAD_USER_INPUT"
    UNAUTHENTICATED = "UNAUTHENTICATED"
    FORBIDDEN = "FORBIDDEN"
    GRAPHQL_PARSE_FAILED = "GRAPHQL_PARSE_FAILED"
    GRAPHQL_VALIDATION_FAILED = "GRAPHQL_VALIDATION_FAILED"
    PERSISTED_QUERY_NOT_FOUND = "PERSISTED_QUERY_NOT_FOUND"
    PERSISTED_QUERY_REQUIRED = "PERSISTED_QUERY_REQUIRED"
    QUERY_TOO_COMPLEX = "QUERY_TOO_COMPLEX"
    LIMIT_EXCEEDED = "LIMIT_EXCEEDED"
    UNAVAILABLE = "UNAVAILABLE"
    OVERLOADED = "OVERLOADED"
    RATE_LIMITED = "RATE_LIMITED"
    INTERNAL = "INTERNAL"


class ApiError(Exception):
    """Told to the caller as it is: a sentence that names what is wrong and the remedy."""

    def __init__(self, code: ErrorCode, message: str, **extensions: str | int) -> None:
        super().__init__(message)
        self.code = code
        self.extensions = extensions


def bad_input(argument: str, remedy: str) -> ApiError:
    """`argument` is its path as sent (`filter.skus`); the message begins with it."""
    return ApiError(ErrorCode.BAD_USER_INPUT, f"{argument} {remedy}.", argument=argument)


def too_large(what: str, number: int, limit: int, remedy: str) -> ApiError:
    return ApiError(ErrorCode.LIMIT_EXCEEDED, f"{what} is {number}, above {limit}: {remedy}.", limit=limit)


def unauthenticated() -> ApiError:
    return ApiError(ErrorCode.UNAUTHENTICATED, "Nobody is signed in: send a token as `Authorization: Bearer …`.")


def forbidden(what: str, roles: Iterable[str]) -> ApiError:
    may = sorted(roles)
    whose = f"roles {', '.join(may)}: your token has none of them"
    if len(may) == 1:
        whose = f"role {may[0]}: your token does not have it"
    return ApiError(ErrorCode.FORBIDDEN, f"{what} is for the {whose}.")


def refused(refusal: Refusal) -> ApiError:
    """What a query is refused with: bad input of the argument at fault, or more of it than there may be."""
    argument = ".".join(refusal.field)
    if refusal.code is RefusalCode.LIMIT_EXCEEDED and refusal.limit is not None:
        return ApiError(ErrorCode.LIMIT_EXCEEDED, refusal.message, argument=argument, limit=refusal.limit)
    return ApiError(ErrorCode.BAD_USER_INPUT, refusal.message, argument=argument)
