// The peer: Mercurius with graphql-jit on fastify, reading the very tables that ours reads, with prepared statements.
//
// It checks the same token with the same key, and is held to the same row-level security. Lists are read with a loader
// each for items and locations, or with one statement. Its options are a JSON file, named as the argument.

import { readFileSync } from 'node:fs'

import fastify from 'fastify'
import mercurius from 'mercurius'
import pg from 'pg'

import { Authenticator } from './_authenticator.mjs'

const SDL = `
  enum StockStatus { IN_STOCK LOW OUT_OF_STOCK OVERSTOCK }
  type Item { sku: String! name: String! category: String vendor: String }
  type Location { code: String! name: String! }
  type StockLevel {
    sku: String! item: Item! location: Location! quantityOnHand: Int! quantityAllocated: Int!
    quantityUnavailable: Int! quantityIncoming: Int! availableToPromise: Int! status: StockStatus! version: Float!
  }
  type PageInfo { hasNextPage: Boolean! }
  type StockLevelConnection { nodes: [StockLevel!]! pageInfo: PageInfo! }
  type Availability { sku: String! known: Boolean! availableToPromise: Int! }
  type Query {
    stockLevel(sku: String!, location: String): StockLevel
    stockLevels(first: Int!): StockLevelConnection!
    availability(skus: [String!]!): [Availability!]!
  }
`
const LEVEL = `l.sku, l.location, l.on_hand "quantityOnHand", l.allocated "quantityAllocated",
  l.unavailable "quantityUnavailable", l.incoming "quantityIncoming",
  greatest(0, l.on_hand - l.allocated - l.unavailable) "availableToPromise", l.status, l.version`
const STATEMENTS = {
  level: `SELECT ${LEVEL} FROM stock_levels l WHERE l.tenant_id = $1 AND l.sku = $2 AND l.location = $3`,
  levels: `SELECT ${LEVEL} FROM stock_levels l WHERE l.tenant_id = $1 ORDER BY l.sku, l.location`,
  whole: `SELECT ${LEVEL}, i.name, i.category, i.vendor, p.name "locationName" FROM stock_levels l
    JOIN items i ON i.tenant_id = l.tenant_id AND i.sku = l.sku
    JOIN locations p ON p.tenant_id = l.tenant_id AND p.code = l.location
    WHERE l.tenant_id = $1 ORDER BY l.sku, l.location`,
  availability: `SELECT i.sku, CASE WHEN i.archived_at IS NULL THEN coalesce(l.promisable, 0) ELSE 0 END promisable
    FROM items i LEFT JOIN (
      SELECT l.sku, sum(l.on_hand - l.allocated - l.unavailable)::int promisable FROM stock_levels l
      JOIN locations p ON p.tenant_id = l.tenant_id AND p.code = l.location AND p.active
      WHERE l.tenant_id = $1 AND l.sku = ANY((SELECT $2::text[])::text[]) GROUP BY l.sku
    ) l USING (sku) WHERE i.tenant_id = $1 AND i.sku = ANY((SELECT $2::text[])::text[])`,
  items: 'SELECT sku, name, category, vendor FROM items WHERE tenant_id = $1 AND sku = ANY($2)',
  locations: 'SELECT code, name FROM locations WHERE tenant_id = $1 AND code = ANY($2)',
}

const options = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const authenticator = new Authenticator(options)
const pool = new pg.Pool({
  connectionString: options.databaseUrl, max: options.poolSize, min: options.poolSize, idleTimeoutMillis: 0,
})

const rows = (name, tenant, ...values) => asked({ name, text: STATEMENTS[name], values: [tenant, ...values] }, tenant)

/** With the number in its text, PostgreSQL plans it once; as a parameter it would be planned again for each page. */
const firstRows = (name, tenant, limit) =>
  asked({ name: `${name} ${limit}`, text: `${STATEMENTS[name]} LIMIT ${limit}`, values: [tenant] }, tenant)

/** Over a connection set for the tenant; it is told only when it served another one before. */
async function asked(statement, tenant) {
  const client = await pool.connect()
  try {
    if (client.tenant !== tenant) {
      await client.query("SELECT set_config('app.tenant', $1, false)", [tenant])
      client.tenant = tenant
    }
    return (await client.query(statement)).rows
  } finally {
    client.release()
  }
}

const page = (found, first) => ({ nodes: found.slice(0, first), pageInfo: { hasNextPage: found.length > first } })
const numbered = (level) => Object.assign(level, { version: Number(level.version) })

async function whole(_, { first }, { caller }) {
  const found = await firstRows('whole', caller.tenant, first + 1)
  for (const level of found) {
    numbered(level)
    level.item = { sku: level.sku, name: level.name, category: level.category, vendor: level.vendor }
    level.location = { code: level.location, name: level.locationName }
  }
  return page(found, first)
}

async function loading(_, { first }, { caller }) {
  return page((await firstRows('levels', caller.tenant, first + 1)).map(numbered), first)
}

async function level(_, { sku, location }, { caller }) {
  const [found] = await rows('level', caller.tenant, sku, location)
  return found && numbered(found)
}

async function availability(_, { skus }, { caller }) {
  const found = new Map((await rows('availability', caller.tenant, skus)).map((row) => [row.sku, row.promisable]))
  return skus.map((sku) => ({ sku, known: found.has(sku), availableToPromise: found.get(sku) ?? 0 }))
}

/** One statement for all that a list asks for, each thing once. */
function loader(name, key, keyOf) {
  return async (queries, { caller }) => {
    const wanted = queries.map(({ obj }) => keyOf(obj))
    const found = await rows(name, caller.tenant, [...new Set(wanted)])
    const known = new Map(found.map((row) => [row[key], row]))
    return wanted.map((each) => known.get(each))
  }
}

const app = fastify({ logger: false })
app.register(mercurius, {
  schema: SDL,
  resolvers: { Query: { stockLevel: level, stockLevels: options.oneStatement ? whole : loading, availability } },
  loaders: options.oneStatement ? {} : {
    StockLevel: {
      item: { loader: loader('items', 'sku', (row) => row.sku), opts: { cache: false } },
      location: { loader: loader('locations', 'code', (row) => row.location), opts: { cache: false } },
    },
  },
  context: (request) => ({ caller: authenticator.caller(request.headers.authorization) }),
  jit: 1,
  graphiql: false,
})
await app.listen({ port: options.port, host: '127.0.0.1', backlog: 2048 })
