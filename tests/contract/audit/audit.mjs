// The audits of the GraphQL-over-HTTP specification, as its reference implementation ships them, against a running
// server: node audit.mjs URL TOKEN. One line of JSON: [{ id, name, status, reason }].

import { auditServer } from 'graphql-http'

const [url, token] = process.argv.slice(2)
const fetchFn = (address, init) =>
  fetch(address, { ...init, headers: { ...init?.headers, authorization: `Bearer ${token}` } })
const results = await auditServer({ url, fetchFn })
console.log(JSON.stringify(results.map(({ id, name, status, reason }) => ({ id, name, status, reason }))))
