// The code flow with PAR, PKCE and DPoP, client credentials, introspection and revocation, by openid-client.
import { createInterface } from 'node:readline'
import * as client from 'openid-client'
import { importJWK } from 'jose'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const given = JSON.parse((await lines.next()).value)
const say = (value) => console.log(JSON.stringify(value))

const key = await importJWK(given.private_jwk, 'ES256')
const config = await client.discovery(
  new URL(given.issuer), given.client_id, undefined,
  client.PrivateKeyJwt({ key, kid: given.private_jwk.kid }),
  { execute: [client.allowInsecureRequests] }) // loopback without TLS
const DPoP = client.getDPoPHandle(config, await client.randomDPoPKeyPair('ES256'))
const verifier = client.randomPKCECodeVerifier()
const state = client.randomState()
const nonce = client.randomNonce()
const place = await client.buildAuthorizationUrlWithPAR(config, {
  redirect_uri: given.redirect_uri, scope: 'openid searches:write galleries:read', state, nonce,
  code_challenge: await client.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
}, { DPoP })
say({ open: place.href })

const tokens = await client.authorizationCodeGrant(
  config, new URL((await lines.next()).value),
  { pkceCodeVerifier: verifier, expectedState: state, expectedNonce: nonce, idTokenExpected: true }, undefined, { DPoP })
const identity = tokens.claims()
const api = await client.fetchProtectedResource(
  config, tokens.access_token, new URL(`${given.issuer}/v1/galleries`), 'GET', undefined, undefined, { DPoP })
const refreshed = await client.refreshTokenGrant(config, tokens.refresh_token, undefined, { DPoP })
const before = await client.tokenIntrospection(config, refreshed.access_token)
await client.tokenRevocation(config, tokens.refresh_token)
const after = await client.tokenIntrospection(config, refreshed.access_token)
const own = await client.clientCredentialsGrant(config, { scope: 'galleries:read' }, { DPoP })

say({
  same_discovery: true, subject: identity.sub, acr: identity.acr, token_type: tokens.token_type, api: api.status,
  before: before.active, after: after.active, own: own.token_type, own_scope: own.scope,
})
process.exit(0)
