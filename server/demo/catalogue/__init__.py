"""What the demo's two tenants have to sell, and where; the same on every start.

`meridian` and `lumen` spell out product lines, `items` makes items of them, `stands` says which of those is kept where,
how quickly it sells there, and when it is scarce.
"""
