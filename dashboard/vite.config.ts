import { defineConfig } from "vite";

// The service that `npm run dev` talks to; a build never needs it.
const service = "http://127.0.0.1:5005";

export default defineConfig({
  // Relative addresses: the pages also work behind a proxy that adds a path of its own.
  base: "./",
  worker: { format: "es" },
  build: {
    target: "es2022",
    // What tools/size.mjs reads.
    manifest: true,
    // Monaco alone is several MB; it is loaded by the GraphiQL page only.
    chunkSizeWarningLimit: 5000,
    // One HTML file per page; a page is added by naming it here.
    rolldownOptions: {
      input: { index: "index.html", graphiql: "graphiql.html" },
      // "use client" in dependencies speaks to server rendering; a static page may drop it.
      onLog: (level, log, next) => log.code !== "MODULE_LEVEL_DIRECTIVE" && next(level, log),
    },
  },
  server: {
    // The example operations live beside this folder.
    fs: { allow: [".."] },
    proxy: {
      "/graphql": { target: service, ws: true },
      "/demo": { target: service },
      "/sign-in": { target: service },
    },
  },
});
