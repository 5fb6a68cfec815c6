// A few lines of JSON-RPC over fetch: what the scripts of this folder need, without a dependency.

/** Calls one method; throws an Error that names the method, with the node's `code` and `data`, when the node answers with an error. */
export async function rpc(url, method, params = [], timeoutMs = 10_000) {
  const response = await fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method, params }),
    signal: AbortSignal.timeout(timeoutMs),
  });
  const answer = await response.json();
  if (answer.error)
    throw Object.assign(new Error(`${method}: ${answer.error.message}`), { code: answer.error.code, data: answer.error.data });
  return answer.result;
}

export function sleep(ms) {
  return new Promise((resolve) => setTimeout(resolve, ms));
}
