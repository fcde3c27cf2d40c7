"""RootInfo: what a root field's resolver asks its `info` where no engine runs; what nobody asks is not made."""

from graphql import GraphQLResolveInfo, VariableValues
from strawberry import Info
from strawberry.types.field import StrawberryField

from schema.context import Context
from schema.once import once
from services.rows import Columns


class RootInfo(Info[Context, None]):
    """`of_all` is what is the same in every request. `columns`: of which a row has to hold each thing, if the resolver
    may return rows (`schema.rows`)."""

    def __init__(
        self,
        of_all: GraphQLResolveInfo,
        field: StrawberryField,
        variables: VariableValues,
        context: Context,
        columns: Columns | None,
    ) -> None:
        self._of_all, self._field, self._variables, self._context = of_all, field, variables, context
        self.columns = columns

    @property
    def context(self) -> Context:
        return self._context

    @property
    def field_name(self) -> str:
        return self._of_all.field_name

    @once
    def _raw_info(self) -> GraphQLResolveInfo:  # pyright: ignore[reportIncompatibleVariableOverride]
        return self._of_all._replace(variable_values=self._variables, context=self._context)
