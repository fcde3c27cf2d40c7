// Verifies our tokens with our key, as far as the peers need it.

import { createPublicKey, verify } from 'node:crypto'

const SESSIONS_MAX = 10_000

/** Verifies each token once and remembers its caller; expiry is looked at every time. */
export class Authenticator {
  constructor({ jwks, issuer, audience, tenants }) {
    this.keys = new Map(jwks.keys.map((jwk) => [jwk.kid, createPublicKey({ key: jwk, format: 'jwk' })]))
    this.issuer = issuer
    this.audience = audience
    this.tenants = tenants
    this.sessions = new Map()
  }

  caller(authorization) {
    let session = this.sessions.get(authorization)
    if (session === undefined) {
      session = this.verified(authorization)
      if (this.sessions.size >= SESSIONS_MAX) this.sessions.delete(this.sessions.keys().next().value)
      this.sessions.set(authorization, session)
    }
    if (session.expiresAtMs <= Date.now()) throw refused('The token has expired.')
    return session
  }

  verified(authorization) {
    const [, header, payload, signature] = /^Bearer ([\w-]+)\.([\w-]+)\.([\w-]+)$/.exec(authorization ?? '') ?? []
    if (signature === undefined) throw refused('Send a bearer token.')
    const { alg, kid } = decoded(header)
    const key = this.keys.get(kid)
    const given = Buffer.from(signature, 'base64url')
    const signed = Buffer.from(`${header}.${payload}`)
    if (alg !== 'ES256' || !key || !verify('sha256', signed, { key, dsaEncoding: 'ieee-p1363' }, given)) {
      throw refused('The signature does not fit.')
    }
    const { iss, aud, sub, tenant, exp } = decoded(payload)
    if (iss !== this.issuer || aud !== this.audience || !(tenant in this.tenants)) throw refused('Not for this API.')
    return { tenant: this.tenants[tenant], subject: sub, expiresAtMs: exp * 1000 }
  }
}

function decoded(part) {
  return JSON.parse(Buffer.from(part, 'base64url').toString())
}

function refused(message) {
  return Object.assign(new Error(message), { statusCode: 401 })
}
