/** Where Debian, Fedora and Google put the browser that the page is tested in. */
const PLACES = ["chromium", "chromium-browser", "google-chrome"].map((name) => `/usr/bin/${name}`);

/** The browser of this machine; undefined if it has none where it belongs. */
export function chromiumPath(): string | undefined {
  return PLACES.find((path) => {
    try {
      return Deno.statSync(path).isFile;
    } catch {
      return false;
    }
  });
}
