import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach } from 'vitest'

const made: string[] = []

afterEach(async () => {
  for (const path of made.splice(0)) await rm(path, { recursive: true, force: true })
})

/** A folder that goes when the test ends. */
export async function temporary(): Promise<string> {
  const path = await mkdtemp(join(tmpdir(), 'vflag-lab-'))
  made.push(path)
  return path
}
