// Sends one GraphQL query over keep-alive connections, one request in flight on each, and judges every reply.
//
// A reply must be, byte for byte, the one that was judged before the load began, with the SKU that was asked for in its
// place. Options come as JSON on standard input, the figures leave as one line of JSON on standard output.

import net from 'node:net'
import { text } from 'node:stream/consumers'

const PATIENCE_MS = 30_000
const REPLY_BYTES_MAX = 262_144
const SKU_DIGITS = 5

function digits(bytes, places, number) {
  for (const place of places) {
    let rest = number
    for (let at = place + SKU_DIGITS - 1; at >= place; at -= 1) {
      bytes[at] = 48 + (rest % 10)
      rest = Math.floor(rest / 10)
    }
  }
}

function placesOf(bytes, sku) {
  const places = []
  for (let at = bytes.indexOf(`"${sku}"`); at >= 0; at = bytes.indexOf(`"${sku}"`, at + 1)) places.push(at + 5)
  return places
}

class Connection {
  constructor(options, tally, onEnd) {
    const { host, port, path, token, body, reply, sku } = options
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: ${host}`,
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
      'Accept: application/json',
      `Content-Length: ${Buffer.byteLength(body)}`,
    ].join('\r\n')
    this.request = Buffer.from(`${head}\r\n\r\n${body}`)
    this.wanted = Buffer.from(reply)
    this.asked = sku === null ? [] : placesOf(this.request, sku)
    this.told = sku === null ? [] : placesOf(this.wanted, sku)
    this.tally = tally
    this.onEnd = onEnd
    this.rest = null
    this.over = false
    const buffer = Buffer.allocUnsafe(REPLY_BYTES_MAX)
    const callback = (length) => this.receive(buffer.subarray(0, length))
    this.socket = net.connect({ port, host, noDelay: true, onread: { buffer, callback } })
    this.opened = new Promise((resolve) => this.socket.once('connect', resolve))
    this.socket.once('error', (error) => this.cut(error.code))
    this.socket.once('close', () => this.cut('closed'))
  }

  send() {
    if (this.asked.length > 0) {
      const number = 1 + Math.floor(Math.random() * this.tally.skus)
      digits(this.request, this.asked, number)
      digits(this.wanted, this.told, number)
    }
    this.sentAt = performance.now()
    this.socket.write(this.request)
  }

  receive(chunk) {
    const bytes = this.rest === null ? chunk : Buffer.concat([this.rest, chunk])
    const headEnd = bytes.indexOf('\r\n\r\n')
    const head = headEnd < 0 ? '' : bytes.latin1Slice(0, headEnd)
    const length = headEnd < 0 ? 0 : Number(/\r\ncontent-length: *(\d+)/i.exec(head)?.[1] ?? Number.NaN)
    if (Number.isNaN(length)) return this.cut('a reply without Content-Length')
    const end = headEnd + 4 + length
    if (headEnd < 0 || bytes.length < end) {
      this.rest = Buffer.from(bytes) // the buffer is written again with the next chunk
      return true
    }
    this.rest = null
    const body = bytes.subarray(headEnd + 4, end)
    if (bytes.length > end || !body.equals(this.wanted)) return this.cut('another reply', body.toString('utf8', 0, 500))
    if (this.tally.received(this.sentAt)) this.send()
    else this.end()
    return true
  }

  cut(fault, example = '') {
    if (this.over) return
    this.tally.wrong[fault] = (this.tally.wrong[fault] ?? 0) + 1
    this.tally.example ??= example
    this.end()
  }

  end() {
    if (this.over) return
    this.over = true
    this.socket.destroy()
    this.onEnd()
  }
}

/** Replies count from the end of the warm-up until `until`, when nothing more is sent. */
class Tally {
  constructor({ skus, warmUpSeconds, seconds }) {
    Object.assign(this, { skus, warmUpSeconds, seconds, good: 0, wrong: {}, example: null, latenciesMs: [] })
  }

  begin() {
    this.from = performance.now() + this.warmUpSeconds * 1000
    this.until = this.from + this.seconds * 1000
  }

  received(sentAt) {
    const now = performance.now()
    this.good += 1
    if (now >= this.from && now < this.until) this.latenciesMs.push(now - sentAt)
    return now < this.until
  }

  report() {
    const sorted = Float64Array.from(this.latenciesMs).sort()
    const quantile = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
    const { good, wrong, example } = this
    return { perSecond: sorted.length / this.seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99), good, wrong, example }
  }
}

async function run(options) {
  const tally = new Tally(options)
  let left = options.connections
  let finished
  const done = new Promise((resolve) => (finished = resolve))
  const ended = () => (left -= 1) === 0 && finished()
  const connections = Array.from({ length: options.connections }, () => new Connection(options, tally, ended))
  await Promise.race([Promise.all(connections.map((connection) => connection.opened)), done])
  tally.begin()
  for (const connection of connections) connection.send()
  const patience = setTimeout(() => {
    for (const connection of connections) connection.cut('silent')
  }, tally.until - performance.now() + PATIENCE_MS)
  await done
  clearTimeout(patience)
  return tally.report()
}

process.stdout.write(`${JSON.stringify(await run(JSON.parse(await text(process.stdin))))}\n`)
