"""The database behind the log, as far as the log asks it."""


class Database:
    """What stands behind the log."""

    def __init__(self) -> None:
        self.name = "first"
        self.asked = 0
        self.away = False

    async def identify(self) -> str:
        self.asked += 1
        if self.away:
            raise ConnectionError("the database is away")
        return self.name
