// Sends one GraphQL mutation that reserves, each time with another key and order, and judges every reply.

import { digits, requestOf, run } from './_connections.mjs'

const NUMBER_DIGITS = 9
const SKU_DIGITS = 5

class Order {
  replyBytesMax = 16_384

  constructor(options) {
    const [key, order, sku] = [`key-${options.run}-`, `order-${options.run}-`, 'SKU-']
    const input = {
      idempotencyKey: key + '0'.repeat(NUMBER_DIGITS),
      orderId: order + '0'.repeat(NUMBER_DIGITS),
      lines: [{ sku: sku + '0'.repeat(SKU_DIGITS), quantity: 1 }],
      ttlSeconds: 3600,
    }
    this.bytes = requestOf(options, JSON.stringify({ query: options.query, variables: { input } }))
    this.numbers = [key, order].map((prefix) => this.bytes.indexOf(`"${prefix}0`) + 1 + prefix.length)
    this.sku = this.bytes.indexOf(`"${sku}0`) + 1 + sku.length
  }

  request(tally) {
    for (const place of this.numbers) digits(this.bytes, place, NUMBER_DIGITS, tally.sent)
    digits(this.bytes, this.sku, SKU_DIGITS, tally.anySku)
    return this.bytes
  }

  /** Null for a reservation that was made; else a few words for what came instead. */
  fault(status, body) {
    let reply
    try {
      reply = JSON.parse(body.utf8Slice())
    } catch {
      return `HTTP ${status}, not JSON`
    }
    if (status !== 200 || reply?.errors) return `HTTP ${status} ${reply.errors?.[0]?.extensions?.code ?? 'without a code'}`
    const { reservation, userErrors } = reply?.data?.reserveStock ?? {}
    if (userErrors?.length !== 0) return `refused ${userErrors?.[0]?.code ?? 'without a code'}`
    if (typeof reservation?.id !== 'string' || reservation.id === '') return 'no reservation id'
    return reservation.status === 'PENDING' ? null : `status ${reservation.status}`
  }
}

await run(Order)
