// Keep-alive connections that send requests one at a time each, over raw sockets, and what became of these.
//
// They share the machine with what they measure, so a request is built once, and each that is sent costs a write of some
// digits into its bytes. Options come as JSON on standard input, the figures leave as one line of JSON on standard output.

import net from 'node:net'
import { text } from 'node:stream/consumers'

const PATIENCE_MS = 30_000

/** A POST of this body. */
export function requestOf({ host, path, token }, body) {
  const head = [
    `POST ${path} HTTP/1.1`,
    `Host: ${host}`,
    `Authorization: Bearer ${token}`,
    'Content-Type: application/json',
    'Accept: application/json',
    `Content-Length: ${Buffer.byteLength(body)}`,
  ].join('\r\n')
  return Buffer.from(`${head}\r\n\r\n${body}`)
}

/** Write a number into bytes, with so many digits. */
export function digits(bytes, place, count, number) {
  for (let at = place + count - 1; at >= place; at -= 1) {
    bytes[at] = 48 + (number % 10)
    number = Math.floor(number / 10)
  }
}

/** What happened to all requests: how many were answered as they must be, and what the other answers said. */
export class Tally {
  constructor({ skus, warmUpSeconds, seconds }) {
    Object.assign(this, { skus, warmUpSeconds, seconds, sent: 0, good: 0, wrong: {}, example: null, latenciesMs: [] })
  }

  /** Replies count for the rate from the end of the warm-up until `until`, when nothing more is sent. */
  begin() {
    this.from = performance.now() + this.warmUpSeconds * 1000
    this.until = this.from + this.seconds * 1000
  }

  get anySku() {
    return this.skus === 1 ? 1 : 1 + Math.floor(Math.random() * this.skus)
  }

  /** Whether another request is to be sent. */
  received(fault, example, sentAt) {
    const now = performance.now()
    if (fault !== null) this.refused(fault, example)
    else {
      this.good += 1
      if (now >= this.from && now < this.until) this.latenciesMs.push(now - sentAt)
    }
    return now < this.until
  }

  refused(fault, example = '') {
    this.wrong[fault] = (this.wrong[fault] ?? 0) + 1
    this.example ??= example.slice(0, 500)
  }

  report() {
    const sorted = Float64Array.from(this.latenciesMs).sort()
    const quantile = (share) => sorted[Math.max(0, Math.ceil(share * sorted.length) - 1)] ?? null
    const { good, wrong, example } = this
    return { perSecond: sorted.length / this.seconds, p50Ms: quantile(0.5), p99Ms: quantile(0.99), good, wrong, example }
  }
}

/**
 * One connection. `request(tally)` gives the bytes to send; `fault(status, bytes)` is null for a right reply, else a few
 * words. `onEnd` is called once, when the last reply is there or the connection was cut.
 */
export class Connection {
  constructor({ host, port }, conversation, tally, onEnd) {
    Object.assign(this, { conversation, tally, onEnd, rest: null, waiting: false, over: false })
    const buffer = Buffer.allocUnsafe(conversation.replyBytesMax)
    const callback = (length) => this.receive(buffer.subarray(0, length))
    this.socket = net.connect({ port, host, noDelay: true, onread: { buffer, callback } })
    this.opened = new Promise((resolve) => this.socket.once('connect', resolve))
    this.socket.once('error', (error) => this.cut(error.code))
    this.socket.once('close', () => this.cut('closed'))
  }

  send() {
    this.tally.sent += 1
    const request = this.conversation.request(this.tally)
    this.waiting = true
    this.sentAt = performance.now()
    this.socket.write(request)
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
    const body = bytes.subarray(headEnd + 4, end)
    const fault = this.conversation.fault(Number(head.slice(9, 12)), body)
    if (this.tally.received(fault, fault === null ? '' : body.utf8Slice(0, 500), this.sentAt)) this.send()
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

/** Let each connection hold a `Conversation` of its own, made of the options, until the time is over; print the figures. */
export async function run(Conversation) {
  const options = JSON.parse(await text(process.stdin))
  const tally = new Tally(options)
  let left = options.connections
  let finished
  const done = new Promise((resolve) => (finished = resolve))
  const ended = () => (left -= 1) === 0 && finished()
  const open = () => new Connection(options, new Conversation(options), tally, ended)
  const connections = Array.from({ length: options.connections }, open)
  await Promise.race([Promise.all(connections.map((connection) => connection.opened)), done])
  tally.begin()
  for (const connection of connections) connection.send()
  const patience = setTimeout(() => {
    for (const connection of connections) connection.cut('silent')
  }, tally.until - performance.now() + PATIENCE_MS)
  await done
  clearTimeout(patience)
  process.stdout.write(`${JSON.stringify(tally.report())}\n`)
}
