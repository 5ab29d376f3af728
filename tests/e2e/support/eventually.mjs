/**
 * Calls `look` until it gives something true, and resolves to that. Rejects after `within` milliseconds, which are
 * generous since a loaded machine is slow and never waited for when all is well, with the last error, or with what was awaited. An error of `look` ends it at once when `fatal`, else it counts as "not yet".
 */
export async function eventually(what, look, { within = 20_000, fatal = false } = {}) {
  const deadline = Date.now() + within;
  let last;
  for (;;) {
    try {
      const found = await look();
      if (found) return found;
    } catch (error) {
      if (fatal) throw error;
      last = error;
    }
    if (Date.now() > deadline) throw last ?? new Error(`waited ${within} ms in vain for ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}
