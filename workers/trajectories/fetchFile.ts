import { LabError, messageOf } from '../errors.ts'

/**
 * Fetches a file from an address that a person gave: the only request to others that the lab makes. No cookies and no
 * referrer go with it.
 *
 * @throws LabError `fetch-failed` saying what is wrong with the address, the host or the transfer
 */
export async function fetchFile(url: string): Promise<{ name: string; bytes: Uint8Array }> {
  const address = webAddress(url)
  const fail = (what: string) =>
    new LabError(
      'fetch-failed',
      `${url} could not be fetched: ${what}. Download it yourself and drop the file here.`,
    )
  const response = await fetch(address, { credentials: 'omit', referrerPolicy: 'no-referrer' }).catch(
    (error) => {
      throw fail(`${messageOf(error)} (is the host reachable, and does it allow other pages to read it?)`)
    },
  )
  if (!response.ok) throw fail(`the host answered ${response.status} ${response.statusText}`.trim())
  const body = await response.arrayBuffer().catch((error) => {
    throw fail(`the transfer broke off (${messageOf(error)})`)
  })
  return { name: address.pathname.split('/').at(-1) || address.host, bytes: new Uint8Array(body) }
}

function webAddress(url: string): URL {
  let address: URL
  try {
    address = new URL(url)
  } catch {
    throw new LabError(
      'fetch-failed',
      `"${url}" is no address: it should look like https://example.org/file.jsonl.`,
    )
  }
  if (address.protocol === 'https:' || address.protocol === 'http:') return address
  throw new LabError('fetch-failed', `"${url}" is no web address: only https and http can be fetched.`)
}
