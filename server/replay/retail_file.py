"""The sales file as the replay sees it: its rows, the documents they make up, and the survey made beforehand.

Everything streams: rows and documents take the memory of a few invoices, the survey that of the SKUs.
"""

from server.replay.documents import Adjustment, Cancellation, Document, Line, Order, documents
from server.replay.rows import COLUMNS, RetailFileError, Row, Tally, read
from server.replay.survey import OPENING_DAYS, SkuSurvey, Survey, survey

__all__ = [
    "COLUMNS",
    "OPENING_DAYS",
    "Adjustment",
    "Cancellation",
    "Document",
    "Line",
    "Order",
    "RetailFileError",
    "Row",
    "SkuSurvey",
    "Survey",
    "Tally",
    "documents",
    "read",
    "survey",
]
