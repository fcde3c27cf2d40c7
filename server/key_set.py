"""KeySet: the keys that are trusted now, by their ids."""

from __future__ import annotations

from collections.abc import Sequence

from server.keys import VerificationKey


class KeySet:
    """Some are trusted as long as the process lives; the others are replaced by those that the issuer tells last."""

    def __init__(self, fixed: Sequence[VerificationKey] = ()) -> None:
        self._fixed = tuple(fixed)
        self._keys = {key.kid: key for key in self._fixed}

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def told(self) -> int:
        """How many of them the issuer told."""
        return len(self._keys.keys() - {key.kid for key in self._fixed})

    def trusts(self, key: object) -> bool:
        """Whether a key that was found here still counts."""
        return isinstance(key, VerificationKey) and self._keys.get(key.kid) is key

    def of(self, kid: str | None) -> VerificationKey | None:
        """The key of an id; a token without one means the only key there is."""
        if kid is None and len(self._keys) == 1:
            return next(iter(self._keys.values()))
        return self._keys.get(kid)

    async def find(self, kid: str | None) -> VerificationKey | None:
        return self.of(kid)

    def replace(self, told: Sequence[VerificationKey]) -> bool:
        """Trust these beside the fixed ones, and no others; whether one that was trusted is no longer."""
        before = self._keys
        # A key that stays is the same object: whoever was let in by it is told apart by that alone.
        kept = [before[key.kid] if before.get(key.kid) == key else key for key in told]
        self._keys = {key.kid: key for key in (*kept, *self._fixed)}
        return any(self._keys.get(kid) is not key for kid, key in before.items())
