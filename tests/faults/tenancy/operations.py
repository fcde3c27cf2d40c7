"""Operations: whatever the API can be asked, read from its own description, with the slots of each."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from graphql import GraphQLObjectType, GraphQLSchema

from domain.access import Role
from server.rest.routes import OPERATIONS
from tests.answers import Answer
from tests.factories.shop import Asker
from tests.faults.tenancy.belongings import BOTH, Belongings
from tests.faults.tenancy.documents import WITHOUT_ID, nested_document, root_document
from tests.faults.tenancy.requests import Given, right_call, right_input
from tests.faults.tenancy.slots import Slot, Walk, nested, of_arguments, of_request
from tests.faults.tenancy.things import Thing
from tests.faults.tenancy.tries import decoded

#: Arguments that a right request gives beside the things that it names.
GIVEN: Mapping[str, Given] = {
    "Query.healthReport": {"from": "2026-01-01", "to": "2026-12-31"},
    "HealthReport.groups": {"by": "SKU"},
    "AgingReport.rows": {"by": "SKU"},
}
#: Nothing is dead where all was stocked a moment ago: what is read of it is narrowed as all else of its report.
EMPTY = frozenset({"HealthReport.deadStock"})
#: Of fields that want one of several arguments, which a right request gives.
ONE_OF = {"Query.reservation": "id"}


@dataclass(frozen=True, slots=True)
class Operation:
    """`access`: the root field that says who may call it. `right` makes a request that succeeds, `ask` sends one."""

    name: str
    access: str
    writes: bool
    walk: Walk
    right: Callable[[Belongings, str], Given]
    ask: Callable[[Asker, Given], Answer]

    @property
    def slots(self) -> list[Slot]:
        return self.walk.slots

    @property
    def pages(self) -> bool:
        return any(slot.thing is Thing.CURSOR for slot in self.slots)

    def cursor(self, whose: Belongings) -> str:
        """Of the first thing of somebody's list that bears a name of their own."""
        given = self.right(whose, Role.ADMIN)
        for limit in range(1, 100):
            if "query" in given:
                given["query"]["limit"] = limit
            for cursor in _cursors_in(self.ask(whose.asker(Role.ADMIN), given).body):
                if BOTH not in decoded(cursor):
                    return cursor
        raise AssertionError(f"{self.name} tells no cursor")


def _cursors_in(told: Any) -> Iterator[str]:
    if isinstance(told, list):
        for each in told:
            yield from _cursors_in(each)
    elif isinstance(told, dict):
        for name, each in told.items():
            if name in ("cursor", "next_cursor"):
                yield each
            else:
                yield from _cursors_in(each)


def was_done(answer: Answer) -> bool:
    """Whether a write changed something."""
    if answer.status != 200 or not isinstance(answer.body, dict) or "data" not in answer.body:
        return answer.status < 300
    payloads = (answer.body["data"] or {}).values()
    return any(payload and not _refused(payload) for payload in payloads)


def _refused(payload: Mapping[str, Any]) -> bool:
    return bool(payload["userErrors"]) or any(each["userErrors"] for each in payload.get("results") or ())


# ---------------------------------------------------------------------- GraphQL
def of_schema(schema: GraphQLSchema) -> Iterator[Operation]:
    """Queries, fields with arguments below them, and mutations."""
    assert schema.query_type
    assert schema.mutation_type
    for name, field in schema.query_type.fields.items():
        walk = of_arguments(f"Query.{name}", field.args)
        yield _reading(f"Query.{name}", name, walk, root_document(schema, "query", name, field))
    for type_, name in nested(schema):
        if f"{type_.name}.{name}" in EMPTY:
            continue
        yield _below(schema, type_, name)
    for name, field in schema.mutation_type.fields.items():
        walk = of_arguments(f"Mutation.{name}", field.args)
        document = root_document(schema, "mutation", name, field)
        yield Operation(f"Mutation.{name}", name, True, walk, _right_of(name), _sending(document))


def _reading(name: str, access: str, walk: Walk, document: str, thing: str | None = None) -> Operation:
    """`thing`: the type of the one below which it is read."""

    def right(mine: Belongings, _: str) -> Given:
        needed = [
            slot for slot in walk.slots if len(slot.path) == 1 and (slot.required or str(slot) == ONE_OF.get(name))
        ]
        given = {slot.path[0]: [mine.name(slot.thing)] if slot.many else mine.name(slot.thing) for slot in needed}
        return GIVEN.get(name, {}) | given | ({"thing": mine.nodes[thing]} if thing else {})

    return Operation(name, access, False, walk, right, _sending(document))


def _below(schema: GraphQLSchema, type_: GraphQLObjectType, name: str) -> Operation:
    called = f"{type_.name}.{name}"
    walk, document = of_arguments(called, type_.fields[name].args), nested_document(schema, type_, name)
    if root := WITHOUT_ID.get(type_.name):
        return _reading(called, root.partition("(")[0], walk, document)
    return _reading(called, "node", walk, document, type_.name)


def _right_of(name: str) -> Callable[[Belongings, str], Given]:
    return lambda mine, role: right_input(name, mine, role)


def _sending(document: str) -> Callable[[Asker, Given], Answer]:
    return lambda asker, given: asker.send(document, **given)


# ---------------------------------------------------------------------- by path
def of_document(document: Mapping[str, Any]) -> Iterator[Operation]:
    """Every operation of the OpenAPI document, called by its method and path."""
    for path, methods in document["paths"].items():
        for method, told in methods.items():
            name = told["operationId"]
            writes = any(parameter["name"] == "Idempotency-Key" for parameter in told.get("parameters", ()))
            ask = _calling(method.upper(), path)
            access = next(each.name for each in OPERATIONS if each.id == name)
            yield Operation(
                f"{method.upper()} {path}", access, writes, of_request(document, told), _right_call(name), ask
            )


def _right_call(name: str) -> Callable[[Belongings, str], Given]:
    return lambda mine, role: right_call(name, mine, role)


def _calling(method: str, template: str) -> Callable[[Asker, Given], Answer]:
    def ask(asker: Asker, given: Given) -> Answer:
        path = template
        for name, value in given["path"].items():
            path = path.replace(f"{{{name}}}", quote(value, safe=""))
        headers = {"authorization": f"Bearer {asker.token}", **given.get("header", {})}
        body = {"json": given["body"]} if "body" in given else {}
        url = f"{asker.stack.url}{path}"
        return Answer.of(asker.stack.http.request(method, url, params=given["query"], headers=headers, **body))

    return ask
