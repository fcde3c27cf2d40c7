// Sends one GraphQL query, and judges every reply: it must be, byte for byte, the one that was judged before the load
// began, with the SKUs that were asked for in their places.

import { digits, requestOf, run } from './_connections.mjs'

const SKU_BEGINS = 'SKU-'

function placesOf(bytes, sku) {
  const places = []
  for (let at = bytes.indexOf(`"${sku}"`); at >= 0; at = bytes.indexOf(`"${sku}"`, at + 1)) places.push(at + 1 + SKU_BEGINS.length)
  return places
}

class Look {
  replyBytesMax = 262_144

  constructor(options) {
    const { body, reply, asked } = options
    this.bytes = requestOf(options, body)
    this.wanted = Buffer.from(reply)
    this.skus = asked.map((sku) => ({
      digits: sku.length - SKU_BEGINS.length,
      asked: placesOf(this.bytes, sku),
      told: placesOf(this.wanted, sku),
    }))
  }

  request(tally) {
    for (const sku of this.skus) {
      const number = tally.anySku
      for (const place of sku.asked) digits(this.bytes, place, sku.digits, number)
      for (const place of sku.told) digits(this.wanted, place, sku.digits, number)
    }
    return this.bytes
  }

  fault(status, body) {
    return body.equals(this.wanted) ? null : `HTTP ${status}, another reply`
  }
}

await run(Look)
