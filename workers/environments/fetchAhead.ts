import { WORLD_PROGRAMS } from './index.ts'
import { UPLOADED_PROGRAMS } from './uploaded.ts'

/**
 * Fetches what all worlds are programmed by, one after another, so that they open later without a request; makes none of
 * them. What cannot be fetched now is asked for again when it is used, and said then.
 */
export async function fetchAhead(): Promise<void> {
  for (const fetchProgram of [...Object.values(WORLD_PROGRAMS), ...Object.values(UPLOADED_PROGRAMS)]) {
    // Whoever waits is let in: a program takes a moment when it has come.
    await new Promise((resume) => setTimeout(resume))
    await fetchProgram().catch(() => {})
  }
}
