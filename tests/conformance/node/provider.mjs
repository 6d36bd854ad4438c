// A foreign OpenID provider for tests: oidc-provider, with the keys, clients and people of the file that is named.
//
// Whoever arrives at the sign-in is signed in as `account` of the file, without a page: the tests are about the gateway.
// GET /counts says how often each path was asked for.

import { readFileSync } from "node:fs";
import { createServer } from "node:http";

import Provider, { errors } from "oidc-provider";

const given = JSON.parse(readFileSync(process.argv[2], "utf8"));

const provider = new Provider(given.issuer, {
  jwks: given.jwks,
  clients: given.clients,
  claims: { openid: ["sub", "acr", "auth_time", "amr"], email: ["email"] },
  acrValues: ["urn:county:two-factors"],
  clientAuthMethods: ["private_key_jwt", "client_secret_basic"],
  enabledJWA: {
    clientAuthSigningAlgValues: ["ES256"],
    idTokenSigningAlgValues: ["ES256", "RS256"],
    dPoPSigningAlgValues: ["ES256"],
  },
  cookies: { keys: ["only for tests"] },
  findAccount: (_, id) => ({ accountId: id, claims: () => ({ sub: id, email: `${id}@county.example` }) }),
  interactions: { url: (_, interaction) => `/interaction/${interaction.uid}` },
  // The provider's own guard keeps it from this machine, where the gateway under test is.
  fetch: (url, { dispatcher: _, ...options }) => globalThis.fetch(url, options),
  ttl: { AccessToken: 300, ClientCredentials: 300, Session: 3600, Grant: 3600, Interaction: 600, IdToken: 300 },
  extraTokenClaims(ctx, token) {
    const code = ctx.oidc.entities.AuthorizationCode;
    const told = code ? { acr: code.acr, amr: code.amr, auth_time: code.authTime, sid: code.sid } : {};
    return { ...told, ...(given.token_claims?.[token.clientId] ?? {}) };
  },
  features: {
    devInteractions: { enabled: false },
    dPoP: { enabled: true, nonceSecret: Buffer.alloc(32, 7) },
    pushedAuthorizationRequests: { enabled: true },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true, allowedPolicy: () => true },
    backchannelLogout: { enabled: true },
    rpInitiatedLogout: { enabled: true, logoutSource: (ctx, form) => { ctx.body = form; } },
    resourceIndicators: {
      enabled: true,
      defaultResource: () => given.audience,
      useGrantedResource: () => true,
      getResourceServerInfo: (_, resource) => {
        if (!given.audiences.includes(resource)) {
          throw new errors.InvalidTarget();
        }
        return {
          scope: given.scope,
          audience: resource,
          accessTokenFormat: given.opaque ? "opaque" : "jwt",
          jwt: { sign: { alg: "ES256" } },
        };
      },
    },
  },
});

async function signIn(request, response) {
  const { params } = await provider.interactionDetails(request, response);
  const grant = new provider.Grant({ accountId: given.account, clientId: params.client_id });
  grant.addOIDCScope("openid email");
  grant.addResourceScope(given.audience, given.scope);
  await provider.interactionFinished(request, response, {
    login: { accountId: given.account, acr: "urn:county:two-factors", amr: ["pwd", "otp"], remember: false },
    consent: { grantId: await grant.save() },
  });
}

const counts = {};
const answer = provider.callback();
createServer((request, response) => {
  const path = new URL(request.url, given.issuer).pathname;
  counts[path] = (counts[path] ?? 0) + 1;
  if (path === "/counts") {
    response.setHeader("Content-Type", "application/json").end(JSON.stringify(counts));
  } else if (path.startsWith("/interaction/")) {
    signIn(request, response).catch((error) => { response.statusCode = 500; response.end(String(error)); });
  } else {
    answer(request, response);
  }
}).listen(given.port, "127.0.0.1", () => { console.log("ready"); });
