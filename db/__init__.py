"""PostgreSQL: tables, repositories, the unit of work, locks, read models, the outbox and the migrations."""
