// The peer: Mercurius with graphql-jit on fastify, reserving in a transaction of five statements, one after the other.
//
// It promises less than ours (no idempotency key is kept, nothing expires), checks the same token with the same key, and
// is held to row-level security on tables of its own. Its options are a JSON file, named as the argument.

import { readFileSync } from 'node:fs'

import fastify from 'fastify'
import mercurius from 'mercurius'
import pg from 'pg'

import { Authenticator } from './_authenticator.mjs'

const SDL = `
  enum ReservationStatus { PENDING CONFIRMED COMMITTED RELEASED EXPIRED FAILED }
  enum UserErrorCode { INSUFFICIENT_STOCK UNKNOWN_SKU INVALID_QUANTITY }
  type Reservation { id: ID! status: ReservationStatus! }
  type UserError { code: UserErrorCode! field: [String!] message: String! }
  input ReserveLineInput { sku: String! quantity: Int! location: String }
  input ReserveStockInput { idempotencyKey: String! orderId: String! lines: [ReserveLineInput!]! ttlSeconds: Int }
  type ReserveStockPayload { reservation: Reservation userErrors: [UserError!]! }
  type Query { ready: Boolean! }
  type Mutation { reserveStock(input: ReserveStockInput!): ReserveStockPayload }
`

/** Statements with arguments by name, as pgbench has them: `text` with $1, $2 …, `names` in that order. */
class Reservations {
  constructor({ databaseUrl, poolSize, pipeline, statements }) {
    this.pool = new pg.Pool({ connectionString: databaseUrl, max: poolSize, min: poolSize, idleTimeoutMillis: 0, pipeline })
    this.statements = new Map(statements.map((statement) => [statement.name, statement]))
    this.pipelined = pipeline
  }

  async reserve(caller, { orderId, lines, ttlSeconds }) {
    const [{ sku, quantity }] = lines
    const client = await this.connection(caller.tenant)
    const values = { tenant: caller.tenant, actor: caller.subject, sku, quantity, order: orderId, ttl: ttlSeconds }
    let broken
    try {
      return await this.transaction(client, values)
    } catch (fault) {
      await client.query('ROLLBACK').catch((lost) => (broken = lost))
      throw fault
    } finally {
      client.release(broken)
    }
  }

  /** A connection set for the tenant; it is told only when it served another one before. */
  async connection(tenant) {
    const client = await this.pool.connect()
    if (client.tenant !== tenant) {
      await client.query("SELECT set_config('app.tenant', $1, false)", [tenant])
      client.tenant = tenant
    }
    return client
  }

  async transaction(client, values) {
    const [, locked] = await this.inTurn([() => client.query('BEGIN'), () => this.query(client, 'lock', values)])
    const [level] = locked.rows
    if (level === undefined || level.on_hand - level.allocated < values.quantity) {
      await client.query('ROLLBACK')
      return { reservation: null, userErrors: [{ code: level ? 'INSUFFICIENT_STOCK' : 'UNKNOWN_SKU', message: values.sku }] }
    }
    values.on_hand = level.on_hand
    values.allocated = level.allocated + values.quantity
    values.version = Number(level.version) + 1
    values.body = eventOf(values)
    const [, reserved] = await this.inTurn([
      ...['update', 'reserve', 'enter', 'tell'].map((name) => () => this.query(client, name, values)),
      () => client.query('COMMIT'),
    ])
    return { reservation: { id: reserved.rows[0].id, status: 'PENDING' }, userErrors: [] }
  }

  /** One after the other; or, in the driver's pipeline mode, all sent before the first is answered. */
  async inTurn(steps) {
    if (this.pipelined) return Promise.all(steps.map((step) => step()))
    const results = []
    for (const step of steps) results.push(await step())
    return results
  }

  query(client, name, values) {
    const { text, names } = this.statements.get(name)
    return client.query({ name, text, values: names.map((argument) => values[argument]) })
  }
}

function eventOf({ sku, version, on_hand: onHand, allocated, order, actor }) {
  const data = { sku, location: 'MAIN', onHand, allocated, availableToPromise: onHand - allocated }
  const cause = { kind: 'ALLOCATION', reference: order, actor }
  return JSON.stringify({ type: 'StockLevelChanged', key: sku, version, previousVersion: version - 1, cause, data })
}

const options = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const authenticator = new Authenticator(options)
const reservations = new Reservations(options)
const app = fastify({ logger: false })
app.register(mercurius, {
  schema: SDL,
  resolvers: { Mutation: { reserveStock: (_, { input }, { caller }) => reservations.reserve(caller, input) } },
  context: (request) => ({ caller: authenticator.caller(request.headers.authorization) }),
  jit: 1,
  graphiql: false,
})
await app.listen({ port: options.port, host: '127.0.0.1', backlog: 2048 })
