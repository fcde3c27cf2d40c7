"""Who did what beside stock, and the rules by which corrections wait for approval."""

from alembic import op

from db.migrations.protection import open_to_worker, protect

revision = "0008"
down_revision = "0007"

# Rows are told apart by `id`; `recorded_at` is the database's clock, whatever was said.
AUDIT_LOG = """
CREATE TABLE audit_log (
    tenant_id    uuid NOT NULL,
    id           uuid NOT NULL,
    recorded_at  timestamptz NOT NULL DEFAULT clock_timestamp(),
    actor        text COLLATE "C" NOT NULL,
    action       text COLLATE "C" NOT NULL CHECK (action <> ''),
    subject_type text COLLATE "C" NOT NULL CHECK (subject_type <> ''),
    subject      text COLLATE "C" NOT NULL,
    detail       jsonb,
    request_id   text COLLATE "C",
    PRIMARY KEY (tenant_id, id)
)
"""

INDEXES = (
    "CREATE INDEX audit_log_time ON audit_log (tenant_id, recorded_at, id)",
    "CREATE INDEX audit_log_subject ON audit_log (tenant_id, subject, recorded_at, id)",
    # What has been kept for long enough, over all tenants.
    "CREATE INDEX audit_log_age ON audit_log (recorded_at)",
)

# Whatever is granted to whom: nothing is changed, and nothing goes before it has been kept for a year.
ONLY_GROWS = """
CREATE FUNCTION refuse_change_of_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    IF TG_OP = 'DELETE' AND OLD.recorded_at < clock_timestamp() - interval '365 days' THEN
        RETURN OLD;
    END IF;
    RAISE EXCEPTION 'the audit log only grows: % is refused', TG_OP
        USING ERRCODE = 'insufficient_privilege', HINT = 'What has been kept for a year may be deleted.';
END
$$
"""
# The time of a row is when it was written, so that nobody makes one that may be deleted at once. A replica takes it as
# it is: this trigger is not for always.
TOLD_NOW = """
CREATE FUNCTION stamp_audit_log() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.recorded_at = clock_timestamp();
    RETURN NEW;
END
$$
"""
TRIGGERS = (
    """CREATE TRIGGER audit_log_only_grows BEFORE UPDATE OR TRUNCATE ON audit_log
       FOR EACH STATEMENT EXECUTE FUNCTION refuse_change_of_audit_log()""",
    """CREATE TRIGGER audit_log_is_kept BEFORE DELETE ON audit_log
       FOR EACH ROW EXECUTE FUNCTION refuse_change_of_audit_log()""",
    """CREATE TRIGGER audit_log_told_now BEFORE INSERT ON audit_log
       FOR EACH ROW EXECUTE FUNCTION stamp_audit_log()""",
    "ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_only_grows",
    "ALTER TABLE audit_log ENABLE ALWAYS TRIGGER audit_log_is_kept",
)

# {"rules": [{"units_over": 10, "roles": ["manager"]}], "expires_after_hours": 48} (db.approval_policies). It stands
# beside `reservation_ttls`, in the row that every change of stock reads anyway (db.levels.SITES).
APPROVAL_POLICY = "ALTER TABLE tenants ADD COLUMN approval_policy jsonb NOT NULL DEFAULT '{}'"


def upgrade() -> None:
    for statement in (APPROVAL_POLICY, AUDIT_LOG, *INDEXES, ONLY_GROWS, TOLD_NOW, *TRIGGERS):
        op.execute(statement)
    protect("audit_log")
    open_to_worker("audit_log")
