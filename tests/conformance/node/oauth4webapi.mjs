// The code flow with PAR, PKCE and DPoP, client credentials, introspection and revocation, by oauth4webapi.
// What it is given comes as one line of JSON on standard input; the browser's way is printed, and the way back read.
import { createInterface } from 'node:readline'
import * as oauth from 'oauth4webapi'
import { importJWK } from 'jose'

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()
const given = JSON.parse((await lines.next()).value)
const insecure = { [oauth.allowInsecureRequests]: true } // loopback without TLS
const say = (value) => console.log(JSON.stringify(value))

const issuer = new URL(given.issuer)
const found = {}
for (const algorithm of ['oauth2', 'oidc'])
  found[algorithm] = await oauth.processDiscoveryResponse(
    issuer, await oauth.discoveryRequest(issuer, { algorithm, ...insecure }))
const as = found.oidc
const client = { client_id: given.client_id }
const key = await importJWK(given.private_jwk, 'ES256')
const clientAuth = oauth.PrivateKeyJwt({ key, kid: given.private_jwk.kid })
const DPoP = oauth.DPoP(client, await oauth.generateKeyPair('ES256', { extractable: false }))

// A server that wants a nonce refuses once and names it.
async function withNonce(send, process) {
  try {
    return await process(await send())
  } catch (error) {
    if (!oauth.isDPoPNonceError(error)) throw error
    return await process(await send())
  }
}

const verifier = oauth.generateRandomCodeVerifier()
const state = oauth.generateRandomState()
const nonce = oauth.generateRandomNonce()
const parameters = new URLSearchParams({
  response_type: 'code', client_id: given.client_id, redirect_uri: given.redirect_uri,
  scope: 'openid searches:write galleries:read', state, nonce,
  code_challenge: await oauth.calculatePKCECodeChallenge(verifier), code_challenge_method: 'S256',
})
const pushed = await withNonce(
  () => oauth.pushedAuthorizationRequest(as, client, clientAuth, parameters, { DPoP, ...insecure }),
  (response) => oauth.processPushedAuthorizationResponse(as, client, response))
const place = new URL(as.authorization_endpoint)
place.searchParams.set('client_id', given.client_id)
place.searchParams.set('request_uri', pushed.request_uri)
say({ open: place.href })

const answer = oauth.validateAuthResponse(as, client, new URL((await lines.next()).value), state)
const tokens = await withNonce(
  () => oauth.authorizationCodeGrantRequest(
    as, client, clientAuth, answer, given.redirect_uri, verifier, { DPoP, ...insecure }),
  (response) => oauth.processAuthorizationCodeResponse(
    as, client, response, { expectedNonce: nonce, requireIdToken: true }))
const identity = oauth.getValidatedIdTokenClaims(tokens)

const api = await withNonce(
  () => oauth.protectedResourceRequest(
    tokens.access_token, 'GET', new URL(`${given.issuer}/v1/galleries`), undefined, undefined, { DPoP, ...insecure }),
  (response) => response)
const refreshed = await withNonce(
  () => oauth.refreshTokenGrantRequest(as, client, clientAuth, tokens.refresh_token, { DPoP, ...insecure }),
  (response) => oauth.processRefreshTokenResponse(as, client, response))
const introspect = async (token) => oauth.processIntrospectionResponse(
  as, client, await oauth.introspectionRequest(as, client, clientAuth, token, insecure))
const before = await introspect(refreshed.access_token)
await oauth.processRevocationResponse(
  await oauth.revocationRequest(as, client, clientAuth, tokens.refresh_token, insecure))
const after = await introspect(refreshed.access_token)
const own = await withNonce(
  () => oauth.clientCredentialsGrantRequest(
    as, client, clientAuth, new URLSearchParams({ scope: 'galleries:read' }), { DPoP, ...insecure }),
  (response) => oauth.processClientCredentialsResponse(as, client, response))

say({
  same_discovery: found.oauth2.issuer === found.oidc.issuer, subject: identity.sub, acr: identity.acr,
  token_type: tokens.token_type, api: api.status, before: before.active, after: after.active,
  own: own.token_type, own_scope: own.scope,
})
process.exit(0)
