// Sends one GraphQL document over keep-alive connections, one request in flight on each, and judges every reply.
//
// Raw sockets and a request that is built once: it shares the machine with what it measures, so each request costs a
// write of three numbers into its bytes, and each reply one JSON.parse. Options come as JSON on standard input, the
// figures leave as one line of JSON on standard output.

import net from 'node:net'
import { text } from 'node:stream/consumers'

const PATIENCE_MS = 30_000
const REPLY_BYTES_MAX = 16_384
const NUMBER_DIGITS = 9
const SKU_DIGITS = 5

/** The bytes of one connection's request, with places for what is new in each. */
class Request {
  constructor({ host, path, token, query, run }) {
    const [key, order, sku] = [`key-${run}-`, `order-${run}-`, 'SKU-']
    const input = {
      idempotencyKey: key + '0'.repeat(NUMBER_DIGITS),
      orderId: order + '0'.repeat(NUMBER_DIGITS),
      lines: [{ sku: sku + '0'.repeat(SKU_DIGITS), quantity: 1 }],
      ttlSeconds: 3600,
    }
    const body = Buffer.from(JSON.stringify({ query, variables: { input } }))
    const head = [
      `POST ${path} HTTP/1.1`,
      `Host: ${host}`,
      `Authorization: Bearer ${token}`,
      'Content-Type: application/json',
      'Accept: application/json',
      `Content-Length: ${body.length}`,
    ].join('\r\n')
    this.bytes = Buffer.concat([Buffer.from(`${head}\r\n\r\n`), body])
    this.numbers = [key, order].map((prefix) => this.bytes.indexOf(`"${prefix}0`) + 1 + prefix.length)
    this.sku = this.bytes.indexOf(`"${sku}0`) + 1 + sku.length
  }

  fill(number, sku) {
    for (const place of this.numbers) digits(this.bytes, place, NUMBER_DIGITS, number)
    digits(this.bytes, this.sku, SKU_DIGITS, sku)
    return this.bytes
  }
}

function digits(bytes, place, count, number) {
  for (let at = place + count - 1; at >= place; at -= 1) {
    bytes[at] = 48 + (number % 10)
    number = Math.floor(number / 10)
  }
}

/** What happened to all requests: how many were answered as they must be, and what the other answers said. */
class Tally {
  constructor({ skus }) {
    this.skus = skus
    this.sent = this.good = 0
    this.wrong = {}
    this.example = null
    this.latenciesMs = []
  }

  /** Replies count for the rate from the end of the warm-up until `until`, when nothing more is sent. */
  begin({ warmUpSeconds, seconds }) {
    this.from = performance.now() + warmUpSeconds * 1000
    this.until = this.from + seconds * 1000
  }

  received(status, body, sentAt) {
    const now = performance.now()
    const fault = faultOf(status, body)
    if (fault !== null) this.refused(fault, body)
    else {
      this.good += 1
      if (now >= this.from && now < this.until) this.latenciesMs.push(now - sentAt)
    }
    return now < this.until
  }

  refused(fault, body = '') {
    this.wrong[fault] = (this.wrong[fault] ?? 0) + 1
    this.example ??= body.slice(0, 500)
  }

  report(options) {
    const sorted = Float64Array.from(this.latenciesMs).sort()
    const quantile = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
    return {
      perSecond: sorted.length / options.seconds,
      p50Ms: quantile(0.5),
      p99Ms: quantile(0.99),
      good: this.good,
      wrong: this.wrong,
      example: this.example,
    }
  }
}

/** Null for a reservation that was made; else a few words for what came instead. */
function faultOf(status, body) {
  let reply
  try {
    reply = JSON.parse(body)
  } catch {
    return `HTTP ${status}, not JSON`
  }
  if (status !== 200 || reply?.errors) return `HTTP ${status} ${reply.errors?.[0]?.extensions?.code ?? 'without a code'}`
  const { reservation, userErrors } = reply?.data?.reserveStock ?? {}
  if (userErrors?.length !== 0) return `refused ${userErrors?.[0]?.code ?? 'without a code'}`
  if (typeof reservation?.id !== 'string' || reservation.id === '') return 'no reservation id'
  return reservation.status === 'PENDING' ? null : `status ${reservation.status}`
}

/** One keep-alive connection. `onEnd` is called once, when its last reply is there or it was cut. */
class Connection {
  constructor(options, tally, onEnd) {
    this.request = new Request(options)
    this.tally = tally
    this.onEnd = onEnd
    this.rest = null
    this.waiting = this.over = false
    const buffer = Buffer.allocUnsafe(REPLY_BYTES_MAX)
    const callback = (length) => this.receive(buffer.subarray(0, length))
    this.socket = net.connect({ port: options.port, host: options.host, noDelay: true, onread: { buffer, callback } })
    this.opened = new Promise((resolve) => this.socket.once('connect', resolve))
    this.socket.once('error', (error) => this.cut(error.code))
    this.socket.once('close', () => this.cut('closed'))
  }

  send() {
    const { tally } = this
    tally.sent += 1
    const sku = tally.skus === 1 ? 1 : 1 + Math.floor(Math.random() * tally.skus)
    this.waiting = true
    this.sentAt = performance.now()
    this.socket.write(this.request.fill(tally.sent, sku))
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
    if (bytes.length > end) return this.cut('more than one reply')
    this.rest = null
    this.waiting = false
    if (this.tally.received(Number(head.slice(9, 12)), bytes.utf8Slice(headEnd + 4, end), this.sentAt)) this.send()
    else this.end()
    return true
  }

  cut(fault) {
    if (this.over) return
    this.tally.refused(this.waiting ? `connection ${fault} before the reply` : `connection ${fault}`)
    this.end()
  }

  end() {
    if (this.over) return
    this.over = true
    this.socket.destroy()
    this.onEnd()
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
  tally.begin(options)
  for (const connection of connections) connection.send()
  const patience = setTimeout(() => {
    for (const connection of connections) connection.cut('silent')
  }, tally.until - performance.now() + PATIENCE_MS)
  await done
  clearTimeout(patience)
  return tally.report(options)
}

const options = JSON.parse(await text(process.stdin))
process.stdout.write(`${JSON.stringify(await run(options))}\n`)
