// Sends one GraphQL query, and judges every reply: it must be, byte for byte, the one that was judged before the load
// began, with the SKU that was asked for in its place.

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
    const { body, reply, sku } = options
    this.bytes = requestOf(options, body)
    this.wanted = Buffer.from(reply)
    this.digits = sku === null ? 0 : sku.length - SKU_BEGINS.length
    this.asked = sku === null ? [] : placesOf(this.bytes, sku)
    this.told = sku === null ? [] : placesOf(this.wanted, sku)
  }

  request(tally) {
    if (this.asked.length > 0) {
      const number = tally.anySku
      for (const place of this.asked) digits(this.bytes, place, this.digits, number)
      for (const place of this.told) digits(this.wanted, place, this.digits, number)
    }
    return this.bytes
  }

  fault(status, body) {
    return body.equals(this.wanted) ? null : `HTTP ${status}, another reply`
  }
}

await run(Look)
