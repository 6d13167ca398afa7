import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

/** A tool's literal output, recorded on a real system. */
export const transcript = (name: string): string =>
  readFileSync(fileURLToPath(new URL(`../transcripts/${name}`, import.meta.url)), 'utf8')
