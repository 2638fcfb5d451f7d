// Keeps the console's files of one version in the browser, so that it opens without a network.
//
// `cargo xtask web` writes the version and the names of the files in; a console that was built without it is not kept.
// Files come from the kept version only, never mixed with another; what a server answers (its API) is never kept.

const VERSION = "@VERSION@";
const FILES = ["@FILES@"];

const scope = new URL(self.registration.scope).pathname;
const prefix = `portcullis:${scope}:`;
const index = `${scope}index.html`;

self.addEventListener("install", (event) => {
  event.waitUntil(keep());
});

self.addEventListener("activate", (event) => {
  event.waitUntil(settle());
});

// The page asks for it when the person does: a new version does not take over under open pages.
self.addEventListener("message", (event) => {
  if (event.data === "take over") self.skipWaiting();
});

self.addEventListener("fetch", (event) => {
  const { method, mode, url } = event.request;
  const { origin, pathname } = new URL(url);
  if (method !== "GET" || origin !== self.location.origin || !pathname.startsWith(scope)) return;
  const path = pathname.slice(scope.length);
  if (path === "health" || path === "metrics" || path.startsWith("api/")) return;
  if (FILES.includes(path)) event.respondWith(kept(pathname, event.request));
  else if (mode === "navigate") event.respondWith(kept(index, event.request));
});

async function keep() {
  const cache = await caches.open(prefix + VERSION);
  // Past the browser's own cache, which may hold another version.
  await cache.addAll(FILES.map((file) => new Request(scope + file, { cache: "reload" })));
}

async function settle() {
  for (const name of await caches.keys()) {
    if (name.startsWith(prefix) && name !== prefix + VERSION) await caches.delete(name);
  }
  await self.clients.claim();
}

async function kept(path, request) {
  const cache = await caches.open(prefix + VERSION);
  return (await cache.match(path)) ?? fetch(request);
}
