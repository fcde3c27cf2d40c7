// The peer: Mercurius with subscriptions over Redis, by its own emitter for that.
//
// It promises less than ours: no filter, no snapshot, no resumption, no bound for a slow socket, and what Redis loses is
// lost. It checks the same tokens with the same key. Its options are a JSON file, named as the argument. SIGUSR2 collects
// garbage, so that what is measured then is held and not merely left over.

import { readFileSync } from 'node:fs'

import fastify from 'fastify'
import mercurius from 'mercurius'
import mqemitter from 'mqemitter-redis'

import { Authenticator } from './_authenticator.mjs'

const CAUGHT_UP = { stockLevelChanged: { type: 'CAUGHT_UP' } }
const SDL = `
  enum StreamEventType { SNAPSHOT CAUGHT_UP CHANGE REMOVED RESET }
  enum LedgerKind { RECEIPT ADJUSTMENT ALLOCATION PICK }
  enum StockStatus { IN_STOCK LOW OUT_OF_STOCK OVERSTOCK }
  input StockLevelStreamFilter { skus: [String!] }
  type Cause { kind: LedgerKind reasonCode: String actor: String }
  type Location { code: String! }
  type StockLevel {
    sku: String! location: Location! quantityOnHand: Int! quantityAllocated: Int! quantityUnavailable: Int!
    availableToPromise: Int! status: StockStatus! version: Int! updatedAt: String!
  }
  type StockLevelEvent {
    type: StreamEventType! cursor: String occurredAt: String previousVersion: Int cause: Cause level: StockLevel
  }
  type Query { ready: Boolean! }
  type Subscription { stockLevelChanged(filter: StockLevelStreamFilter): StockLevelEvent! }
`

const options = JSON.parse(readFileSync(process.argv[2], 'utf8'))
const authenticator = new Authenticator(options)
const { hostname: host, port } = new URL(options.redisUrl)

const stockLevelChanged = {
  async subscribe(_, __, { pubsub, caller }) {
    const queue = await pubsub.subscribe(caller.tenant)
    queue.push(CAUGHT_UP)
    return queue
  },
}

const app = fastify({ logger: false })
app.register(mercurius, {
  schema: SDL,
  resolvers: { Subscription: { stockLevelChanged } },
  subscription: {
    emitter: mqemitter({ host, port: Number(port) }),
    onConnect: ({ payload }) => ({ caller: authenticator.verified(payload.authorization) }),
  },
  jit: 1,
  graphiql: false,
})
process.on('SIGUSR2', () => globalThis.gc?.())
await app.listen({ port: options.port, host: '127.0.0.1', backlog: 2048 })
