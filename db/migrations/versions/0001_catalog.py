"""Tenants, items, locations and reason codes."""

from alembic import op

from db.migrations.protection import protect

revision = "0001"
down_revision = None

TENANTS = """
CREATE TABLE tenants (
    tenant_id        uuid PRIMARY KEY,
    slug             text COLLATE "C" NOT NULL CHECK (slug <> ''),
    name             text NOT NULL,
    time_zone        text NOT NULL,
    currency         text NOT NULL CHECK (currency ~ '^[A-Z]{3}$'),
    default_location text COLLATE "C" NOT NULL
)
"""

# `searched` is what a search looks in, folded by the application: the database's own case rules depend on its locale.
# Money keeps the decimal places it was given, so that what was sent is what is read.
ITEMS = """
CREATE TABLE items (
    tenant_id          uuid NOT NULL REFERENCES tenants,
    id                 uuid NOT NULL,
    sku                text COLLATE "C" NOT NULL CHECK (length(sku) BETWEEN 1 AND 64),
    name               text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    category           text COLLATE "C" CHECK (length(category) BETWEEN 1 AND 64),
    catalog_product_id text COLLATE "C" CHECK (length(catalog_product_id) BETWEEN 1 AND 64),
    vendor             text COLLATE "C" CHECK (length(vendor) BETWEEN 1 AND 64),
    condition          text COLLATE "C" CHECK (length(condition) BETWEEN 1 AND 64),
    language           text COLLATE "C" CHECK (length(language) BETWEEN 1 AND 64),
    price              numeric CHECK (price BETWEEN 0 AND 1e12 AND scale(price) <= 4),
    unit_cost          numeric CHECK (unit_cost BETWEEN 0 AND 1e12 AND scale(unit_cost) <= 4),
    currency           text CHECK (currency ~ '^[A-Z]{3}$'),
    unit_of_measure    text NOT NULL CHECK (length(unit_of_measure) BETWEEN 1 AND 64),
    quantity_scale     integer NOT NULL CHECK (quantity_scale BETWEEN 0 AND 6),
    barcodes           text[] NOT NULL CHECK (cardinality(barcodes) <= 20),
    lead_time_days     integer CHECK (lead_time_days BETWEEN 0 AND 3650),
    archived_at        timestamptz,
    version            bigint NOT NULL CHECK (version >= 1),
    searched           text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, sku),
    UNIQUE (tenant_id, id),
    CHECK (currency IS NOT NULL OR (price IS NULL AND unit_cost IS NULL))
)
"""

LOCATIONS = """
CREATE TABLE locations (
    tenant_id uuid NOT NULL REFERENCES tenants,
    id        uuid NOT NULL,
    code      text COLLATE "C" NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
    name      text NOT NULL CHECK (length(name) BETWEEN 1 AND 200),
    kind      text COLLATE "C" NOT NULL CHECK (length(kind) BETWEEN 1 AND 64),
    zone      text COLLATE "C" CHECK (length(zone) BETWEEN 1 AND 64),
    priority  integer NOT NULL CHECK (priority BETWEEN 0 AND 1000000),
    parent    text COLLATE "C" CHECK (parent <> code),
    active    boolean NOT NULL,
    version   bigint NOT NULL CHECK (version >= 1),
    searched  text COLLATE "C" NOT NULL,
    PRIMARY KEY (tenant_id, code),
    UNIQUE (tenant_id, id),
    FOREIGN KEY (tenant_id, parent) REFERENCES locations
)
"""

REASON_CODES = """
CREATE TABLE reason_codes (
    tenant_id     uuid NOT NULL REFERENCES tenants,
    code          text COLLATE "C" NOT NULL CHECK (length(code) BETWEEN 1 AND 64),
    name          text NOT NULL,
    direction     text COLLATE "C" NOT NULL CHECK (direction IN ('INCREASE', 'DECREASE', 'BOTH')),
    requires_note boolean NOT NULL,
    active        boolean NOT NULL,
    PRIMARY KEY (tenant_id, code)
)
"""

# A tenant and its default location name each other: both are there when the transaction that makes them ends.
DEFAULT_LOCATION = """
ALTER TABLE tenants ADD CONSTRAINT tenants_default_location_fkey FOREIGN KEY (tenant_id, default_location)
    REFERENCES locations (tenant_id, code) DEFERRABLE INITIALLY DEFERRED
"""

INDEXES = (
    "CREATE INDEX items_category ON items (tenant_id, category, sku)",
    "CREATE INDEX items_vendor ON items (tenant_id, vendor, sku)",
    "CREATE INDEX items_catalog_product ON items (tenant_id, catalog_product_id, sku)",
    "CREATE INDEX locations_parent ON locations (tenant_id, parent, code)",
)


def upgrade() -> None:
    for statement in (TENANTS, ITEMS, LOCATIONS, REASON_CODES, DEFAULT_LOCATION, *INDEXES):
        op.execute(statement)
    for table in ("tenants", "items", "locations", "reason_codes"):
        protect(table)
