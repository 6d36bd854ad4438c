// Passkeys: the one thing here that HTML cannot do. Asks the gateway for a question, lets the device answer it, and sends
// the answer in the form around the button, so that what follows is an ordinary page.
"use strict";

function bytes(text) {
  const plain = atob(text.replaceAll("-", "+").replaceAll("_", "/"));
  return Uint8Array.from(plain, (letter) => letter.charCodeAt(0));
}

function text(buffer) {
  const plain = String.fromCharCode(...new Uint8Array(buffer));
  return btoa(plain).replaceAll("+", "-").replaceAll("/", "_").replaceAll("=", "");
}

function question(options) {
  options.challenge = bytes(options.challenge);
  if (options.user) options.user.id = bytes(options.user.id);
  for (const list of [options.allowCredentials, options.excludeCredentials]) {
    for (const credential of list ?? []) credential.id = bytes(credential.id);
  }
  return options;
}

function answer(credential) {
  const response = { clientDataJSON: text(credential.response.clientDataJSON) };
  for (const name of ["attestationObject", "authenticatorData", "signature", "userHandle"]) {
    if (credential.response[name]) response[name] = text(credential.response[name]);
  }
  if (credential.response.getTransports) response.transports = credential.response.getTransports();
  return JSON.stringify({ id: credential.id, rawId: text(credential.rawId), type: credential.type, response });
}

async function ask(form) {
  const asked = await fetch(form.dataset.options, { method: "POST", redirect: "manual" });
  if (asked.status === 429) throw new Error("slowed");
  if (!asked.ok) {
    // Somebody must sign in first, or begin again: the page itself says so.
    location.reload();
    return;
  }
  const publicKey = question(await asked.json());
  const credential = publicKey.user
    ? await navigator.credentials.create({ publicKey })
    : await navigator.credentials.get({ publicKey });
  form.elements.response.value = answer(credential);
  form.submit();
}

for (const form of document.querySelectorAll("form.passkey")) {
  const button = form.querySelector("button");
  const status = form.querySelector(".status");
  if (!window.PublicKeyCredential) {
    status.textContent = "This browser has no passkeys.";
    continue;
  }
  button.disabled = false;
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    button.disabled = true;
    status.textContent = "Waiting for your device.";
    ask(form).catch((error) => {
      button.disabled = false;
      if (error.name === "InvalidStateError") {
        status.textContent = "This device has a passkey of this account already.";
      } else if (error.message === "slowed") {
        status.textContent = "Many people asked from here. Wait a few seconds, then try again.";
      } else {
        status.textContent = "No passkey was used. Try again, or take another way.";
      }
    });
  });
}
